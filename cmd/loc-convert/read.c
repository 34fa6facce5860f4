/* SPDX-License-Identifier: ISC */
/*
 * One file: what it is, and whoever can read that gets its bytes, lines or
 * rows.  Databases and archives must be files that can be read anywhere, so
 * what is compressed or comes from a pipe is written into a temporary file
 * first; its name is removed as soon as it is open.
 */
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "convert/body.h"
#include "convert/db.h"
#include "convert/format.h"
#include "convert/items.h"
#include "convert/kismetxml.h"
#include "convert/rows.h"
#include "convert/xml.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/signals.h"

#include "convert.h"

#define TELL_MAX	20	/* messages of a file, without -v */

/*
 * A bad row must not hide that an earlier file could not be read at all, or
 * that there was no room for a temporary one.
 */
void
convert_damaged(struct converting *c)
{
	if (c->status == EX_OK)
		c->status = EX_DATAERR;
}

/*
 * For the sink: a report is a line of output.  If that is lost the program
 * ends here, as reading on would be work for nobody.
 */
static void
print_report(void *arg, const char *line, size_t len)
{
	(void)arg;
	io_cli_put(line, len);
}

/*
 * For the sink: a file of rubbish is not to fill a terminal.  What is kept
 * back is counted and told at the end, so nobody takes the list for all of it.
 */
static void
tell_row(void *arg, uint64_t line, const char *what)
{
	struct converting *c = arg;

	if (c->told++ >= TELL_MAX && !c->verbose) {
		c->kept++;
		return;
	}
	if (line > 0)
		warnx("%s:%" PRIu64 ": %s", c->name, line, what);
	else
		warnx("%s: %s", c->name, what);
}

/*
 * Formats of text, a line at a time.  A line that io/infile cut is no row, but
 * its number is known, and the rows behind it are good.  The rows are ended
 * whatever happened, also when the disk failed: an open quotation mark holds
 * lines back, and they stood before the damage.
 */
static void
read_row_file(struct converting *c, struct io_infile *f,
    const struct convert_rows_format *format)
{
	struct convert_rows rows;
	struct io_infile_line line;
	int rc;

	convert_rows_init(&rows, &c->sink, format);
	while ((rc = io_infile_next(f, &line)) == 1 && !io_signals_stop) {
		if (line.cut) {
			c->sink.line = line.number;
			convert_sink_bad(&c->sink, NULL, "a shorter line");
		} else if (!convert_rows_line(&rows, line.text, line.len,
		    line.number, line.open))
			break;
	}
	convert_rows_end(&rows);
	convert_rows_done(&rows);
	if (rc == -1)
		convert_damaged(c);
}

/*
 * Formats of XML, in whatever pieces the file comes, as expat wants no lines.
 * The two formats of Kismet take the pointer to the table of networks as their
 * option, which is copied to the beginning of their state; others have none.
 * A netxml is handed the table only when it is read for its gpsxml, as with
 * one it gives no reports.
 */
static void
read_xml(struct converting *c, struct io_infile *f,
    const struct convert_xml_format *format)
{
	const int is_pair = format == &convert_kismetxml_gps_format ||
	    (format == &convert_kismetxml_net_format && c->only_networks);
	const char *data;
	struct convert_xml *x;
	ssize_t n;

	x = convert_xml_new(&c->sink, format, &c->networks,
	    is_pair ? sizeof(c->networks) : 0);
	if (x == NULL) {
		c->sink.nomem = 1;
		return;
	}
	while ((n = io_infile_some(f, &data)) > 0 && !io_signals_stop)
		if (!convert_xml_feed(x, data, (size_t)n))
			break;
	convert_xml_end(x);
	convert_xml_free(x);
	if (n == -1)
		convert_damaged(c);
}

/*
 * Reports of JSON; if MOZSTUMBLER is negative each is looked at for whose it
 * is.  Only at a true end of the file is there something to say about it:
 * after a signal or a failed read the brackets that are open are no fault of
 * the file.
 */
static void
read_json(struct converting *c, struct io_infile *f, int mozstumbler)
{
	struct convert_body *body;
	struct convert_items items;
	const char *data;
	ssize_t n = 0;

	body = convert_body_new(&c->sink, mozstumbler);
	convert_items_init(&items, &c->sink, convert_body_item, body);
	if (body == NULL)
		c->sink.nomem = 1;
	else
		while ((n = io_infile_some(f, &data)) > 0 &&
		    !io_signals_stop)
			if (!convert_items_feed(&items, data, (size_t)n))
				break;
	if (n == 0)
		convert_items_end(&items);
	convert_items_done(&items);
	convert_body_free(body);
	if (n == -1)
		convert_damaged(c);
}

