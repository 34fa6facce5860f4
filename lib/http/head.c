/* SPDX-License-Identifier: ISC */
/*
 * A head is read in two passes.  The scan looks at every byte once, as the
 * bytes come in, and finds the end or a byte that no head may have.  So the
 * parser, which runs when all is there, knows that CR and LF come in pairs,
 * that there is no NUL, and that the last line is empty; it only has to cut
 * the lines into pieces.
 *
 * What is refused, and why (RFC 9112):
 *
 *  - a bare LF or CR, a folded line, a blank before the colon: some readers
 *    end a line or a name there and others do not, so that a field that
 *    says where the body ends is hidden from one of them;
 *  - two lengths, also equal ones, or a length beside chunks: readers differ
 *    in which of them counts;
 *  - no Host, or two: the proxy may have looked at the other one;
 *  - any coding but "chunked": the end of the body is unknown.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "http/head.h"

#define VERSION_LEN	8		/* "HTTP/1.1" */

/* The bytes of a token, and of names of hosts beside letters and digits. */
static const char token_marks[] = "!#$%&'*+-.^_`|~";
static const char host_marks[] = "-._~%!$&'()*+;=:[]";

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    is_digit(c);
}

static int
is_made_of(const char *text, const char *marks)
{
	for (; *text != '\0'; text++)
		if (!is_alnum(*text) && strchr(marks, *text) == NULL)
			return 0;
	return 1;
}

static int
is_token(const char *text)
{
	return *text != '\0' && is_made_of(text, token_marks);
}

void
http_head_init(struct http_head *h)
{
	h->seen = 0;
}

/*
 * A line feed is where a carriage return was before it, and nowhere else: one
 * comparison finds bare ones of both kinds.  The size of a head is bounded
 * here, so the parser need not care.
 */
enum http_head_verdict
http_head_scan(struct http_head *h, const char *buf, size_t len, size_t *used)
{
	unsigned char ch;
	size_t i;

	assert(h->seen <= len);
	for (i = h->seen; i < len && i < HTTP_HEAD_MAX; i++) {
		ch = (unsigned char)buf[i];
		if ((ch == '\n') != (i > 0 && buf[i - 1] == '\r') ||
		    ch == 0x7f || (ch < ' ' && ch != '\r' && ch != '\n' &&
		    ch != '\t'))
			return HTTP_HEAD_BAD;
		if (ch == '\n' && i > 2 && buf[i - 2] == '\n') {
			*used = i + 1;
			return HTTP_HEAD_OK;
		}
	}
	h->seen = i;
	if (i < HTTP_HEAD_MAX)
		return HTTP_HEAD_MORE;
	return memchr(buf, '\n', i) == NULL ? HTTP_HEAD_LONG_TARGET :
	    HTTP_HEAD_TOO_LARGE;
}

/*
 * Is TARGET a whole address, of which the host is one?  A user in it is left to
 * who is after people's passwords (RFC 9110, 4.2.4).
 */
static int
is_address(const char *target)
{
	size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 :
	    strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
	const char *p = target + scheme;

	while (is_alnum(*p) || (*p != '\0' && strchr(host_marks, *p) != NULL))
		p++;
	return scheme > 0 && p > target + scheme &&
	    (*p == '\0' || *p == '/' || *p == '?');
}

/* The first line, which is cut at its two blanks. */
static enum http_head_verdict
parse_line(struct http_head *h, char *line)
{
	char *target, *version;

	if ((target = strchr(line, ' ')) == NULL ||
	    (version = strchr(target + 1, ' ')) == NULL)
		return HTTP_HEAD_BAD;
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || strchr(target, '\t') != NULL ||
	    strlen(version) != VERSION_LEN ||
	    strncmp(version, "HTTP/", 5) != 0 || version[6] != '.')
		return HTTP_HEAD_BAD;
	if (*target != '/' && strcmp(target, "*") != 0 &&
	    !is_address(target) && strcmp(line, "CONNECT") != 0)
		return HTTP_HEAD_BAD;
	h->method = line;
	h->target = target;
	if (!is_digit(version[5]) || !is_digit(version[7]))
		return HTTP_HEAD_BAD;
	h->minor = version[7] > '0';
	return version[5] == '1' ? HTTP_HEAD_OK : HTTP_HEAD_VERSION;
}

