/* SPDX-License-Identifier: ISC */
/*
 * The same steps as those of store/lookup.c: all that is named, and if no cell
 * of it is of use what is near these, and if that is nothing the centres of
 * their areas.  Ids that are near are looked up one by one: they are spread
 * over the table like all others.
 *
 * The file is mapped, and somebody who does not know that it is in use may copy
 * another one over it: that must not end who answers from it.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "index/file.h"
#include "index/lookup.h"
#include "io/mapped.h"
#include "locate/cover.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/weigh.h"

#define AT_ONCE	64	/* addresses; more would not stay in the cache */

/* Room for as many rows as Q names networks. */
static int
take_rows(const struct locate_query *q, struct locate_found *f,
    struct base_arena *a)
{
	memset(f, 0, sizeof(*f));
	f->blue = base_arena_alloc(a, q->nblue * sizeof(*f->blue));
	f->wifi = base_arena_alloc(a, q->nwifi * sizeof(*f->wifi));
	f->cell = base_arena_alloc(a, q->ncell * sizeof(*f->cell));
	f->area = base_arena_alloc(a, q->narea * sizeof(*f->area));
	f->centre = base_arena_alloc(a, q->narea * sizeof(*f->centre));
	return f->blue == NULL || f->wifi == NULL || f->cell == NULL ||
	    f->area == NULL || f->centre == NULL ? -1 : 0;
}

/*
 * The rows of N addresses, as many as are looked for at once at most, step by
 * step.  Returns how many there are.
 */
static size_t
find_some(const struct index_file *i, enum obs_kind kind,
    const struct locate_mac *m, size_t n, struct station_row *row)
{
	struct index_file_search s[AT_ONCE];
	const uint8_t *rec[AT_ONCE];
	size_t found = 0, k;

	assert(n <= AT_ONCE);
	for (k = 0; k < n; k++)
		index_file_begin(&s[k], i, kind, m[k].mac);
	for (k = 0; k < n; k++)
		index_file_ahead(&s[k], i);
	for (k = 0; k < n; k++)
		rec[k] = index_file_end(&s[k], i);
	for (k = 0; k < n; k++)
		if (rec[k] != NULL)
			found += (size_t)index_file_read_mac(i, kind,
			    m[k].mac, rec[k], &row[found]);
	return found;
}

/* The rows of N addresses.  Returns how many there are. */
static size_t
find_macs(const struct index_file *i, enum obs_kind kind,
    const struct locate_mac *m, size_t n, struct station_row *row)
{
	size_t found = 0, some;

	for (; n > 0; m += some, n -= some) {
		some = n < AT_ONCE ? n : AT_ONCE;
		found += find_some(i, kind, m, some, &row[found]);
	}
	return found;
}

static void
find_cells(const struct index_file *i, const struct locate_query *q,
    struct locate_found *f)
{
	uint8_t key[RADIO_CELL_KEY_MAX];
	const struct locate_cell *c;

	for (c = q->cell; c < q->cell + q->ncell; c++)
		if (radio_cell_is_stored(c->cell.type)) {
			radio_cell_key(key, &c->cell);
			f->ncell += (size_t)index_file_cell(i, key,
			    &f->cell[f->ncell]);
		}
}

/* Centres come with their areas. */
static void
find_areas(const struct index_file *i, const struct locate_query *q,
    struct locate_found *f)
{
	uint8_t key[RADIO_CELL_AREA_MAX];
	const struct locate_cell *c;

	for (c = q->area; c < q->area + q->narea; c++) {
		if (!radio_cell_is_stored(c->cell.type))
			continue;
		radio_cell_area_key(key, &c->cell);
		if (!index_file_area(i, key, &f->area[f->narea],
		    &f->centre[f->ncentre]))
			continue;
		f->narea++;
		if (locate_weigh_placed(f->centre[f->ncentre].lat,
		    f->centre[f->ncentre].lon))
			f->ncentre++;
	}
}

static int
any_usable(const struct station_row *row, size_t n, int64_t today)
{
	for (; n > 0; row++, n--)
		if (locate_weigh_answers(row, OBS_CELL, today))
			return 1;
	return 0;
}

/* Is the cell with KEY among those near already? */
static int
is_listed(const struct locate_found *f, const uint8_t *key)
{
	size_t k;

	for (k = 0; k < f->nnear; k++)
		if (memcmp(f->near[k].key, key, RADIO_CELL_KEY_MAX) == 0)
			return 1;
	return 0;
}

/* The cells of the area of C with ids near its own. */
static void
find_near_one(const struct index_file *i, const struct radio_cell *c,
    struct locate_found *f)
{
	uint8_t own[RADIO_CELL_KEY_MAX], key[RADIO_CELL_KEY_MAX];
	struct radio_cell other = *c;
	int64_t d;

	radio_cell_key(own, c);
	for (d = -LOCATE_FOUND_NEAR; d <= LOCATE_FOUND_NEAR; d++) {
		other.cid = c->cid + d;
		if (d == 0 || other.cid < 0)
			continue;
		radio_cell_key(key, &other);
		/* Behind the last id there is others come first again. */
		if ((d < 0) != (memcmp(key, own, sizeof(key)) < 0) ||
		    is_listed(f, key))
			continue;
		f->nnear += (size_t)index_file_cell(i, key,
		    &f->near[f->nnear]);
	}
}

static int
find_near(const struct index_file *i, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	size_t n = q->ncell < LOCATE_COVER_SITES ? q->ncell :
	    LOCATE_COVER_SITES, k;

	f->near = base_arena_alloc(a, n * 2 * LOCATE_FOUND_NEAR *
	    sizeof(*f->near));
	if (f->near == NULL)
		return -1;
	for (k = 0; k < n; k++)
		if (radio_cell_is_stored(q->cell[k].cell.type))
			find_near_one(i, &q->cell[k].cell, f);
	return 0;
}

struct job {
	const struct index_file		*i;
	const struct locate_query	*q;
	int64_t				 today;
	struct locate_found		*f;
	struct base_arena		*a;
	int				 rc;
};

static void
look_up(void *arg)
{
	struct job *j = arg;
	const struct locate_query *q = j->q;
	struct locate_found *f = j->f;

	f->nblue = find_macs(j->i, OBS_BLUE, q->blue, q->nblue, f->blue);
	f->nwifi = find_macs(j->i, OBS_WIFI, q->wifi, q->nwifi, f->wifi);
	find_cells(j->i, q, f);
	find_areas(j->i, q, f);
	if (!q->only_named && q->lacf && q->ncell > 0 &&
	    !any_usable(f->cell, f->ncell, j->today))
		j->rc = find_near(j->i, q, f, j->a);
}

int
index_lookup(const struct index_file *i, const struct locate_query *q,
    int64_t now_s, struct locate_found *f, struct base_arena *a)
{
	struct job j = { i, q, base_civil_day_of(now_s), f, a, 0 };

	if (take_rows(q, f, a) == -1)
		return -1;
	if (io_mapped_guard(look_up, &j) == -1) {
		f->nblue = f->nwifi = f->ncell = f->nnear = 0;
		f->narea = f->ncentre = 0;
		return -2;
	}
	return j.rc;
}
