/* SPDX-License-Identifier: ISC */
/* Positions from cells and areas, as lists of results. */
#include "locate/cell.h"
#include "locate/result.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "lte-234-30-100-1001", 51.5, -0.1, 800, .blocks = 0 },
	{ "lte-234-30-100-1002", 51.51, -0.1, 70000, .samples = 100 },
	{ "lte-234-30-100-1003", 51.52, -0.1, .seen_d = 3 },
	{ "lte-234-30-101-2001", 51.6, -0.2, 90000, .blocks = 0 },
	{ "wcdma-234-30-8-70001", 51.7, -0.3, 800, .blocks = 0 },
	{ "lte-234-30-100-9999", 51.9, -0.1, .block_d = 0, .blocks = 1 },
	{ "lte-234-30-100", 51.505, -0.1, 25000, .samples = 4 },
	{ "lte-234-30-200", 51.6, -0.2, 70000, .samples = 9 },
	{ "gsm-234-30-300", 51.6, -0.2, 900000, .blocks = 0 },
};

/*
 * What is asked, and the results: latitude, longitude, accuracy, score and
 * fallback of each.  Stations of 10 samples score their logarithm.
 */
static const struct {
	const char	*name;
	const char	*asked[4];
	int32_t		 age_ms, dbm;	/* of the first */
	const char	*want;
} t[] = {
	{ "one cell: its own position, no less than a kilometre",
	    { "lte-234-30-100-1001" }, LOCATE_UNKNOWN, LOCATE_UNKNOWN,
	    "51.50000 -0.10000 1000 3.32" },
	{ "its own radius, up to 50 km", { "lte-234-30-101-2001" },
	    LOCATE_UNKNOWN, LOCATE_UNKNOWN, "51.60000 -0.20000 50000 3.32" },
	{ "two of one area, weighted by their scores",
	    { "lte-234-30-100-1001", "lte-234-30-100-1002" }, LOCATE_UNKNOWN,
	    LOCATE_UNKNOWN, "51.50667 -0.10000 1000 9.97" },
	{ "a stronger one counts more",
	    { "lte-234-30-100-1001", "lte-234-30-100-1002" }, LOCATE_UNKNOWN,
	    -70, "51.50333 -0.10000 1000 9.97" },
	{ "an older one counts less",
	    { "lte-234-30-100-1001", "lte-234-30-100-1002" }, -32000,
	    LOCATE_UNKNOWN, "51.50889 -0.10000 1000 9.97" },
	{ "two areas are two results, the radio named first in front",
	    { "wcdma-234-30-8-70001", "lte-234-30-101-2001" },
	    LOCATE_UNKNOWN, LOCATE_UNKNOWN,
	    "51.70000 -0.30000 1000 3.32; 51.60000 -0.20000 50000 3.32" },
	{ "in the other order", { "lte-234-30-101-2001",
	    "wcdma-234-30-8-70001" }, LOCATE_UNKNOWN, LOCATE_UNKNOWN,
	    "51.60000 -0.20000 50000 3.32; 51.70000 -0.30000 1000 3.32" },
	{ "blocked: its area", { "lte-234-30-100-9999" }, LOCATE_UNKNOWN,
	    LOCATE_UNKNOWN, "51.50500 -0.10000 50000 2.00 lacf" },
	{ "an unknown cell beside a known one", { "lte-234-30-200-1",
	    "lte-234-30-100-1001" }, LOCATE_UNKNOWN, LOCATE_UNKNOWN,
	    "51.50000 -0.10000 1000 3.32" },
	{ "areas by key, from 50 to 500 km", { "lte-234-30-200",
	    "gsm-234-30-300", "lte-234-30-100" }, LOCATE_UNKNOWN,
	    LOCATE_UNKNOWN, "51.60000 -0.20000 500000 3.16 lacf; "
	    "51.50500 -0.10000 50000 2.00 lacf; "
	    "51.60000 -0.20000 70000 3.00 lacf" },
	{ "nothing at all", { "lte-234-30-999-1" }, LOCATE_UNKNOWN,
	    LOCATE_UNKNOWN, "" },
};

/* ASKED as a query with its areas. */
static void
make_query(struct locate_query *q, struct locate_cell *cell,
    struct locate_cell *area, const char *const *asked)
{
	uint8_t key[RADIO_CELL_KEY_MAX];
	size_t i;

	locate_query_init(q);
	q->as_ichnaea = 1;
	q->cell = cell;
	q->area = area;
	for (i = 0; i < 4 && asked[i] != NULL; i++) {
		if (world_key(asked[i], key) == RADIO_CELL_KEY_MAX) {
			radio_cell_from_key(&cell[q->ncell].cell, key);
			cell[q->ncell++].age_ms = LOCATE_UNKNOWN;
		}
		radio_cell_from_area_key(&area[q->narea].cell, key);
		area[q->narea++].age_ms = LOCATE_UNKNOWN;
	}
}

static void
put_results(struct base_buf *b, const struct locate_result_list *l)
{
	size_t i;

	base_buf_reset(b);
	base_buf_str(b, "");
	for (i = 0; i < l->n; i++) {
		base_buf_fmt(b, "%s%.5f %.5f %.0f %.2f", i > 0 ? "; " : "",
		    l->at[i].lat, l->at[i].lon, l->at[i].accuracy_m,
		    l->at[i].score);
		if (l->at[i].fallback != NULL)
			base_buf_fmt(b, " %s", l->at[i].fallback);
	}
}

int
main(void)
{
	struct world w = { stations, sizeof(stations) / sizeof(stations[0]),
	    0, 0 };
	static struct locate_result_list l;
	struct locate_cell area[4], cell[4];
	struct locate_cell_found cf;
	struct locate_found f;
	struct locate_query q;
	struct base_arena a;
	struct base_buf b;
	size_t i;

	base_arena_init(&a);
	base_buf_init(&b);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_arena_reset(&a);
		memset(&f, 0, sizeof(f));
		make_query(&q, cell, area, t[i].asked);
		cell[0].age_ms = t[i].age_ms;
		cell[0].cell.signal_dbm = t[i].dbm;
		world_find(&w, &q, &f, &a);
		l.n = 0;
		is_int(locate_cell_search(&q, &f, WORLD_NOW, &l, &cf, &a), 0,
		    t[i].name);
		put_results(&b, &l);
		is_str(b.data, t[i].want, t[i].name);
		is_int(cf.n > 0 && cf.narea > 0, 0, "cells or areas");
	}
	base_buf_done(&b);
	base_arena_done(&a);
	return tap_done();
}
