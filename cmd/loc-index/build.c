/* SPDX-License-Identifier: ISC */
/*
 * An index from the database: one look at all tables as they were at one
 * moment, which is the file's.  With an older index only rows that have
 * changed since travel; the others are copied.
 *
 * A commit may become visible some time after the moment that its rows tell,
 * so that "since" begins an hour before.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "geo/region.h"
#include "io/progress.h"
#include "io/signals.h"
#include "store/db.h"
#include "store/key.h"
#include "store/key_text.h"
#include "store/row.h"
#include "store/scan.h"
#include "store/snapshot.h"

#include "index.h"

#define OVERLAP_S	3600
#define COLUMNS \
	"lat,lon,max_lat,min_lat,max_lon,min_lon,radius,region,samples," \
	"created,modified,last_seen,block_last,block_count,trust"
#define MAC_COLUMNS \
	"mac," COLUMNS ",weight,peak_lat,peak_lon,peak_weight,spread,marks"
#define CELL_COLUMNS	"cellid," COLUMNS ",places"
#define WHERE_LEN	256

/*
 * What is said against a row makes its state longer than this, and changes
 * nothing else; nor does it tell when it was said.
 */
#define CONTESTED	18

/* What rows go through. */
struct build {
	struct index_run	*r;
	struct index_file	*old;	/* or NULL */
	struct index_writer	*w;
	struct store_db		*db;
	struct io_progress	 progress;
	uint64_t		 rows;
	int			 gave_up;	/* not the database's fault */
	struct station_centre	*centre;	/* by key */
	size_t			 ncentre, room;
	struct store_key	*key;
	size_t			 nkey, key_room;
};

/* Keep count of rows.  -1: stop. */
static int
note_row(struct build *b)
{
	if (++b->rows % 1024 == 0)
		io_progress_show(&b->progress, b->rows, -1);
	if (io_signals_stop)
		b->gave_up = 1;
	return b->gave_up ? -1 : 0;
}

/*
 * One that is elsewhere now is dropped, as an older index may have it where it
 * was.
 */
static int
on_build_row(void *arg, const struct station_row *row)
{
	struct build *b = arg;
	int rc;

	if (note_row(b) == -1)
		return -1;
	if (index_place_has(&b->r->place, row->lat, row->lon))
		rc = index_writer_row(b->w, row);
	else
		rc = b->old == NULL ? 0 : index_writer_drop(b->w, row->key);
	if (rc == -1)
		b->gave_up = 1;
	return rc == -1 ? -1 : 0;
}

/* What to ask the database for. */
static void
format_where(const struct build *b, char out[WHERE_LEN])
{
	const struct index_place *p = &b->r->place;
	char since[BASE_CIVIL_TIME_LEN], day[BASE_CIVIL_DATE_LEN];
	struct index_file_about about;
	int64_t s;

	if (b->old != NULL) {
		index_file_about(b->old, &about);
		s = about.built_s - OVERLAP_S;
		base_civil_format_time(since, s, ' ');
		base_civil_format_date(day, base_civil_day_of(s));
		snprintf(out, WHERE_LEN, "modified >= '%s' OR last_seen >= "
		    "'%s' OR block_last >= '%s' OR LENGTH(trust) > %d",
		    since, day, day, CONTESTED);
	} else if (p->has_box)
		snprintf(out, WHERE_LEN, "lat BETWEEN %.9g AND %.9g AND (lon "
		    "BETWEEN %.9g AND %.9g OR ABS(lon) = 180 OR %d)",
		    p->south, p->north, p->west, p->east, p->west > p->east);
	else
		strlcpy(out, "lat IS NOT NULL", WHERE_LEN);
}

/* All tables of one kind, FROM the first to before TO. */
static int
build_kind(struct build *b, enum index_format_kind kind, int from, int to)
{
	struct store_scan scan = { .columns = kind == INDEX_FORMAT_CELL ?
	    CELL_COLUMNS : MAC_COLUMNS };
	char where[WHERE_LEN];

	scan.where = where;
	scan.most = b->old != NULL || !b->r->place.has_box;
	format_where(b, where);
	if (index_writer_begin(b->w, kind) == -1 || (b->old != NULL &&
	    index_copy(b->r, b->old, kind, b->w, NULL, NULL) == -1)) {
		b->gave_up = 1;
		return -1;
	}
	for (scan.table = from; scan.table < to; scan.table++)
		if (store_scan_rows(b->db, &scan, on_build_row, b) == -1)
			return -1;
	return 0;
}

/* Remember a centre; they come in the order of their keys. */
static int
on_build_centre(void *arg, const void *row)
{
	struct station_centre *more;
	struct build *b = arg;

	if (b->ncentre == b->room) {
		more = reallocarray(b->centre, b->room * 2 + 64,
		    sizeof(*more));
		if (more == NULL) {
			warn(NULL);
			b->gave_up = 1;
			return -1;
		}
		b->centre = more;
		b->room = b->room * 2 + 64;
	}
	b->centre[b->ncentre++] = *(const struct station_centre *)row;
	return note_row(b);
}

static int
by_centre_key(const void *key, const void *c)
{
	return memcmp(key, ((const struct station_centre *)c)->key,
	    RADIO_CELL_AREA_MAX);
}

