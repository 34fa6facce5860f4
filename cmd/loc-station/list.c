/* SPDX-License-Identifier: ISC */
/*
 * What is in a place: networks with a position, table by table in the order of
 * their keys.  Keys are looked for first, as many as may be listed, and then
 * their rows, some at a time, so that memory is bounded by -m.
 */
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "geo/region.h"
#include "io/cli.h"
#include "store/db.h"
#include "store/pick.h"
#include "store/row.h"

#include "station.h"

#define MANY	500	/* rows at once */

/* Which tables have each kind. */
static const struct tables {
	int	first, last;
} tables[] = {
	[BLUE] = { STORE_ROW_BLUE, STORE_ROW_WIFI - 1 },
	[WIFI] = { STORE_ROW_WIFI, STORE_ROW_CELL - 1 },
	[CELL] = { STORE_ROW_CELL, STORE_ROW_CELL_NR },
	[AREA] = { STORE_ROW_AREA, STORE_ROW_AREA_NR }
};

/* Read "SOUTH,WEST,NORTH,EAST".  Returns 1 or 0. */
static int
parse_box(struct store_pick_place *p, const char *text)
{
	double *const side[] = { &p->south, &p->west, &p->north, &p->east };
	const char *comma;
	int i;

	for (i = 0; i < 4; i++, text = comma + 1) {
		comma = text + strcspn(text, ",");
		if (!base_num_f64(text, (size_t)(comma - text), side[i]) ||
		    (*comma == ',') != (i < 3))
			return 0;
	}
	return fabs(p->south) <= 90 && fabs(p->north) <= 90 &&
	    fabs(p->west) <= 180 && fabs(p->east) <= 180 &&
	    p->south <= p->north;
}

/* Ends the program if TEXT is no place. */
static void
parse_place(struct store_pick_place *p, const char *text)
{
	memset(p, 0, sizeof(*p));
	if (strlen(text) == 2) {
		p->region[0] = (char)toupper((unsigned char)text[0]);
		p->region[1] = (char)toupper((unsigned char)text[1]);
		if (geo_region_find(p->region) != GEO_REGION_NONE)
			return;
	} else if (parse_box(p, text))
		return;
	errx(EX_USAGE, "%s: expected the code of a region, or "
	    "SOUTH,WEST,NORTH,EAST in degrees", text);
}

static void
print_line(const struct run *r, const struct network *n)
{
	const struct station_row *s = &n->row;
	const struct station_area *a = &n->area;
	int is_area = n->kind == AREA;
	char name[NAME_LEN], seen[BASE_CIVIL_DATE_LEN] = "-";
	int64_t day = is_area ? a->last_seen : s->last_seen;
	int64_t radius = is_area ? a->radius : s->radius;
	int64_t samples = is_area ? a->num_cells : s->samples;

	network_format(name, n);
	if (day != STATION_ROW_NULL)
		base_civil_format_date(seen, day);
	printf("%s %-28s %11.7f %12.7f %6lld %8lld %-10s %s\n",
	    kind_name(n->kind), name, is_area ? a->lat : s->lat,
	    is_area ? a->lon : s->lon,
	    radius == STATION_ROW_NULL ? 0 : (long long)radius,
	    samples == STATION_ROW_NULL ? 0 : (long long)samples, seen,
	    state_name(network_state(n, r->today)));
}

/* Print rows of one table; DATA is what store_row_select() has found. */
static void
print_rows(const struct run *r, enum kind kind, int table, const void *data,
    size_t found)
{
	const struct station_area *area = data;
	const struct station_row *row = data;
	struct network n = { .kind = kind, .table = table, .exists = 1 };
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < found; i++) {
		if (kind == AREA) {
			n.area = area[i];
			memcpy(n.key, area[i].key, sizeof(area[i].key));
		} else {
			n.row = row[i];
			memcpy(n.key, row[i].key, sizeof(n.key));
		}
		if (r->json) {
			network_json(r, &n, &b);
			io_cli_line(&b);
		} else
			print_line(r, &n);
	}
	base_buf_done(&b);
}

/* The networks of one table, *LEFT at most, which is counted down. */
static int
list_table(struct run *r, enum kind kind, int table,
    const struct store_pick_place *place, size_t *left)
{
	static union {
		struct station_row	row[MANY];
		struct station_area	area[MANY];
	} rows;
	size_t found, i, n, some;
	struct store_row_key *keys;
	int rc;

	if ((keys = reallocarray(NULL, *left + 1, sizeof(*keys))) == NULL)
		err(EX_OSERR, NULL);
	rc = store_pick(r->db, table, place, *left, keys, &n);
	for (i = 0; rc == 0 && i < n; i += some) {
		some = n - i < MANY ? n - i : MANY;
		if ((rc = store_row_select(r->db, table, keys + i, some, 0,
		    &rows, &found)) == 0)
			print_rows(r, kind, table, &rows, found);
	}
	free(keys);
	*left -= n;
	return rc;
}

/* Without kinds, all of them. */
int
list_networks(struct run *r, char *const *arg)
{
	static char *const all[] = { "blue", "wifi", "cell", "area", NULL };
	struct store_pick_place place;
	size_t left = (size_t)r->max;
	enum kind kind;
	int table;

	parse_place(&place, *arg++);
	if (*arg == NULL)
		arg = all;
	for (; *arg != NULL; arg++) {
		kind = kind_of(*arg);
		for (table = tables[kind].first; table <= tables[kind].last &&
		    left > 0; table++)
			if (list_table(r, kind, table, &place, &left) == -1)
				return tell_failure(r->db);
	}
	io_cli_flush();
	if (left == 0)
		warnx("there may be more than %lld: see -m",
		    (long long)r->max);
	return left == (size_t)r->max;
}
