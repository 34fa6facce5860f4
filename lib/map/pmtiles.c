/* SPDX-License-Identifier: ISC */
/*
 * A directory is four columns one after another: the ids, as differences; the
 * runs; the lengths; the places, where 0 says "behind the one before".  All
 * are numbers of seven bits a byte.  In a root that points to leaves the runs
 * are 0.
 *
 * Leaves are made as small as the root allows, since a browser fetches one for
 * the first tile that it shows from it.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "map/pmtiles.h"

#define LEVEL		9
#define LEAF_MIN	4096		/* entries */
#define ROOT_MAX	(MAP_PMTILES_START - MAP_PMTILES_HEAD)
#define GZIP		2		/* as the specification numbers them */
#define UNCOMPRESSED	1
#define PNG		2

/*
 * At every level the curve says in which quarter the tile is; in the first
 * and last quarter it lies in another direction than in the whole.
 */
uint64_t
map_pmtiles_id(unsigned z, uint32_t x, uint32_t y)
{
	uint64_t id = 0;
	uint32_t bx, by, side, swap;
	unsigned i;

	assert(z < 32 && x >> z == 0 && y >> z == 0);
	for (i = 0; i < z; i++)
		id += UINT64_C(1) << 2 * i;
	for (i = z; i-- > 0;) {
		side = UINT32_C(1) << i;
		bx = x >> i & 1;
		by = y >> i & 1;
		id += (uint64_t)((3 * bx) ^ by) << 2 * i;
		x &= side - 1;
		y &= side - 1;
		if (by == 1)
			continue;
		if (bx == 1) {
			x = side - 1 - x;
			y = side - 1 - y;
		}
		swap = x;
		x = y;
		y = swap;
	}
	return id;
}

/* Degrees in ten-millionths. */
static void
put_pmtiles_degrees(uint8_t *out, double deg)
{
	base_bytes_put_le(out, (uint64_t)(int64_t)llround(deg * 1e7), 4);
}

/*
 * Offsets are those of the specification's table of the header, version 3.  A
 * viewer begins in the middle of the rectangle, at the least zoom, where it
 * sees all of it.
 */
void
map_pmtiles_header(uint8_t out[MAP_PMTILES_HEAD],
    const struct map_pmtiles_head *h)
{
	const struct map_pmtiles_place *place[4] = { &h->root, &h->metadata,
	    &h->leaves, &h->tiles };
	unsigned i;

	memcpy(out, "PMTiles\3", 8);
	for (i = 0; i < 4; i++) {
		base_bytes_put_le(out + 8 + 16 * i, place[i]->at, 8);
		base_bytes_put_le(out + 16 + 16 * i, place[i]->len, 8);
	}
	base_bytes_put_le(out + 72, h->addressed, 8);
	base_bytes_put_le(out + 80, h->entries, 8);
	base_bytes_put_le(out + 88, h->contents, 8);
	out[96] = 1;			/* the tiles stand in the order of ids */
	out[97] = GZIP;			/* directories and metadata */
	out[98] = UNCOMPRESSED;		/* tiles */
	out[99] = PNG;
	out[100] = (uint8_t)h->min_zoom;
	out[101] = (uint8_t)h->max_zoom;
	put_pmtiles_degrees(out + 102, h->min_lon);
	put_pmtiles_degrees(out + 106, h->min_lat);
	put_pmtiles_degrees(out + 110, h->max_lon);
	put_pmtiles_degrees(out + 114, h->max_lat);
	out[118] = (uint8_t)h->min_zoom;	/* to begin with */
	put_pmtiles_degrees(out + 119, (h->min_lon + h->max_lon) / 2);
	put_pmtiles_degrees(out + 123, (h->min_lat + h->max_lat) / 2);
}

/*
 * There is a bound for what gzip makes, so the buffer is asked once and never
 * too small.
 */
int
map_pmtiles_gzip(struct base_buf *b, const void *data, size_t len)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	size_t bound, got = 0;
	char *room = NULL;

	if (c != NULL) {
		bound = libdeflate_gzip_compress_bound(c, len);
		if ((room = base_buf_room(b, bound)) != NULL)
			got = libdeflate_gzip_compress(c, data, len, room,
			    bound);
		libdeflate_free_compressor(c);
	}
	b->len += got;
	return got > 0 ? 0 : -1;
}

/*
 * A number in groups of seven bits, the lowest first; the eighth says that
 * another one follows.
 */
static void
add_varint(struct base_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		base_buf_chr(b, (char)(uint8_t)(v | 0x80));
	base_buf_chr(b, (char)(uint8_t)v);
}

/*
 * Append N entries as one compressed directory.  Columns of like numbers
 * compress far better than rows would, and a tile that follows the one before
 * needs no place of its own.
 */
static int
add_directory(struct base_buf *to, const struct map_pmtiles_entry *e, size_t n)
{
	struct base_buf b;
	uint64_t last = 0;
	size_t i;
	int rc = -1;

	base_buf_init(&b);
	add_varint(&b, n);
	for (i = 0; i < n; i++) {
		assert(i == 0 || e[i].id > last);
		add_varint(&b, e[i].id - last);
		last = e[i].id;
	}
	for (i = 0; i < n; i++)
		add_varint(&b, e[i].run);
	for (i = 0; i < n; i++)
		add_varint(&b, e[i].len);
	for (i = 0; i < n; i++)
		if (i > 0 && e[i].at == e[i - 1].at + e[i - 1].len)
			add_varint(&b, 0);
		else
			add_varint(&b, e[i].at + 1);
	if (base_buf_ok(&b))
		rc = map_pmtiles_gzip(to, b.data, b.len);
	base_buf_done(&b);
	return rc;
}

/*
 * Leaves of SIZE entries each, and a root that points to them by the first id
 * of each.  Their places count from the first leaf on, as the header says where
 * that is.
 */
static int
add_leaves(const struct map_pmtiles_entry *e, size_t n, size_t size,
    struct base_buf *root, struct base_buf *leaves)
{
	size_t i, k, before, nleaf = (n + size - 1) / size;
	struct map_pmtiles_entry *leaf;
	int rc = 0;

	if ((leaf = calloc(nleaf, sizeof(*leaf))) == NULL)
		return -1;
	for (i = k = 0; rc == 0 && i < n; i += size, k++) {
		before = leaves->len;
		rc = add_directory(leaves, e + i, n - i < size ? n - i :
		    size);
		leaf[k] = (struct map_pmtiles_entry){ .id = e[i].id,
		    .at = before, .len = (uint32_t)(leaves->len - before) };
	}
	if (rc == 0)
		rc = add_directory(root, leaf, nleaf);
	free(leaf);
	return rc;
}

/*
 * Whether a root is small enough is only known when it was compressed, so it is
 * tried, unless there are more entries than the root has bytes, where that
 * would hardly ever work.  Leaves double until the root fits, which it does at
 * the latest when there is one leaf.
 */
int
map_pmtiles_directories(const struct map_pmtiles_entry *e, size_t n,
    struct base_buf *root, struct base_buf *leaves)
{
	size_t size;

	if (n <= ROOT_MAX && add_directory(root, e, n) == -1)
		return -1;
	if (n <= ROOT_MAX && root->len <= ROOT_MAX)
		return 0;
	for (size = LEAF_MIN;; size *= 2) {
		base_buf_reset(root);
		base_buf_reset(leaves);
		if (add_leaves(e, n, size, root, leaves) == -1)
			return -1;
		if (root->len <= ROOT_MAX)
			return 0;
	}
}
