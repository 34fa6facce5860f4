/* SPDX-License-Identifier: ISC */
/*
 * Cells for people who draw maps: a line of JSON for each cell, or a
 * FeatureCollection of GeoJSON (RFC 7946), whose features stand in lines, too,
 * so that tools which read by lines can read it.
 *
 * Both have the same members.  Times are in milliseconds, which is what
 * JavaScript counts in, while CSV has seconds.  Members that are not known are
 * left out: a null would say no more in each of millions of lines.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "json/write.h"

#include "export.h"

#define FEATURES	"{\"type\":\"FeatureCollection\",\"features\":["

/*
 * The line being made, and whether one was made before.  The buffer is kept
 * from row to row, so that nothing is allocated once it has grown to the
 * longest line.
 */
struct drawing {
	struct base_buf	 b;
	int		 follows;
};

/* The state begins as zeros, which is an empty buffer. */
static int
head_lines(void **state, struct export_out *o)
{
	(void)o;
	return (*state = calloc(1, sizeof(struct drawing))) == NULL ? -1 : 0;
}

/*
 * The head is written by hand: a json_write that had the collection open would
 * need all of it in one buffer.
 */
static int
head_geojson(void **state, struct export_out *o)
{
	export_out_put(o, FEATURES, strlen(FEATURES));
	return head_lines(state, o);
}

/*
 * What is known of a cell, but for its position; NULL is left out.  The order
 * is that of the identity, from the largest part to the smallest, and then what
 * was measured: lines compare well from export to export.
 */
static void
write_members(struct json_write *w, const struct radio_cell *c,
    const struct station_row *r)
{
	json_write_text(w, "radio", radio_cell_type_name(
	    (enum radio_cell_type)c->type));
	json_write_i64(w, "mcc", c->mcc);
	json_write_i64(w, "mnc", c->mnc);
	json_write_i64(w, "lac", c->lac);
	json_write_i64(w, "cid", c->cid);
	if (r->psc != STATION_ROW_NULL)
		json_write_i64(w, "psc", r->psc);
	if (r->radius != STATION_ROW_NULL)
		json_write_i64(w, "radius", r->radius);
	if (r->samples != STATION_ROW_NULL)
		json_write_i64(w, "samples", r->samples);
	if (r->created != STATION_ROW_NULL)
		json_write_i64(w, "created", r->created * 1000);
	if (r->modified != STATION_ROW_NULL)
		json_write_i64(w, "updated", r->modified * 1000);
}

/*
 * Seven decimals are a centimetre, and what CSV has.  The sum turns a negative
 * zero into a zero: neither format has one.
 */
static void
write_degrees(struct json_write *w, const char *name, double deg)
{
	json_write_f7(w, name, rint(deg * 1e7) / 1e7 + 0.0);
}

/*
 * Only whole lines go to the output: a line for which memory was short would be
 * JSON that ends in the middle.
 */
static int
pass_line(struct drawing *d, struct export_out *o)
{
	if (!base_buf_ok(&d->b))
		return -1;
	export_out_put(o, d->b.data, d->b.len);
	base_buf_reset(&d->b);
	return 0;
}

/*
 * Position first, as people look for it first; the rest is the same as in
 * GeoJSON.
 */
static int
row_jsonl(void *state, struct export_out *o, const struct station_row *r)
{
	struct drawing *d = state;
	struct radio_cell c;
	struct json_write w;

	radio_cell_from_key(&c, r->key);
	json_write_begin(&w, &d->b);
	write_degrees(&w, "lat", r->lat);
	write_degrees(&w, "lon", r->lon);
	write_members(&w, &c, r);
	json_write_end(&w);
	base_buf_chr(&d->b, '\n');
	return pass_line(d, o);
}

/*
 * One feature, with the comma in front of it: which row is the last is not
 * known when it is written.  Positions are longitude before latitude, as RFC
 * 7946 has it, against the order everywhere else here.
 */
static int
row_geojson(void *state, struct export_out *o, const struct station_row *r)
{
	struct drawing *d = state;
	struct radio_cell c;
	struct json_write w;

	base_buf_str(&d->b, d->follows ? ",\n" : "\n");
	d->follows = 1;
	radio_cell_from_key(&c, r->key);
	json_write_begin(&w, &d->b);
	json_write_text(&w, "type", "Feature");
	json_write_object(&w, "geometry");
	json_write_text(&w, "type", "Point");
	json_write_array(&w, "coordinates");
	write_degrees(&w, NULL, r->lon);
	write_degrees(&w, NULL, r->lat);
	json_write_end(&w);
	json_write_end(&w);
	json_write_object(&w, "properties");
	write_members(&w, &c, r);
	json_write_end(&w);
	json_write_end(&w);
	return pass_line(d, o);
}

static int
tail_jsonl(void *state, struct export_out *o)
{
	(void)state;
	(void)o;
	return 0;
}

/* Without this line no reader takes the collection for complete. */
static int
tail_geojson(void *state, struct export_out *o)
{
	(void)state;
	export_out_put(o, "\n]}\n", 4);
	return 0;
}

/* This is called also when the head had no memory for a state. */
static void
done_drawing(void *state)
{
	struct drawing *d = state;

	if (d != NULL)
		base_buf_done(&d->b);
	free(d);
}

const struct export_format export_jsonl = { "jsonl", head_lines, row_jsonl,
	tail_jsonl, done_drawing };
const struct export_format export_geojson = { "geojson", head_geojson,
	row_geojson, tail_geojson, done_drawing };
