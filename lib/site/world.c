/* SPDX-License-Identifier: ISC */
/*
 * Shapes are rounded to a hundredth of a degree, which is finer than they are
 * drawn, and told by the way from vertex to vertex, so that a world has some
 * ten thousand small numbers.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "geo/region.h"
#include "json/write.h"
#include "site/world.h"

#define SCALE		100
#define UNIT		(1000000 / SCALE)
#define CROSSINGS	256
#define SVG_SIZE	1024

/* Where a name goes. */
struct label {
	double	lon, lat, width;	/* degrees */
};

static int32_t
round_unit(int32_t udeg)
{
	return (udeg + (udeg < 0 ? -UNIT / 2 : UNIT / 2)) / UNIT;
}

/* Twice the area of a ring, and the latitude of its middle. */
static double
area_of_ring(const struct geo_region_vertex *v, uint32_t n, double *lat)
{
	double area = 0, sum = 0, cross;
	uint32_t i;

	for (i = 0; i + 1 < n; i++) {
		cross = (double)v[i].lon_udeg * v[i + 1].lat_udeg -
		    (double)v[i + 1].lon_udeg * v[i].lat_udeg;
		area += cross;
		sum += cross * ((double)v[i].lat_udeg + v[i + 1].lat_udeg);
	}
	*lat = area == 0 ? v[0].lat_udeg : sum / (3 * area);
	return fabs(area);
}

static int
cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The longest part of the line of latitude LAT that is within the ring: of a
 * shape like a sickle the middle would be outside.
 */
static void
find_chord(const struct geo_region_vertex *v, uint32_t n, double lat,
    struct label *label)
{
	double cut[CROSSINGS];
	uint32_t i, k = 0;

	for (i = 0; i + 1 < n && k < CROSSINGS; i++)
		if ((v[i].lat_udeg > lat) != (v[i + 1].lat_udeg > lat))
			cut[k++] = v[i].lon_udeg + (lat - v[i].lat_udeg) /
			    ((double)v[i + 1].lat_udeg - v[i].lat_udeg) *
			    ((double)v[i + 1].lon_udeg - v[i].lon_udeg);
	qsort(cut, k, sizeof(*cut), cmp_double);
	label->lat = lat / 1e6;
	label->lon = v[0].lon_udeg / 1e6;
	label->width = 0;
	for (i = 0; i + 1 < k; i += 2)
		if ((cut[i + 1] - cut[i]) / 1e6 > label->width) {
			label->width = (cut[i + 1] - cut[i]) / 1e6;
			label->lon = (cut[i] + cut[i + 1]) / 2e6;
		}
}

/* The name of a region stands in its largest ring. */
static void
place_label(int r, struct label *label)
{
	const struct geo_region_vertex *v;
	double area, lat, most = -1;
	uint32_t at = 0, n;

	*label = (struct label){ 0, 0, 0 };
	while ((v = geo_region_ring(r, &at, &n)) != NULL)
		if ((area = area_of_ring(v, n, &lat)) > most) {
			most = area;
			find_chord(v, n, lat, label);
		}
}

static void
write_ring(struct json_write *w, const struct geo_region_vertex *v, uint32_t n)
{
	int32_t x = 0, y = 0, to_x, to_y;
	uint32_t i;

	json_write_array(w, NULL);
	for (i = 0; i < n; i++) {
		to_x = round_unit(v[i].lon_udeg);
		to_y = round_unit(v[i].lat_udeg);
		if (i > 0 && to_x == x && to_y == y)
			continue;
		json_write_i64(w, NULL, to_x - x);
		json_write_i64(w, NULL, to_y - y);
		x = to_x;
		y = to_y;
	}
	json_write_end(w);
}

static void
write_region(struct json_write *w, int r)
{
	const struct geo_region_vertex *v;
	struct label label;
	uint32_t at = 0, n;

	place_label(r, &label);
	json_write_object(w, NULL);
	json_write_text(w, "code", geo_region_code(r));
	json_write_text(w, "name", geo_region_name(r));
	json_write_array(w, "label");
	json_write_f7(w, NULL, round(label.lon * 100) / 100);
	json_write_f7(w, NULL, round(label.lat * 100) / 100);
	json_write_f7(w, NULL, round(label.width * 100) / 100);
	json_write_end(w);
	json_write_array(w, "rings");
	while ((v = geo_region_ring(r, &at, &n)) != NULL)
		write_ring(w, v, n);
	json_write_end(w);
	json_write_end(w);
}

void
site_world(struct base_buf *b)
{
	struct json_write w;
	int r;

	json_write_begin(&w, b);
	json_write_i64(&w, "scale", SCALE);
	json_write_array(&w, "regions");
	for (r = 0; r < geo_region_count(); r++)
		write_region(&w, r);
	json_write_end(&w);
	json_write_end(&w);
	base_buf_chr(b, '\n');
}

/*
 * A place on the picture, which is SVG_SIZE wide and high, in the projection of
 * the tiles.  What is nearer to a pole than these go lies outside.
 */
static void
project(const struct geo_region_vertex *v, int *x, int *y)
{
	double lat = v->lat_udeg / 1e6, s;

	lat = lat > 89 ? 89 : lat < -89 ? -89 : lat;
	s = sin(lat * M_PI / 180);
	*x = (int)lround((v->lon_udeg / 1e6 + 180) / 360 * SVG_SIZE);
	*y = (int)lround((0.5 - log((1 + s) / (1 - s)) / (4 * M_PI)) *
	    SVG_SIZE);
}

/* Rings that are smaller than a pixel are left out. */
static void
draw_ring(struct base_buf *b, const struct geo_region_vertex *v, uint32_t n)
{
	int x, y, was_x = 0, was_y = 0, drawn = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		project(&v[i], &x, &y);
		if (i > 0 && x == was_x && y == was_y)
			continue;
		if (i == 0)
			base_buf_fmt(b, "M%d %d", x, y);
		else
			base_buf_fmt(b, "%s%d %d", drawn == 0 ? "l" : " ",
			    x - was_x, y - was_y);
		drawn += i > 0;
		was_x = x;
		was_y = y;
	}
	base_buf_chr(b, 'z');
}

void
site_world_svg(struct base_buf *b)
{
	const struct geo_region_vertex *v;
	uint32_t at, n;
	int r;

	base_buf_fmt(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "viewBox=\"0 0 %d %d\"><path fill=\"#2b3a49\" d=\"", SVG_SIZE,
	    SVG_SIZE);
	for (r = 0; r < geo_region_count(); r++)
		for (at = 0; (v = geo_region_ring(r, &at, &n)) != NULL;)
			draw_ring(b, v, n);
	base_buf_str(b, "\"/></svg>\n");
}
