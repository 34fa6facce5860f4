/* SPDX-License-Identifier: ISC */
/*
 * bench_upsert config arrays|text - change the place of every station a
 * little and write all rows back, 10,000 rows a transaction; print rows per
 * second.  What a worker could do if it had nothing to read nor to decide.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "conf/file.h"
#include "station/row.h"
#include "store/db.h"
#include "store/row.h"

#define CHUNK	10000

struct rows {
	int			 table;
	struct station_row	*row;
	const void		**at;
	size_t			 n, cap;
};

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	struct rows *r = arg;

	if (r->n == r->cap) {
		r->cap = r->cap * 2 + 1024;
		r->row = reallocarray(r->row, r->cap, sizeof(*r->row));
		r->at = reallocarray(r->at, r->cap, sizeof(*r->at));
		if (r->row == NULL || r->at == NULL)
			err(71, NULL);
	}
	store_row_read(r->table, field, flen, &r->row[r->n]);
	r->row[r->n].lat += 1e-7;
	r->row[r->n].lon += 1e-7;
	r->row[r->n].modified = base_clock_now_s();
	r->n++;
	return 0;
}

int
main(int argc, char *argv[])
{
	struct rows r[STORE_ROW_AREA] = { 0 };
	struct conf_file cf;
	struct store_db *db;
	struct base_buf b;
	size_t i, n = 0, total = 0;
	int64_t start;
	int status, t;

	if (argc != 3 || conf_file_open(&cf, argv[1]) == -1)
		errx(64, "usage: bench_upsert config arrays|text");
	if ((db = store_db_open("rw_url", cf.rw_url, &status)) == NULL)
		return 69;
	if (strcmp(argv[2], "text") == 0)
		store_db_no_bulk(db);
	base_buf_init(&b);
	for (t = 0; t < STORE_ROW_AREA; t++) {
		r[t].table = t;
		base_buf_reset(&b);
		store_row_select_list(&b, t);
		if (store_db_query(db, b.data, b.len, on_row, &r[t]) == -1)
			return 69;
		for (i = 0; i < r[t].n; i++)
			r[t].at[i] = &r[t].row[i];
	}
	start = base_clock_mono_ms();
	if (store_db_exec(db, "START TRANSACTION") == -1)
		return 69;
	for (t = 0; t < STORE_ROW_AREA; t++) {
		if (store_row_write(db, t, r[t].at, r[t].n,
		    STORE_ROW_UPDATE) == -1)
			return 69;
		total += r[t].n;
		if ((n += r[t].n) < CHUNK)
			continue;
		n = 0;
		if (store_db_exec(db, "COMMIT") == -1 ||
		    store_db_exec(db, "START TRANSACTION") == -1)
			return 69;
	}
	if (store_db_exec(db, "COMMIT") == -1)
		return 69;
	start = base_clock_mono_ms() - start;
	printf("%.0f\n", (double)total * 1000 / (double)(start + 1));
	for (t = 0; t < STORE_ROW_AREA; t++) {
		free(r[t].row);
		free(r[t].at);
	}
	base_buf_done(&b);
	store_db_free(db);
	conf_file_end(&cf);
	return 0;
}
