/* SPDX-License-Identifier: ISC */
/*
 * An explanation is for people who ask why an answer is what it is, so it
 * shows everything that was decided about: each network asked for is unknown,
 * blocked, without position, or a station with its score, the group it fell
 * into and whether the position rests on it; then all results, those that
 * support each other, and the one chosen.  It is written once, in one pass,
 * and computes nothing that the search did not.
 *
 * Networks are shown by their keys: addresses as hex digits, cells as in cell
 * CSV.  Sets of keys are kept as sorted arrays of equal length, where what was
 * not found is a binary search away; a query of a thousand networks must not
 * cost a million comparisons.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api/explain.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "geo/region.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/region.h"
#include "locate/search.h"
#include "locate/weigh.h"
#include "station/score.h"

/* What a key is of. */
enum key_of { MAC, CELL, AREA };

static const size_t key_size[] = {
	[MAC] = RADIO_MAC_LEN,
	[CELL] = RADIO_CELL_KEY_MAX,
	[AREA] = RADIO_CELL_AREA_MAX,
};

/* The keys of one kind of network; in each zeros follow. */
struct keys {
	uint8_t		(*at)[RADIO_CELL_KEY_MAX];
	size_t		 n, max;
	enum key_of	 of;
};

struct explain {
	struct base_buf		*b;
	struct base_arena	*a;
	int64_t			 now_s, today;
};

static const char *const kinds[] = {
	[LOCATE_RESULT_BLUE] = "blue",
	[LOCATE_RESULT_WIFI] = "wifi",
	[LOCATE_RESULT_CELL] = "cell",
	[LOCATE_RESULT_AREA] = "area",
	[LOCATE_RESULT_IP] = "ip",
	[LOCATE_RESULT_EXTERNAL] = "external",
};

/* NAME is the text before the number, with its separator. */
static void
member_f7(struct base_buf *b, const char *name, double v)
{
	base_buf_str(b, name);
	base_buf_f7(b, v);
}

static void
member_i64(struct base_buf *b, const char *name, int64_t v)
{
	base_buf_str(b, name);
	base_buf_i64(b, v);
}

/* "a82067000001", or "lte-234-30-100-1001" as in cell CSV, or an area. */
static void
show_key(struct base_buf *b, enum key_of of, const uint8_t *key)
{
	struct radio_cell c;

	base_buf_chr(b, '"');
	if (of == MAC)
		base_buf_hex(b, key, RADIO_MAC_LEN);
	else {
		if (of == CELL)
			radio_cell_from_key(&c, key);
		else
			radio_cell_from_area_key(&c, key);
		base_buf_fmt(b, "%s-%d-%d-%d",
		    radio_cell_type_name((enum radio_cell_type)c.type),
		    c.mcc, c.mnc, c.lac);
		if (of == CELL)
			base_buf_fmt(b, "-%lld", (long long)c.cid);
	}
	base_buf_chr(b, '"');
}

/* Keys in the order of their bytes; what follows a short one is zero. */
static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, RADIO_CELL_KEY_MAX);
}

/* Room for N keys.  Returns 0, or -1 when memory is short. */
static int
keys_init(struct explain *e, struct keys *k, size_t n, enum key_of of)
{
	k->n = 0;
	k->max = n;
	k->of = of;
	k->at = base_arena_calloc(e->a, n, sizeof(*k->at));
	return k->at == NULL ? -1 : 0;
}

/* Add a key, which there is room for. */
static void
keys_add(struct keys *k, const uint8_t *key)
{
	assert(k->n < k->max);
	memcpy(k->at[k->n++], key, key_size[k->of]);
}

/* Member NAME: an array of keys. */
static void
show_keys(struct explain *e, const char *name, const struct keys *k)
{
	size_t i;

	base_buf_fmt(e->b, "\"%s\": [", name);
	for (i = 0; i < k->n; i++) {
		if (i > 0)
			base_buf_str(e->b, ", ");
		show_key(e->b, k->of, k->at[i]);
	}
	base_buf_str(e->b, "], ");
}

/*
 * The part that all kinds have in common: how many networks were asked and
 * found, and which of them are of no use.  ROW lists stations, AREA areas: one
 * of them is NULL.  Leaves the list of stations open for the caller.
 */
