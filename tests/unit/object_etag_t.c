/* SPDX-License-Identifier: ISC */
#include "object/etag.h"

#include "tap.h"

#define MIB	(1 << 20)

static char data[20 * MIB];

/* Is ETAG that of the first LEN bytes, given PIECE at a time?  -1: unknown. */
static int
has(const char *etag, size_t len, size_t piece)
{
	struct object_etag *e = object_etag_new();
	const char *p = data;
	size_t n;
	int rc = -1;

	object_etag_add(e, "to be forgotten", 15);
	if (object_etag_begin(e, etag, (int64_t)len)) {
		for (; len > 0; p += n, len -= n) {
			n = len < piece ? len : piece;
			object_etag_add(e, p, n);
		}
		rc = object_etag_end(e, NULL);
	}
	object_etag_free(e);
	return rc;
}

int
main(void)
{
	/* Sums by md5sum(1), of zeros, and of the bytes of such sums. */
	static const struct {
		size_t		 len;
		const char	*etag, *why;
	} t[] = {
		{ 0, "d41d8cd98f00b204e9800998ecf8427e", "nothing" },
		{ 0, "59adb24ef3cdbe0297f05b395827453f-1",
		    "nothing, as one part" },
		{ 8 * MIB, "96995b58d4cbf6aaa9041b4f00c7f6ae", "one piece" },
		{ 8 * MIB, "96995B58D4CBF6AAA9041B4F00C7F6AE", "in capitals" },
		{ 8 * MIB, "9ed977000dc166f25a9b9ef26fb3c3fc-1", "one part" },
		{ 16 * MIB, "2c7ab85a893283e98c931e9511add182",
		    "twice as many" },
		{ 16 * MIB, "3a2d20e2e504fe056bbaae5b4c2351fd-2",
		    "two parts of 8 MiB" },
		{ 20 * MIB, "0cdaffc8e69cab00470bf84bc31f305b-4", "four parts of 5 MiB" },
		{ 20 * MIB, "4082227f780e3f7d20f918e8abde1d0e-2", "parts of 15 MiB" },
	};
	char whole[OBJECT_ETAG_LEN];
	struct object_etag *e;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_int(has(t[i].etag, t[i].len, MIB), 1, t[i].why);
		is_int(has(t[i].etag, t[i].len, 999983), 1,
		    "however the bytes come");
	}
	is_int(has(t[2].etag, 8 * MIB - 1, MIB), 0, "another length");
	is_int(has(t[4].etag, 8 * MIB - 1, MIB), 0, "one part, shorter");
	is_int(has("3a2d20e2e504fe056bbaae5b4c2351fd-3", 16 * MIB, MIB), -1,
	    "parts that nobody makes");
	is_int(has("3a2d20e2e504fe056bbaae5b4c2351fd-0", 0, 1), -1,
	    "no parts");
	is_int(has("3a2d20e2e504fe056bbaae5b4c2351fd-x", 0, 1), -1,
	    "no number");
	is_int(has("", 0, 1), -1, "no ETag");
	is_int(has("d41d8cd98f00b204e9800998ecf8427", 0, 1), -1,
	    "a digit less");
	is_int(has("an ETag of another kind", 0, 1), -1, "another kind");
	e = object_etag_new();
	object_etag_begin(e, NULL, 0);
	ok(!object_etag_end(e, whole), "nothing is wanted");
	is_str(whole, t[0].etag, "the sum of nothing");
	object_etag_free(e);
	is_int((long long)object_etag_part(999), 8 * MIB, "parts of 8 MiB");
	is_int((long long)object_etag_part(1000), 16 * MIB, "then of 16");
	return tap_done();
}
