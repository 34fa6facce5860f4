/* SPDX-License-Identifier: ISC */
#include "object/etag.h"

#include "tap.h"

#define PART	(8 << 20)

static char data[2 * PART + 1];

/* The ETags of the first LEN bytes, given PIECE at a time. */
static void
both(char whole[OBJECT_ETAG_LEN], char parts[OBJECT_ETAG_LEN], size_t len,
    size_t piece)
{
	struct object_etag *e = object_etag_new();
	const char *p = data;
	size_t n;

	object_etag_add(e, "to be forgotten", 15);
	object_etag_reset(e);
	for (; len > 0; p += n, len -= n) {
		n = len < piece ? len : piece;
		object_etag_add(e, p, n);
	}
	object_etag_end(e, whole, parts);
	object_etag_free(e);
}

int
main(void)
{
	/* Sums by md5sum(1), of zeros, and of the bytes of such sums. */
	static const struct {
		size_t		 len;
		const char	*whole, *parts;
	} t[] = {
		{ 0, "d41d8cd98f00b204e9800998ecf8427e",
		    "59adb24ef3cdbe0297f05b395827453f-1" },
		{ PART, "96995b58d4cbf6aaa9041b4f00c7f6ae",
		    "9ed977000dc166f25a9b9ef26fb3c3fc-1" },
		{ 2 * PART, "2c7ab85a893283e98c931e9511add182",
		    "3a2d20e2e504fe056bbaae5b4c2351fd-2" }
	};
	char parts[OBJECT_ETAG_LEN], parts2[OBJECT_ETAG_LEN],
	    whole[OBJECT_ETAG_LEN];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		both(whole, parts, t[i].len, 1 << 20);
		is_str(whole, t[i].whole, "in one piece");
		is_str(parts, t[i].parts, "in parts");
		both(whole, parts2, t[i].len, 999983);
		is_str(parts2, parts, "however the bytes come");
	}
	both(whole, parts, 2 * PART + 1, 4096);
	ok(strcmp(parts + 32, "-3") == 0, "one byte more is one part more");
	is_int((long long)object_etag_part(999), PART, "parts of 8 MiB");
	is_int((long long)object_etag_part(1000), 2 * PART, "then of 16");
	return tap_done();
}