static int
explain_missing(struct explain *e, struct keys *asked,
    const struct station_row *row, const struct station_area *area,
    size_t nrow)
{
	struct keys blocked, bare, known, unknown;
	const uint8_t *key;
	double lat, lon;
	size_t i;

	if (keys_init(e, &blocked, nrow, asked->of) == -1 ||
	    keys_init(e, &bare, nrow, asked->of) == -1 ||
	    keys_init(e, &known, nrow, asked->of) == -1 ||
	    keys_init(e, &unknown, asked->n, asked->of) == -1)
		return -1;
	for (i = 0; i < nrow; i++) {
		key = row != NULL ? row[i].key : area[i].key;
		lat = row != NULL ? row[i].lat : area[i].lat;
		lon = row != NULL ? row[i].lon : area[i].lon;
		keys_add(&known, key);
		if (row != NULL && station_score_blocked(&row[i], e->today))
			keys_add(&blocked, key);
		else if (!locate_weigh_placed(lat, lon))
			keys_add(&bare, key);
	}
	qsort(known.at, known.n, sizeof(*known.at), by_bytes);
	for (i = 0; i < asked->n; i++)
		if (bsearch(asked->at[i], known.at, known.n,
		    sizeof(*known.at), by_bytes) == NULL)
			keys_add(&unknown, asked->at[i]);
	base_buf_fmt(e->b, "{\"asked\": %zu, \"found\": %zu, ", asked->n,
	    nrow);
	show_keys(e, "unknown", &unknown);
	show_keys(e, "blocked", &blocked);
	show_keys(e, "unplaced", &bare);
	base_buf_str(e->b, "\"stations\": [");
	return 0;
}

/* The start of one element of "stations". */
static void
show_station(struct explain *e, size_t i, enum key_of of, const uint8_t *key,
    double lat, double lon, double score, int group)
{
	base_buf_str(e->b, i > 0 ? ", {\"key\": " : "{\"key\": ");
	show_key(e->b, of, key);
	member_f7(e->b, ", \"lat\": ", lat);
	member_f7(e->b, ", \"lon\": ", lon);
	member_f7(e->b, ", \"score\": ", score);
	if (group != -1)
		member_i64(e->b, ", \"group\": ", group);
}

/*
 * A single network, which the search did not see: what the database has of
 * it, if it could be of use beside another one.
 */
static void
show_lone(struct explain *e, const struct station_row *r)
{
	if (station_score_blocked(r, e->today) ||
	    !locate_weigh_placed(r->lat, r->lon))
		return;
	show_station(e, 0, MAC, r->key, r->lat, r->lon,
	    station_score_row(r, e->now_s), -1);
	base_buf_str(e->b, ", \"used\": false}");
}

/*
 * One kind of MACs: the common part, then each station with what the query
 * said of it.  Stations beyond LOCATE_MAC_MAX were left out of the search and
 * are not shown.
 */
static int
explain_macs(struct explain *e, const char *name,
    const struct locate_mac *heard, size_t n, const struct station_row *row,
    size_t nrow, const struct locate_mac_found *mf)
{
	const struct locate_mac_station *m;
	struct keys asked;
	size_t i;

	if (keys_init(e, &asked, n, MAC) == -1)
		return -1;
	for (i = 0; i < n; i++)
		keys_add(&asked, heard[i].mac);
	base_buf_fmt(e->b, "\"%s\": ", name);
	if (explain_missing(e, &asked, row, NULL, nrow) == -1)
		return -1;
	for (i = 0; i < mf->n; i++) {
		m = &mf->at[i];
		show_station(e, i, MAC, m->row->key, m->lat, m->lon,
		    m->score, m->group);
		member_f7(e->b, ", \"age\": ", m->age_ms);
		member_f7(e->b, ", \"signal\": ", m->signal_dbm);
		base_buf_fmt(e->b, ", \"used\": %s}",
		    m->used ? "true" : "false");
	}
	if (n == 1 && nrow == 1)
		show_lone(e, row);
	base_buf_str(e->b, "]}, ");
	return 0;
}

/*
 * Cells and areas, two members.  The stations of areas are shown only if the
 * search got to them, which is if no cell was known.
 */
