/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include <zlib.h>

#include "base/buf.h"
#include "http/gunzip.h"
#include "tap.h"

static size_t
pack(unsigned char *out, size_t cap, const char *text, size_t len)
{
	z_stream z = { 0 };

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		exit(1);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		exit(1);
	deflateEnd(&z);
	return cap - z.avail_out;
}

static void
is_unpacked(const void *data, size_t len, size_t max,
    enum http_gunzip_verdict want, const char *text, const char *name)
{
	struct base_buf b;

	base_buf_init(&b);
	is_int(http_gunzip(&b, data, len, max), want, name);
	if (text != NULL)
		is_str(b.data, text, name);
	ok(b.len <= max, "%s: within the limit", name);
	base_buf_done(&b);
}

int
main(void)
{
	static unsigned char z[1 << 16], bomb[1 << 16];
	static char zeros[1 << 22];
	size_t cut, len, n;

	n = pack(z, sizeof(z), "{\"a\": 1}", 8);
	is_unpacked(z, n, 100, HTTP_GUNZIP_OK, "{\"a\": 1}", "one member");
	is_unpacked(z, n, 8, HTTP_GUNZIP_OK, "{\"a\": 1}", "just fits");
	is_unpacked(z, n, 7, HTTP_GUNZIP_TOO_LARGE, NULL, "one byte too many");
	is_unpacked(z, n, 0, HTTP_GUNZIP_TOO_LARGE, NULL, "nothing allowed");
	is_unpacked("", 0, 100, HTTP_GUNZIP_OK, "", "no bytes");
	for (cut = 1; cut < n; cut++)
		is_unpacked(z, cut, 100, HTTP_GUNZIP_CUT, NULL, "cut off");

	len = n + pack(z + n, sizeof(z) - n, " ", 1);
	is_unpacked(z, len, 100, HTTP_GUNZIP_OK, "{\"a\": 1} ",
	    "two members");
	memset(z + len, 0, 100);
	is_unpacked(z, len + 100, 100, HTTP_GUNZIP_OK, "{\"a\": 1} ",
	    "padding");
	memcpy(z + len + 100, z, n);
	is_unpacked(z, len + 100 + n, 100, HTTP_GUNZIP_OK,
	    "{\"a\": 1} {\"a\": 1}", "padding between members");
	z[len] = 'x';
	is_unpacked(z, len + 1, 100, HTTP_GUNZIP_FOREIGN, NULL, "more behind");
	z[n - 5] ^= 1;
	is_unpacked(z, n, 100, HTTP_GUNZIP_DAMAGED, NULL, "wrong length");
	z[n - 5] ^= 1;
	z[n - 8] ^= 1;
	is_unpacked(z, n, 100, HTTP_GUNZIP_DAMAGED, NULL, "wrong checksum");
	z[10] = 0xff;
	is_unpacked(z, n, 100, HTTP_GUNZIP_BROKEN, NULL, "no deflate");
	is_unpacked("{}", 2, 100, HTTP_GUNZIP_FOREIGN, NULL, "no gzip");
	is_unpacked("\0\0", 2, 100, HTTP_GUNZIP_FOREIGN, NULL, "only NULs");

	n = pack(bomb, sizeof(bomb), zeros, sizeof(zeros));
	is_unpacked(bomb, n, 100000, HTTP_GUNZIP_TOO_LARGE, NULL, "a bomb");
	n = pack(z, sizeof(z), "", 0);
	is_unpacked(z, n, 0, HTTP_GUNZIP_OK, "", "an empty stream");
	for (len = n; len + n <= sizeof(z); len += n)
		memcpy(z + len, z, n);
	is_unpacked(z, len, 0, HTTP_GUNZIP_OK, "", "many empty streams");
	return tap_done();
}
