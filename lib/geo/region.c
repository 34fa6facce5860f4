/* SPDX-License-Identifier: ISC */
/*
 * regions.bin, made by scripts/build-regions, is used as it lies in memory:
 * little-endian sections, each a row of equal items, found by the table in
 * its head.
 *
 * The grid has one value for each half degree square: nothing here; one
 * region, buffered, all over the square; or a list of candidates, each with
 * flags that say whether an edge of its buffered or precise shape crosses the
 * square (then the point is tested) or the precise shape fills it.  The edges
 * of a shape are sorted into rows half a degree high, so a test counts the
 * edges east of the point in one row only.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "geo/region.h"
#include "geo/region_data.h"
#include "geo/region_table.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "regions.bin is little-endian"
#endif

#define UNIT		1e6		/* stored integers per degree */
#define GRID_ROWS	360
#define GRID_COLS	720
#define GRID_NONE	0xffff
#define GRID_LIST	0x100		/* from here on: a list's place */
#define MCC_END		1000
#define DATE_LINE	179.9999999	/* the last 7 digits before it */

/* An entry of a list of candidates: a region and these flags. */
#define ENTRY_REGION	0xff
#define BUFFER_EDGE	0x100		/* not set: buffered shape fills it */
#define PRECISE_EDGE	0x200
#define PRECISE_IN	0x400
#define LIST_MAX	32

enum which { PRECISE, BUFFERED };

struct section {
	uint32_t	at;		/* byte in the file */
	uint32_t	n;		/* items */
};

struct shape {
	uint32_t	vert, nvert;	/* closed rings, one after the other */
	uint32_t	slab;		/* first row; one more ends it */
	uint16_t	row, nrow;
};

struct vertex {
	int32_t		x, y;
};

struct file {
	char		magic[8];
	struct section	codes;		/* char[2] */
	struct section	mcc_start;	/* uint16_t, into mcc_regions */
	struct section	mcc_regions;	/* int16_t */
	struct section	grid;		/* uint16_t, south to north */
	struct section	lists;		/* uint16_t: how many, then entries */
	struct {
		struct section	shapes;	/* struct shape, by region */
		struct section	verts;	/* struct vertex */
		struct section	slabs;	/* uint32_t, into edges */
		struct section	edges;	/* uint16_t: first vertex, from vert */
	} set[2];
};

#define ITEMS(f, s, type) \
	((const type *)(const void *)(geo_region_data + (f)->s.at))

/*
 * The head of the file.  The data is linked into the program (region_data.c),
 * so nothing can be missing or be changed under it, and processes share its
 * pages.
 */
static const struct file *
file(void)
{
	return (const struct file *)(const void *)geo_region_data;
}

/*
 * 1 if point X, Y, in grid row ROW, is in the shape of R.  A ray from the
 * point to the east crosses the shape's edges an odd number of times; only the
 * edges that reach into this row are looked at.  An edge counts if its ends
 * are on both sides of the ray, one of them counting as above when it lies on
 * it, so that a ray through a vertex is counted once; D tells on which side of
 * the edge the point is.
 */
static int
is_in_shape(const struct file *f, enum which which, int r, int row, double x,
    double y)
{
	const struct shape *s = &ITEMS(f, set[which].shapes, struct shape)[r];
	const struct vertex *v, *verts;
	const uint16_t *e, *end, *edges;
	const uint32_t *slab;
	double d;
	int odd = 0;

	if (row < s->row || row >= s->row + s->nrow)
		return 0;
	verts = ITEMS(f, set[which].verts, struct vertex) + s->vert;
	slab = ITEMS(f, set[which].slabs, uint32_t) + s->slab + row - s->row;
	edges = ITEMS(f, set[which].edges, uint16_t);
	end = edges + slab[1];
	for (e = edges + slab[0]; e < end; e++) {
		v = &verts[*e];
		if ((v[0].y > y) == (v[1].y > y))
			continue;
		d = ((double)v[1].x - v[0].x) * (y - v[0].y) -
		    (x - v[0].x) * ((double)v[1].y - v[0].y);
		odd ^= (d > 0) == (v[1].y > v[0].y);
	}
	return odd;
}

