/* SPDX-License-Identifier: ISC */
/*
 * Lines with positions, each of which is a dot as it stands.  Lines gather to
 * batches, whose positions are worked out by all threads at once, as that
 * takes longer than reading them; what is wrong with lines is then told in
 * their order.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/parallel.h"
#include "geo/fields.h"
#include "io/infile.h"
#include "io/signals.h"
#include "io/sort.h"
#include "map/key.h"

#include "mapgen.h"

#define BATCH		(64 * 1024)	/* lines */
#define TEXT		(4 * 1024 * 1024)	/* bytes of a batch */
#define LINE_MAX_LEN	1024
#define NAMED_MAX	10		/* bad lines that are named without -v */

enum verdict { GOOD, BLANK, BAD, OUTSIDE };

struct line {
	uint32_t	at, len;	/* in the text */
	uint8_t		cut;
	uint8_t		verdict;
};

struct batch {
	struct mapgen	*m;
	struct io_infile *f;
	uint64_t	 first;		/* number of its first line */
	uint64_t	 named;
	unsigned	 parts;
	size_t		 n, len;
	struct line	*line;		/* BATCH */
	uint64_t	*key;		/* BATCH */
	char		*text;		/* TEXT */
};

/*
 * Notes and blank lines say nothing; a first line may have names.  One that was
 * cut is bad even if its beginning could be read, as a number may have been cut
 * in two.
 */
static enum verdict
parse_point_line(const struct batch *b, size_t i, uint64_t *key)
{
	const struct line *l = &b->line[i];
	const char *text = b->text + l->at;
	double v[2];
	int n;

	if (l->cut)
		return BAD;
	n = geo_fields_parse(text, l->len, v, 2);
	if (n == 0 || (l->len > 0 && text[0] == '#'))
		return BLANK;
	if (n == 2)
		return map_key_of(v[0], v[1], key) ? GOOD : OUTSIDE;
	return b->first + i == 1 && l->len >= 3 &&
	    strncasecmp(text, "lat", 3) == 0 ? BLANK : BAD;
}

/*
 * One of b->parts parts of a batch; good keys move to the front of it.  Parts
 * do not overlap, so that threads need no lock for lines and keys, and the
 * sorter takes the good ones in one piece.
 */
static int
parse_part(void *arg, unsigned thread, size_t part)
{
	struct batch *b = arg;
	size_t i = b->n * part / b->parts, end = b->n * (part + 1) / b->parts;
	size_t first = i, kept = i;

	(void)thread;
	for (; i < end; i++) {
		b->line[i].verdict = (uint8_t)parse_point_line(b, i,
		    &b->key[kept]);
		kept += b->line[i].verdict == GOOD;
	}
	atomic_fetch_add(&b->m->rows, kept - first);
	return io_sort_add(b->m->sort, b->key + first, kept - first);
}

/*
 * Count the lines that gave no point, and name some of them, or all.  It runs
 * after all threads are done, so that warnings come in the order of lines; and
 * a file of another kind does not fill the terminal with them.
 */
static void
tell_of_lines(struct batch *b)
{
	struct mapgen *m = b->m;
	const struct line *l;
	size_t i;

	for (i = 0; i < b->n; i++) {
		l = &b->line[i];
		if (l->verdict == GOOD || l->verdict == BLANK)
			continue;
		if (l->verdict == BAD)
			m->bad++;
		else
			m->outside++;
		if (!m->verbose && b->named++ >= NAMED_MAX)
			continue;
		if (l->verdict == BAD)
			warnx("%s:%llu: expected %s", io_infile_name(b->f),
			    (unsigned long long)(b->first + i),
			    l->cut ? "a shorter line" : "LAT,LON");
		else
			warnx("%s:%llu: not on the map: %.*s",
			    io_infile_name(b->f),
			    (unsigned long long)(b->first + i), (int)l->len,
			    b->text + l->at);
	}
}

