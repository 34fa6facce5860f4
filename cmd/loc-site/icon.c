/* SPDX-License-Identifier: ISC */
/*
 * The icons that browsers ask for by old names, /favicon.ico and
 * /apple-touch-icon-precomposed.png: a pin as in static/icon.svg, which newer
 * ones take.  It is drawn in the light that tiles are made of, as that gives
 * blue and white PNG files without another library.
 */
#include <math.h>
#include <stdlib.h>
#include <sysexits.h>

#include "map/png.h"
#include "map/raster.h"

#include "site.h"

#define GRID		32.0	/* what the drawing is measured in */
#define SAMPLES		4	/* of a pixel, each way */
#define BLUE		0.25	/* light; see map/ramp.h */
#define WHITE		1.0
#define FAVICON		48
#define TOUCH		180
#define ICO_HEAD	22

/* Is the point within the square with round corners? */
static int
is_on_square(double x, double y)
{
	double r = 7, dx = fmax(fabs(x - 16) - (16 - r), 0);
	double dy = fmax(fabs(y - 16) - (16 - r), 0);

	return dx * dx + dy * dy <= r * r;
}

/* Is it within the pin: a disc with a hole, and what narrows to its point? */
static int
is_on_pin(double x, double y)
{
	double d = hypot(x - 16, y - 13);

	return d > 3.4 && (d <= 8 || (y > 15 && y <= 27 &&
	    fabs(x - 16) <= 7.7 * (27 - y) / 12));
}

/* The light of a pixel of SIZE in a row. */
static double
light_of(unsigned size, unsigned px, unsigned py)
{
	double sum = 0, x, y;
	unsigned i;

	for (i = 0; i < SAMPLES * SAMPLES; i++) {
		x = (px + (i % SAMPLES + 0.5) / SAMPLES) / size * GRID;
		y = (py + (i / SAMPLES + 0.5) / SAMPLES) / size * GRID;
		if (is_on_square(x, y))
			sum += is_on_pin(x, y) ? WHITE : BLUE;
	}
	return sum / (SAMPLES * SAMPLES);
}

/* Append the icon as PNG.  Returns 0, or -1 if memory is short. */
static int
draw_icon(struct base_buf *b, unsigned size)
{
	struct map_raster r = { .size = size };
	struct map_png *png = map_png_new(size);
	const uint8_t *data;
	uint32_t i, n = size * size;
	size_t len;
	int rc = -1;

	r.light = calloc(n, sizeof(*r.light));
	r.lit = calloc(n, sizeof(*r.lit));
	if (png != NULL && r.light != NULL && r.lit != NULL) {
		for (i = 0; i < n; i++) {
			r.light[i] = light_of(size, i % size, i / size);
			if (r.light[i] > 0)
				r.lit[r.nlit++] = i;
		}
		if ((data = map_png_encode(png, &r, &len)) != NULL) {
			base_buf_add(b, data, len);
			rc = base_buf_ok(b) ? 0 : -1;
		}
	}
	free(r.light);
	free(r.lit);
	map_png_free(png);
	return rc;
}

/* An ICO file is a head, and here one PNG. */
static int
put_favicon(struct site *s)
{
	unsigned char head[ICO_HEAD] = { 0, 0, 1, 0, 1, 0, FAVICON, FAVICON,
	    0, 0, 1, 0, 32, 0, 0, 0, 0, 0, ICO_HEAD, 0, 0, 0 };
	struct base_buf png, ico;
	int rc = -1;

	base_buf_init(&png);
	base_buf_init(&ico);
	if (draw_icon(&png, FAVICON) == 0) {
		head[14] = (unsigned char)(png.len & 0xff);
		head[15] = (unsigned char)(png.len >> 8 & 0xff);
		base_buf_add(&ico, head, sizeof(head));
		base_buf_add(&ico, png.data, png.len);
		if (base_buf_ok(&ico))
			rc = site_out_put(&s->out, "favicon.ico", ico.data,
			    ico.len);
	}
	base_buf_done(&png);
	base_buf_done(&ico);
	return rc;
}

int
site_icons(struct site *s)
{
	struct base_buf b;
	int rc = -1;

	base_buf_init(&b);
	if (put_favicon(s) == 0 && draw_icon(&b, TOUCH) == 0)
		rc = site_out_put(&s->out, "apple-touch-icon-precomposed.png",
		    b.data, b.len);
	base_buf_done(&b);
	return rc == 0 ? EX_OK : EX_CANTCREAT;
}
