/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "http/gunzip.h"
#include "net/gzip.h"
#include "tap.h"

int
main(void)
{
	struct base_buf packed, plain, text;
	size_t sizes[10] = { 0 };
	int i;

	base_buf_init(&packed);
	base_buf_init(&plain);
	base_buf_init(&text);
	for (i = 0; i < 20000; i++)
		base_buf_fmt(&text, "%d, ", i * i);
	for (i = 1; i <= 9; i++) {
		base_buf_reset(&packed);
		base_buf_reset(&plain);
		ok(net_gzip(&packed, text.data, text.len, i) == 0 &&
		    http_gunzip(&plain, packed.data, packed.len, text.len) ==
		    HTTP_GUNZIP_OK && plain.len == text.len &&
		    memcmp(plain.data, text.data, text.len) == 0,
		    "level %d there and back", i);
		sizes[i] = packed.len;
	}
	ok(sizes[7] < sizes[5] && sizes[5] < sizes[1], "levels differ");
	base_buf_reset(&packed);
	base_buf_reset(&plain);
	base_buf_str(&packed, "x");
	ok(net_gzip(&packed, "", 0, 6) == 0 && packed.data[0] == 'x' &&
	    http_gunzip(&plain, packed.data + 1, packed.len - 1, 1) ==
	    HTTP_GUNZIP_OK && plain.len == 0, "nothing, behind something");
	base_buf_done(&packed);
	base_buf_done(&plain);
	base_buf_done(&text);
	return tap_done();
}
