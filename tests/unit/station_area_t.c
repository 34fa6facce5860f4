/* SPDX-License-Identifier: ISC */
#include "radio/cell.h"
#include "station/area.h"
#include "station/row.h"

#include "tap.h"

#define MAXPARTS	4

/* Cells of one region at one place, their boxes BOX degrees high. */
struct cells {
	const char	*region;
	int		 n;
	double		 lat, lon, box;		/* box NaN: unknown */
	int64_t		 radius, last_seen;	/* radius -1: unknown */
};

static const struct {
	const char *name;
	int mcc;
	struct cells cells[MAXPARTS];
	double lat, lon;
	int64_t radius, avg, num, last_seen;
	const char *region;
} cases[] = {
	{ "one cell", 234, { { "GB", 1, 51.5, -0.1, 0, 1500, 9 } },
	    51.5, -0.1, 0, 1500, 1, 9, "GB" },
	{ "two cells", 234, { { "GB", 1, 51.5, -0.1, .01, 200, 9 },
	    { "GB", 1, 51.52, -0.1, .01, 301, 7 } },
	    51.51, -0.1, 2225, 250, 2, 9, "GB" },
	{ "half to even, down", 234, { { "GB", 1, 51.5, -0.1, 0, 100, 9 },
	    { "GB", 1, 51.5, -0.1, 0, 101, 9 } },
	    51.5, -0.1, 0, 100, 2, 9, "GB" },
	{ "half to even, up", 234, { { "GB", 1, 51.5, -0.1, 0, 101, 9 },
	    { "GB", 1, 51.5, -0.1, 0, 102, 9 } },
	    51.5, -0.1, 0, 102, 2, 9, "GB" },
	{ "unknown radii do not count", 234,
	    { { "GB", 1, 51.5, -0.1, 0, 300, STATION_ROW_NULL },
	    { "GB", 1, 51.5, -0.1, 0, -1, STATION_ROW_NULL } },
	    51.5, -0.1, 0, 300, 2, STATION_ROW_NULL, "GB" },
	{ "no radius known", 234, { { "GB", 2, 51.5, -0.1, 0, -1, 9 } },
	    51.5, -0.1, 0, 0, 2, 9, "GB" },
	{ "no box known", 234, { { "GB", 1, 51.49, -0.1, NAN, 0, 9 },
	    { "GB", 1, 51.51, -0.1, NAN, 0, 9 } },
	    51.5, -0.1, 1113, 0, 2, 9, "GB" },
	{ "a tie settled by the place", 425,
	    { { "XW", 2, 32.2, 34.95, 0, 0, 9 },
	    { "IL", 2, 32.2, 34.95, 0, 0, 9 } },
	    32.2, 34.95, 0, 0, 4, 9, "IL" },
	{ "most cells win", 310, { { "PR", 2, 32.2, -66, 0, 0, 9 },
	    { "US", 1, 32.2, -66, 0, 0, 9 } },
	    32.2, -66, 0, 0, 3, 9, "PR" },
	{ "no region", 310, { { "", 2, 0, 0, 0, 0, 9 } },
	    0, 0, 0, 0, 2, 9, "" },
	{ "a tie at sea", 204, { { "NL", 2, 0.5, -10, 0, 0, 9 },
	    { "", 2, 0.5, -10, 0, 0, 9 } },
	    0.5, -10, 0, 0, 4, 9, "" },
	{ "a region on both sides of Greenwich", 234,
	    { { "GB", 2, 51.5, -0.1, 0, 0, 9 },
	    { "FR", 3, 51.5, 0.1, 0, 0, 9 },
	    { "GB", 2, 51.5, 0.1, 0, 0, 9 } },
	    51.5, 0.3 / 7, 9920, 0, 7, 9, "GB" },
	{ "both sides of the date line", 542,
	    { { "FJ", 3, -17, 179.5, 0, 0, 9 },
	    { "FJ", 1, -17, -179.5, 0, 0, 9 } },
	    -17, 179.75, 79864, 0, 4, 9, "FJ" },
	{ "east of the date line", 542,
	    { { "FJ", 1, -17, 179.5, 0, 0, 9 },
	    { "FJ", 3, -17, -179.5, 0, 0, 9 } },
	    -17, -179.75, 79864, 0, 4, 9, "FJ" },
};

static void
set_part(struct station_area_part *p, const struct cells *c)
{
	strlcpy(p->region, c->region, sizeof(p->region));
	p->is_west = c->lon < 0;
	p->cells = c->n;
	p->sum_lat = c->n * c->lat;
	p->sum_lon = c->n * c->lon;
	p->pos_max_lat = p->pos_min_lat = c->lat;
	p->pos_max_lon = p->pos_min_lon = c->lon;
	p->box_max_lat = c->lat + c->box;
	p->box_min_lat = c->lat - c->box;
	p->box_max_lon = isnan(c->box) ? NAN : c->lon;
	p->box_min_lon = p->box_max_lon;
	p->radii = c->radius < 0 ? 0 : c->n;
	p->sum_radius = c->radius < 0 ? 0 : (double)(c->n * c->radius);
	p->last_seen = c->last_seen;
}

int
main(void)
{
	struct station_area_part parts[MAXPARTS];
	struct radio_cell cell = { .type = RADIO_CELL_GSM, .mnc = 1,
	    .lac = 1 };
	struct station_area a;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printf("# %s\n", cases[i].name);
		station_row_area_init(&a);
		cell.mcc = cases[i].mcc;
		radio_cell_area_key(a.key, &cell);
		for (n = 0; n < MAXPARTS && cases[i].cells[n].n > 0; n++)
			set_part(&parts[n], &cases[i].cells[n]);
		station_area_sum(&a, parts, n);
		is_near(a.lat, cases[i].lat, 1e-9, "latitude");
		is_near(a.lon, cases[i].lon, 1e-9, "longitude");
		is_int(a.radius, cases[i].radius, "radius");
		is_int(a.avg_cell_radius, cases[i].avg, "mean cell radius");
		is_int(a.num_cells, cases[i].num, "number of cells");
		is_int(a.last_seen, cases[i].last_seen, "last seen");
		is_str(a.region, cases[i].region, "region");
	}
	return tap_done();
}
