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

#include "convert.h"

#define TABLES	3

struct table {
	struct convert_zip_file	*file;
	struct io_infile	*in;
	char			*name;		/* archive:entry */
	struct convert_rows	 rows;
	struct io_infile_line	 line;		/* the next one */
	int			 has_line;
	int64_t			 time_ms;	/* of it; 0: not told */
};

/* "archive:entry", to be freed. */
static char *
entry_name(const char *archive, const char *entry)
{
	char *name;

	if (asprintf(&name, "%s:%s", archive, entry) == -1)
		err(EX_OSERR, NULL);
	return name;
}

/* Is ENTRY one of NeoStumbler's tables, in whatever folder? */
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

/* Go to the next line of T. */
static void
next_line(struct converting *c, struct table *t)
{
	int rc = io_infile_next(t->in, &t->line);

	if (rc == -1)
		convert_damaged(c);
	t->has_line = rc == 1;
	if (t->has_line)
		t->time_ms = convert_neostumbler_time(t->line.text,
		    t->line.len);
}

/* The table whose line is next: headers and second lines of rows first. */
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

/* Read the N tables. */
static void
merge_tables(struct converting *c, struct table *tables, size_t n)
{
	const char *archive = c->name;
	struct table *t;
	size_t i;

	for (i = 0; i < n; i++)
		next_line(c, &tables[i]);
	while (!convert_stopping && (t = next_table(tables, n)) != NULL) {
		c->name = t->name;
		if (t->line.cut) {
			c->sink.line = t->line.number;
			convert_sink_bad(&c->sink, NULL, "a shorter line");
		} else if (!convert_rows_line(&t->rows, t->line.text,
		    t->line.len, t->line.number, t->line.open))
			break;
		next_line(c, t);
	}
	for (i = 0; i < n; i++) {
		c->name = tables[i].name;
		convert_rows_end(&tables[i].rows);
	}
	c->name = archive;
}

/* The export of NeoStumbler in Z; a table without rows is missing there. */
static void
read_tables(struct converting *c, struct convert_zip *z)
{
	struct table tables[TABLES];
	size_t i, n = 0;

	for (i = 0; i < convert_zip_count(z) && n < TABLES; i++) {
		struct table *t = &tables[n];

		if (!is_table(convert_zip_name(z, i)))
			continue;
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
	merge_tables(c, tables, n);
	for (i = 0; i < n; i++) {
		convert_rows_done(&tables[i].rows);
		convert_zip_file_end(tables[i].file);
		free(tables[i].name);
	}
}

/* Entry I as a file of its own. */
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
		io_infile_stop_on(convert_zip_infile(f), &convert_stopping);
		convert_stream(c, convert_zip_infile(f), NULL, 1);
		convert_sink_flush(&c->sink);
		c->sink.cut = 0;
	}
	convert_zip_file_end(f);
	c->name = archive;
	free(name);
}

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
		read_tables(c, z);
	} else
		for (i = 0; i < n && !convert_stopping; i++) {
			const char *name = convert_zip_name(z, i);
			size_t len = strlen(name);

			if (len > 0 && name[len - 1] != '/')
				read_archived(c, z, i);
			if (n > 1)
				c->what = "archive";
		}
	convert_zip_end(z);
}
