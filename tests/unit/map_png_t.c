/* SPDX-License-Identifier: ISC */
/* Pictures, as a reading of the PNG specification gets them back. */
#include <libdeflate.h>

#include "map/png.h"
#include "map/ramp.h"
#include "map/raster.h"
#include "tap.h"

#define SIZE	256

static uint8_t raw[(1 + SIZE) * SIZE];

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* The body of the chunk TYPE, or NULL; all checksums are looked at. */
static const uint8_t *
chunk(const uint8_t *png, size_t len, const char *type, uint32_t *n)
{
	const uint8_t *found = NULL, *p = png + 8, *end = png + len;

	while (p + 12 <= end) {
		uint32_t size = be32(p);

		if (p + 12 + size > end || be32(p + 8 + size) !=
		    libdeflate_crc32(0, p + 4, 4 + size))
			return NULL;
		if (memcmp(p + 4, type, 4) == 0) {
			found = p + 8;
			*n = size;
		}
		p += 12 + size;
	}
	return p == end ? found : NULL;
}

/* The worst difference of a pixel, in alpha or red; -1: it is no such file. */
static int
worst(const struct map_raster *r, const uint8_t *png, size_t len)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	const uint8_t *head, *colour, *alpha, *data;
	uint32_t n, ncolour, nalpha, x, y;
	int bad = 0, diff;
	size_t got, stride;

	head = chunk(png, len, "IHDR", &n);
	colour = chunk(png, len, "PLTE", &ncolour);
	alpha = chunk(png, len, "tRNS", &nalpha);
	data = chunk(png, len, "IDAT", &n);
	if (head == NULL || colour == NULL || alpha == NULL || data == NULL ||
	    libdeflate_zlib_decompress(d, data, n, raw, sizeof(raw), &got) !=
	    LIBDEFLATE_SUCCESS || be32(head) != SIZE || head[9] != 3)
		return -1;
	libdeflate_free_decompressor(d);
	stride = 1 + SIZE * head[8] / 8U;
	if (got != stride * SIZE)
		return -1;
	for (y = 0; y < SIZE; y++)
		for (x = 0; x < SIZE; x++) {
			unsigned bits = head[8], per = 8U / bits;
			unsigned i = (unsigned)raw[y * stride + 1 + x / per] >>
			    (per - 1 - x % per) * bits & ((1U << bits) - 1);
			uint8_t want[4];

			map_ramp_colour(map_ramp_step(r->light[y * SIZE + x]),
			    want);
			if (raw[y * stride] != 0 || 3 * i >= ncolour)
				return -1;
			diff = abs((i < nalpha ? alpha[i] : 255) - want[3]);
			bad = diff > bad ? diff : bad;
			diff = abs(colour[3 * i] - want[0]);
			bad = diff > bad ? diff : bad;
		}
	return bad;
}

static void
light(struct map_raster *r, uint32_t at, double v)
{
	r->light[at] = v;
	r->lit[r->nlit++] = at;
}

int
main(void)
{
	struct map_raster *r = map_raster_new(SIZE);
	struct map_png *p = map_png_new(SIZE);
	const uint8_t *png;
	size_t len, first;
	unsigned i;
	uint8_t copy[8192];

	png = map_png_encode(p, r, &first);
	is_int(worst(r, png, first), 0, "a dark tile");
	memcpy(copy, png, first);
	light(r, 77, 0.1);
	png = map_png_encode(p, r, &len);
	is_int(worst(r, png, len), 0, "one pixel is exact");
	light(r, 78, 0.2);
	light(r, 3 * SIZE + 255, 0.9);
	light(r, SIZE * SIZE - 1, 4);
	png = map_png_encode(p, r, &len);
	is_int(worst(r, png, len), 0, "four that differ are, too");
	for (i = 0; i < 12; i++)
		light(r, 1000 + 40 * i, 0.003 * i * i + 0.001);
	png = map_png_encode(p, r, &len);
	ok(worst(r, png, len) <= 8, "sixteen are near");
	light(r, 20000, 1e-9);
	png = map_png_encode(p, r, &len);
	ok(worst(r, png, len) <= 8, "one too faint to be seen");
	while (r->nlit > 0)
		r->light[r->lit[--r->nlit]] = 0;
	png = map_png_encode(p, r, &len);
	ok(len == first && memcmp(png, copy, len) == 0,
	    "dark again: the same bytes");
	for (i = 0; i < SIZE * SIZE; i++)
		light(r, i, (i % 1000 + 1) / 1000.0);
	png = map_png_encode(p, r, &len);
	ok(worst(r, png, len) <= 8, "every pixel has light");
	map_png_free(p);
	map_raster_free(r);
	return tap_done();
}