/*
 * Good lines go to the programs of others, too, as a plain "LAT,LON".  They are
 * parsed once more, as a key is coarser than what was given; 17 digits give the
 * same double to whoever reads them.
 */
static int
pass_lines(const struct batch *b)
{
	char text[LINE_MAX_LEN + 64];
	const struct line *l;
	double v[2];
	size_t i;
	int len;

	for (i = 0; b->m->external != NULL && i < b->n; i++) {
		l = &b->line[i];
		if (l->verdict != GOOD)
			continue;
		geo_fields_parse(b->text + l->at, l->len, v, 2);
		len = snprintf(text, sizeof(text), "%.17g,%.17g", v[0], v[1]);
		if (mapgen_external_add(b->m->external, v[0], v[1], text,
		    (size_t)len) == -1)
			return -1;
	}
	return 0;
}

/*
 * Work on the lines that have gathered, and forget them.  0, or -1 after a
 * warning.
 */
static int
parse_batch(struct batch *b)
{
	if (base_parallel_run(b->m->threads, b->parts, parse_part, b) == -1 ||
	    pass_lines(b) == -1)
		return -1;
	tell_of_lines(b);
	io_progress_show(&b->m->progress, b->first + b->n - 1,
	    io_infile_done(b->f));
	b->first += b->n;
	b->n = b->len = 0;
	return 0;
}

/*
 * Texts are copied, since a line is borrowed until the next one only.  A batch
 * is full when either its lines or its bytes are.  When a signal comes the
 * lines that are there are still worked on: the caller, who knows of the
 * signal, drops them.
 */
static int
read_point_lines(struct batch *b)
{
	struct io_infile_line line;
	int rc;

	while ((rc = io_infile_next(b->f, &line)) == 1 && !io_signals_stop) {
		if ((b->n == BATCH || b->len + line.len > TEXT) &&
		    parse_batch(b) == -1)
			return EX_IOERR;
		assert(b->n < BATCH && b->len + line.len <= TEXT);
		b->line[b->n++] = (struct line){ .at = (uint32_t)b->len,
		    .len = (uint32_t)line.len, .cut = (uint8_t)line.cut };
		memcpy(b->text + b->len, line.text, line.len);
		b->len += line.len;
	}
	if (rc == -1)
		return EX_DATAERR;
	return parse_batch(b) == -1 ? EX_IOERR : EX_OK;
}

/*
 * What was wrong with lines, in one sentence each, below the progress that was
 * shown meanwhile.
 */
static void
tell_of_input(const struct mapgen *m, const char *name)
{
	if (m->bad > 0)
		warnx("%s: %llu bad lines left out", name,
		    (unsigned long long)m->bad);
	if (m->outside > 0)
		warnx("%s: %llu points left out that are not on the map: "
		    "beyond latitude %.4f or longitude 180", name,
		    (unsigned long long)m->outside, MAP_KEY_LAT_MAX);
}

/* A file that gave any point counts as one source, as a table would. */
int
mapgen_input(struct mapgen *m)
{
	struct batch b = { .m = m, .first = 1, .parts = m->threads };
	int rc = EX_OSERR;

	b.line = calloc(BATCH, sizeof(*b.line));
	b.key = calloc(BATCH, sizeof(*b.key));
	b.text = malloc(TEXT);
	if (b.line == NULL || b.key == NULL || b.text == NULL) {
		warn(NULL);
		goto out;
	}
	if ((b.f = io_infile_open(m->file)) == NULL) {
		rc = EX_NOINPUT;
		goto out;
	}
	io_infile_line_max(b.f, LINE_MAX_LEN);
	io_infile_stop_on(b.f, &io_signals_stop);
	if ((rc = read_point_lines(&b)) == EX_OK) {
		io_progress_done(&m->progress);
		tell_of_input(m, io_infile_name(b.f));
		m->sources = m->rows > 0;
	}
	io_infile_end(b.f);
out:
	free(b.line);
	free(b.key);
	free(b.text);
	return rc;
}
