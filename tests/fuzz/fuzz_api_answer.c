/* SPDX-License-Identifier: ISC */
/*
 * Whole requests: the body must yield valid JSON, whatever the stations are.
 * The first bytes choose the API, strict or lenient, and seed the stations, of
 * which every network of the query has one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "base/arena.h"
#include "base/buf.h"
#include "geo/ip.h"
#include "ichnaea/rules.h"
#include "json/doc.h"
#include "locate/found.h"
#include "locate/query.h"
#include "station/places.h"

#define NOW	1700050000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint32_t seed;

static int
roll(int n)
{
	seed = seed * 1664525 + 1013904223;
	return (int)((seed >> 8) % (unsigned)n);
}

static void
make_row(struct station_row *r)
{
	static const char *const regions[] = { "GB", "US", "XX", "" };

	station_row_init(r);
	if (roll(9) == 0)
		return;
	r->lat = 51 + roll(400) / (roll(2) == 0 ? 1e5 : 10.0);
	r->lon = (roll(3) - 1) * 179.999 + roll(100) / 1e5;
	r->radius = roll(3) == 0 ? STATION_ROW_NULL : roll(100000);
	r->samples = roll(100);
	strlcpy(r->region, regions[roll(4)], sizeof(r->region));
	r->weight = roll(3) == 0 ? (double)NAN : roll(1000);
	r->created = NOW - roll(100) * 86400;
	r->modified = NOW - roll(100) * 86400;
	if (roll(3) == 0) {
		r->block_last = NOW / 86400 - roll(30);
		r->block_count = roll(5);
	}
}

/* What the model keeps of a MAC; sometimes of another place, or of none. */
static void
make_peak(struct station_row *r)
{
	if (roll(3) == 0 || !(fabs(r->lat) <= 90))
		return;
	r->peak_lat = (int64_t)(r->lat * 1e7) + roll(2000) - 1000;
	r->peak_lon = roll(9) == 0 ? roll(1 << 30) * 4LL - (1LL << 31) :
	    (int64_t)(r->lon * 1e7);
	r->peak_weight = roll(5) == 0 ? 1e9 : roll(100) / 10.0;
	r->spread = roll(4) == 0 ? roll(65536) : roll(2000);
	if (roll(4) == 0) {
		r->min_lat = r->lat - .01;
		r->max_lat = r->lat + .01;
		r->min_lon = r->lon - .01;
		r->max_lon = r->lon + .01;
	}
}

/* What it keeps of a cell; sometimes bytes that are no places. */
static void
make_places(struct station_row *r)
{
	struct station_places p = { .n = 0 };
	int i;

	for (i = roll(12); i > 0; i--)
		station_places_add(&p, 51 + roll(400) / (roll(2) == 0 ? 1e5 :
		    10.0), (roll(3) - 1) * 179.999, roll(3) == 0 ?
		    (double)NAN : -roll(140));
	if (p.n > 0)
		r->places.len = (uint8_t)station_places_write(&p,
		    r->places.byte);
	if (p.n > 0 && roll(4) == 0)
		r->places.byte[roll(r->places.len)] = (uint8_t)roll(256);
}

static struct station_row *
make_macs(const struct locate_mac *m, size_t n, struct base_arena *a)
{
	struct station_row *r = base_arena_calloc(a, n, sizeof(*r));
	size_t i;

	for (i = 0; i < n; i++) {
		make_row(&r[i]);
		make_peak(&r[i]);
		memcpy(r[i].key, m[i].mac, RADIO_MAC_LEN);
	}
	return r;
}

/* Cells with ids near those of Q, as if Q's own were not known. */
static void
find_near(const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	struct radio_cell c;
	size_t i;

	f->ncell = 0;
	f->near = base_arena_calloc(a, q->ncell, sizeof(*f->near));
	for (i = 0; i < q->ncell; i++) {
		c = q->cell[i].cell;
		c.cid += roll(13) - 6;
		make_row(&f->near[f->nnear]);
		radio_cell_key(f->near[f->nnear++].key, &c);
	}
}

static void
find_all(const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	struct station_row r;
	size_t i;

	f->blue = make_macs(q->blue, f->nblue = q->nblue, a);
	f->wifi = make_macs(q->wifi, f->nwifi = q->nwifi, a);
	f->cell = base_arena_calloc(a, q->ncell, sizeof(*f->cell));
	for (i = 0; i < q->ncell; i++) {
		make_row(&f->cell[i]);
		make_places(&f->cell[i]);
		radio_cell_key(f->cell[i].key, &q->cell[i].cell);
	}
	f->ncell = q->ncell;
	if (roll(3) == 0)
		find_near(q, f, a);
	else if (roll(3) == 0)
		f->ncell = 0;
	f->centre = base_arena_calloc(a, q->narea, sizeof(*f->centre));
	f->area = base_arena_calloc(a, q->narea, sizeof(*f->area));
	for (i = 0; i < q->narea; i++) {
		make_row(&r);
		station_row_area_init(&f->area[i]);
		f->area[i].lat = r.lat;
		f->area[i].lon = r.lon;
		f->area[i].radius = r.radius;
		f->area[i].num_cells = roll(100);
		f->area[i].avg_cell_radius = roll(3) == 0 ? STATION_ROW_NULL :
		    roll(20000);
		radio_cell_area_key(f->area[i].key, &q->area[i].cell);
	}
	f->narea = q->narea;
	for (i = 0; i < q->narea && roll(2) == 0; i++) {
		make_row(&r);
		f->centre[i].lat = r.lat;
		f->centre[i].lon = r.lon;
		f->centre[i].spread = roll(100000);
		memcpy(f->centre[i].key, f->area[i].key,
		    sizeof(f->centre[i].key));
		f->ncentre++;
	}
}

static void
must_be_json(const struct base_buf *b, struct base_arena *a)
{
	struct json_doc d;

	if (json_doc_parse(&d, b->data, b->len, a) == -1 ||
	    strstr(b->data, "NaN") != NULL ||
	    strstr(b->data, "\": Infinity") != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum api_answer_api apis[] = {
	    API_ANSWER_GEOLOCATE, API_ANSWER_GEOLOCATE,
	    API_ANSWER_COUNTRY, API_ANSWER_SEARCH };
	static const struct geo_ip ip = { "GB", 51.5, -0.1, 40000, 543000,
	    0.8 };
	struct api_answer w = { .now_s = NOW };
	struct base_buf explain, out;
	struct base_arena a;
	int status;

	if (len < 2)
		return 0;
	w.rules = ichnaea_rules(data[0] & 1);
	w.as_ichnaea = data[0] & 1;
	w.confidence = data[0] & 0x40 ? 50 + data[1] % 50 : 0;
	w.has_ip = data[0] >> 1 & 1;
	w.ip = data[0] & 4 ? &ip : NULL;
	w.api = apis[data[0] >> 3 & 3];
	seed = data[1];
	base_arena_init(&a);
	base_buf_init(&out);
	base_buf_init(&explain);
	w.arena = &a;
	if (api_answer_read(&w, (const char *)data + 2, len - 2)) {
		find_all(&w.need, &w.found, &a);
		if (api_answer_search(&w))
			api_answer_explain(&w, &explain);
	}
	status = api_answer_write(&w, &out);
	if (status != 200 && status != 400 && status != 404)
		abort();
	if (status != 400) {
		must_be_json(&out, &a);
		must_be_json(&explain, &a);
	}
	base_buf_done(&explain);
	base_buf_done(&out);
	base_arena_done(&a);
	return 0;
}
