/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "http/reply.h"
#include "tap.h"

#define DATE	"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const struct {
	int			 status;
	enum http_reply_then	 then;
	int			 has_body;
	const char		*want;
} replies[] = {
	{ 200, HTTP_REPLY_KEEP, 1, "HTTP/1.1 200 OK\r\n" DATE
	    "X: y\r\nA: b\r\nContent-Length: 2\r\n\r\n" },
	{ 200, HTTP_REPLY_KEEP_OLD, 1, "HTTP/1.1 200 OK\r\n" DATE
	    "Connection: keep-alive\r\nX: y\r\nA: b\r\n"
	    "Content-Length: 2\r\n\r\n" },
	{ 503, HTTP_REPLY_CLOSE, 1, "HTTP/1.1 503 Service Unavailable\r\n"
	    DATE "Connection: close\r\nX: y\r\nA: b\r\n"
	    "Content-Length: 2\r\n\r\n" },
	{ 204, HTTP_REPLY_KEEP, 0, "HTTP/1.1 204 No Content\r\n" DATE
	    "X: y\r\nA: b\r\n\r\n" },
	{ 299, HTTP_REPLY_KEEP, 1, "HTTP/1.1 299 Unknown\r\n" DATE
	    "X: y\r\nA: b\r\nContent-Length: 2\r\n\r\n" },
};

int
main(void)
{
	struct base_buf b, body;
	char date[HTTP_REPLY_DATE_LEN];
	struct iovec iov[HTTP_REPLY_PIECES];
	struct http_reply rp;
	size_t i;

	http_reply_date(date, 784111777);
	base_buf_init(&b);
	base_buf_init(&body);
	base_buf_str(&body, "{}");
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		rp = (struct http_reply){ .status = replies[i].status,
		    .body = &body };
		http_reply_header(&rp, "A", "b");
		base_buf_reset(&b);
		is_int(http_reply_write(&b, &rp, date, "X: y\r\n",
		    replies[i].then), replies[i].has_body, "has a body");
		is_str(b.data, replies[i].want, "the head");
	}
	base_buf_reset(&body);
	rp = (struct http_reply){ .body = &body };
	http_reply_plain(&rp, 431);
	is_str(body.data, "431 Request Header Fields Too Large\n", "plain");
	http_reply_unavailable(iov, date, "X: y\r\n");
	base_buf_reset(&b);
	for (i = 0; i < HTTP_REPLY_PIECES; i++)
		base_buf_add(&b, iov[i].iov_base, iov[i].iov_len);
	is_str(b.data, "HTTP/1.1 503 Service Unavailable\r\n" DATE
	    "Connection: close\r\nRetry-After: 10\r\n"
	    "Content-Length: 0\r\nX: y\r\n\r\n", "without memory");
	base_buf_done(&b);
	base_buf_done(&body);
	return tap_done();
}