static enum http_head_verdict
parse_field(struct http_head *h, char *line)
{
	char *colon = strchr(line, ':'), *end, *value;

	if (colon == NULL)
		return HTTP_HEAD_BAD;
	*colon = '\0';
	if (!is_token(line))	/* also if it is folded: that is a blank */
		return HTTP_HEAD_BAD;
	if (h->nfield == HTTP_HEAD_FIELDS)
		return HTTP_HEAD_TOO_LARGE;
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	h->field[h->nfield++] = (struct http_head_field){ line, value };
	return HTTP_HEAD_OK;
}

/* Digits and nothing else.  A length beyond 64 bits is too large anyhow. */
static int
parse_length(struct http_head *h, const char *text)
{
	if (h->has_length || *text == '\0')
		return 0;
	h->has_length = 1;
	for (h->length = 0; *text != '\0'; text++) {
		if (!is_digit(*text))
			return 0;
		if (h->length > (UINT64_MAX - 9) / 10)
			h->length = UINT64_MAX;
		else
			h->length = h->length * 10 + (uint64_t)(*text - '0');
	}
	return 1;
}

/* The options of a Connection field, which are separated by commas. */
static void
parse_connection(struct http_head *h, const char *text)
{
	size_t len;

	for (; *(text += strspn(text, ", \t")) != '\0'; text += len) {
		len = strcspn(text, ", \t");
		if (len == 5 && strncasecmp(text, "close", len) == 0)
			h->keep_alive = -1;
		else if (len == 10 && h->keep_alive == 0 &&
		    strncasecmp(text, "keep-alive", len) == 0)
			h->keep_alive = 1;
	}
}

/* What the fields say of the body and of the connection. */
static enum http_head_verdict
judge_fields(struct http_head *h)
{
	const struct http_head_field *f;
	int hosts = 0, bad = 0;

	for (f = h->field; f < h->field + h->nfield; f++)
		if (strcasecmp(f->name, "Host") == 0)
			bad |= hosts++ > 0 || *f->value == '\0' ||
			    !is_made_of(f->value, host_marks);
		else if (strcasecmp(f->name, "Content-Length") == 0)
			bad |= !parse_length(h, f->value);
		else if (strcasecmp(f->name, "Transfer-Encoding") == 0) {
			bad |= h->chunked || h->minor == 0 ||
			    strcasecmp(f->value, "chunked") != 0;
			h->chunked = 1;
		} else if (strcasecmp(f->name, "Connection") == 0)
			parse_connection(h, f->value);
		else if (strcasecmp(f->name, "Expect") == 0)
			h->expects = h->minor == 1 &&
			    strcasecmp(f->value, "100-continue") == 0;
	h->keep_alive = h->keep_alive == 1 ||
	    (h->keep_alive == 0 && h->minor == 1);
	return bad || (hosts == 0 && h->minor == 1) ||
	    (h->chunked && h->has_length) ? HTTP_HEAD_BAD : HTTP_HEAD_OK;
}

enum http_head_verdict
http_head_parse(struct http_head *h, char *buf, size_t len)
{
	enum http_head_verdict v = HTTP_HEAD_OK;
	char *end, *line;

	assert(len > 4 && memcmp(buf + len - 4, "\r\n\r\n", 4) == 0 &&
	    *buf != '\r');
	h->method = h->target = NULL;
	h->nfield = 0;
	h->minor = h->chunked = h->has_length = h->keep_alive = 0;
	h->expects = 0;
	h->length = 0;
	for (line = buf; v == HTTP_HEAD_OK && *line != '\r'; line = end + 2) {
		end = strchr(line, '\r');
		assert(end != NULL && end < buf + len - 2);
		*end = '\0';
		v = line == buf ? parse_line(h, line) : parse_field(h, line);
	}
	return v == HTTP_HEAD_OK ? judge_fields(h) : v;
}

const char *
http_head_next(const struct http_head *h, const char *name, size_t *at)
{
	while (*at < h->nfield)
		if (strcasecmp(h->field[(*at)++].name, name) == 0)
			return h->field[*at - 1].value;
	return NULL;
}

const char *
http_head_last(const struct http_head *h, const char *name)
{
	const char *last = NULL, *v;
	size_t at = 0;

	while ((v = http_head_next(h, name, &at)) != NULL)
		last = v;
	return last;
}