/* Squared distances to the nearest and the farthest precise vertex of R. */
static void
vertex_reach(const struct file *f, int r, double x, double y, double *near,
    double *far)
{
	const struct shape *s = &ITEMS(f, set[PRECISE].shapes, struct shape)[r];
	const struct vertex *v, *end;
	double d, dx, dy, least = INFINITY, most = 0;

	v = ITEMS(f, set[PRECISE].verts, struct vertex) + s->vert;
	for (end = v + s->nvert; v < end; v++) {
		dx = v->x - x;
		dy = v->y - y;
		d = dx * dx + dy * dy;
		least = d < least ? d : least;
		most = d > most ? d : most;
	}
	*near = least;
	*far = most;
}

/*
 * The candidates around a point: entries in *LIST, how many, 0 for none.
 * *ROW, *X and *Y are what is_in_shape() wants.
 */
static int
candidates(const struct file *f, double lat, double lon,
    const uint16_t **list, int *row, double *x, double *y)
{
	const uint16_t *cell;

	if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180))
		return 0;
	/* The map is cut at the date line, where no shape holds a point. */
	if (fabs(lon) > DATE_LINE)
		lon = copysign(DATE_LINE, lon);
	/* The sum of 90 and what is just below it is 180, as that of 90 is. */
	*row = (int)((lat + 90) * 2);
	if (*row == GRID_ROWS)
		*row = GRID_ROWS - 1;
	*x = lon * UNIT;
	*y = lat * UNIT;
	cell = ITEMS(f, grid, uint16_t) + *row * GRID_COLS +
	    (int)((lon + 180) * 2);
	if (*cell == GRID_NONE)
		return 0;
	if (*cell < GRID_LIST) {
		*list = cell;
		return 1;
	}
	*list = ITEMS(f, lists, uint16_t) + *cell - GRID_LIST;
	assert(**list > 0 && **list <= LIST_MAX);
	return *(*list)++;
}

/* 1 if the point is in the buffered shape of a candidate. */
static int
in_buffer(const struct file *f, uint16_t entry, int row, double x, double y)
{
	return !(entry & BUFFER_EDGE) ||
	    is_in_shape(f, BUFFERED, entry & ENTRY_REGION, row, x, y);
}

/* The same of the precise shape. */
static int
in_precise(const struct file *f, uint16_t entry, int row, double x, double y)
{
	return (entry & PRECISE_IN) || ((entry & PRECISE_EDGE) &&
	    is_in_shape(f, PRECISE, entry & ENTRY_REGION, row, x, y));
}

/*
 * Buffered shapes overlap along every border, so a point near one has several
 * candidates.  The precise shapes settle most of them; where these overlap, or
 * leave a gap, distances to vertices do, see the header.
 *
 * Where precise shapes overlap Ichnaea meant the region that the point lies
 * deepest in, and computed the one with the farthest vertex.  So do we: its
 * recorded answers say so, and against borders of 1:10m the other rule is no
 * better (48 % of such points right instead of 49 %).
 */
int
geo_region_at(double lat, double lon)
{
	const struct file *f = file();
	const uint16_t *list;
	uint16_t in[LIST_MAX], hold[LIST_MAX];
	double best = INFINITY, far, near, x, y;
	int found = GEO_REGION_NONE, i, n, nhold = 0, nin = 0, r, row;

	n = candidates(f, lat, lon, &list, &row, &x, &y);
	for (i = 0; i < n; i++)
		if (in_buffer(f, list[i], row, x, y))
			in[nin++] = list[i];
	if (nin < 2)
		return nin == 0 ? GEO_REGION_NONE : in[0] & ENTRY_REGION;
	for (i = 0; i < nin; i++)
		if (in_precise(f, in[i], row, x, y))
			hold[nhold++] = in[i];
	if (nhold == 1)
		return hold[0] & ENTRY_REGION;
	for (i = 0; i < (nhold > 0 ? nhold : nin); i++) {
		r = (nhold > 0 ? hold : in)[i] & ENTRY_REGION;
		vertex_reach(f, r, x, y, &near, &far);
		if ((nhold > 0 ? -far : near) < best) {
			best = nhold > 0 ? -far : near;
			found = r;
		}
	}
	return found;
}

/*
 * The first buffer that has the point will do, which is what most callers ask;
 * which region it is would cost distances.
 */
