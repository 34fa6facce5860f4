/* SPDX-License-Identifier: ISC */
/*
 * What a query teaches: a device that was located by networks we know heard
 * others at the same place.  It is worth a report only if there is a network
 * that nobody knows yet, or one which the answer rests on and nobody has seen
 * today; all else is known already, and most queries are of this sort.  The
 * report carries our own position, never the address's or a provider's: these
 * would be learned as if somebody had measured them.
 *
 * Whoever asks invents what he likes.  So a query teaches where networks are
 * that have no row, and that used ones are still there, but nothing against
 * what is known: the others of it are not named.
 */
#include <assert.h>
#include <string.h>

#include "api/form.h"
#include "api/report.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "json/write.h"
#include "locate/circle.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

/* How many stations of GROUP the position rests on that were seen TODAY. */
static size_t
count_macs_seen(const struct locate_mac_found *mf, int group, int64_t today)
{
	size_t i, n = 0;

	for (i = 0; i < mf->n; i++)
		n += mf->at[i].group == group && mf->at[i].used &&
		    mf->at[i].row->last_seen >= today;
	return n;
}

/* The same of cells, all of which are used. */
static size_t
count_cells_seen(const struct locate_cell_found *cf, int group, int64_t today)
{
	size_t i, n = 0;

	for (i = 0; i < cf->n; i++)
		n += cf->at[i].group == group &&
		    cf->at[i].row->last_seen >= today;
	return n;
}

/*
 * As Ichnaea had it: the number of those that were used and seen today is
 * compared with the number of those asked for, and any difference is something
 * to learn.  A position from an area is worth a report if the query named a
 * cell, since that cell is not known.
 */
static int
worth_as_ichnaea(const struct locate_search *s, const struct locate_query *q,
    int64_t today)
{
	const struct locate_result *r = s->own;

	/* Unknown days are far in the past. */
	switch (r->kind) {
	case LOCATE_RESULT_BLUE:
		return count_macs_seen(&s->blue, r->group, today) != q->nblue;
	case LOCATE_RESULT_WIFI:
		return count_macs_seen(&s->wifi, r->group, today) != q->nwifi;
	case LOCATE_RESULT_CELL:
		return count_cells_seen(&s->cell, r->group, today) != q->ncell;
	case LOCATE_RESULT_SITE:
		return 1;	/* none of the cells is known */
	case LOCATE_RESULT_AREA:
		return q->ncell > 0 || q->narea > 1 ||
		    s->cell.area[r->group].row->last_seen < today;
	default:
		return 0;
	}
}

/* 1 if one of N rows has KEY of LEN bytes. */
static int
has_row(const struct station_row *row, size_t n, const uint8_t *key,
    size_t len)
{
	for (; n > 0; row++, n--)
		if (memcmp(row->key, key, len) == 0)
			return 1;
	return 0;
}

/*
 * The part of N access points that may be named, in their order: those that
 * have no row, and unless the answer contradicts their kind (USABLE) those that
 * it rests on.  NULL when memory is short.  *WORTH becomes 1 if that tells
 * anything.
 */
static struct locate_mac *
select_macs(const struct locate_mac *m, size_t *n,
    const struct locate_mac_found *mf, int usable,
    const struct station_row *row, size_t nrow, int64_t today, int *worth,
    struct base_arena *a)
{
	struct locate_mac *to = base_arena_alloc(a, *n * sizeof(*to));
	const struct locate_mac_station **of, *s;
	size_t i, kept = 0;

	if ((of = base_arena_calloc(a, *n, sizeof(*of))) == NULL)
		return NULL;
	for (s = mf->at; s < mf->at + mf->n; s++) {
		assert(s->heard >= m && s->heard < m + *n);
		of[s->heard - m] = s;
	}
	for (i = 0; to != NULL && i < *n; i++) {
		s = of[i];
		if (s != NULL ? !usable || !s->used :
		    has_row(row, nrow, m[i].mac, RADIO_MAC_LEN))
			continue;
		*worth |= s == NULL || s->row->last_seen < today;
		to[kept++] = m[i];
	}
	*n = kept;
	return to;
}

/* 1 if the cells of S are where its answer is. */
static int
cells_agree(const struct locate_search *s)
{
	const struct locate_circle own = { s->own->lat, s->own->lon,
	    s->own->accuracy_m };
	const struct locate_result *r;
	struct locate_circle cells;

	for (r = s->list.at; r < s->list.at + s->list.n; r++)
		if (r->kind == LOCATE_RESULT_CELL) {
			cells = (struct locate_circle){ r->lat, r->lon,
			    r->accuracy_m };
			return locate_circle_apart_m(&own, &cells) <=
			    own.radius_m + cells.radius_m;
		}
	return 0;
}

