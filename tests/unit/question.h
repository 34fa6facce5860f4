/* SPDX-License-Identifier: ISC */
/*
 * A question, and what is known of the networks that it names: for the tests of
 * lib/locate alone.  Whoever asks of more networks says so before.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "base/num.h"
#include "locate/found.h"
#include "locate/query.h"
#include "station/row.h"

#ifndef QUESTION_MAX
#define QUESTION_MAX	24
#endif

/* Counts are in Q and F; what is known need not stand where it is asked. */
struct question {
	struct locate_query	q;
	struct locate_found	f;
	struct locate_mac	wifi[QUESTION_MAX], blue[QUESTION_MAX];
	struct locate_cell	cell[QUESTION_MAX], area[QUESTION_MAX];
	struct station_row	wifis[QUESTION_MAX], blues[QUESTION_MAX];
	struct station_row	cells[QUESTION_MAX], near[QUESTION_MAX];
	struct station_area	areas[QUESTION_MAX];
	struct station_centre	centre[QUESTION_MAX];
	double			lat, lon;	/* for whoever makes it */
};

static inline void
question_init(struct question *w)
{
	memset(w, 0, sizeof(*w));
	locate_query_init(&w->q);
	w->q.wifi = w->wifi;
	w->q.blue = w->blue;
	w->q.cell = w->cell;
	w->q.area = w->area;
	w->f.wifi = w->wifis;
	w->f.blue = w->blues;
	w->f.cell = w->cells;
	w->f.near = w->near;
	w->f.area = w->areas;
	w->f.centre = w->centre;
}

/*
 * Ask for a wifi, heard with DBM, that is at a place.  It has been known for a
 * month, was heard today, and has no state.
 */
static inline struct station_row *
question_wifi(struct question *w, const char *mac, double lat, double lon,
    int dbm, int64_t now_s)
{
	struct locate_mac *m = &w->wifi[w->q.nwifi++];
	struct station_row *r = &w->wifis[w->f.nwifi++];

	*m = (struct locate_mac){ .age_ms = LOCATE_UNKNOWN,
	    .signal_dbm = dbm };
	base_num_unhex(m->mac, sizeof(m->mac), mac);
	station_row_init(r);
	memcpy(r->key, m->mac, sizeof(m->mac));
	r->lat = lat;
	r->lon = lon;
	r->peak_lat = llrint(lat * 1e7);
	r->peak_lon = llrint(lon * 1e7);
	r->peak_weight = 5;
	r->spread = 300;
	r->created = now_s - 30 * BASE_CIVIL_DAY_S;
	r->modified = now_s;
	r->last_seen = base_civil_day_of(now_s);
	r->samples = 10;
	return r;
}

#endif
