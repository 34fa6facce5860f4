/* SPDX-License-Identifier: ISC */
/*
 * A dot sits at the north-west corner of what its key names and spreads its
 * light over the four pixels that it lies between; what falls outside the
 * tile is lost.  Of all keys every 2^(12 - zoom)th is drawn, counted from the
 * first key of the whole list, so that each zoom has the dots of the one
 * before.
 *
 * Where dots would be smaller than a pixel of the screen (in pictures of
 * twice the size, and beyond zoom 12) they are discs: nine dots around the
 * middle, so weighted that they look round.  Beyond zoom 12 all keys are
 * drawn, also those of the tiles around, whose discs reach over the border.
 * The bits that keys lack are then filled with others of the same key, which
 * looks less like a grid than zeros would.
 *
 * Most tiles have light in few pixels.  So these are listed, and whoever
 * clears or reads a picture goes by the list.  Sums are made in doubles and in
 * the order of the keys, as the original makes them: then the result is the
 * same to the last bit.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "map/key.h"
#include "map/raster.h"
#include "map/walk.h"

#define ALL_ZOOM	12		/* the first with all keys */
#define DOT_LIGHT	0.0379		/* there */
#define DOT_RAMP	0.874		/* from zoom to zoom */
#define LOW_BITS	(32 - MAP_KEY_AXIS_BITS)

/* How a disc's light is parted. */
struct disc {
	double	middle, side, corner, sum;
};
static const struct disc small_disc = { 81, 19, 1, 161 };
static const struct disc large_disc = { 81, 48, 13, 325 };

/*
 * All pixels may be lit, so the list of them is as long as the picture; only
 * its beginning is ever touched for most tiles.
 */
struct map_raster *
map_raster_new(unsigned size)
{
	struct map_raster *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->size = size;
	r->light = calloc((size_t)size * size, sizeof(*r->light));
	r->lit = calloc((size_t)size * size, sizeof(*r->lit));
	if (r->light == NULL || r->lit == NULL) {
		map_raster_free(r);
		return NULL;
	}
	return r;
}

void
map_raster_free(struct map_raster *r)
{
	if (r == NULL)
		return;
	free(r->light);
	free(r->lit);
	free(r);
}

/*
 * A pixel is listed when its first light comes, that is while it has none.
 * Light that is not positive is left out, or a pixel could be listed twice.
 */
static void
add_light(struct map_raster *r, int64_t column, int64_t row, double light)
{
	uint32_t at;

	if (light <= 0 || column < 0 || row < 0 || column >= r->size ||
	    row >= r->size)
		return;
	at = (uint32_t)row * r->size + (uint32_t)column;
	if (r->light[at] == 0)
		r->lit[r->nlit++] = at;
	r->light[at] += light;
	assert(r->nlit <= (size_t)r->size * r->size);
}

/* X and Y in pixels, from the middle of the first one. */
static void
draw_dot(struct map_raster *r, double x, double y, double light)
{
	double left = floor(x), top = floor(y), fx = x - left, fy = y - top;
	int64_t column = (int64_t)left, row = (int64_t)top;

	add_light(r, column, row, light * (1 - fx) * (1 - fy));
	add_light(r, column + 1, row, light * fx * (1 - fy));
	add_light(r, column, row + 1, light * (1 - fx) * fy);
	add_light(r, column + 1, row + 1, light * fx * fy);
}

/*
 * The nine dots share the light of one, so that a disc is as bright as a dot
 * would be and only wider.
 */
static void
draw_disc(struct map_raster *r, double x, double y, double light,
    const struct disc *d)
{
	double part;
	int i, j;

	for (i = -1; i <= 1; i++)
		for (j = -1; j <= 1; j++) {
			part = i == 0 && j == 0 ? d->middle :
			    i == 0 || j == 0 ? d->side : d->corner;
			draw_dot(r, x + i, y + j, light * part / d->sum);
		}
}

/* The axes of a key in the 32 bits of the world. */
static void
get_place(uint64_t key, int fill, uint32_t *x, uint32_t *y)
{
	unsigned i;

	map_key_split(key, x, y);
	*x <<= LOW_BITS;
	*y <<= LOW_BITS;
	for (i = 0; fill && i < LOW_BITS; i++) {
		*x |= (*y >> (2 * LOW_BITS - 1 - i) & 1) << i;
		*y |= (*x >> (2 * LOW_BITS - 1 - i) & 1) << i;
	}
}

/* What is the same for all dots of a tile. */
struct drawing {
	struct map_raster	*r;
	const uint64_t		*keys;
	const struct map_walk_tile *t;
	const struct disc	*disc;		/* NULL: dots */
	double			 light;
	size_t			 step;
};

/* The keys from FROM on and before TO, which need not be of the tile. */
static void
draw_keys(const struct drawing *d, size_t from, size_t to)
{
	double scale, x, y;
	uint32_t wx, wy;
	size_t i;

	scale = ldexp(d->r->size, (int)d->t->z - 32);
	for (i = (from + d->step - 1) / d->step * d->step; i < to;
	    i += d->step) {
		get_place(d->keys[i], d->t->z > ALL_ZOOM, &wx, &wy);
		x = (double)((int64_t)wx -
		    ((int64_t)d->t->x << (32 - d->t->z))) * scale - .5;
		y = (double)((int64_t)wy -
		    ((int64_t)d->t->y << (32 - d->t->z))) * scale - .5;
		if (d->disc == NULL)
			draw_dot(d->r, x, y, d->light);
		else if (x > -3 && y > -3 && x < d->r->size + 3.0 &&
		    y < d->r->size + 3.0)
			draw_disc(d->r, x, y, d->light, d->disc);
	}
}

/* The map has borders: there is nothing beyond the date line. */
static void
draw_around(const struct drawing *d, size_t n)
{
	const uint32_t end = UINT32_C(1) << d->t->z;
	uint32_t x = d->t->x, y = d->t->y, i, j;
	size_t from, to;
	uint64_t first;

	for (j = y > 0 ? y - 1 : y; j <= y + 1 && j < end; j++)
		for (i = x > 0 ? x - 1 : x; i <= x + 1 && i < end; i++) {
			if (i == x && j == y)
				continue;
			first = map_key_of_tile(d->t->z, i, j);
			from = map_key_find(d->keys, 0, n, first);
			to = map_key_find(d->keys, from, n,
			    first + MAP_KEY_TILE(d->t->z));
			draw_keys(d, from, to);
		}
}

void
map_raster_draw(struct map_raster *r, const uint64_t *keys, size_t n,
    const struct map_walk_tile *t)
{
	struct drawing d = { .r = r, .keys = keys, .t = t, .step = 1 };
	int over = (int)t->z - ALL_ZOOM;

	assert(t->z <= MAP_KEY_ZOOM_MAX && t->to <= n);
	while (r->nlit > 0)
		r->light[r->lit[--r->nlit]] = 0;
	d.light = DOT_LIGHT * pow(DOT_RAMP, over);
	if (over < 0)
		d.step = (size_t)1 << -over;
	while (r->least > 0 && d.step > 1 && n / d.step < r->least)
		d.step /= 2;
	if (over > 0)
		d.light *= 1 << over;
	if (r->size > MAP_RASTER_SIZE)
		d.light *= 4;
	if (r->size > MAP_RASTER_SIZE || over > 1)
		d.disc = &large_disc;
	else if (over == 1)
		d.disc = &small_disc;
	draw_keys(&d, t->from, t->to);
	if (over > 0)
		draw_around(&d, n);
}
