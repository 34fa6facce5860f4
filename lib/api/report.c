/* SPDX-License-Identifier: ISC */
/*
 * What a query teaches: a device that was located by networks we know heard
 * others at the same place.  It is worth a report only if there is a network
 * of the kind that the answer rests on which the answer does not use, or which
 * nobody has seen today; all else is known already, and most queries are of
 * this sort.  The report carries our own position, never the address's or a
 * provider's: these would be learned as if somebody had measured them.
 */
#include <assert.h>

#include "api/form.h"
#include "api/report.h"
#include "base/buf.h"
#include "base/civil.h"
#include "json/write.h"
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
 * The number of those that were used and seen today is compared with the
 * number of those asked for: any difference is something to learn.  A position
 * from an area is worth a report if the query named a cell, since that cell is
 * not known.
 */
int
api_report_worth(const struct locate_search *s,
    const struct locate_query *q, int64_t now_s)
{
	const struct locate_result *r = s->own;
	int64_t today = base_civil_day_of(now_s);

	if (r == NULL)
		return 0;
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
