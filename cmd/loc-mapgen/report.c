/* SPDX-License-Identifier: ISC */
/*
 * What came of a run, under the names that Ichnaea's tools gave it.  It made
 * a CSV file and a quadtree of each table, and more quadtrees of large ones;
 * here these are tables that gave points, and how often memory was full.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "io/cli.h"
#include "io/outfile.h"
#include "json/write.h"

#include "mapgen.h"

/* Seconds, to the millisecond. */
static void
write_s(struct json_write *w, const char *name, double s)
{
	json_write_f64(w, name, round(s * 1000) / 1000);
}

/* 2026-11-30T02:51:53+00:00 */
static void
write_now(struct json_write *w, const char *name)
{
	char time[BASE_CIVIL_TIME_LEN], text[BASE_CIVIL_TIME_LEN + 8];

	base_civil_format_time(time, base_clock_now_s(), 'T');
	snprintf(text, sizeof(text), "%s+00:00", time);
	json_write_text(w, name, text);
}

/*
 * Whoever watched Ichnaea's map reads these members by their names, so all of
 * them are there, also those that tell the same thing here: a table with points
 * is the CSV file, its conversion and its quadtree.  What became of tiles is
 * only known of a directory, as an archive is written anew each time.
 */
static void
write_map_report(const struct mapgen *m, struct json_write *w)
{
	json_write_object(w, NULL);
	write_now(w, "updated");
	write_s(w, "export_duration_s", m->export_s);
	json_write_i64(w, "row_count", (int64_t)m->rows);
	json_write_i64(w, "csv_count", m->sources);
	write_s(w, "quadtree_duration_s", m->sort_s);
	json_write_i64(w, "csv_converted_count", m->sources);
	json_write_i64(w, "intermediate_quadtree_count",
	    (int64_t)m->intermediate);
	json_write_i64(w, "quadtree_count", m->sources);
	write_s(w, "merge_duration_s", m->merge_s);
	json_write_i64(w, "tile_count", (int64_t)m->tiles);
	write_s(w, "render_duration_s", m->render_s);
	json_write_i64(w, "max_zoom", m->zoom);
	if (m->dir != NULL) {
		json_write_i64(w, "tiles_unchanged", (int64_t)m->unchanged);
		json_write_i64(w, "tile_new", (int64_t)m->added);
		json_write_i64(w, "tile_changed", (int64_t)m->changed);
		json_write_i64(w, "tile_deleted", (int64_t)m->deleted);
	}
	json_write_end(w);
}

/*
 * Running out of memory shows in the buffer alone, so errno is set for it
 * first; the file sets its own.
 */
int
mapgen_publish(const char *path, const struct base_buf *b)
{
	struct io_outfile of;
	int rc = -1;

	errno = ENOMEM;
	if (base_buf_ok(b) &&
	    io_outfile_begin(&of, path, MAPGEN_PUBLIC) == 0) {
		rc = io_outfile_add(&of, b->data, b->len);
		if (io_outfile_end(&of, rc == 0) == -1)
			rc = -1;
	}
	if (rc == -1)
		warn("%s", path);
	return rc;
}

/*
 * The line is printed after the file is in its place: whoever waits for the
 * line finds the map that it tells of.  An archive has no data.json, as there
 * is no directory of its own to put it in; its description says what readers
 * need.
 */
int
mapgen_report(const struct mapgen *m)
{
	char path[PATH_MAX];
	struct json_write w;
	struct base_buf b;
	int rc = EX_CANTCREAT;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	write_map_report(m, &w);
	base_buf_chr(&b, '\n');
	if (!base_buf_ok(&b))
		warnx("out of memory");
	else if (m->dir == NULL)
		rc = EX_OK;
	else if (snprintf(path, sizeof(path), "%s/data.json", m->dir) >=
	    (int)sizeof(path))
		warnx("%s: the name is too long", m->dir);
	else if (mapgen_publish(path, &b) == 0)
		rc = EX_OK;
	if (rc == EX_OK)
		io_cli_put(b.data, b.len);
	base_buf_done(&b);
	return rc;
}
