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
	return tap_done();
}
