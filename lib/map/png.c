/* SPDX-License-Identifier: ISC */
/*
 * The ramp has 511 steps, more than anybody sees.  They are divided into
 * classes of equal width; the pixels of a class in a picture all get their
 * mean, so that a picture of few dots, as most are, has nearly its own
 * colours, and a dense one has some thirty.  With the dark they are the
 * palette, and as many bits as that needs make a pixel.  This is what a
 * quantiser would do for a ramp, without looking for what is known.
 *
 * The scan lines are zero between two pictures: only bytes that have a lit
 * pixel are written, and cleared again.  Filters do not help with palettes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "map/png.h"
#include "map/ramp.h"
#include "map/raster.h"

#define CLASSES		32
#define LEVEL		6		/* of compression */
#define PALETTE_MAX	(CLASSES + 1)

/* Signature, header, palette, ends of chunks: all but the pixels. */
#define FRAME_MAX	(8 + 25 + 12 + 3 * PALETTE_MAX + 12 + PALETTE_MAX + \
			    12 + 12)

struct map_png {
	struct libdeflate_compressor *deflate;
	unsigned	 size;
	uint16_t	*step;		/* of each lit pixel, as listed */
	uint8_t		*line;		/* scan lines, each with its filter */
	uint8_t		*out;
	size_t		 cap;
	uint8_t		 dark[FRAME_MAX + 256];	/* the file of no light */
	size_t		 darklen;	/* 0: not made yet */
	/* of the picture at hand */
	unsigned	 ncolour;	/* with the dark */
	unsigned	 nclear;	/* those that are not opaque, the first */
	uint8_t		 rgba[PALETTE_MAX][4];
	uint8_t		 index[CLASSES];	/* in the palette */
};

/*
 * Buffers are as large as the largest picture of all can need, so that making
 * one never fails.
 */
struct map_png *
map_png_new(unsigned size)
{
	struct map_png *p;
	size_t raw = ((size_t)size + 1) * size;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->size = size;
	p->deflate = libdeflate_alloc_compressor(LEVEL);
	if (p->deflate != NULL)
		p->cap = FRAME_MAX + libdeflate_zlib_compress_bound(p->deflate,
		    raw);
	p->step = calloc((size_t)size * size, sizeof(*p->step));
	p->line = calloc(raw, 1);
	p->out = p->cap > 0 ? malloc(p->cap) : NULL;
	if (p->step == NULL || p->line == NULL || p->out == NULL) {
		map_png_free(p);
		return NULL;
	}
	return p;
}

void
map_png_free(struct map_png *p)
{
	if (p == NULL)
		return;
	if (p->deflate != NULL)
		libdeflate_free_compressor(p->deflate);
	free(p->step);
	free(p->line);
	free(p->out);
	free(p);
}

/*
 * The dark, step 0, has no class: it is a colour of its own, and transparent.
 */
static unsigned
class_of_step(unsigned step)
{
	return (step - 1) * CLASSES / MAP_RAMP_MAX;
}

/* A picture that has no dark pixel still has the dark in its palette. */
static void
choose_palette(struct map_png *p, const struct map_raster *r)
{
	uint32_t count[CLASSES] = { 0 };
	uint64_t sum[CLASSES] = { 0 };
	unsigned c, step;
	size_t i;

	for (i = 0; i < r->nlit; i++) {
		p->step[i] = (uint16_t)map_ramp_step(r->light[r->lit[i]]);
		if (p->step[i] == 0)
			continue;
		c = class_of_step(p->step[i]);
		count[c]++;
		sum[c] += p->step[i];
	}
	p->ncolour = p->nclear = 1;
	map_ramp_colour(0, p->rgba[0]);
	for (c = 0; c < CLASSES; c++) {
		if (count[c] == 0)
			continue;
		step = (unsigned)((sum[c] + count[c] / 2) / count[c]);
		map_ramp_colour(step, p->rgba[p->ncolour]);
		if (step < MAP_RAMP_BLUE)
			p->nclear = p->ncolour + 1;
		p->index[c] = (uint8_t)p->ncolour++;
	}
}

