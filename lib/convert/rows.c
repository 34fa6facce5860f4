/* SPDX-License-Identifier: ISC */
/*
 * Columns are found by their names, wherever they stand, because every writer
 * has had several versions, and others write the same formats.  A header may
 * come again, as in files that were joined.
 *
 * A quotation mark may be open at the end of a line, as a name of a network
 * may hold a line break; names are short, so after some lines, or at the end
 * of the file, the mark was none: then the first line is a bad row, and those
 * behind it are read on their own.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "convert/rows.h"
#include "convert/sink.h"

#define OPEN_LINES	33	/* a name of 32 line breaks */
#define OPEN_BYTES	4096

void
convert_rows_init(struct convert_rows *r, struct convert_sink *s,
    const struct convert_rows_format *format)
{
	memset(r, 0, sizeof(*r));
	r->sink = s;
	r->format = format;
	base_buf_init(&r->name);
	base_buf_init(&r->open);
	base_buf_init(&r->scratch);
}

void
convert_rows_done(struct convert_rows *r)
{
	base_buf_done(&r->name);
	base_buf_done(&r->open);
	base_buf_done(&r->scratch);
}

/*
 * Is F one of NAMES, which '|' parts?  Case does not matter, as writers differ
 * in nothing else for some columns.
 */
static int
is_column_named(const struct convert_csv_field *f, const char *names)
{
	size_t len;

	for (;; names += len + 1) {
		len = strcspn(names, "|");
		if (len == f->len && strncasecmp(f->text, names, len) == 0)
			return 1;
		if (names[len] == '\0')
			return 0;
	}
}

/* The first of NAMES, for messages. */
static const char *
first_name(const char *names, char buf[64])
{
	strlcpy(buf, names, 64);
	buf[strcspn(buf, "|")] = '\0';
	return buf;
}

/*
 * The record at hand is a header: where do the columns stand?  Of two columns
 * of the same name the first is taken.  A header that lacks what is required
 * makes the rows behind it none, until another header comes; that is told
 * once, and not for each of the rows.
 */
static void
take_header(struct convert_rows *r)
{
	const char *const *names = r->format->columns;
	struct convert_csv_field f;
	char buf[64];
	int c, i;

	r->refused = 0;
	r->width = r->n;
	for (c = 0; names[c] != NULL; c++) {
		assert(c < CONVERT_ROWS_COLUMNS);
		r->at[c] = -1;
		for (i = 0; i < r->n && r->at[c] == -1; i++) {
			f = convert_csv_trim(r->field[i]);
			if (is_column_named(&f, names[c]))
				r->at[c] = i;
		}
		if (r->at[c] == -1 && r->format->required & 1u << c) {
			convert_sink_warn(r->sink, r->sink->line,
			    "the header lacks %s: its rows are passed over",
			    first_name(names[c], buf));
			r->sink->bad++;
			r->refused = 1;
		}
	}
}

/*
 * The line or lines of a record are there.  Returns 1, 0 if a quotation mark
 * is open.  A file of one column has no header that could be told from a row,
 * so two fields are asked for.  Rows before the first header are told once.
 */
static int
take_row_record(struct convert_rows *r, const char *text, size_t len)
{
	struct convert_csv_field f;

	r->shift = 0;
	r->n = convert_csv_split(r->field, text, len, r->format->separator,
	    r->format->quotes, &r->scratch);
	if (r->n == -2)
		return 0;
	if (r->n == -1) {
		convert_sink_bad(r->sink, NULL, "fewer fields");
		return 1;
	}
	f = convert_csv_trim(r->field[0]);
	if (r->n > 1 && is_column_named(&f, r->format->columns[0]))
		take_header(r);
	else if (r->width == 0) {
		if (!r->headless++)
			convert_sink_bad(r->sink, NULL,
			    "a header before the rows");
	} else if (!r->refused)
		r->format->row(r);
	return 1;
}

/*
 * A line that begins a record.  Blank lines are none, nor is the byte with
 * which some systems mark the end of a text.  If a mark is open the line is
 * kept, as what it points to is gone with the next one.
 */
