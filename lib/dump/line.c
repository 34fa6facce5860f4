/* SPDX-License-Identifier: ISC */
/*
 * Millions of rows go through here, so a row gets its room at once, as much as
 * it could need, and each byte costs a look into a table.
 */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "dump/line.h"

/* What follows the backslash; 0: the byte stands for itself. */
static const char escaped[256] = {
	['\0'] = '0', ['\t'] = 't', ['\n'] = 'n', ['\\'] = '\\'
};

static char *
put_escaped_field(char *p, const char *s, size_t len)
{
	const char *end = s + len;
	char c;

	for (; s < end; s++)
		if ((c = escaped[(unsigned char)*s]) == 0)
			*p++ = *s;
		else {
			*p++ = '\\';
			*p++ = c;
		}
	return p;
}

/*
 * The need is for the worst case: all bytes escaped, or "\N", and a tab behind
 * each field; the last tab becomes the line feed.  The NUL behind the row is
 * for base_buf's promise and is not counted.
 */
void
dump_line_add(struct base_buf *b, char *const *field,
    const unsigned long *len, size_t n)
{
	size_t i, need = 1;
	char *p, *start;

	assert(n > 0);
	for (i = 0; i < n; i++)
		need += 2 * len[i] + 3;
	if ((start = p = base_buf_room(b, need)) == NULL)
		return;
	for (i = 0; i < n; i++) {
		if (field[i] == NULL) {
			*p++ = '\\';
			*p++ = 'N';
		} else
			p = put_escaped_field(p, field[i], len[i]);
		*p++ = '\t';
	}
	p[-1] = '\n';
	*p = '\0';
	b->len += (size_t)(p - start);
	assert(b->len < b->cap);
}

/*
 * An escaped tab or line feed is a backslash and a letter, so that the two
 * bytes themselves can only be ends, and no escape needs to be looked at to
 * find them.
 */
int
dump_line_field(const char **p, const char *end, const char **field,
    size_t *len)
{
	const char *s = *p;

	while (s < end && *s != '\t' && *s != '\n')
		s++;
	*field = *p;
	*len = (size_t)(s - *p);
	*p = s < end ? s + 1 : end;
	return s < end ? *s : -1;
}

/* A field with the text "\N" was written "\\N", so there is no doubt. */
int
dump_line_is_null(const char *field, size_t len)
{
	return len == 2 && field[0] == '\\' && field[1] == 'N';
}

/*
 * The server takes the bytes as they are, whatever the session's charset is.
 * Escapes are those of a literal already; only the quote is none in a file.
 * What follows a backslash belongs to it, or a dump that others wrote could end
 * the literal.
 *
 * "_binary" keeps the server from checking the bytes against the charset of the
 * session; a column takes them as its own charset's, as with a file.
 */
int
dump_line_literal(struct base_buf *b, const char *field, size_t len)
{
	const char *end = field + len;

	if (dump_line_is_null(field, len)) {
		base_buf_str(b, "NULL");
		return 0;
	}
	base_buf_str(b, "_binary'");
	for (; field < end; field++) {
		if (*field == '\\' && field + 1 == end)
			return -1;
		if (*field == '\\')
			base_buf_chr(b, *field++);
		else if (*field == '\'')
			base_buf_chr(b, '\\');
		base_buf_chr(b, *field);
	}
	base_buf_chr(b, '\'');
	return 0;
}

/*
 * The inverse of put_escaped_field().  Other letters stand for themselves; none
 * of those that the server reads otherwise (\b, \r, \Z) is ever written.
 */
int
dump_line_decode(struct base_buf *b, const char *field, size_t len)
{
	const char *end = field + len;

	for (; field < end; field++) {
		if (*field != '\\') {
			base_buf_chr(b, *field);
			continue;
		}
		if (++field == end)
			return -1;
		switch (*field) {
		case '0':
			base_buf_chr(b, '\0');
			break;
		case 't':
			base_buf_chr(b, '\t');
			break;
		case 'n':
			base_buf_chr(b, '\n');
			break;
		default:
			base_buf_chr(b, *field);
			break;
		}
	}
	return 0;
}
