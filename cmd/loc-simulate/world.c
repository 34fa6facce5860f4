/* SPDX-License-Identifier: ISC */
/*
 * The world is not stored: what stands in a field of a town's grid is computed
 * from a hash of the seed, the kind and the field, so it is the same however
 * often and in whatever order fields are looked at, and a town of any size
 * costs nothing.  Only the walk through it and the noise of receivers come
 * from a sequence of random numbers, whose state is in struct world; so the
 * n-th line of a seed depends on the lines before it.
 *
 * No number here may change: tests and measurements compare what was made by
 * older versions.
 *
 * Signals follow the log-distance path loss model (T. Rappaport, "Wireless
 * Communications", 4.9): S(d) = S(1 m) - 10 n log10(d) plus fading, with an
 * exponent n of 3 in towns.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define M_PER_DEG	111320.0	/* of latitude, nearly */
#define OPERATORS	2

static const struct {
	double	lat, lon;
	int	mcc, mnc;		/* of the first operator */
} towns[] = {
	{ 51.5074, -0.1278, 234, 10 },	/* London */
	{ 52.5200, 13.4050, 262, 1 },	/* Berlin */
	{ 48.8566, 2.3522, 208, 1 },	/* Paris */
	{ 40.7128, -74.0060, 310, 26 },	/* New York */
	{ -23.5505, -46.6333, 724, 5 },	/* Sao Paulo */
	{ 35.6762, 139.6503, 440, 10 },	/* Tokyo */
	{ -1.2921, 36.8219, 639, 2 },	/* Nairobi */
	{ -33.8688, 151.2093, 505, 1 },	/* Sydney */
	{ 28.6139, 77.2090, 404, 10 },	/* Delhi */
	{ 19.4326, -99.1332, 334, 3 },	/* Mexico City */
	{ 60.1699, 24.9384, 244, 5 },	/* Helsinki */
	{ 31.9522, 35.2332, 425, 5 },	/* Ramallah */
};
#define TOWNS	((int)(sizeof(towns) / sizeof(towns[0])))

/* How each kind stands and sounds. */
static const struct {
	double	spacing_m;		/* of its grid */
	double	reach_m;		/* how far it is heard */
	double	at_1m_dbm;
	int	min_dbm, max_dbm;	/* what receivers report */
	int	per_mast;		/* sectors */
	size_t	most;			/* heard at once */
} kinds[WORLD_KINDS] = {
	[WORLD_WIFI] = { 40, 110, -32, -95, -30, 1, 20 },
	[WORLD_BLUE] = { 150, 30, -45, -105, -40, 1, 8 },
	[WORLD_GSM] = { 1500, 4000, 5, -110, -52, 3, 1 },
	[WORLD_WCDMA] = { 1000, 2500, 0, -118, -40, 3, 1 },
	[WORLD_LTE] = { 600, 1500, -10, -135, -50, 3, 2 },
	[WORLD_NR] = { 500, 1000, -20, -130, -50, 3, 1 },
};

