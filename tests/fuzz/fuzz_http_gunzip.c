/* SPDX-License-Identifier: ISC */
/*
 * Unpacking keeps its limit, whatever it is given; and what was packed comes
 * out as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/buf.h"
#include "http/gunzip.h"

#define MAX	100000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* DATA packed and unpacked is DATA. */
static void
there_and_back(const uint8_t *data, size_t len)
{
	struct base_buf b, z;
	z_stream s = { 0 };

	base_buf_init(&b);
	base_buf_init(&z);
	if (deflateInit2(&s, 1, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	s.avail_out = (uInt)deflateBound(&s, len);
	if ((s.next_out = (Bytef *)base_buf_room(&z, s.avail_out)) == NULL)
		abort();
	s.next_in = (Bytef *)(uintptr_t)data;
	s.avail_in = (uInt)len;
	if (deflate(&s, Z_FINISH) != Z_STREAM_END)
		abort();
	if (http_gunzip(&b, z.data, s.total_out, len) != HTTP_GUNZIP_OK ||
	    b.len != len || (len > 0 && memcmp(b.data, data, len) != 0))
		abort();
	deflateEnd(&s);
	base_buf_done(&b);
	base_buf_done(&z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct base_buf b, less;
	enum http_gunzip_verdict v;

	base_buf_init(&b);
	base_buf_init(&less);
	v = http_gunzip(&b, data, len, MAX);
	if (b.len > MAX)
		abort();
	if (v == HTTP_GUNZIP_OK && b.len > 0 &&
	    http_gunzip(&less, data, len, b.len - 1) != HTTP_GUNZIP_TOO_LARGE)
		abort();
	base_buf_done(&b);
	base_buf_done(&less);
	there_and_back(data, len);
	return 0;
}
