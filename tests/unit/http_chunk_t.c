/* SPDX-License-Identifier: ISC */
#include "http/chunk.h"
#include "tap.h"

/* Verdicts: what comes out, "-" if it is bad, "+" at the end, "." if more. */
static const struct {
	const char	*text, *want;
} bodies[] = {
	{ "", "." },
	{ "0\r\n\r\n", "+" },
	{ "2\r\n{}\r\n0\r\n\r\n", "{}+" },
	{ "1\r\n{\r\n1;x=\"y\"\r\n}\r\n000\r\n\r\n", "{}+" },
	{ "A\r\n0123456789\r\n0\r\n\r\n", "0123456789+" },
	{ "a\r\n0123456789\r\n0\r\n\r\n", "0123456789+" },
	{ "2\r\n\r\n\r\n0\r\n\r\n", "\r\n+" },
	{ "2\r\n{}\r\n0\r\nX: y\r\nZ:\r\n\r\n", "{}+" },
	{ "0000000000000002\r\n{}\r\n0\r\n\r\n", "{}+" },
	{ "00000000000000002\r\n{}\r\n0\r\n\r\n", "-" },
	{ "ffffffffffffffff\r\nab", "ab." },
	{ "10000000000000000\r\n", "-" },
	{ "2\r\n{", "{." },
	{ "2\r\n{}", "{}." },
	{ "2\r\n{}x", "{}-" },
	{ "2\r\n{}\n", "{}-" },
	{ "2\r\n{}\rx", "{}-" },
	{ "2\n", "-" },
	{ "2\rx", "-" },
	{ "2 \r\n", "-" },
	{ " 2\r\n", "-" },
	{ "\r\n", "-" },
	{ ";x\r\n", "-" },
	{ "0x2\r\n", "-" },
	{ "+2\r\n", "-" },
	{ "-2\r\n", "-" },
	{ "g\r\n", "-" },
	{ "2;a\nb\r\n", "-" },
	{ "2;a\tb\r\n{}", "{}." },
	{ "2;a\x1b\r\n", "-" },
	{ "0\r\n X: y\r\n\r\n", "-" },
	{ "0\r\n: y\r\n\r\n", "-" },
	{ "0\r\nX: y\n\r\n", "-" },
	{ "0\r\nX: y\r\r\n", "-" },
	{ "0\r\n\rx", "-" },
	{ "0\r\nX: y\r\n", "." },
};

/* Read TEXT, STEP bytes at a time. */
static void
read_text(const char *text, size_t len, size_t step, char *out)
{
	enum http_chunk_verdict v = HTTP_CHUNK_MORE;
	struct http_chunk k = { 0 };
	const char *data, *end = text + len;
	size_t datalen, n, used;

	while (text < end && (v == HTTP_CHUNK_MORE || v == HTTP_CHUNK_DATA)) {
		n = (size_t)(end - text) < step ? (size_t)(end - text) : step;
		v = http_chunk_next(&k, text, n, &used, &data, &datalen);
		if (v == HTTP_CHUNK_DATA) {
			memcpy(out, data, datalen);
			out += datalen;
		}
		text += used;
	}
	strcpy(out, v == HTTP_CHUNK_BAD ? "-" : v == HTTP_CHUNK_END ? "+" :
	    ".");
}

int
main(void)
{
	static char large[40000];
	char out[sizeof(large)];
	size_t i, step;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (step = 1; step < 8; step += 3) {
			read_text(bodies[i].text, strlen(bodies[i].text),
			    step, out);
			is_str(out, bodies[i].want, "a body");
		}
	memset(large, 'x', sizeof(large));
	memcpy(large, "2;", 2);
	read_text(large, sizeof(large), 1000, out);
	is_str(out, "-", "an extension without end");
	memcpy(large, "0\r\n", 3);
	read_text(large, sizeof(large), 1000, out);
	is_str(out, "-", "a trailer without end");
	return tap_done();
}
