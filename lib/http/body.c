/* SPDX-License-Identifier: ISC */
/*
 * A request's body on its way from bytes to text, in two steps, each of which
 * leaves it alone where it can: unpacking, if the client says that it is
 * packed, and decoding, if the client names a charset that is not UTF-8.  A
 * body that needs neither is never copied: the text is what was sent.
 *
 * Both headers come from devices that were configured once and forgotten, so
 * what is unknown in them is ignored rather than refused: most of what claims
 * to be in another charset is ASCII, and JSON is checked later anyhow.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "http/body.h"
#include "http/gunzip.h"

void
http_body_init(struct http_body *b)
{
	memset(b, 0, sizeof(*b));
	base_buf_init(&b->buf);
	b->text = "";
}

void
http_body_done(struct http_body *b)
{
	base_buf_done(&b->buf);
	http_body_init(b);
}

static int
is_one_of(const char *text, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len &&
		    strncasecmp(text, *words, len) == 0)
			return 1;
	return 0;
}

static enum http_body_verdict
fault_of_gzip(struct http_body *b, enum http_body_fault_kind kind)
{
	b->fault.kind = kind;
	return HTTP_BODY_BAD;
}

/*
 * Unpack what was sent, to at most MAX bytes.  The text is what came out even
 * if something was wrong, as the buffer is the body's in any case.
 */
static enum http_body_verdict
unpack_gzip(struct http_body *b, size_t max)
{
	enum http_gunzip_verdict v;

	v = http_gunzip(&b->buf, b->text, b->len, max);
	b->text = b->buf.data;
	b->len = b->buf.len;
	switch (v) {
	case HTTP_GUNZIP_OK:
		return HTTP_BODY_OK;
	case HTTP_GUNZIP_TOO_LARGE:
		return HTTP_BODY_TOO_LARGE;
	case HTTP_GUNZIP_NO_MEMORY:
		return HTTP_BODY_NO_MEMORY;
	case HTTP_GUNZIP_FOREIGN:
		return fault_of_gzip(b, HTTP_BODY_NOT_GZIP);
	case HTTP_GUNZIP_CUT:
		return fault_of_gzip(b, HTTP_BODY_CUT);
	case HTTP_GUNZIP_DAMAGED:
		return fault_of_gzip(b, HTTP_BODY_DAMAGED);
	default:
		return fault_of_gzip(b, HTTP_BODY_BROKEN);
	}
}

/* The value of parameter charset of a Content-Type, or NULL. */
static const char *
find_charset(const char *type, size_t *len)
{
	while (type != NULL && (type = strchr(type, ';')) != NULL) {
		type++;
		type += strspn(type, " \t");
		if (strncasecmp(type, "charset=", 8) != 0)
			continue;
		type += 8;
		if (*type == '"')
			*len = strcspn(++type, "\"");
		else
			*len = strcspn(type, "; \t");
		return type;
	}
	return NULL;
}

/* Turn ISO 8859-1 into UTF-8. */
static enum http_body_verdict
widen_latin1(struct http_body *b)
{
	struct base_buf wide;
	unsigned char ch;
	size_t i;

	base_buf_init(&wide);
	for (i = 0; i < b->len; i++) {
		ch = (unsigned char)b->text[i];
		if (ch >= 0x80) {
			base_buf_chr(&wide, (char)(0xc0 | ch >> 6));
			ch = 0x80 | (ch & 0x3f);
		}
		base_buf_chr(&wide, (char)ch);
	}
	base_buf_done(&b->buf);
	b->buf = wide;
	b->text = wide.data;
	b->len = wide.len;
	return base_buf_ok(&wide) ? HTTP_BODY_OK : HTTP_BODY_NO_MEMORY;
}

static enum http_body_verdict
check_ascii(struct http_body *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((b->text[i] & 0x80) != 0) {
			b->fault.at = i;
			b->fault.byte = (unsigned char)b->text[i];
			return fault_of_gzip(b, HTTP_BODY_NOT_ASCII);
		}
	return HTTP_BODY_OK;
}

static enum http_body_verdict
decode_charset(struct http_body *b, const char *type)
{
	static const char *const ascii[] = { "us-ascii", "ascii", NULL };
	static const char *const latin1[] = { "iso-8859-1", "iso8859-1",
	    "iso_8859-1", "latin1", "latin-1", NULL };
	const char *charset;
	size_t len;

	if ((charset = find_charset(type, &len)) == NULL)
		return HTTP_BODY_OK;
	if (is_one_of(charset, len, latin1))
		return widen_latin1(b);
	if (is_one_of(charset, len, ascii))
		return check_ascii(b);
	return HTTP_BODY_OK;
}

enum http_body_verdict
http_body_read(struct http_body *b, const char *sent, size_t len,
    const char *encoding, const char *type, size_t max)
{
	static const char *const gzip[] = { "gzip", "x-gzip", NULL };
	enum http_body_verdict v;
	size_t n = encoding == NULL ? 0 : strlen(encoding);

	assert(sent != NULL || len == 0);
	base_buf_reset(&b->buf);
	b->text = sent;
	b->len = len;
	while (n > 0 && (encoding[n - 1] == ' ' || encoding[n - 1] == '\t'))
		n--;
	if (len > 0 && is_one_of(encoding, n, gzip) &&
	    (v = unpack_gzip(b, max)) != HTTP_BODY_OK)
		return v;
	return b->len > 0 ? decode_charset(b, type) : HTTP_BODY_OK;
}
