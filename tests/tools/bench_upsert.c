/* SPDX-License-Identifier: ISC */
/*
 * bench_upsert config arrays|text|read [passes] - change the place of every
 * station a little and write all rows back, 10,000 rows a transaction; print
 * rows per second.  What a worker could do if it had nothing to read nor to
 * decide; with "read" if it only had nothing to decide: then each table is read
 * and locked before it is written, as arrays.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/file.h"
#include "station/row.h"
#include "store/db.h"
#include "store/row.h"

#define CHUNK	10000

struct rows {
	int			 table;
	struct store_row_key	*key;
	struct station_row	*row;
	const void		**at;
	size_t			 n, cap;
};

static int
on_key(void *arg, char **field, const unsigned long *flen)
{
	struct rows *r = arg;

	if (r->n == r->cap) {
		r->cap = r->cap * 2 + 1024;
		r->key = reallocarray(r->key, r->cap, sizeof(*r->key));
		if (r->key == NULL)
			err(71, NULL);
	}
	memset(&r->key[r->n], 0, sizeof(r->key[r->n]));
	memcpy(r->key[r->n++].byte, field[0], flen[0]);
	return 0;
}

/* Read all rows of a table, and make room to write them. */
static int
read_rows(struct store_db *db, struct rows *r)
{
	char sql[128];
	int n = snprintf(sql, sizeof(sql), "SELECT %s FROM %s ORDER BY %s",
	    store_row_key_name(r->table), store_row_table_name(r->table),
	    store_row_key_name(r->table));
	size_t i;

	if (store_db_query(db, sql, (size_t)n, on_key, r) == -1)
		return -1;
	r->row = calloc(r->n + 1, sizeof(*r->row));
	r->at = calloc(r->n + 1, sizeof(*r->at));
	if (r->row == NULL || r->at == NULL)
		err(71, NULL);
	for (i = 0; i < r->n; i++)
		r->at[i] = &r->row[i];
	return store_row_select(db, r->table, r->key, r->n, 0, r->row, &r->n);
}

/* Move the rows of a table a little and write them; LOCK: read them before. */
static int
write_rows(struct store_db *db, struct rows *r, int lock)
{
	int64_t now = base_clock_now_s();
	size_t i;

	if (lock && store_row_select(db, r->table, r->key, r->n, 1, r->row,
	    &r->n) == -1)
		return -1;
	for (i = 0; i < r->n; i++) {
		r->row[i].lat += 1e-7;
		r->row[i].lon += 1e-7;
		r->row[i].modified = now;
	}
	return store_row_write(db, r->table, r->at, r->n, STORE_ROW_UPSERT);
}

/* Write all tables, and set *TOTAL to how many rows that were.  0 or -1. */
static int
write_all(struct store_db *db, struct rows *r, int lock, size_t *total)
{
	size_t n = 0;
	int t;

	*total = 0;
	if (store_db_exec(db, "START TRANSACTION") == -1)
		return -1;
	for (t = 0; t < STORE_ROW_AREA; t++) {
		if (write_rows(db, &r[t], lock) == -1)
			return -1;
		*total += r[t].n;
		if ((n += r[t].n) < CHUNK)
			continue;
		n = 0;
		if (store_db_exec(db, "COMMIT") == -1 ||
		    store_db_exec(db, "START TRANSACTION") == -1)
			return -1;
	}
	return store_db_exec(db, "COMMIT");
}

int
main(int argc, char *argv[])
{
	struct rows r[STORE_ROW_AREA] = { 0 };
	struct conf_file cf;
	struct store_db *db;
	char *url;
	size_t n, total = 0;
	int64_t start;
	int i, lock, passes = 1, status, t;

	if (argc < 3 || argc > 4 || conf_file_open(&cf, argv[1]) == -1)
		errx(64, "usage: bench_upsert config arrays|text|read "
		    "[passes]");
	if (argc > 3)
		passes = (int)strtonum(argv[3], 1, 1000000, NULL);
	lock = strcmp(argv[2], "read") == 0;
	if (asprintf(&url, "%s%s", cf.rw_url, strcmp(argv[2], "text") == 0 ?
	    "&arrays=no" : "") == -1)
		err(71, NULL);
	if ((db = store_db_open("rw_url", url, STORE_DB_CAUSAL,
	    &status)) == NULL)
		return 69;
	for (t = 0; t < STORE_ROW_AREA; t++) {
		r[t].table = t;
		if (read_rows(db, &r[t]) == -1)
			return 69;
	}
	start = base_clock_mono_ms();
	for (i = 0; i < passes; i++) {
		if (write_all(db, r, lock, &n) == -1)
			return 69;
		total += n;
	}
	start = base_clock_mono_ms() - start;
	printf("%.0f\n", (double)total * 1000 / (double)(start + 1));
	for (t = 0; t < STORE_ROW_AREA; t++) {
		free(r[t].key);
		free(r[t].row);
		free(r[t].at);
	}
	free(url);
	store_db_free(db);
	conf_file_end(&cf);
	return 0;
}
