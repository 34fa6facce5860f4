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
	{ "http://h", "" },
	{ "http://h?a=/b", "?a=/b" },
	{ "*", "*" },
	{ "ftp://h/a", "ftp://h/a" },
};

/* Arguments as they are found, and in the end how many there may be. */
static const struct {
	const char	*query, *want;
	size_t		 most;
} queries[] = {
	{ "", "", 1 },
	{ "key=test", "key=test|", 1 },
	{ "key", "key=|", 1 },
	{ "key=", "key=|", 1 },
	{ "=x", "=x|", 1 },
	{ "a=b&c=d", "a=b|c=d|", 2 },
	{ "key=x;a=b", "key=x|a=b|", 2 },
	{ "a=b=c", "a=b=c|", 1 },
	{ "&;a=1;;&", "a=1|", 6 },
	{ "a+b=c+d%2B%26", "a b=c d+&|", 1 },
	{ "%61=%62&%=%zz", "a=b|%=%zz|", 2 },
};

static void
test_queries(void)
{
	struct http_url_arg arg[8];
	char out[128], tmp[64];
	size_t i, j, n;

	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		snprintf(tmp, sizeof(tmp), "%s", queries[i].query);
		is_int((long long)http_url_args(tmp),
		    (long long)queries[i].most, queries[i].query);
		n = http_url_query(tmp, arg);
		out[0] = '\0';
		for (j = 0; j < n; j++)
			snprintf(out + strlen(out), sizeof(out) - strlen(out),
			    "%s=%s|", arg[j].name, arg[j].value);
		is_str(out, queries[i].want, queries[i].query);
	}
}

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
	test_queries();
	return tap_done();
}
