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
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/explain.h"
#include "api/vouch.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "geo/region.h"
#include "json/write.h"
#include "locate/confidence.h"
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

/*
 * An explanation in the making.  The arena is that of the request, so nothing
 * here is released.
 */
struct explain {
	struct json_write	 w;
	struct base_arena	*a;
	int64_t			 now_s, today;
	int			 as_ichnaea;
};

/*
 * What people read for the kinds of results; logs and tools go by these words,
 * so that they stay as they are.
 */
static const char *const kinds[] = {
	[LOCATE_RESULT_BLUE] = "blue",
	[LOCATE_RESULT_WIFI] = "wifi",
	[LOCATE_RESULT_CELL] = "cell",
	[LOCATE_RESULT_AREA] = "area",
	[LOCATE_RESULT_SITE] = "site",
	[LOCATE_RESULT_IP] = "ip",
	[LOCATE_RESULT_EXTERNAL] = "external",
};

/*
 * "a82067000001", or "lte-234-30-100-1001" as in cell CSV, or an area.  It is
 * one word without quotes inside, which can be pasted into a search of the
 * database or of a log.  Nothing needs escaping: there are names of radios and
 * numbers in it.
 */
static void
show_key(struct json_write *w, const char *name, enum key_of of,
    const uint8_t *key)
{
	struct radio_cell c;

	if (of == MAC) {
		json_write_hex(w, name, key, RADIO_MAC_LEN);
		return;
	}
	json_write_value(w, name);
	if (of == CELL)
		radio_cell_from_key(&c, key);
	else
		radio_cell_from_area_key(&c, key);
	base_buf_fmt(w->b, "\"%s-%d-%d-%d",
	    radio_cell_type_name((enum radio_cell_type)c.type), c.mcc, c.mnc,
	    c.lac);
	if (of == CELL)
		base_buf_fmt(w->b, "-%lld", (long long)c.cid);
	base_buf_chr(w->b, '"');
}

/* Keys in the order of their bytes; what follows a short one is zero. */
static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, RADIO_CELL_KEY_MAX);
}

/*
 * Room for N keys.  Returns 0, or -1 when memory is short.  Zeros matter: keys
 * are compared in full length, behind a short one, too.
 */
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

/*
 * Member NAME: an array of keys, which is there though it be empty, so that
 * readers need not ask for it.
 */
static void
show_keys(struct explain *e, const char *name, const struct keys *k)
{
	size_t i;

	json_write_array(&e->w, name);
	for (i = 0; i < k->n; i++)
		show_key(&e->w, NULL, k->of, k->at[i]);
	json_write_end(&e->w);
}

/*
 * The part that all kinds have in common: how many networks were asked and
 * found, and which of them are of no use.  ROW lists stations, AREA areas: one
 * of them is NULL, and KIND matters for the former.  Leaves the list of
 * stations open for the caller.
 */
static int
explain_missing(struct explain *e, struct keys *asked, enum obs_kind kind,
    const struct station_row *row, const struct station_area *area,
    size_t nrow)
{
	struct keys blocked, bare, hidden, known, unknown;
	const uint8_t *key;
	double lat, lon;
	size_t i;

	if (keys_init(e, &blocked, nrow, asked->of) == -1 ||
	    keys_init(e, &hidden, nrow, asked->of) == -1 ||
	    keys_init(e, &bare, nrow, asked->of) == -1 ||
	    keys_init(e, &known, nrow, asked->of) == -1 ||
	    keys_init(e, &unknown, asked->n, asked->of) == -1)
		return -1;
	for (i = 0; i < nrow; i++) {
		key = row != NULL ? row[i].key : area[i].key;
		lat = row != NULL ? row[i].lat : area[i].lat;
		lon = row != NULL ? row[i].lon : area[i].lon;
		keys_add(&known, key);
		if (row != NULL && !e->as_ichnaea &&
		    locate_weigh_withheld(&row[i], kind))
			keys_add(&hidden, key);
		else if (row != NULL &&
		    station_score_blocked(&row[i], e->today))
			keys_add(&blocked, key);
		else if (!locate_weigh_placed(lat, lon))
			keys_add(&bare, key);
	}
	qsort(known.at, known.n, sizeof(*known.at), by_bytes);
	for (i = 0; i < asked->n; i++)
		if (bsearch(asked->at[i], known.at, known.n,
		    sizeof(*known.at), by_bytes) == NULL)
			keys_add(&unknown, asked->at[i]);
	json_write_i64(&e->w, "asked", (int64_t)asked->n);
	json_write_i64(&e->w, "found", (int64_t)nrow);
	show_keys(e, "unknown", &unknown);
	show_keys(e, "blocked", &blocked);
	show_keys(e, "unplaced", &bare);
	if (!e->as_ichnaea)
		show_keys(e, "hidden", &hidden);
	json_write_array(&e->w, "stations");
	return 0;
}