/*
 * Returns 1 if PATH itself begins as DATA does, and can be read anywhere.
 * DATA is what io/infile gave, after decompression, so a database within gzip
 * fails here although PATH is a plain file.  Four bytes are what both kinds of
 * magic have.  If somebody changes the file between the two looks, its readers
 * take that as they take any bytes.
 */
static int
is_plain_file(const char *path, const char *data)
{
	struct stat st;
	char start[4];
	int fd, is;

	if (path == NULL || strcmp(path, "-") == 0 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	is = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read(fd, start, sizeof(start)) == sizeof(start) &&
	    memcmp(start, data, sizeof(start)) == 0;
	close(fd);
	return is;
}

/*
 * mkostemp() makes the file for its owner only, as a recording tells where
 * somebody was.  A full disk costs this file, and not those after it.  A
 * signal that we catch leaves nothing behind; a kill -9 while this runs leaves
 * the file.
 */
char *
convert_unpack(struct converting *c, struct io_infile *f)
{
	const char *data, *dir = getenv("TMPDIR");
	char *path;
	ssize_t n = 0, w;
	int fd;

	if (asprintf(&path, "%s/loc-convert.XXXXXX",
	    dir == NULL ? "/tmp" : dir) == -1)
		err(EX_OSERR, NULL);
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1) {
		warn("%s", path);
		c->status = EX_CANTCREAT;
		free(path);
		return NULL;
	}
	while (!io_signals_stop && (n = io_infile_some(f, &data)) > 0)
		for (; n > 0; data += w, n -= w)
			if ((w = write(fd, data, (size_t)n)) == -1) {
				warn("%s", path);
				c->status = EX_CANTCREAT;
				goto fail;
			}
	/* What there is of a damaged file may still be read. */
	if (n == -1)
		convert_damaged(c);
	if (!io_signals_stop) {
		close(fd);
		return path;
	}
fail:
	close(fd);
	unlink(path);
	free(path);
	return NULL;
}

/*
 * The database PATH; IS_OURS: it is to be removed once it is open, which
 * SQLite does not mind, and after which it is gone however we end.  Which app
 * made it is asked of its tables, because all databases begin alike; -f is
 * then no more than a check, since reading one as another's would find no rows
 * and say nothing.
 */
static void
read_db(struct converting *c, const char *path, int is_ours)
{
	const struct convert_format *format;
	struct convert_db *d;

	d = convert_db_open(&c->sink, path, &io_signals_stop);
	if (is_ours)
		unlink(path);
	if (d == NULL)
		return;
	format = convert_format_of_db(d);
	if (format == NULL || (c->forced != NULL && c->forced != format)) {
		c->sink.bad++;
		convert_sink_warn(&c->sink, 0, "expected %s, but its tables "
		    "are others", c->forced != NULL ? c->forced->what :
		    "a database of Kismet, NeoStumbler or WiGLE");
	} else {
		c->what = format->what;
		format->read_db(d);
	}
	convert_db_end(d);
}

/*
 * A database or archive, which begins with DATA.  Both are read back and
 * forth, so what has no place to seek in, or is compressed, is written to a
 * file first.
 */
static void
read_anywhere(struct converting *c, struct io_infile *f, const char *path,
    const char *data, int is_zip)
{
	char *unpacked = NULL;

	if (!is_plain_file(path, data)) {
		if ((unpacked = convert_unpack(c, f)) == NULL)
			return;
		path = unpacked;
	}
	assert(path != NULL);
	if (is_zip)
		convert_archive(c, path, unpacked != NULL);
	else
		read_db(c, path, unpacked != NULL);
	free(unpacked);
}

/*
 * F, which begins with N bytes of DATA, is nothing that we can read.  UTF-16
 * is worth a better message than that, as editors of Windows turn a good
 * recording into it; io/infile has that message, and gives it when a line is
 * asked for.
 */
static void
refuse_file(struct converting *c, struct io_infile *f, const char *data,
    size_t n, int is_archive)
{
	struct io_infile_line line;

	c->sink.bad++;
	if (n >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 ||
	    memcmp(data, "\xfe\xff", 2) == 0))
		io_infile_next(f, &line);	/* it tells what to do */
	else
		convert_sink_warn(&c->sink, 0, is_archive ?
		    "an archive within an archive: unpack it" :
		    "not a recording in any format that is known");
}