static void
begin_record(struct convert_rows *r, const char *text, size_t len,
    uint64_t number)
{
	assert(r->open_lines == 0);
	r->sink->line = number;
	if (len == 0 || (len == 1 && *text == '\x1a') ||
	    (r->format->other != NULL && r->format->other(r, text, len)))
		return;
	if (take_row_record(r, text, len))
		return;
	base_buf_reset(&r->open);
	base_buf_add(&r->open, text, len);
	r->open_line = number;
	r->open_lines = 1;
}

/*
 * The open record is none: its first line is bad, the others are read anew,
 * and may open one again.  Every time there is a line less, so it ends.  The
 * lines are taken out of R first, as reading them may fill R->open again.
 */
static void
give_up_open(struct convert_rows *r, int is_last)
{
	struct base_buf lines = r->open;
	uint64_t number = r->open_line;
	unsigned n = r->open_lines;
	const char *end, *p;

	assert(n > 0);
	base_buf_init(&r->open);
	r->open_lines = 0;
	r->sink->line = number;
	r->sink->is_last = is_last && n == 1;
	convert_sink_bad(r->sink, NULL, "a quotation mark that closes");
	if (base_buf_ok(&lines))
		p = memchr(lines.data, '\n', lines.len);
	else
		p = NULL;
	for (; p != NULL; p = end) {
		p++;
		end = memchr(p, '\n', lines.len - (size_t)(p - lines.data));
		r->sink->is_last = is_last && end == NULL;
		convert_rows_line(r, p, end == NULL ? lines.len -
		    (size_t)(p - lines.data) : (size_t)(end - p), ++number,
		    r->sink->is_last);
	}
	base_buf_done(&lines);
}

/*
 * The lines of an open record are split anew only when one has a mark in it,
 * as nothing else could close the record.
 */
int
convert_rows_line(struct convert_rows *r, const char *text, size_t len,
    uint64_t number, int is_last)
{
	r->sink->is_last = is_last;
	if (r->open_lines == 0) {
		begin_record(r, text, len, number);
		return !r->sink->nomem;
	}
	base_buf_chr(&r->open, '\n');
	base_buf_add(&r->open, text, len);
	r->open_lines++;
	r->sink->line = r->open_line;
	if (!base_buf_ok(&r->open))
		r->sink->nomem = 1;
	else if (memchr(text, '"', len) != NULL &&
	    take_row_record(r, r->open.data, r->open.len))
		r->open_lines = 0;
	else if (r->open_lines > OPEN_LINES || r->open.len > OPEN_BYTES)
		give_up_open(r, is_last);
	return !r->sink->nomem;
}

/* A last line without end was cut; so was one with an open mark. */
void
convert_rows_end(struct convert_rows *r)
{
	while (r->open_lines > 0)
		give_up_open(r, 1);
	r->sink->is_last = 0;
}

/*
 * Fields behind a name with separators in it stand further to the right than
 * their column; which those are the format has found out.
 */
struct convert_csv_field
convert_rows_get(const struct convert_rows *r, int column)
{
	static const struct convert_csv_field none = { "", 0 };
	int i = r->at[column];

	if (i != -1 && i >= r->shift_from)
		i += r->shift;
	return i < 0 || i >= r->n ? none : r->field[i];
}

/*
 * The column goes by the first of its names, which is the one that most
 * writers use.
 */
int
convert_rows_bad(struct convert_rows *r, int column, const char *expected)
{
	char buf[64];

	convert_sink_bad(r->sink, first_name(r->format->columns[column], buf),
	    expected);
	return 0;
}

int
convert_rows_i64(struct convert_rows *r, int column, int64_t *v)
{
	struct convert_csv_field f = convert_rows_get(r, column);
	long long whole;

	switch (convert_csv_i64(&f, &whole)) {
	case 0:
		return convert_rows_bad(r, column, "a whole number");
	case 1:
		*v = whole;
	}
	return 1;
}

int
convert_rows_f64(struct convert_rows *r, int column, double *v)
{
	struct convert_csv_field f = convert_rows_get(r, column);

	return convert_csv_f64(&f, v) != 0 ? 1 :
	    convert_rows_bad(r, column, "a number");
}