/*
 * The start of one element of "stations"; the caller adds what its kind has and
 * ends it.  GROUP is -1 for what was never grouped.
 */
static void
show_station(struct json_write *w, enum key_of of, const uint8_t *key,
    double lat, double lon, double score, int group)
{
	json_write_object(w, NULL);
	show_key(w, "key", of, key);
	json_write_f7(w, "lat", lat);
	json_write_f7(w, "lon", lon);
	json_write_f7(w, "score", score);
	if (group != -1)
		json_write_i64(w, "group", group);
}

/*
 * A single network, which the search did not see: what the database has of
 * it, if it could be of use beside another one, or is contested.
 */
static void
show_lone(struct explain *e, const struct station_row *r, enum obs_kind kind)
{
	struct station_trust t;

	if (!locate_weigh_usable(r, e->today) && (e->as_ichnaea ||
	    !locate_weigh_placed(r->lat, r->lon) ||
	    !locate_weigh_withheld(r, kind)))
		return;
	show_station(&e->w, MAC, r->key, r->lat, r->lon,
	    station_score_row(r, e->now_s), -1);
	if (!e->as_ichnaea) {
		station_trust_get(&t, r, kind);
		api_vouch_state(&e->w, &t, e->today);
	}
	json_write_bool(&e->w, "used", 0);
	json_write_end(&e->w);
}

/*
 * What the model knows of a station, see locate/support.h.  Without the model
 * (as Ichnaea has it) none of this was computed.  A device is the address
 * without its last byte.
 */
static void
show_support(struct json_write *w, const struct locate_mac_station *m)
{
	json_write_f7(w, "spread", m->spread_m);
	json_write_f7(w, "scale", m->scale_m);
	json_write_f7(w, "vote", m->vote);
	json_write_hex(w, "device", m->row->key, RADIO_MAC_LEN - 1);
	if (m->is_moving)
		json_write_bool(w, "moving", 1);
	if (m->is_made_up)
		json_write_text(w, "state", "row");
}

/*
 * One kind of MACs: the common part, then each station with what the query
 * said of it.  Stations beyond LOCATE_MAC_MAX were left out of the search and
 * are not shown.
 */
