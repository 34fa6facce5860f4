/* SPDX-License-Identifier: ISC */
#include "convert/items.h"
#include "convert/sink.h"

#include "tap.h"

static char seen[4096];

/* Items as "LINE:TEXT;". */
static void
note(void *arg, const char *text, size_t len)
{
	struct convert_sink *s = arg;
	size_t n = strlen(seen);

	snprintf(seen + n, sizeof(seen) - n, "%llu:%.*s;",
	    (unsigned long long)s->line, (int)len, text);
}

/* What is wrong as "LINE!". */
static void
complain(void *arg, uint64_t line, const char *what)
{
	size_t n = strlen(seen);

	(void)arg, (void)what;
	snprintf(seen + n, sizeof(seen) - n, "%llu!",
	    (unsigned long long)line);
}

/* Take TEXT apart, PIECE bytes at a time. */
static const char *
items(const char *text, size_t piece)
{
	struct convert_items t;
	struct convert_sink s = { .tell = complain };
	size_t len = strlen(text), n;

	seen[0] = '\0';
	convert_items_init(&t, &s, note, &s);
	for (; len > 0; text += n, len -= n) {
		n = len < piece ? len : piece;
		convert_items_feed(&t, text, n);
	}
	convert_items_end(&t);
	convert_items_done(&t);
	return seen;
}

int
main(void)
{
	static const struct {
		const char	*text, *want;
	} t[] = {
		{ "", "" },
		{ "{\"a\":1}\n{\"b\":{\"items\":[{}]}}",
		    "1:{\"a\":1};2:{\"b\":{\"items\":[{}]}};" },
		{ "{\"items\":[{\"a\":1},{\"b\":[{}]}]}",
		    "1:{\"a\":1};1:{\"b\":[{}]};" },
		{ "\xef\xbb\xbf{\r\n\"x\":\"items\",\"items\" : [\r\n{\"a\":"
		    "\r\n1}\r\n,,{}\r\n],\"y\":[{}]}\n{\"z\":1}",
		    "3:{\"a\":\r\n1};5:{};7:{\"z\":1};" },
		{ "[{\"a\":1},{\"b\":2}]", "1:{\"a\":1};1:{\"b\":2};" },
		{ "{\"a\":\"}\\\"]{\"}", "1:{\"a\":\"}\\\"]{\"};" },
		{ "{\"items\":[7,{},\"x\",[1,{}],{}]}", "1!1:{};1!1!1:{};" },
		{ "{\"items\":{\"a\":1}}", "1:{\"items\":{\"a\":1}};" },
		{ "{\"items\":[{},{\"a\"", "1:{};1!" },
		/* A mark that is missing costs its line. */
		{ "{\"a\":\"b}\n}{\"c\":1}", "1:{\"a\":\"b}\n};2:{\"c\":1};" },
		{ "]}}{}", "1:{};" },
		{ "junk\n{}", "1!2:{};" },
	};
	char name[64];
	size_t i, piece;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (piece = 1; piece < 64; piece *= 2) {
			snprintf(name, sizeof(name), "text %zu, %zu bytes at "
			    "a time", i, piece);
			is_str(items(t[i].text, piece), t[i].want, name);
		}
	return tap_done();
}