/* The same as select_macs() of the cells of Q. */
static struct locate_cell *
select_cells(const struct locate_query *q, size_t *n,
    const struct locate_search *s, const struct locate_found *f,
    int64_t today, int *worth, struct base_arena *a)
{
	struct locate_cell *to = base_arena_alloc(a, q->ncell * sizeof(*to));
	int agree = cells_agree(s);
	uint8_t key[RADIO_CELL_KEY_MAX];
	size_t i, k;

	*n = 0;
	for (i = 0; to != NULL && i < q->ncell; i++) {
		if (!radio_cell_is_stored(q->cell[i].cell.type))
			continue;
		radio_cell_key(key, &q->cell[i].cell);
		if (!has_row(f->cell, f->ncell, key, sizeof(key))) {
			*worth = 1;
			to[(*n)++] = q->cell[i];
			continue;
		}
		for (k = 0; agree && k < s->cell.n; k++)
			if (s->cell.at[k].heard == &q->cell[i]) {
				*worth |= s->cell.at[k].row->last_seen <
				    today;
				to[(*n)++] = q->cell[i];
				break;
			}
	}
	return to;
}

/*
 * Stations that the answer contradicts are known elsewhere, although their
 * kind gave a result.
 */
int
api_report_select(struct locate_query *to, const struct locate_search *s,
    const struct locate_query *q, const struct locate_found *f, int64_t now_s,
    struct base_arena *a)
{
	int64_t today = base_civil_day_of(now_s);
	int worth = 0;

	if (s->own == NULL)
		return 0;
	*to = *q;
	if (s->as_ichnaea)
		return worth_as_ichnaea(s, q, today);
	to->blue = select_macs(q->blue, &to->nblue, &s->blue,
	    s->contradicts_blue == NULL, f->blue, f->nblue, today, &worth, a);
	to->wifi = select_macs(q->wifi, &to->nwifi, &s->wifi,
	    s->contradicts_wifi == NULL, f->wifi, f->nwifi, today, &worth, a);
	to->cell = select_cells(q, &to->ncell, s, f, today, &worth, a);
	return worth && to->blue != NULL && to->wifi != NULL &&
	    to->cell != NULL;
}

/* How many stations of MF that are used, and were heard, have MARK. */
static size_t
count_mark(const struct locate_mac_found *mf, uint32_t mark)
{
	const struct locate_mac_station *m;
	size_t i, n = 0;

	for (m = mf->at; m < mf->at + mf->n; m++)
		for (i = 0; m->used && m->trust.votes > 0 && i < m->nmark; i++)
			n += m->mark[i] == mark;
	return n;
}

/*
 * A question has no client that is known, whose mark new networks could get:
 * that of older ones says no more than that they are near these, which the
 * answer said as well.
 */
uint32_t
api_report_mark(const struct locate_search *s)
{
	const struct locate_mac_found *mf = s->own == NULL ||
	    s->as_ichnaea ? NULL : s->own->kind == LOCATE_RESULT_WIFI ?
	    &s->wifi : s->own->kind == LOCATE_RESULT_BLUE ? &s->blue : NULL;
	const struct locate_mac_station *m;
	size_t i, n, most = 1;
	uint32_t mark = 0;

	if (mf == NULL)
		return 0;
	for (m = mf->at; m < mf->at + mf->n; m++)
		for (i = 0; m->used && m->trust.votes > 0 && i < m->nmark;
		    i++) {
			n = count_mark(mf, m->mark[i]);
			if (n > most || (n > 1 && n == most &&
			    m->mark[i] < mark)) {
				most = n;
				mark = m->mark[i];
			}
		}
	return mark;
}

/*
 * The line has the form of the public submissions, so that the same pipeline
 * takes it; the source tells that nobody has measured the position.
 */
void
api_report_write(struct base_buf *b, const struct locate_search *s,
    const struct locate_query *q)
{
	struct json_write w;

	assert(s->own != NULL);
	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	api_form_write(&w, API_FORM_REPORT, q);
	json_write_object(&w, "fallbacks");
	json_write_bool(&w, "ipf", q->ipf);
	json_write_bool(&w, "lacf", q->lacf);
	json_write_end(&w);
	json_write_object(&w, "position");
	json_write_f7(&w, "latitude", s->own->lat);
	json_write_f7(&w, "longitude", s->own->lon);
	json_write_f7(&w, "accuracy", s->own->accuracy_m);
	json_write_text(&w, "source", "query");
	json_write_end(&w);
	json_write_end(&w);
	base_buf_chr(b, '\n');
}