static int
explain_macs(struct explain *e, const struct locate_support_kind *k,
    const struct locate_mac *heard, size_t n, const struct station_row *row,
    size_t nrow, const struct locate_mac_found *mf,
    const struct locate_support *support)
{
	enum obs_kind kind = k->kind == LOCATE_RESULT_BLUE ? OBS_BLUE :
	    OBS_WIFI;
	const struct locate_mac_station *m;
	struct keys asked;
	size_t i;

	if (keys_init(e, &asked, n, MAC) == -1)
		return -1;
	for (i = 0; i < n; i++)
		keys_add(&asked, heard[i].mac);
	json_write_object(&e->w, kinds[k->kind]);
	if (explain_missing(e, &asked, kind, row, NULL, nrow) == -1)
		return -1;
	for (i = 0; i < mf->n; i++) {
		m = &mf->at[i];
		show_station(&e->w, MAC, m->row->key, m->lat, m->lon,
		    m->score, m->group);
		json_write_f7(&e->w, "age", m->age_ms);
		json_write_f7(&e->w, "signal", m->signal_dbm);
		if (!e->as_ichnaea) {
			show_support(&e->w, m);
			api_vouch_station(&e->w, m, mf, heard, k->reach_m,
			    e->today);
		}
		json_write_bool(&e->w, "used", m->used);
		json_write_end(&e->w);
	}
	if (n == 1 && nrow == 1)
		show_lone(e, row, kind);
	json_write_end(&e->w);
	if (!e->as_ichnaea)
		api_vouch_companies(&e->w, &support->companies, mf, heard,
		    kind == OBS_BLUE ? "beacons" : "wifis");
	json_write_end(&e->w);
	return 0;
}

/* The places of a cell, and how much each counts: see locate/cover.h. */
static void
show_places(struct json_write *w, const struct locate_cell_station *s)
{
	const struct station_place *p;
	size_t i;

	json_write_i64(w, "visits", s->places.visits);
	json_write_f7(w, "unknown", s->unknown_m);
	if (s->is_made_up)
		json_write_text(w, "state", "row");
	json_write_array(w, "places");
	for (i = 0; i < s->places.n; i++) {
		p = &s->places.at[i];
		json_write_object(w, NULL);
		json_write_f7(w, "lat", p->lat);
		json_write_f7(w, "lon", p->lon);
		json_write_i64(w, "n", p->n);
		if (!isnan(p->signal_dbm))
			json_write_f7(w, "signal", p->signal_dbm);
		json_write_f7(w, "rms", p->rms_m);
		json_write_f7(w, "share", s->share[i]);
		json_write_end(w);
	}
	json_write_end(w);
}

/*
 * The cells that were asked for and those the search was made of.  Neighbours
 * are cells that nobody asked for: those of nearly the same number, which stand
 * for one that is not known.
 */
static int
explain_cells(struct explain *e, const struct locate_query *q,
    const struct locate_found *f, const struct locate_cell_found *cf)
{
	const struct locate_cell_station *s;
	uint8_t key[RADIO_CELL_KEY_MAX];
	struct station_trust t;
	struct keys asked;
	size_t i;

	if (keys_init(e, &asked, q->ncell, CELL) == -1)
		return -1;
	for (i = 0; i < q->ncell; i++) {
		radio_cell_key(key, &q->cell[i].cell);
		keys_add(&asked, key);
	}
	json_write_object(&e->w, "cell");
	if (explain_missing(e, &asked, OBS_CELL, f->cell, NULL,
	    f->ncell) == -1)
		return -1;
	for (i = 0; i < cf->n; i++) {
		s = &cf->at[i];
		show_station(&e->w, CELL, s->row->key, s->row->lat,
		    s->row->lon, s->score, s->group);
		if (!e->as_ichnaea) {
			station_trust_get(&t, s->row, OBS_CELL);
			api_vouch_state(&e->w, &t, e->today);
			show_places(&e->w, s);
		}
		json_write_end(&e->w);
	}
	json_write_end(&e->w);
	if (cf->nnear > 0)
		json_write_array(&e->w, "neighbours");
	for (i = 0; i < cf->nnear; i++)
		show_key(&e->w, NULL, CELL, cf->near[i]->key);
	if (cf->nnear > 0)
		json_write_end(&e->w);
	json_write_end(&e->w);
	return 0;
}

/*
 * The same of areas.  Their stations are shown only if the search got to
 * them, which is if no cell was known.
 */