/* Bits of a pixel. */
static unsigned
depth_for(unsigned colours)
{
	return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}

/*
 * Put the lit pixels into the scan lines, or with CLEAR take them out.  Pixels
 * of a byte stand from its high bits down.  Clearing sets whole bytes, as
 * everything else in them is dark or cleared as well.
 */
static void
set_pixels(struct map_png *p, const struct map_raster *r, unsigned depth,
    int clear)
{
	size_t stride = 1 + (size_t)p->size * depth / 8, i;
	unsigned per = 8 / depth, x;
	uint8_t *byte;

	for (i = 0; i < r->nlit; i++) {
		if (p->step[i] == 0)
			continue;
		x = r->lit[i] % p->size;
		byte = p->line + r->lit[i] / p->size * stride + 1 + x / per;
		if (clear)
			*byte = 0;
		else
			*byte = (uint8_t)(*byte |
			    p->index[class_of_step(p->step[i])] <<
			    (per - 1 - x % per) * depth);
	}
}

/* PNG has all its numbers big-endian.  Returns what is behind it. */
static uint8_t *
put_png_be32(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 24);
	to[1] = (uint8_t)(v >> 16);
	to[2] = (uint8_t)(v >> 8);
	to[3] = (uint8_t)v;
	return to + 4;
}

/*
 * A chunk of TYPE, whose LEN bytes stand 8 bytes behind AT already.  Returns
 * where the next one goes.
 */
static uint8_t *
put_chunk(uint8_t *at, const char *type, size_t len)
{
	put_png_be32(at, (uint32_t)len);
	memcpy(at + 4, type, 4);
	return put_png_be32(at + 8 + len,
	    libdeflate_crc32(0, at + 4, 4 + len));
}

/* What stands before the pixels.  Returns where they go. */
static uint8_t *
put_png_head(const struct map_png *p, unsigned depth)
{
	static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n',
	    0x1a, '\n' };
	uint8_t *at = p->out;
	unsigned i;

	memcpy(at, signature, sizeof(signature));
	at += sizeof(signature);
	put_png_be32(put_png_be32(at + 8, p->size), p->size);
	at[16] = (uint8_t)depth;
	at[17] = 3;				/* a palette */
	at[18] = at[19] = at[20] = 0;		/* the usual; no interlace */
	at = put_chunk(at, "IHDR", 13);
	for (i = 0; i < p->ncolour; i++)
		memcpy(at + 8 + 3 * i, p->rgba[i], 3);
	at = put_chunk(at, "PLTE", (size_t)3 * p->ncolour);
	for (i = 0; i < p->nclear; i++)
		at[8 + i] = p->rgba[i][3];
	return put_chunk(at, "tRNS", p->nclear);
}

/* Many tiles are dark, and all of these are the same file. */
static void
keep_dark(struct map_png *p, size_t len)
{
	if (p->ncolour > 1 || len > sizeof(p->dark))
		return;
	memcpy(p->dark, p->out, len);
	p->darklen = len;
}

/*
 * The pixels are compressed into the place where their chunk is, so that they
 * are never copied.  The dark file is made once and then handed out again, from
 * bytes of its own: those of the last picture are written over each time.
 */
const uint8_t *
map_png_encode(struct map_png *p, const struct map_raster *r, size_t *len)
{
	unsigned depth;
	uint8_t *at;
	size_t n;

	assert(r->size == p->size);
	choose_palette(p, r);
	if (p->ncolour == 1 && p->darklen > 0) {
		*len = p->darklen;
		return p->dark;
	}
	depth = depth_for(p->ncolour);
	set_pixels(p, r, depth, 0);
	at = put_png_head(p, depth);
	n = libdeflate_zlib_compress(p->deflate, p->line,
	    (1 + (size_t)p->size * depth / 8) * p->size, at + 8,
	    p->cap - (size_t)(at + 8 - p->out));
	assert(n > 0);
	set_pixels(p, r, depth, 1);
	at = put_chunk(at, "IDAT", n);
	at = put_chunk(at, "IEND", 0);
	*len = (size_t)(at - p->out);
	keep_dark(p, *len);
	return p->out;
}