/* The finalizer of S. Vigna's splitmix64: every bit depends on all others. */
static uint64_t
mix_bits(uint64_t z)
{
	z += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* What everything that stands in a field is made of. */
static uint64_t
hash_of_field(const struct world *w, int kind, int town, int col, int row)
{
	return mix_bits(mix_bits(w->seed ^ (uint64_t)kind << 56 ^
	    (uint64_t)town << 48) ^ (uint64_t)(uint32_t)col << 32 ^
	    (uint32_t)row);
}

/* A number in [0, 1), of the upper 53 bits. */
static double
unit_interval(uint64_t h)
{
	return (double)(h >> 11) * 0x1p-53;
}

/* The next random number. */
static uint64_t
draw_bits(struct world *w)
{
	return mix_bits(w->state++);
}

void
simulate_world_init(struct world *w, uint64_t seed, double size_m)
{
	w->seed = mix_bits(seed);
	w->size_m = size_m;
	w->state = mix_bits(w->seed);
}

/* The Box-Muller transform; its second number is thrown away. */
double
simulate_world_noise(struct world *w, double deviation)
{
	double a = unit_interval(draw_bits(w)), b = unit_interval(draw_bits(w));

	return deviation * sqrt(-2 * log(1 - a)) * cos(2 * M_PI * b);
}

void
simulate_world_wander(struct world *w, struct world_place *p)
{
	p->town = (int)(draw_bits(w) % (uint64_t)TOWNS);
	p->x_m = (unit_interval(draw_bits(w)) - 0.5) * w->size_m;
	p->y_m = (unit_interval(draw_bits(w)) - 0.5) * w->size_m;
}

void
simulate_world_position(const struct world *w, const struct world_place *p,
    double *lat, double *lon)
{
	(void)w;
	*lat = towns[p->town].lat + p->y_m / M_PER_DEG;
	*lon = towns[p->town].lon + p->x_m /
	    (M_PER_DEG * cos(towns[p->town].lat * M_PI / 180));
}

/*
 * What stands in field COL, ROW of the grid of KIND: place and identity.  Cell
 * ids are numbered by field, so that no two masts of an operator share one,
 * and shifted into the range that is usual for the radio.
 */
static void
stand_in_field(const struct world *w, int kind, int town, int col, int row,
    struct world_place *p, struct world_signal *s)
{
	uint64_t h = hash_of_field(w, kind, town, col, row);
	int side = (int)ceil(w->size_m / kinds[kind].spacing_m) + 1;
	int number = ((row + side) * (2 * side) + col + side) * OPERATORS;

	memset(s, 0, sizeof(*s));
	s->kind = (enum world_kind)kind;
	s->psc = -1;
	p->town = town;
	p->x_m = (col + unit_interval(h)) * kinds[kind].spacing_m;
	p->y_m = (row + unit_interval(mix_bits(h))) * kinds[kind].spacing_m;
	simulate_world_position(w, p, &s->lat, &s->lon);
	memcpy(s->mac, &h, sizeof(s->mac));
	s->mac[0] &= 0xfc;	/* universal, unicast */
	s->channel = (int)(h >> 50 & 1) ? 1 + 5 * (int)(h >> 52 & 1) :
	    36 + 4 * (int)(h >> 52 & 3);
	s->mcc = towns[town].mcc;
	s->mnc = towns[town].mnc + (int)(h & 1) * 5;
	s->lac = 100 * (town + 1) + (row < 0) * 2 + (col < 0);
	s->cid = (uint64_t)number * 16 + 1;
	if (kind == WORLD_NR) {
		s->cid += 5000000000;	/* more than 32 bits */
		s->lac += 100000;	/* ... and than 16 */
	} else if (kind == WORLD_LTE)
		s->cid += 1000000;
	else if (kind == WORLD_WCDMA)
		s->cid += 100000;
	else
		s->cid %= 65000;
	if (kind == WORLD_NR)
		s->psc = (int)(h >> 20 & 1023) % 1008;
	else if (kind == WORLD_LTE || kind == WORLD_WCDMA)
		s->psc = (int)(h >> 20 & 255);
}

/* Order for qsort(): the strongest first, and the same always. */
static int
by_signal(const void *a, const void *b)
{
	const struct world_signal *x = a, *y = b;

	if (x->signal_dbm != y->signal_dbm)
		return x->signal_dbm < y->signal_dbm ? 1 : -1;
	return memcmp(x->mac, y->mac, sizeof(x->mac));
}

/* All of one KIND at P; the strongest of them stay. */
static size_t
hear_kind(struct world *w, int kind, const struct world_place *p,
    struct world_signal *s, size_t max)
{
	double d, dbm, dx, dy, step = kinds[kind].spacing_m;
	int col, reach = (int)ceil(kinds[kind].reach_m / step), row;
	int col0 = (int)floor(p->x_m / step), row0 = (int)floor(p->y_m / step);
	struct world_place at;
	size_t n = 0;

	for (row = row0 - reach; row <= row0 + reach; row++)
		for (col = col0 - reach; col <= col0 + reach && n < max;
		    col++) {
			stand_in_field(w, kind, p->town, col, row, &at, &s[n]);
			dx = at.x_m - p->x_m;
			dy = at.y_m - p->y_m;
			d = sqrt(dx * dx + dy * dy);
			if (d > kinds[kind].reach_m)
				continue;
			dbm = kinds[kind].at_1m_dbm -
			    30 * log10(fmax(d, 1)) + simulate_world_noise(w, 4);
			if (dbm < kinds[kind].min_dbm)
				continue;
			s[n].signal_dbm = (int)fmin(dbm,
			    kinds[kind].max_dbm);
			if (kinds[kind].per_mast > 1)
				s[n].cid += (uint64_t)((atan2(dy, dx) + M_PI) *
				    1.5 / M_PI) % 3;
			n++;
		}
	qsort(s, n, sizeof(*s), by_signal);
	return n < kinds[kind].most ? n : kinds[kind].most;
}

size_t
simulate_world_hear(struct world *w, const struct world_place *p,
    struct world_signal *s, size_t max)
{
	size_t n = 0;
	int kind;

	for (kind = 0; kind < WORLD_KINDS; kind++)
		n += hear_kind(w, kind, p, s + n, max - n);
	return n;
}

/*
 * Number *N stands for a kind, a town, a field and a sector of the mast there,
 * the sector changing first.
 */
int
simulate_world_next_cell(const struct world *w, uint64_t *n,
    struct world_signal *s)
{
	struct world_place at;
	uint64_t k = (*n)++;
	int half, kind, sector, side;

	sector = (int)(k % 3);
	k /= 3;
	for (kind = WORLD_GSM; kind < WORLD_KINDS; kind++) {
		half = (int)ceil(w->size_m / 2 / kinds[kind].spacing_m);
		side = 2 * half;
		if (k < (uint64_t)(TOWNS * side * side)) {
			stand_in_field(w, kind,
			    (int)(k / (uint64_t)(side * side)),
			    (int)(k % (uint64_t)side) - half,
			    (int)(k / (uint64_t)side % (uint64_t)side) - half,
			    &at, s);
			s->cid += (uint64_t)sector;
			return 1;
		}
		k -= (uint64_t)(TOWNS * side * side);
	}
	return 0;
}