static int
on_build_area(void *arg, const void *row)
{
	const struct station_area *a = row;
	struct build *b = arg;
	struct radio_cell c;

	if (note_row(b) == -1)
		return -1;
	radio_cell_from_area_key(&c, a->key);
	if (!index_place_has_area(&b->r->place, a->lat, a->lon, c.mcc))
		return 0;
	if (index_writer_area(b->w, a, b->ncentre == 0 ? NULL :
	    bsearch(a->key, b->centre, b->ncentre, sizeof(*b->centre),
	    by_centre_key)) != -1)
		return 0;
	b->gave_up = 1;
	return -1;
}

/*
 * Areas are few, so that all are read each time; of each radio the centres
 * first, which stay in memory.
 */
static int
build_areas(struct build *b)
{
	struct store_scan areas = { .most = 1 }, centres = { .most = 1 };
	int i;

	if (index_writer_begin(b->w, INDEX_FORMAT_AREA) == -1) {
		b->gave_up = 1;
		return -1;
	}
	for (i = 0; i < 2; i++) {
		b->ncentre = 0;
		centres.table = STORE_ROW_CENTRE + i;
		areas.table = STORE_ROW_AREA + i;
		if (store_scan_any(b->db, &centres, on_build_centre, b) ==
		    -1 ||
		    store_scan_any(b->db, &areas, on_build_area, b) == -1)
			return -1;
	}
	return 0;
}

static void
on_build_key(void *arg, const struct store_key *k)
{
	struct store_key *more;
	struct build *b = arg;

	if (b->gave_up)
		return;
	if (b->nkey == b->key_room) {
		more = reallocarray(b->key, b->key_room + 64, sizeof(*more));
		if (more == NULL) {
			warn(NULL);
			b->gave_up = 1;
			return;
		}
		b->key = more;
		b->key_room += 64;
	}
	b->key[b->nkey++] = *k;
}

static int
by_key_name(const void *a, const void *b)
{
	const struct store_key *x = a, *y = b;

	return strcmp(x->valid_key, y->valid_key);
}

/* Those that could never be sent are left out. */
static int
build_keys(struct build *b)
{
	struct base_buf text;
	size_t i;
	int rc = 0;

	if (store_key_list(b->db, on_build_key, b) == -1)
		return -1;
	if (b->nkey > 0)
		qsort(b->key, b->nkey, sizeof(*b->key), by_key_name);
	base_buf_init(&text);
	for (i = 0; i < b->nkey && rc == 0; i++) {
		if (!store_key_check(b->key[i].valid_key))
			continue;
		base_buf_reset(&text);
		store_key_text_format(&text, &b->key[i]);
		rc = index_writer_key(b->w, b->key[i].valid_key, text.data,
		    text.len);
	}
	base_buf_done(&text);
	if (rc == -1)
		b->gave_up = 1;
	return rc;
}

/* Returns 0, or -1: the database's fault, unless b->gave_up. */
static int
build_all(struct build *b)
{
	if (build_kind(b, INDEX_FORMAT_BLUE, STORE_ROW_BLUE,
	    STORE_ROW_WIFI) == -1 ||
	    build_kind(b, INDEX_FORMAT_WIFI, STORE_ROW_WIFI,
	    STORE_ROW_CELL) == -1 ||
	    build_kind(b, INDEX_FORMAT_CELL, STORE_ROW_CELL,
	    STORE_ROW_AREA) == -1 || build_areas(b) == -1)
		return -1;
	return b->r->keys ? build_keys(b) : 0;
}

/*
 * Open the older index as *F, which has to be of the same place and kind, and
 * whole: what is damaged would be copied, with a checksum that fits.
 */
static int
open_old(struct index_run *r, struct index_file **f)
{
	struct index_file_about about;

	if ((*f = index_input(r, index_file_open(r->old))) == NULL)
		return EX_NOINPUT;
	index_file_about(*f, &about);
	if (strcmp(about.name, r->place.name) == 0 &&
	    r->whole == ((about.flags & INDEX_FORMAT_WHOLE) != 0))
		return index_file_verify(*f) == -1 ? EX_DATAERR : EX_OK;
	warnx("%s: of another place, or another kind", r->old);
	return EX_DATAERR;
}

/* What a failure is to the caller of the program. */
static int
status_of(const struct build *b)
{
	if (io_signals_stop)
		return EX_TEMPFAIL;
	if (b->gave_up)
		return EX_IOERR;
	if (store_db_retry(b->db) != STORE_ERROR_FATAL)
		warnx("%s: %s", store_db_where(b->db), store_db_error(b->db));
	return store_db_status(b->db);
}

int
index_build(struct index_run *r, char *const *word)
{
	struct store_snapshot *look;
	struct build b = { .r = r };
	int status;

	if (conf_file_need(&r->cf, &r->cf.ro_url) == -1)
		return EX_CONFIG;
	if (r->old != NULL && (status = open_old(r, &b.old)) != EX_OK)
		return status;
	status = EX_CONFIG;
	if ((look = store_snapshot_open("ro_url", r->cf.ro_url, 1,
	    &status)) == NULL)
		goto out;
	b.db = store_snapshot_db(look, 0);
	status = EX_CANTCREAT;
	if ((b.w = index_begin(r, word[0], store_snapshot_time(look),
	    r->keys, NULL)) == NULL)
		goto out;
	io_progress_init(&b.progress, "rows", r->quiet);
	status = build_all(&b) == 0 ? EX_OK : -1;
	io_progress_done(&b.progress);
	if (status != EX_OK)
		status = status_of(&b);
	store_snapshot_end(look);
	look = NULL;
	status = index_end(r, b.w, status);
out:
	store_snapshot_end(look);
	free(b.centre);
	free(b.key);
	return status;
}
