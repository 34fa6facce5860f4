/* SPDX-License-Identifier: ISC */
/*
 * Lines are cut in place: their ends, comments and the blanks around names and
 * values become NULs, so that texts can be handed out without being copied.
 * That is safe as every byte is looked at once, from the front to the back:
 * nothing behind "next" has been changed, except that the byte at "end", which
 * the caller gave us, becomes the end of a last line without one.
 *
 * Whether an indented line goes on with a value is the only state: it does
 * from a key on until the next section or bad line.
 */
#include <assert.h>
#include <string.h>

#include "conf/ini.h"

#define BYTE_ORDER_MARK	"\xef\xbb\xbf"
#define BLANKS		" \t"

/* Blanks within a line; its ends are the business of cut_line(). */
static int
is_line_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Cut the next line off, without its end: LF, CR or both.  The byte behind
 * the text is made a NUL when the last line has no end.
 */
static char *
cut_line(struct conf_ini *ini, size_t *len)
{
	char *line = ini->next, *p = line;

	while (p < ini->end && *p != '\n' && *p != '\r')
		p++;
	*len = (size_t)(p - line);
	if (p < ini->end)
		ini->next = p + (*p == '\r' && p + 1 < ini->end &&
		    p[1] == '\n' ? 2 : 1);
	else
		ini->next = p;
	*p = '\0';
	ini->line++;
	return line;
}

/* Is there anything in LEN bytes that no text file has? */
static int
has_control(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f)
			return 1;
	return 0;
}

/* Take the blanks off the end of S. */
static void
trim_end(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && is_line_blank(s[len - 1]))
		len--;
	s[len] = '\0';
}

/* Cut LINE where a comment begins, and the blanks before it. */
static void
trim_comment(char *line)
{
	char *p;

	for (p = line; *p != '\0'; p++)
		if ((*p == '#' || *p == ';') &&
		    (p == line || is_line_blank(p[-1]))) {
			*p = '\0';
			break;
		}
	trim_end(line);
}

/*
 * Tell what was expected instead of this line.  What is indented below it
 * goes on with nothing, lest a key with a typing error get told again for
 * each line of its value.
 */
static enum conf_ini_kind
bad_line(struct conf_ini *ini, const char *expected)
{
	ini->value = expected;
	ini->in_value = 0;
	return CONF_INI_BAD;
}

/* "[name]", of which the brackets are cut off. */
static enum conf_ini_kind
read_section(struct conf_ini *ini, char *line)
{
	char *close = strchr(line, ']');

	if (close == NULL || close[1] != '\0')
		return bad_line(ini, "[section] and nothing else");
	*close = '\0';
	ini->section = line + 1;
	ini->in_value = 0;
	return CONF_INI_SECTION;
}

/*
 * "name = value".  The first '=' or ':' is what separates them: so values, as
 * opposed to names, may contain both, which addresses need.
 */
static enum conf_ini_kind
read_key(struct conf_ini *ini, char *line)
{
	char *sep = line + strcspn(line, "=:"), *value;

	if (*sep == '\0' || sep == line)
		return bad_line(ini, "[section] or key = value");
	value = sep + 1 + strspn(sep + 1, BLANKS);
	if (*value == '#' || *value == ';')
		*value = '\0';
	ini->value = value;
	*sep = '\0';
	trim_end(line);
	ini->name = line;
	ini->in_value = 1;
	return CONF_INI_KEY;
}

void
conf_ini_init(struct conf_ini *ini, char *text, size_t len)
{
	memset(ini, 0, sizeof(*ini));
	ini->section = ini->name = ini->value = "";
	ini->next = text;
	ini->end = text + len;
	if (len >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
		ini->next += 3;
}

/*
 * The order of the questions is inih's.  A comment is none of the others, even
 * if it is indented.  A line below a key that is indented more goes on with
 * its value, even if it looks like a section or key: a list of addresses may
 * well begin a line with "[::1]".  So what was pasted with blanks before all
 * lines is what it was without.
 */
enum conf_ini_kind
conf_ini_next(struct conf_ini *ini)
{
	char *line, *start;
	size_t len;

	assert(ini->next <= ini->end);
	while (ini->next < ini->end) {
		line = cut_line(ini, &len);
		if (has_control(line, len))
			return bad_line(ini, "text without control "
			    "characters");
		assert(strlen(line) == len);
		trim_comment(line);
		start = line + strspn(line, BLANKS);
		if (*start == '\0')
			continue;
		if (ini->in_value && (size_t)(start - line) > ini->indent) {
			ini->value = start;
			return CONF_INI_MORE;
		}
		ini->indent = (size_t)(start - line);
		return *start == '[' ? read_section(ini, start) :
		    read_key(ini, start);
	}
	return CONF_INI_END;
}
