/* SPDX-License-Identifier: ISC */
#include "http/head.h"
#include "tap.h"

#define LINE	"GET / HTTP/1.1\r\n"
#define HOST	"Host: x\r\n"

static struct http_head h;

/* Scan and parse what is left of TEXT; a head may come byte by byte. */
static enum http_head_verdict
read_text(const char *text, size_t len, int bytewise, char *copy)
{
	enum http_head_verdict v = HTTP_HEAD_MORE;
	size_t n, used = 0;

	memcpy(copy, text, len);
	http_head_init(&h);
	for (n = bytewise ? 1 : len; n <= len && v == HTTP_HEAD_MORE; n++)
		v = http_head_scan(&h, copy, n, &used);
	return v == HTTP_HEAD_OK ? http_head_parse(&h, copy, used) : v;
}

static const struct {
	const char		*text;
	enum http_head_verdict	 want;
} heads[] = {
	{ LINE HOST "\r\n", HTTP_HEAD_OK },
	{ LINE HOST "\r\nGET", HTTP_HEAD_OK },
	{ LINE HOST, HTTP_HEAD_MORE },
	{ LINE HOST "\r", HTTP_HEAD_MORE },
	{ "GET / HTTP/1.0\r\n\r\n", HTTP_HEAD_OK },
	/* Host */
	{ LINE "\r\n", HTTP_HEAD_BAD },
	{ LINE HOST HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/1.0\r\n" HOST HOST "\r\n", HTTP_HEAD_BAD },
	{ LINE "Host:\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE "Host: a b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE "Host: a/b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE "hOST:[::1]:80\r\n\r\n", HTTP_HEAD_OK },
	/* ends of lines */
	{ "GET / HTTP/1.1\nHost: x\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE "A: b\nB: c\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ LINE "A: b\rB: c\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "\n", HTTP_HEAD_BAD },
	{ LINE HOST "\r\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A: b\r\n c\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A: b\r\n\tc\r\n\r\n", HTTP_HEAD_BAD },
	/* names and values */
	{ LINE HOST "A : b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A\t: b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "\vA: b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A(b): b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "\xc3\xa9: b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST ": b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A: b\x7f\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A: b\x1b\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "A: \xc3\xa9\r\n\r\n", HTTP_HEAD_OK },
	{ LINE HOST "A:\r\n\r\n", HTTP_HEAD_OK },
	{ LINE HOST "!#$%&'*+-.^_`|~1: b\r\n\r\n", HTTP_HEAD_OK },
	/* the first line */
	{ "GET /\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / x HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET /\t HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ " GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "G(T / HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET x HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET http://x/ HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET http://x?y HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET HTTPS://[::1]:2 HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET http:///x HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET http:// HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET http://a@x/ HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET http://x\\y/ HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET http://x#y HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "CONNECT x:1 HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET /\xff HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/1.10\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / http/1.1\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/1.2\r\n" HOST "\r\n", HTTP_HEAD_OK },
	{ "GET / HTTP/1.2\r\n\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/1.x\r\n" HOST "\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", HTTP_HEAD_VERSION },
	{ "PRI * HTTP/2.0\r\n\r\n", HTTP_HEAD_VERSION },
	{ "\x16\x03\x01\x02", HTTP_HEAD_BAD },
	/* lengths and codings */
	{ LINE HOST "Content-Length: 5\r\n\r\n", HTTP_HEAD_OK },
	{ LINE HOST "Content-Length: \t 5 \t\r\n\r\n", HTTP_HEAD_OK },
	{ LINE HOST "Content-Length: +5\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: -5\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: 5x\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: 0x5\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: 5, 5\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length:\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
	    HTTP_HEAD_BAD },
	{ LINE HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	    HTTP_HEAD_BAD },
	{ LINE HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	    HTTP_HEAD_BAD },
	{ LINE HOST "Transfer-Encoding: Chunked\r\n\r\n", HTTP_HEAD_OK },
	{ LINE HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
	    HTTP_HEAD_BAD },
	{ LINE HOST "Transfer-Encoding: identity\r\n\r\n", HTTP_HEAD_BAD },
	{ LINE HOST "Transfer-Encoding: chunked\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n", HTTP_HEAD_BAD },
	{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
	    HTTP_HEAD_BAD },
};

static void
test_verdicts(void)
{
	char copy[512], name[64];
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		snprintf(name, sizeof(name), "head %zu: %.40s", i,
		    heads[i].text);
		name[strcspn(name, "\r\n\v\x1b\x7f")] = '\0';
		is_int(read_text(heads[i].text, strlen(heads[i].text), 0,
		    copy), heads[i].want, name);
		is_int(read_text(heads[i].text, strlen(heads[i].text), 1,
		    copy), heads[i].want, "byte by byte");
	}
	is_int(read_text(LINE "A: b\0c\r\n" HOST "\r\n", 33, 0, copy),
	    HTTP_HEAD_BAD, "NUL");
}

static const struct {
	const char	*text;
	int		 keep;
} kept[] = {
	{ LINE HOST "\r\n", 1 },
	{ LINE HOST "Connection: close\r\n\r\n", 0 },
	{ LINE HOST "connection: x, Close\r\n\r\n", 0 },
	{ LINE HOST "Connection: closed\r\n\r\n", 1 },
	{ LINE HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", 0 },
	{ LINE HOST "Connection: close\r\nConnection: keep-alive\r\n\r\n", 0 },
	{ "GET / HTTP/1.0\r\n\r\n", 0 },
	{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 1 },
};

static void
test_fields(void)
{
	static const char text[] = "POST /a?b HTTP/1.1\r\n" HOST
	    "X: one\r\nx: two\r\nY: \r\nContent-Length: 007\r\n"
	    "Expect: 100-Continue\r\n\r\n";
	char copy[512];
	size_t at = 0, i;

	is_int(read_text(text, sizeof(text) - 1, 0, copy), HTTP_HEAD_OK,
	    "read");
	is_str(h.method, "POST", "the method");
	is_str(h.target, "/a?b", "the target");
	is_int(h.minor, 1, "the version");
	ok(h.has_length && h.length == 7 && !h.chunked, "the length");
	ok(h.expects, "it waits");
	is_str(http_head_next(&h, "X", &at), "one", "the first");
	is_str(http_head_next(&h, "X", &at), "two", "the second");
	ok(http_head_next(&h, "X", &at) == NULL, "no more");
	is_str(http_head_last(&h, "X"), "two", "the last");
	is_str(http_head_last(&h, "y"), "", "an empty one");
	ok(http_head_last(&h, "Z") == NULL, "none");
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		read_text(kept[i].text, strlen(kept[i].text), 0, copy);
		is_int(h.keep_alive, kept[i].keep, "whether it goes on");
	}
	read_text(LINE HOST "Content-Length: 99999999999999999999999\r\n\r\n",
	    strlen(LINE HOST) + 43, 0, copy);
	ok(h.length == UINT64_MAX, "a length saturates");
}

static void
test_sizes(void)
{
	static char big[HTTP_HEAD_MAX * 2], copy[HTTP_HEAD_MAX * 2];
	size_t i, len;

	memset(big, 'a', sizeof(big));
	memcpy(big, "GET /", 5);
	is_int(read_text(big, sizeof(big), 0, copy), HTTP_HEAD_LONG_TARGET,
	    "a target without end");
	memcpy(big, LINE, strlen(LINE));
	is_int(read_text(big, sizeof(big), 0, copy), HTTP_HEAD_TOO_LARGE,
	    "a field without end");
	is_int(read_text(big, HTTP_HEAD_MAX - 1, 0, copy), HTTP_HEAD_MORE,
	    "which just fits");
	len = (size_t)snprintf(big, sizeof(big), "%s%s", LINE, HOST);
	for (i = 1; i < HTTP_HEAD_FIELDS; i++)
		len += (size_t)snprintf(big + len, sizeof(big) - len,
		    "A: b\r\n");
	snprintf(big + len, sizeof(big) - len, "\r\n");
	is_int(read_text(big, len + 2, 0, copy), HTTP_HEAD_OK, "many fields");
	snprintf(big + len, sizeof(big) - len, "A: b\r\n\r\n");
	is_int(read_text(big, len + 8, 0, copy), HTTP_HEAD_TOO_LARGE,
	    "one too many");
}

int
main(void)
{
	test_verdicts();
	test_fields();
	test_sizes();
	return tap_done();
}