static int
explain_areas(struct explain *e, const struct locate_query *q,
    const struct locate_found *f, const struct locate_cell_found *cf)
{
	const struct locate_cell_area *s;
	uint8_t key[RADIO_CELL_KEY_MAX];
	struct keys asked;
	size_t i;

	if (keys_init(e, &asked, q->narea, AREA) == -1)
		return -1;
	for (i = 0; i < q->narea; i++) {
		radio_cell_area_key(key, &q->area[i].cell);
		keys_add(&asked, key);
	}
	json_write_object(&e->w, "area");
	if (explain_missing(e, &asked, OBS_CELL, NULL, f->area,
	    f->narea) == -1)
		return -1;
	for (i = 0; i < cf->narea; i++) {
		s = &cf->area[i];
		show_station(&e->w, AREA, s->row->key, s->row->lat,
		    s->row->lon, s->score, (int)i);
		if (!e->as_ichnaea) {
			json_write_f7(&e->w, "spread", s->spread_m);
			if (s->row->num_cells != STATION_ROW_NULL)
				json_write_i64(&e->w, "cells",
				    s->row->num_cells);
		}
		json_write_end(&e->w);
	}
	json_write_end(&e->w);
	json_write_end(&e->w);
	return 0;
}

/*
 * What a result of the model rests on, and what contradicts it.  The members
 * are those of locate/support.h, which says what they mean; lengths are metres.
 */
static void
show_rest(struct json_write *w, const struct locate_support *s,
    const struct locate_result *by)
{
	json_write_f7(w, "support", s->support);
	json_write_i64(w, "stations", (int64_t)s->stations);
	json_write_i64(w, "devices", (int64_t)s->devices);
	json_write_f7(w, "scatter", s->scatter_m);
	json_write_f7(w, "scale", s->scale_m);
	json_write_f7(w, "known", s->known);
	if (by != NULL)
		json_write_text(w, "contradicted_by", kinds[by->kind]);
}

/* The end of the name of N things. */
static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * What the answer rests on in a line that a person reads, which logs and
 * tickets may quote.
 */
static void
show_words(struct json_write *w, const struct locate_search *s, int percent)
{
	const struct locate_result *r = s->best;
	double radius_m = locate_confidence_m(r, percent);
	const struct locate_support *p = r->kind == LOCATE_RESULT_WIFI ?
	    &s->wifi_support : &s->blue_support;
	char text[128] = "";
	size_t cells, known;

	switch (r->kind) {
	case LOCATE_RESULT_WIFI:
	case LOCATE_RESULT_BLUE:
		known = r->kind == LOCATE_RESULT_WIFI ? s->wifi.n : s->blue.n;
		snprintf(text, sizeof(text), "%zu of %zu known %s "
		    "(%zu device%s), heard up to %.0f m around; radius %.0f m",
		    p->stations, known, r->kind == LOCATE_RESULT_WIFI ?
		    "wifis" : "beacons", p->devices, plural(p->devices),
		    p->scale_m, radius_m);
		break;
	case LOCATE_RESULT_CELL:
		snprintf(text, sizeof(text), "%zu known cell%s; radius %.0f m",
		    s->cell.n, plural(s->cell.n), radius_m);
		break;
	case LOCATE_RESULT_SITE:
		snprintf(text, sizeof(text), "no known cell, but %zu of "
		    "nearly the same number; radius %.0f m", s->cell.nnear,
		    radius_m);
		break;
	case LOCATE_RESULT_AREA:
		/* At least the one that it was made of, as for the radius. */
		cells = s->cell.area[0].row->num_cells < 1 ? 1 :
		    (size_t)s->cell.area[0].row->num_cells;
		snprintf(text, sizeof(text), "no known cell, but its area of "
		    "%zu cell%s; radius %.0f m", cells, plural(cells),
		    radius_m);
		break;
	default:
		return;
	}
	json_write_text(w, "words", text);
}

/*
 * One result of the vote.  Only wifi and Bluetooth results have a support:
 * those of cells are not voted on by devices.
 */
