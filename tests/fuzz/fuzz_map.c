/* SPDX-License-Identifier: ISC */
/*
 * Lines of positions from elsewhere: whatever they say, a position has a key
 * of the map or none, its tile can be drawn, and what is drawn can be written.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "geo/fields.h"
#include "map/key.h"
#include "map/pmtiles.h"
#include "map/png.h"
#include "map/raster.h"
#include "map/walk.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct map_raster *raster;
static struct map_png *png;

static int
on_tile(void *arg, const struct map_walk_tile *t)
{
	const uint64_t *key = arg;
	uint64_t id = map_pmtiles_id(t->z, t->x, t->y);
	size_t len;

	assert(t->from == 0 && t->to == 1);
	assert(id < (UINT64_C(1) << (2 * t->z + 1)));
	map_raster_draw(raster, key, 1, t);
	assert(raster->nlit >= 1 && raster->nlit <= 16);
	assert(map_png_encode(png, raster, &len) != NULL && len > 60);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct map_walk_tile world = map_walk_world(1);
	const char *text = (const char *)data, *lf;
	uint64_t key;
	double v[2];
	size_t n;

	if (raster == NULL) {
		raster = map_raster_new(MAP_RASTER_SIZE);
		png = map_png_new(MAP_RASTER_SIZE);
		if (raster == NULL || png == NULL)
			abort();
	}
	for (; len > 0; text += n, len -= n) {
		lf = memchr(text, '\n', len);
		n = lf == NULL ? len : (size_t)(lf - text) + 1;
		if (geo_fields_parse(text, n - (lf != NULL), v, 2) != 2 ||
		    !map_key_of(v[0], v[1], &key))
			continue;
		assert(key >> MAP_KEY_BITS == 0);
		map_walk_zoom(&key, &world, (unsigned)(len % 15), on_tile,
		    &key);
	}
	return 0;
}
