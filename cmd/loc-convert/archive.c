/* SPDX-License-Identifier: ISC */
/*
 * Archives: every file in one is a recording of its own, but for the three
 * tables of NeoStumbler's export.  Those are read side by side, always the
 * one whose next row is the earliest, so that the networks of one moment meet
 * however large they are.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "convert/format.h"
#include "convert/neostumbler.h"
#include "convert/rows.h"
#include "convert/zip.h"
#include "io/infile.h"
#include "io/signals.h"

#include "convert.h"

#define TABLES	3	/* beacons, cells and wifis */

struct table {
	struct convert_zip_file	*file;		/* owned */
	struct io_infile	*in;		/* its bytes, borrowed of it */
	char			*name;		/* archive:entry */
	struct convert_rows	 rows;		/* with its own header */
	struct io_infile_line	 line;		/* the next one */
	int			 has_line;
	int64_t			 time_ms;	/* of it; 0: not told */
};

/*
 * The name that messages give to an entry, "archive:entry", to be freed.  Both
 * halves are needed: the archives of many phones have entries of the same
 * names, and a run may be given several of them.
 */
static char *
entry_name(const char *archive, const char *entry)
{
	char *name;

	if (asprintf(&name, "%s:%s", archive, entry) == -1)
		err(EX_OSERR, NULL);
	return name;
}

/*
 * Is ENTRY one of NeoStumbler's tables?  Its folder and the case of its
 * letters do not matter, so that an export that was unpacked and packed again
 * is still read as one.
 */
static int
is_table(const char *entry)
{
	static const char *const names[TABLES] = { "beacons.csv", "cells.csv",
	    "wifis.csv" };
	const char *slash = strrchr(entry, '/');
	size_t i;

	if (slash != NULL)
		entry = slash + 1;
	for (i = 0; i < TABLES; i++)
		if (strcasecmp(entry, names[i]) == 0)
			return 1;
	return 0;
}

/*
 * Go to the next line of T.  A damaged table ends there as a short one does:
 * what stood before the damage was read, and the other tables go on without
 * it.
 */
static void
next_table_line(struct converting *c, struct table *t)
{
	int rc = io_infile_next(t->in, &t->line);

	if (rc == -1)
		convert_damaged(c);
	t->has_line = rc == 1;
	if (t->has_line)
		t->time_ms = convert_neostumbler_time(t->line.text,
		    t->line.len);
}

/*
 * The table whose line is next.  A header, or the second line of a row whose
 * name has a line break in it, has the time 0, and so is read before any other
 * table moves on.  Of the same times the table that stands first in the
 * archive is taken; the order does not matter then, as all of one moment
 * meets.
 */
static struct table *
next_table(struct table *tables, size_t n)
{
	struct table *first = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (tables[i].has_line && (first == NULL ||
		    tables[i].time_ms < first->time_ms))
			first = &tables[i];
	return first;
}

/*
 * Read the N tables side by side.  One after the other they would need every
 * moment of the export to stay open, as all wifis come before the first cell
 * or the other way round; the sink keeps only the latest ones, and would write
 * two reports of most moments.
 *
 * The format of these tables tells moments by their time and place and not by
 * numbers that it counts itself, so that rows of three readers can meet.
 * While a line is read C goes by the name of its table, as messages say that.
 */
static void
merge_tables(struct converting *c, struct table *tables, size_t n)
{
	const char *archive = c->name;
	struct table *t;
	size_t i;

	for (i = 0; i < n; i++)
		next_table_line(c, &tables[i]);
	while (!io_signals_stop && (t = next_table(tables, n)) != NULL) {
		assert(t->has_line);
		c->name = t->name;
		if (t->line.cut) {
			c->sink.line = t->line.number;
			convert_sink_bad(&c->sink, NULL, "a shorter line");
		} else if (!convert_rows_line(&t->rows, t->line.text,
		    t->line.len, t->line.number, t->line.open))
			break;
		next_table_line(c, t);
	}
	/* A quotation mark that is still open held lines back. */
	for (i = 0; i < n; i++) {
		c->name = tables[i].name;
		convert_rows_end(&tables[i].rows);
	}
	c->name = archive;
}

/*
 * The export of NeoStumbler in Z.  The app writes no table that would have no
 * rows, so any of them may be missing, and one that cannot be opened is
 * treated like that after the damage was told.  The names and files live until
 * all are read, as the tables point to them.
 */
static void
read_neostumbler_tables(struct converting *c, struct convert_zip *z)
{
	struct table tables[TABLES];
	size_t i, n = 0;

	for (i = 0; i < convert_zip_count(z); i++) {
		struct table *t = &tables[n];

		if (!is_table(convert_zip_name(z, i)))
			continue;
		if (n == TABLES) {
			warnx("%s: %s is left out: expected at most %d tables",
			    c->name, convert_zip_name(z, i), TABLES);
			convert_damaged(c);
			break;
		}
		t->name = entry_name(c->name, convert_zip_name(z, i));
		t->file = convert_zip_file_open(z, i, t->name);
		if (t->file == NULL) {
			convert_damaged(c);
			free(t->name);
			continue;
		}
		t->in = convert_zip_infile(t->file);
		convert_rows_init(&t->rows, &c->sink,
		    &convert_neostumbler_format);
		n++;
	}
	assert(n <= TABLES);
	merge_tables(c, tables, n);
	for (i = 0; i < n; i++) {
		convert_rows_done(&tables[i].rows);
		convert_zip_file_end(tables[i].file);
		free(tables[i].name);
	}
}

/*
 * Entry I as a file of its own.  Its reports are written before the next one
 * begins: formats number their moments from 1 in every file, and rows of two
 * recordings with the same number would become one report.  Each of them is
 * told on its own if it was cut off.
 */
static void
read_archived(struct converting *c, struct convert_zip *z, size_t i)
{
	const char *archive = c->name;
	struct convert_zip_file *f;
	char *name = entry_name(c->name, convert_zip_name(z, i));

	if ((f = convert_zip_file_open(z, i, name)) == NULL)
		convert_damaged(c);
	else {
		c->name = name;
		io_infile_stop_on(convert_zip_infile(f), &io_signals_stop);
		convert_stream(c, convert_zip_infile(f), NULL, 1);
		convert_sink_flush(&c->sink);
		c->sink.cut = 0;
	}
	convert_zip_file_end(f);
	c->name = archive;
	free(name);
}

/*
 * A temporary file loses its name as soon as the archive is open; from then on
 * it is gone however we end.  An archive with tables of NeoStumbler is taken
 * for its export as a whole; -f with another format says that it is none.  In
 * the summary several files have no one format, so they go by "archive".
 */
void
convert_archive(struct converting *c, const char *path, int is_ours)
{
	struct convert_zip *z;
	size_t i, n;
	int has_tables = 0;

	z = convert_zip_open(&c->sink, path);
	if (is_ours)
		unlink(path);
	if (z == NULL)
		return;
	n = convert_zip_count(z);
	for (i = 0; i < n; i++)
		has_tables |= is_table(convert_zip_name(z, i));
	if (has_tables && (c->forced == NULL ||
	    c->forced->rows == &convert_neostumbler_format)) {
		c->what = "CSV of NeoStumbler";
		read_neostumbler_tables(c, z);
	} else
		for (i = 0; i < n && !io_signals_stop; i++) {
			const char *name = convert_zip_name(z, i);
			size_t len = strlen(name);

			/* Folders are entries, too, and have no bytes. */
			if (len > 0 && name[len - 1] != '/')
				read_archived(c, z, i);
			if (n > 1)
				c->what = "archive";
		}
	convert_zip_end(z);
}