static void
show_result(struct json_write *w, const struct locate_search *s,
    const struct locate_result *r)
{
	json_write_object(w, NULL);
	json_write_text(w, "source", locate_result_source_name(r->source));
	json_write_text(w, "kind", kinds[r->kind]);
	json_write_i64(w, "group", r->group);
	json_write_f7(w, "lat", r->lat);
	json_write_f7(w, "lon", r->lon);
	json_write_f7(w, "accuracy", r->accuracy_m);
	json_write_f7(w, "score", r->score);
	if (r->fallback != NULL)
		json_write_text(w, "fallback", r->fallback);
	if (!s->as_ichnaea && r->kind == LOCATE_RESULT_WIFI)
		show_rest(w, &s->wifi_support, s->contradicts_wifi);
	if (!s->as_ichnaea && r->kind == LOCATE_RESULT_BLUE)
		show_rest(w, &s->blue_support, s->contradicts_blue);
	json_write_end(w);
}

/*
 * All results in the order in which they were added; which of them support the
 * answer, and the answer, by index.  The words come last, since they speak of
 * what stands above.  There is no answer if nothing was known; then "chosen" is
 * missing, and everything else tells why.  Accuracies of results are those they
 * were compared by; the radius of the answer is for the confidence.
 */
static void
explain_results(struct json_write *w, const struct locate_search *s,
    int percent)
{
	size_t i;

	json_write_array(w, "results");
	for (i = 0; i < s->list.n; i++)
		show_result(w, s, &s->list.at[i]);
	json_write_end(w);
	json_write_array(w, "supporting");
	for (i = 0; i < s->group.n; i++)
		json_write_i64(w, NULL, (int64_t)s->group.at[i]);
	json_write_end(w);
	json_write_f7(w, "score", s->group.score);
	if (s->best != NULL)
		json_write_i64(w, "chosen", s->best - s->list.at);
	if (s->best != NULL && !s->as_ichnaea) {
		json_write_i64(w, "confidence", percent);
		show_words(w, s, percent);
	}
	json_write_text(w, "expected", locate_result_class_name(s->expected));
	json_write_bool(w, "satisfied", locate_result_satisfies(&s->list,
	    &s->group, s->expected));
}

/*
 * Kinds that were not asked for are written, too, with zeros: readers find the
 * same members in each explanation.  A failure leaves half an object in B, so
 * that it has to be thrown away.
 */
int
api_explain(const struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_buf *b,
    struct base_arena *a)
{
	struct explain e = { .a = a, .now_s = now_s,
	    .today = base_civil_day_of(now_s), .as_ichnaea = s->as_ichnaea };

	json_write_init(&e.w, b, JSON_WRITE_SPACED);
	json_write_object(&e.w, NULL);
	if (explain_macs(&e, &locate_support_blue, q->blue, q->nblue, f->blue,
	    f->nblue, &s->blue, &s->blue_support) == -1 ||
	    explain_macs(&e, &locate_support_wifi, q->wifi, q->nwifi, f->wifi,
	    f->nwifi, &s->wifi, &s->wifi_support) == -1 ||
	    explain_cells(&e, q, f, &s->cell) == -1 ||
	    explain_areas(&e, q, f, &s->cell) == -1)
		return -1;
	explain_results(&e.w, s, q->confidence);
	json_write_end(&e.w);
	return 0;
}

/*
 * Of regions nothing but the results is kept by the search.  They have a code
 * in place of a position, and no groups.
 */
void
api_explain_region(const struct locate_region *s, struct base_buf *b)
{
	const struct locate_region_result *r;
	struct json_write w;
	size_t i;

	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_array(&w, "results");
	for (i = 0; i < s->n; i++) {
		r = &s->at[i];
		json_write_object(&w, NULL);
		json_write_text(&w, "source",
		    locate_result_source_name(r->source));
		json_write_text(&w, "kind", kinds[r->kind]);
		json_write_text(&w, "region", geo_region_code(r->region));
		json_write_f7(&w, "score", r->score);
		json_write_end(&w);
	}
	json_write_end(&w);
	if (s->best != NULL)
		json_write_i64(&w, "chosen", s->best - s->at);
	json_write_end(&w);
}
