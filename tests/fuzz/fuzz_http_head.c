/* SPDX-License-Identifier: ISC */
/*
 * Heads and bodies in chunks: what comes byte by byte is read as what comes
 * at once, and what is accepted has no bytes in it that others could read
 * otherwise.  The first byte chooses between the two.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http/chunk.h"
#include "http/head.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Scan TEXT, of which STEP more bytes come at a time. */
static enum http_head_verdict
scan_steps(const char *text, size_t len, size_t step, size_t *used)
{
	enum http_head_verdict v = HTTP_HEAD_MORE;
	struct http_head h;
	size_t n = 0;

	http_head_init(&h);
	while (n < len && v == HTTP_HEAD_MORE) {
		n = len - n < step ? len : n + step;
		v = http_head_scan(&h, text, n, used);
	}
	return v;
}

static void
check_text(const char *text, const char *never)
{
	if (text == NULL || strpbrk(text, never) != NULL)
		abort();
}

static void
check_head(const char *text, size_t len)
{
	static struct http_head h;
	size_t at = 0, i, used = 0, used_too = 0;
	enum http_head_verdict v;
	char *copy;

	v = scan_steps(text, len, len, &used);
	if (v != scan_steps(text, len, 1, &used_too) || used != used_too)
		abort();
	if (v != HTTP_HEAD_OK || *text == '\r')
		return;
	if ((copy = malloc(used + 1)) == NULL)
		abort();
	memcpy(copy, text, used);
	copy[used] = '\0';
	if (http_head_parse(&h, copy, used) == HTTP_HEAD_OK) {
		check_text(h.method, " \t\r\n:");
		check_text(h.target, " \t\r\n");
		for (i = 0; i < h.nfield; i++) {
			check_text(h.field[i].name, " \t\r\n:");
			check_text(h.field[i].value, "\r\n");
		}
		if (h.chunked && (h.has_length || h.minor == 0))
			abort();
		if ((http_head_next(&h, "Host", &at) == NULL &&
		    h.minor == 1) || http_head_next(&h, "Host", &at) != NULL)
			abort();
	}
	free(copy);
}

static enum http_chunk_verdict
read_chunks(struct base_buf *b, const char *text, size_t len, size_t step)
{
	enum http_chunk_verdict v = HTTP_CHUNK_MORE;
	const char *data, *end = text + len;
	struct http_chunk k = { 0 };
	size_t datalen, n, used;

	while (text < end && (v == HTTP_CHUNK_MORE || v == HTTP_CHUNK_DATA)) {
		n = (size_t)(end - text) < step ? (size_t)(end - text) : step;
		v = http_chunk_next(&k, text, n, &used, &data, &datalen);
		if (used > n || (v == HTTP_CHUNK_MORE && used != n))
			abort();
		if (v == HTTP_CHUNK_DATA)
			base_buf_add(b, data, datalen);
		text += used;
	}
	return v;
}

static void
check_chunks(const char *text, size_t len)
{
	enum http_chunk_verdict slow, v;
	struct base_buf b, c;

	base_buf_init(&b);
	base_buf_init(&c);
	v = read_chunks(&b, text, len, len);
	slow = read_chunks(&c, text, len, 1);
	/* All but the last piece of a body may be followed by nothing. */
	if ((v == HTTP_CHUNK_BAD) != (slow == HTTP_CHUNK_BAD) ||
	    (v == HTTP_CHUNK_END) != (slow == HTTP_CHUNK_END) ||
	    b.len != c.len || (b.len > 0 && memcmp(b.data, c.data, b.len) != 0))
		abort();
	base_buf_done(&b);
	base_buf_done(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2)
		return 0;
	if ((*data & 1) != 0)
		check_chunks((const char *)data + 1, len - 1);
	else
		check_head((const char *)data + 1, len - 1);
	return 0;
}
