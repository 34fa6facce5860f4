/* SPDX-License-Identifier: ISC */
#include "http/body.h"
#include "tap.h"

/* "{}" as gzip. */
#define GZ \
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0"
#define GZ_BAD_CRC \
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x44\xbf\xa6\xa3\x02\0\0\0"
#define GZ_LEN	(sizeof(GZ) - 1)

static const struct {
	const char	*name, *sent;
	size_t		 len;
	const char	*encoding, *type;
	int		 want;
	const char	*text;		/* or NULL */
	enum http_body_fault_kind fault;
} cases[] = {
	{ "plain", "{}", 2, NULL, NULL, HTTP_BODY_OK, "{}", 0 },
	{ "empty", "", 0, "gzip", "x; charset=?", HTTP_BODY_OK, "", 0 },
	{ "gzip", GZ, GZ_LEN, "gzip", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "Gzip", GZ, GZ_LEN, "Gzip", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "x-gzip", GZ, GZ_LEN, "x-gzip", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "cut", GZ, GZ_LEN - 1, "gzip", NULL, HTTP_BODY_BAD, NULL,
	    HTTP_BODY_CUT },
	{ "not gzip", "{}", 2, "gzip", NULL, HTTP_BODY_BAD, NULL,
	    HTTP_BODY_NOT_GZIP },
	{ "damaged", GZ_BAD_CRC, GZ_LEN, "gzip", NULL, HTTP_BODY_BAD, NULL,
	    HTTP_BODY_DAMAGED },
	{ "identity", "{}", 2, "identity", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "others are ignored", "{}", 2, "deflate", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "utf-8", "\xc3\xa9", 2, NULL, "a/b; charset=UTF-8", HTTP_BODY_OK,
	    "\xc3\xa9", 0 },
	{ "utf-8 is not checked", "\xe9", 1, NULL, "a/b;charset=utf8",
	    HTTP_BODY_OK, "\xe9", 0 },
	{ "no charset", "\xc3\xa9", 2, NULL, "a/b; charset=", HTTP_BODY_OK,
	    "\xc3\xa9", 0 },
	{ "latin-1", "a\xe9\x80\xff", 4, NULL, "a/b; q=1; charset=ISO-8859-1",
	    HTTP_BODY_OK, "a\xc3\xa9\xc2\x80\xc3\xbf", 0 },
	{ "quoted", "\xe9", 1, NULL, "a/b; Charset=\"latin1\"; x=y",
	    HTTP_BODY_OK, "\xc3\xa9", 0 },
	{ "gzip of latin-1", GZ, GZ_LEN, "gzip", "a/b; charset=latin-1",
	    HTTP_BODY_OK, "{}", 0 },
	{ "ascii", "a", 1, NULL, "a/b; charset=us-ascii", HTTP_BODY_OK, "a", 0 },
	{ "not ascii", "\xe9", 1, NULL, "a/b; charset=us-ascii", HTTP_BODY_BAD,
	    NULL, HTTP_BODY_NOT_ASCII },
	{ "unknown", "a", 1, NULL, "a/b; charset=windows-1252", HTTP_BODY_OK,
	    "a", 0 },
	{ "blanks behind", GZ, GZ_LEN, "gzip \t", NULL, HTTP_BODY_OK, "{}", 0 },
	{ "too large", GZ GZ, 2 * GZ_LEN, "gzip", NULL, HTTP_BODY_TOO_LARGE,
	    NULL, 0 },
};

int
main(void)
{
	struct http_body b;
	size_t i;

	http_body_init(&b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(http_body_read(&b, cases[i].sent, cases[i].len,
		    cases[i].encoding, cases[i].type, 3), cases[i].want,
		    cases[i].name);
		if (cases[i].text != NULL)
			ok(b.len == strlen(cases[i].text) &&
			    memcmp(b.text, cases[i].text, b.len) == 0,
			    "%s: text", cases[i].name);
		else if (cases[i].want == HTTP_BODY_BAD)
			is_int(b.fault.kind, cases[i].fault, cases[i].name);
	}
	http_body_done(&b);
	return tap_done();
}