int
geo_region_any(double lat, double lon)
{
	const struct file *f = file();
	const uint16_t *list;
	double x, y;
	int i, n, row;

	n = candidates(f, lat, lon, &list, &row, &x, &y);
	for (i = 0; i < n; i++)
		if (in_buffer(f, list[i], row, x, y))
			return 1;
	return 0;
}

/*
 * Only the candidates of the point's square are looked at: a region that is
 * none of them does not reach there.
 */
int
geo_region_inside(double lat, double lon, int r)
{
	const struct file *f = file();
	const uint16_t *list;
	double x, y;
	int i, n, row;

	n = candidates(f, lat, lon, &list, &row, &x, &y);
	for (i = 0; i < n; i++)
		if ((list[i] & ENTRY_REGION) == r)
			return in_buffer(f, list[i], row, x, y);
	return 0;
}

/*
 * A cell's country code restricts where it can be: near a border a phone sits
 * in one country and hears the other's cells.
 */
int
geo_region_for_cell(double lat, double lon, int mcc)
{
	const int16_t *list;
	int i, in = 0, n, r = GEO_REGION_NONE;

	n = geo_region_of_mcc(mcc, &list);
	for (i = 0; i < n; i++)
		if (geo_region_inside(lat, lon, list[i])) {
			r = list[i];
			in++;
		}
	return in > 1 ? geo_region_at(lat, lon) : r;
}

/*
 * The start of the next code ends a list; the file has one start more than
 * there are codes.
 */
int
geo_region_of_mcc(int mcc, const int16_t **list)
{
	const struct file *f = file();
	const uint16_t *start = ITEMS(f, mcc_start, uint16_t);

	if (mcc < 0 || mcc >= MCC_END)
		return 0;
	*list = ITEMS(f, mcc_regions, int16_t) + start[mcc];
	return start[mcc + 1] - start[mcc];
}

int
geo_region_count(void)
{
	return GEO_REGION_TABLE_ROWS;
}

const char *
geo_region_code(int r)
{
	return geo_region_table[r].code;
}

const char *
geo_region_name(int r)
{
	return geo_region_table[r].name;
}

int
geo_region_radius_m(int r)
{
	return geo_region_table[r].radius_km * 1000;
}

int
geo_region_mccs(int r, const int16_t **list)
{
	*list = geo_region_table[r].mcc;
	return geo_region_table[r].nmcc;
}

/* The two letters of CODE as a number, in the order of strcmp(). */
static unsigned
code_number(const char *code)
{
	return (unsigned)(unsigned char)code[0] << 8 | (unsigned char)code[1];
}

/* The table is in the order of strcmp(), which its file promises. */
int
geo_region_find(const char *code)
{
	int from = 0, to = GEO_REGION_TABLE_ROWS, middle;
	unsigned want;

	if (code[0] == '\0' || code[1] == '\0' || code[2] != '\0')
		return GEO_REGION_NONE;
	want = code_number(code);
	while (to - from > 1) {
		middle = (from + to) / 2;
		if (code_number(geo_region_table[middle].code) <= want)
			from = middle;
		else
			to = middle;
	}
	return code_number(geo_region_table[from].code) == want ? from :
	    GEO_REGION_NONE;
}

/*
 * Rings lie one after the other, and nothing but the vertex that comes again
 * says where one ends.  struct vertex is what the file has, in its order.
 */
const struct geo_region_vertex *
geo_region_ring(int r, uint32_t *at, uint32_t *n)
{
	const struct file *f = file();
	const struct shape *s = &ITEMS(f, set[PRECISE].shapes, struct shape)[r];
	const struct geo_region_vertex *v;
	uint32_t first = *at, i;

	assert(r >= 0 && r < geo_region_count());
	if (first >= s->nvert)
		return NULL;
	v = ITEMS(f, set[PRECISE].verts, struct geo_region_vertex) + s->vert;
	for (i = first + 1; i < s->nvert; i++)
		if (v[i].lon_udeg == v[first].lon_udeg &&
		    v[i].lat_udeg == v[first].lat_udeg)
			break;
	*at = i + 1;
	*n = i + 1 - first;
	assert(i < s->nvert);
	return v + first;
}
