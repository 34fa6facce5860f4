/* SPDX-License-Identifier: ISC */
/*
 * Most records have no quotation mark, which is looked for once, and their
 * fields are pieces of the line.  Only a field with marks in it is copied, and
 * the room for that is there before the first is, so that none moves.
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/num.h"
#include "convert/csv.h"

/*
 * The field at P, behind its opening mark, to END.  Returns what follows it, a
 * separator or END, or NULL if the mark is open.  Only a mark before a
 * separator closes: a lone one within a field stands for itself, because Tower
 * Collector does not double those in the name of a phone.
 */
static const char *
take_quoted(struct convert_csv_field *f, const char *p, const char *end,
    char separator, struct base_buf *scratch)
{
	const char *from = p, *quote;
	size_t start = scratch->len;

	assert(p <= end);
	for (;;) {
		quote = memchr(p, '"', (size_t)(end - p));
		if (quote == NULL)
			return NULL;
		if (quote + 1 == end || quote[1] == separator)
			break;
		/* A doubled one is left out, a lone one is kept. */
		p = quote + 1;
		base_buf_add(scratch, from, (size_t)(p - from));
		p += *p == '"';
		from = p;
	}
	if (scratch->len == start) {
		f->text = from;
		f->len = (size_t)(quote - from);
	} else {
		base_buf_add(scratch, from, (size_t)(quote - from));
		f->text = scratch->data + start;
		f->len = scratch->len - start;
	}
	return quote + 1;
}

/*
 * SCRATCH gets its room at once, so that fields that point into it stay where
 * they are; all of them together are never longer than TEXT.  Records without
 * any mark, which are nearly all, do not touch it.
 */
int
convert_csv_split(struct convert_csv_field field[CONVERT_CSV_FIELDS],
    const char *text, size_t len, char separator, int quotes,
    struct base_buf *scratch)
{
	const char *end = text + len, *p = text, *stop;
	int n = 0;

	base_buf_reset(scratch);
	if (quotes && memchr(text, '"', len) != NULL) {
		if (base_buf_room(scratch, len) == NULL)
			return -1;
	} else
		quotes = 0;
	for (;; p++) {
		if (n == CONVERT_CSV_FIELDS)
			return -1;
		if (quotes && p < end && *p == '"') {
			p = take_quoted(&field[n++], p + 1, end, separator,
			    scratch);
			if (p == NULL)
				return -2;
		} else {
			stop = p;
			while (stop < end && *stop != separator)
				stop++;
			field[n].text = p;
			field[n++].len = (size_t)(stop - p);
			p = stop;
		}
		assert(p <= end);
		if (p == end)
			return n;
	}
}

/*
 * A carriage return is one, too: files whose line ends are mixed leave some in
 * the last field.
 */
static int
is_csv_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct convert_csv_field
convert_csv_trim(struct convert_csv_field f)
{
	for (; f.len > 0 && is_csv_blank(*f.text); f.text++, f.len--)
		;
	while (f.len > 0 && is_csv_blank(f.text[f.len - 1]))
		f.len--;
	return f;
}

int
convert_csv_is(const struct convert_csv_field *f, const char *word)
{
	return strlen(word) == f->len &&
	    strncasecmp(f->text, word, f->len) == 0;
}

/*
 * Is F one of the words of many languages for a number that there is not?
 * They are not bad: the row is good without what they stand for.
 */
static int
is_no_number(const struct convert_csv_field *f)
{
	static const char *const words[] = { "null", "nan", "-nan", "none",
	    "n/a", "inf", "-inf", "infinity", "-infinity", "-" };
	size_t i;

	if (f->len == 0)
		return 1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (convert_csv_is(f, words[i]))
			return 1;
	return 0;
}

/*
 * A number too large for a double is infinite, which no column means; it is
 * bad, unless it is written as one of the words.
 */
int
convert_csv_f64(const struct convert_csv_field *field, double *v)
{
	struct convert_csv_field f = convert_csv_trim(*field);

	if (base_num_f64(f.text, f.len, v) && isfinite(*v))
		return 1;
	return is_no_number(&f) ? -1 : 0;
}

/*
 * Some writers have only one kind of number, and write 320.0.  The bound keeps
 * such a number within what a double holds exactly, so that an identity of a
 * cell never changes on its way.
 */
int
convert_csv_i64(const struct convert_csv_field *field, long long *v)
{
	struct convert_csv_field f = convert_csv_trim(*field);
	int64_t whole;
	double d;

	if (base_num_i64(f.text, f.len, &whole)) {
		*v = whole;
		return 1;
	}
	if (base_num_f64(f.text, f.len, &d) && fabs(d) < 1e15) {
		*v = (long long)d;
		return 1;
	}
	return is_no_number(&f) ? -1 : 0;
}
