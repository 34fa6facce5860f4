/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <math.h>

#include "map/point.h"

/*
 * Where points sit within a cell, in ten-thousandths of its side: numbers
 * drawn by lot once, for all times, by those who made the first of these maps.
 * A cell's own numbers say where in the lists it begins.
 */
#define LIST	200

static const uint16_t in_lat[LIST] = {
	8218, 1382, 8746, 961, 8159, 2876, 6191, 897, 3755, 9412, 3231, 5353,
	2250, 555, 1591, 3871, 8714, 2496, 7499, 279, 3794, 8224, 1459, 5992,
	3004, 5599, 8807, 1546, 7401, 8340, 7581, 2057, 4496, 1683, 3266, 1515,
	9731, 4078, 9517, 6511, 9287, 8405, 4579, 9462, 2645, 7315, 4580, 3744,
	4637, 3643, 5599, 8150, 8971, 6997, 1595, 66, 8548, 6805, 9786, 8293,
	41, 5027, 6556, 273, 949, 6407, 867, 2891, 9741, 2599, 3148, 8786,
	6432, 2424, 1950, 4672, 3097, 697, 4930, 5484, 7611, 2611, 6947, 6320,
	4660, 1275, 4001, 7947, 8693, 8536, 6860, 9742, 8517, 6809, 395, 7739,
	4133, 5117, 9562, 7003, 2610, 9772, 1694, 2982, 3459, 3611, 7994, 6209,
	2771, 8388, 9764, 6980, 1615, 3205, 766, 832, 3695, 4471, 8077, 4343,
	7160, 6502, 3510, 1502, 9186, 3677, 8139, 6609, 2635, 1418, 4809, 1500,
	1809, 1874, 272, 6513, 6073, 5867, 8034, 7440, 3532, 2124, 2574, 536,
	2066, 4326, 4771, 5265, 1183, 778, 7552, 9647, 4392, 3256, 4935, 8999,
	1643, 4203, 8042, 8463, 1369, 638, 7694, 9243, 3213, 1072, 8301, 4133,
	7310, 5625, 3609, 1266, 8004, 5228, 5915, 5330, 8568, 9744, 1226, 2214,
	8163, 3973, 492, 257, 4362, 6687, 7528, 1546, 8486, 1903, 3155, 4483,
	2951, 6250, 1373, 3942, 7765, 1284, 3895, 197
};

static const uint16_t in_lon[LIST] = {
	3366, 9381, 9013, 7668, 4397, 931, 4599, 7187, 2778, 9749, 8002, 8670,
	6856, 5892, 715, 1547, 6151, 8931, 535, 219, 6690, 7393, 3453, 2699,
	2595, 3468, 5989, 5349, 6499, 9730, 1924, 6981, 49, 7285, 2222, 9070,
	2086, 6255, 4380, 7481, 3976, 8766, 788, 720, 4321, 7367, 5851, 7282,
	4919, 7602, 8871, 6833, 7713, 7626, 1701, 2766, 7929, 9612, 5676, 297,
	1039, 1106, 3217, 7889, 9967, 4868, 1648, 9118, 5572, 2365, 2466, 4317,
	2269, 1070, 3590, 8855, 8001, 6695, 6590, 9648, 3251, 7101, 5131, 6930,
	7862, 5623, 3496, 3707, 4111, 5193, 4851, 5421, 7793, 1630, 4101, 5883,
	7102, 7474, 1109, 4315, 2044, 695, 9451, 8879, 3490, 7498, 7603, 2392,
	6879, 8437, 8868, 5658, 2767, 6489, 1796, 3364, 7185, 9660, 4197, 102,
	8892, 2361, 9872, 5313, 9641, 8675, 8401, 2530, 8521, 3932, 9406, 1951,
	2688, 5872, 671, 5138, 4509, 914, 8911, 2342, 2115, 4977, 297, 3052,
	5143, 5642, 268, 8893, 9661, 796, 5527, 8903, 3143, 7346, 573, 3421,
	4941, 4112, 6782, 8287, 5729, 6492, 2224, 8022, 9722, 5225, 5149, 920,
	4232, 6636, 7266, 5325, 4495, 8719, 9192, 2562, 3270, 3825, 1051, 4907,
	1670, 9088, 3463, 5110, 884, 710, 1059, 939, 5202, 6005, 9173, 5957,
	8279, 7611, 8101, 9157, 40, 9844, 3872, 7046
};

/* The remainder that is never negative. */
static int64_t
floored_mod(int64_t v, int64_t by)
{
	return (v % by + by) % by;
}

/* A date in the future, by a clock that was wrong, is as good as today. */
unsigned
map_point_count(int64_t days)
{
	/* Half a month counts as a whole one. */
	int64_t months = days <= 0 ? 0 : (days + 15) / 30;

	return months > 12 ? 0 : (unsigned)(13 - months) / 2;
}

/*
 * The numbers are those of the first maps, and what they multiply may be
 * negative: a remainder as C has it would point before the lists.  Their ends
 * are far enough that MAP_POINT_MAX points follow from any beginning.
 */
void
map_point_init(struct map_point *p, int32_t lat, int32_t lon)
{
	p->lat = lat;
	p->lon = lon;
	p->in_lat = (unsigned)(floored_mod((int64_t)lon * ((int64_t)lat * 17),
	    1021) % 179);
	p->in_lon = (unsigned)(floored_mod((int64_t)lat * ((int64_t)lon * 11),
	    1913) % 181);
}

/*
 * (CELL + PART / 10000) / 1000 in millionths, rounded as printf("%.6f") does.
 * A quotient that ends in a 5 was already rounded when it became a double,
 * and it is that double which is rounded again; fma() tells to which side of
 * the 5 it lies.
 */
static int64_t
to_millionths(int32_t cell, uint16_t part)
{
	int64_t down, v = (int64_t)cell * 10000 + part;
	double side;

	down = (v - floored_mod(v, 10)) / 10;
	if (floored_mod(v, 10) != 5)
		return down + (floored_mod(v, 10) > 5);
	side = fma((cell + part / 10000.0) / 1000, 1e7, -(double)v);
	return down + (side > 0 || (side == 0 && (down & 1) != 0));
}

/*
 * Each axis goes through a list of its own, from the place where the cell
 * begins in it.
 */
void
map_point_get(const struct map_point *p, unsigned i, int64_t *lat_e6,
    int64_t *lon_e6)
{
	assert(i < MAP_POINT_MAX && p->in_lat + i < LIST &&
	    p->in_lon + i < LIST);
	*lat_e6 = to_millionths(p->lat, in_lat[p->in_lat + i]);
	*lon_e6 = to_millionths(p->lon, in_lon[p->in_lon + i]);
}