static int
explain_cells(struct explain *e, const struct locate_query *q,
    const struct locate_found *f, const struct locate_cell_found *cf)
{
	uint8_t key[RADIO_CELL_KEY_MAX];
	struct keys cells, areas;
	size_t i;

	if (keys_init(e, &cells, q->ncell, CELL) == -1 ||
	    keys_init(e, &areas, q->narea, AREA) == -1)
		return -1;
	for (i = 0; i < q->ncell; i++) {
		radio_cell_key(key, &q->cell[i].cell);
		keys_add(&cells, key);
	}
	for (i = 0; i < q->narea; i++) {
		radio_cell_area_key(key, &q->area[i].cell);
		keys_add(&areas, key);
	}
	base_buf_str(e->b, "\"cell\": ");
	if (explain_missing(e, &cells, f->cell, NULL, f->ncell) == -1)
		return -1;
	for (i = 0; i < cf->n; i++) {
		show_station(e, i, CELL, cf->at[i].row->key,
		    cf->at[i].row->lat, cf->at[i].row->lon, cf->at[i].score,
		    cf->at[i].group);
		base_buf_chr(e->b, '}');
	}
	base_buf_str(e->b, "]}, \"area\": ");
	if (explain_missing(e, &areas, NULL, f->area, f->narea) == -1)
		return -1;
	for (i = 0; i < cf->narea; i++) {
		show_station(e, i, AREA, cf->area[i].row->key,
		    cf->area[i].row->lat, cf->area[i].row->lon,
		    cf->area[i].score, (int)i);
		base_buf_chr(e->b, '}');
	}
	base_buf_str(e->b, "]}, ");
	return 0;
}

/* One result of the vote. */
static void
show_result(struct base_buf *b, const struct locate_result *r)
{
	base_buf_fmt(b, "{\"source\": \"%s\", \"kind\": \"%s\", "
	    "\"group\": %d, ", locate_result_source_name(r->source),
	    kinds[r->kind], r->group);
	member_f7(b, "\"lat\": ", r->lat);
	member_f7(b, ", \"lon\": ", r->lon);
	member_f7(b, ", \"accuracy\": ", r->accuracy_m);
	member_f7(b, ", \"score\": ", r->score);
	if (r->fallback != NULL)
		base_buf_fmt(b, ", \"fallback\": \"%s\"", r->fallback);
	base_buf_chr(b, '}');
}

/*
 * All results in the order in which they were added; which of them support the
 * answer, and the answer, by index.
 */
static void
explain_results(struct base_buf *b, const struct locate_search *s)
{
	size_t i;

	base_buf_str(b, "\"results\": [");
	for (i = 0; i < s->list.n; i++) {
		if (i > 0)
			base_buf_str(b, ", ");
		show_result(b, &s->list.at[i]);
	}
	base_buf_str(b, "], \"supporting\": [");
	for (i = 0; i < s->group.n; i++)
		base_buf_fmt(b, "%s%zu", i > 0 ? ", " : "", s->group.at[i]);
	member_f7(b, "], \"score\": ", s->group.score);
	if (s->best != NULL)
		base_buf_fmt(b, ", \"chosen\": %td", s->best - s->list.at);
	base_buf_fmt(b, ", \"expected\": \"%s\", \"satisfied\": %s}",
	    locate_result_class_name(s->expected),
	    locate_result_satisfies(&s->list, &s->group, s->expected) ?
	    "true" : "false");
}

int
api_explain(const struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_buf *b,
    struct base_arena *a)
{
	struct explain e = { b, a, now_s, base_civil_day_of(now_s) };

	base_buf_chr(b, '{');
	if (explain_macs(&e, "blue", q->blue, q->nblue, f->blue, f->nblue,
	    &s->blue) == -1 ||
	    explain_macs(&e, "wifi", q->wifi, q->nwifi, f->wifi, f->nwifi,
	    &s->wifi) == -1 || explain_cells(&e, q, f, &s->cell) == -1)
		return -1;
	explain_results(b, s);
	return 0;
}

void
api_explain_region(const struct locate_region *s, struct base_buf *b)
{
	const struct locate_region_result *r;
	size_t i;

	base_buf_str(b, "{\"results\": [");
	for (i = 0; i < s->n; i++) {
		r = &s->at[i];
		base_buf_fmt(b, "%s{\"source\": \"%s\", \"kind\": \"%s\", "
		    "\"region\": \"%s\", ", i > 0 ? ", " : "",
		    locate_result_source_name(r->source), kinds[r->kind],
		    geo_region_code(r->region));
		member_f7(b, "\"score\": ", r->score);
		base_buf_chr(b, '}');
	}
	base_buf_chr(b, ']');
	if (s->best != NULL)
		base_buf_fmt(b, ", \"chosen\": %td", s->best - s->at);
	base_buf_chr(b, '}');
}
