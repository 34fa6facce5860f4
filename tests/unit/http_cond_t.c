/* SPDX-License-Identifier: ISC */
#include "http/cond.h"
#include "http/type.h"
#include "tap.h"

/* Of a file of 100 bytes, or SIZE. */
static const struct {
	const char		*range;
	int64_t			 size;
	enum http_cond_verdict	 want;
	int64_t			 at, len;
} ranges[] = {
	{ NULL, 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=0-9", 100, HTTP_COND_PART, 0, 10 },
	{ "bytes=0-0", 100, HTTP_COND_PART, 0, 1 },
	{ "Bytes= 90-99 ", 100, HTTP_COND_PART, 90, 10 },
	{ "bytes=90-1000", 100, HTTP_COND_PART, 90, 10 },
	{ "bytes=90-", 100, HTTP_COND_PART, 90, 10 },
	{ "bytes=-10", 100, HTTP_COND_PART, 90, 10 },
	{ "bytes=-1000", 100, HTTP_COND_PART, 0, 100 },
	{ "bytes=99-99999999999999999999999", 100, HTTP_COND_PART, 99, 1 },
	{ "bytes=100-", 100, HTTP_COND_NONE, 0, 100 },
	{ "bytes=99999999999999999999999-", 100, HTTP_COND_NONE, 0, 100 },
	{ "bytes=-0", 100, HTTP_COND_NONE, 0, 100 },
	{ "bytes=0-", 0, HTTP_COND_NONE, 0, 0 },
	{ "bytes=-5", 0, HTTP_COND_NONE, 0, 0 },
	{ "bytes=9-0", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=0-1,5-6", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=-", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=+1-2", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=1-2x", 100, HTTP_COND_ALL, 0, 100 },
	{ "bytes=--2", 100, HTTP_COND_ALL, 0, 100 },
	{ "items=0-9", 100, HTTP_COND_ALL, 0, 100 },
};

static const struct {
	const char	*list;
	int		 weak, strong;
} tags[] = {
	{ "\"a\"", 1, 1 }, { "W/\"a\"", 1, 0 }, { "*", 1, 1 },
	{ "\"b\", W/\"c\",\"a\"", 1, 1 }, { " ,, \"a\" ", 1, 1 },
	{ "\"a,b\", \"a\"", 1, 1 }, { "W/\"a\", \"a\"", 1, 1 },
	{ "\"a\", W/\"a\"", 1, 1 }, { "\"b\",W/\"a\"", 1, 0 },
	{ "\"b\"", 0, 0 }, { "a", 0, 0 }, { "\"a", 0, 0 }, { "", 0, 0 },
	{ "\"aa\"", 0, 0 }, { "w/\"a\"", 0, 0 }, { "b, \"a\"", 0, 0 },
};

int
main(void)
{
	struct http_cond_part p;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		p = (struct http_cond_part){ .size = ranges[i].size };
		ok(http_cond_range(&p, ranges[i].range) == ranges[i].want &&
		    p.at == ranges[i].at && p.len == ranges[i].len,
		    "range %s", ranges[i].range == NULL ? "none" :
		    ranges[i].range);
	}
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		ok(http_cond_match(tags[i].list, "\"a\"", 1) == tags[i].weak &&
		    http_cond_match(tags[i].list, "\"a\"", 0) ==
		    tags[i].strong, "tags %s", tags[i].list);
	ok(!http_cond_match(NULL, "\"a\"", 1), "no tags");
	is_str(http_type_of("a/b.HTML"), "text/html; charset=utf-8", "type");
	is_str(http_type_of("a.png/b"), "application/octet-stream", "no end");
	return tap_done();
}
