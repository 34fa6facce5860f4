/* SPDX-License-Identifier: ISC */
#include "http/url.h"
#include "tap.h"

static const struct {
	const char	*in, *out;
} escapes[] = {
	{ "", "" },
	{ "abc", "abc" },
	{ "%41%6a%6A", "Ajj" },
	{ "/v1%2Fgeolocate", "/v1/geolocate" },
	{ "%", "%" },
	{ "%4", "%4" },
	{ "%4g%g4%\x14\x14", "%4g%g4%\x14\x14" },
	{ "a%00b%0a", "a%00b\n" },
	{ "%25%34%31", "%41" },
	{ "%ff", "\xff" },
}, paths[] = {
	{ "/a", "/a" },
	{ "http://h/a", "/a" },
	{ "HTTPS://h:1/a/b", "/a/b" },
	{ "http://h", "/" },
	{ "*", "*" },
	{ "ftp://h/a", "ftp://h/a" },
};

static const struct {
	const char	*text;
	int		 good;
} utf8[] = {
	{ "", 1 }, { "a", 1 }, { "\xc3\xa9", 1 }, { "\xe2\x82\xac", 1 },
	{ "\xf0\x9f\x98\x80", 1 }, { "\xf4\x8f\xbf\xbf", 1 },
	{ "\xed\x9f\xbf", 1 }, { "\xff", 0 }, { "\x80", 0 }, { "\xc3", 0 },
	{ "\xc3" "a", 0 }, { "\xc0\x80", 0 }, { "\xe0\x80\x80", 0 },
	{ "\xed\xa0\x80", 0 }, { "\xf0\x80\x80\x80", 0 },
	{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
	{ "\xe2\x82", 0 },
};

int
main(void)
{
	char tmp[64];
	size_t i;

	for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		snprintf(tmp, sizeof(tmp), "%s", escapes[i].in);
		is_int((long long)http_url_unescape(tmp),
		    (long long)strlen(escapes[i].out), escapes[i].in);
		is_str(tmp, escapes[i].out, escapes[i].in);
	}
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		is_str(http_url_path(paths[i].in), paths[i].out, paths[i].in);
	for (i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
		ok(http_url_is_utf8(utf8[i].text) == utf8[i].good, "utf-8 %zu",
		    i);
	return tap_done();
}