/*
 * What is peeked at is read again by whoever knows the format.  -f holds
 * against what the first bytes look like, because a file may have lost its
 * header, but for archives: what is asked for then is the format of the files
 * in them.  An archive within one is refused, so that a small file cannot
 * unpack for ever.
 */
void
convert_stream(struct converting *c, struct io_infile *f, const char *path,
    int in_archive)
{
	const struct convert_format *format, *seen;
	const char *data;
	ssize_t n;

	if ((n = io_infile_peek(f, &data)) <= 0) {
		if (n == -1)
			convert_damaged(c);
		return;		/* an empty file has no reports */
	}
	seen = convert_format_find(data, (size_t)n);
	format = c->forced != NULL ? c->forced : seen;
	/* An archive has files of the format that is asked for. */
	if (seen != NULL && seen->kind == CONVERT_FORMAT_ZIP)
		format = seen;
	if (format == NULL || (in_archive &&
	    format->kind == CONVERT_FORMAT_ZIP)) {
		refuse_file(c, f, data, (size_t)n, format != NULL);
		return;
	}
	c->what = format->what;
	switch (format->kind) {
	case CONVERT_FORMAT_ROWS:
		read_row_file(c, f, format->rows);
		break;
	case CONVERT_FORMAT_XML:
		read_xml(c, f, format->xml);
		break;
	case CONVERT_FORMAT_JSON:
		read_json(c, f, c->forced == NULL ? -1 : format->mozstumbler);
		break;
	case CONVERT_FORMAT_DB:
	case CONVERT_FORMAT_ZIP:
		read_anywhere(c, f, path, data,
		    format->kind == CONVERT_FORMAT_ZIP);
		break;
	}
}

/* Append ", N WHAT" unless it is none. */
static void
add_row_count(struct base_buf *b, uint64_t n, const char *what)
{
	if (n > 0)
		base_buf_fmt(b, ", %" PRIu64 " %s", n, what);
}

/*
 * What became of the file: for -v all of it, and else what nobody would guess,
 * that it gave nothing although it has rows, none of which was named as bad.
 */
static void
tell_file_result(struct converting *c)
{
	const struct convert_sink *s = &c->sink;
	struct base_buf b;
	int i;

	if (c->kept > 0)
		warnx("%s: %" PRIu64 " more messages; -v has them", c->name,
		    c->kept);
	if (!c->verbose && (s->reports > 0 || s->bad > 0 || s->rows == 0))
		return;
	base_buf_init(&b);
	base_buf_fmt(&b, "%" PRIu64 " reports of %" PRIu64 " networks from %"
	    PRIu64 " rows", s->reports, s->networks, s->rows);
	add_row_count(&b, s->bad, "bad");
	for (i = 0; i < CONVERT_SINK_SKIPS; i++)
		add_row_count(&b, s->skip[i],
		    convert_sink_skip_name((enum convert_sink_skip)i));
	add_row_count(&b, s->again, "heard again");
	if (base_buf_ok(&b))
		warnx("%s: %s: %s", c->name, c->what == NULL ? "unknown" :
		    c->what, b.data);
	base_buf_done(&b);
}

/*
 * Each file has a sink of its own, so that neither moments nor counts run over
 * into the next.  A file that is not there does not end the run, as a shell
 * may have named hundreds; memory that is short does, as the sink then has
 * lost reports and nobody could tell which.
 */
void
convert_file(struct converting *c, const char *path)
{
	struct io_infile *f;
	int fd = io_infile_fd(path);

	c->name = strcmp(path, "-") == 0 ? "stdin" : path;
	c->what = NULL;
	c->told = c->kept = 0;
	if (fd == -1 || (f = io_infile_take(fd, path)) == NULL) {
		c->status = EX_NOINPUT;
		return;
	}
	if (convert_sink_init(&c->sink) == -1)
		err(EX_OSERR, NULL);
	assert(c->sink.moments != NULL);
	c->sink.put = print_report;
	c->sink.tell = tell_row;
	c->sink.arg = c;
	c->sink.zone = c->zone;
	io_infile_stop_on(f, &io_signals_stop);
	convert_stream(c, f, path, 0);
	convert_sink_flush(&c->sink);
	if (c->sink.nomem)
		errx(EX_OSERR, "%s: out of memory", c->name);
	if (c->sink.bad > 0)
		convert_damaged(c);
	if (!c->only_networks)
		tell_file_result(c);
	convert_sink_done(&c->sink);
	io_infile_end(f);
}
