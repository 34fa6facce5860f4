/* SPDX-License-Identifier: ISC */
/*
 * A whole connection: whatever is sent, what comes back is replies and
 * nothing else, requests that a handler sees are within their limits, and the
 * server goes on.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"

#define MAX_BODY	4096
#define MAX_INFLATED	16384

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Look at everything, so that a sanitizer does. */
static enum http_reply_when
handle_anything(void *ctx, const struct http_request *rq,
    struct http_reply *rp)
{
	const char *key = http_request_arg(rq, "key");
	struct base_buf url;

	(void)ctx;
	if (rq->len > MAX_INFLATED)
		abort();
	base_buf_init(&url);
	http_request_url(rq, &url);
	base_buf_done(&url);
	if (rq->len > 0 && memchr(rq->body, 0xff, rq->len) != NULL)
		http_reply_header(rp, "X-Byte", "255");
	if (key != NULL && strlen(key) + strlen(rq->path) == 7)
		http_reply_header(rp, "X-Seven", "7");
	rp->status = rq->verdict == HTTP_REQUEST_OK ? 200 :
	    rq->verdict == HTTP_REQUEST_BUSY ? 503 :
	    rq->verdict == HTTP_REQUEST_TOO_LARGE ? 413 : 400;
	base_buf_str(rp->body, "fine\n");
	if (rq->len % 2 == 0)
		return HTTP_REPLY_NOW;
	http_request_finish(rq);
	return HTTP_REPLY_LATER;
}

static struct http_server *
get_server(void)
{
	static struct http_server_options o = { .connections = 10,
	    .max_body = MAX_BODY, .max_inflated = MAX_INFLATED,
	    .request_s = 5, .idle_s = 5, .fields = "",
	    .handler = handle_anything };
	static struct http_server *h;

	if (h == NULL && (h = http_server_open(NULL, &o)) == NULL)
		abort();
	return h;
}

/* The replies in TEXT, which is all that has come back. */
static void
check_replies(const char *text)
{
	static const char version[] = "HTTP/1.1 ";
	const char *end, *length;
	size_t n;

	while (*text != '\0') {
		if (strncmp(text, version, sizeof(version) - 1) != 0 ||
		    (end = strstr(text, "\r\n\r\n")) == NULL)
			abort();
		length = strstr(text, "\r\nContent-Length: ");
		n = length == NULL || length > end ? 0 :
		    strtoul(length + 18, NULL, 10);
		text = end + 4;
		/* A HEAD has no body, and what follows it is a reply. */
		if (*text != '\0' && strncmp(text, version,
		    sizeof(version) - 1) != 0) {
			if (strnlen(text, n) < n)
				abort();
			text += n;
		}
	}
}

/* Send and receive at once: either may fill the socket. */
static void
talk(int fd, const uint8_t *data, size_t len, struct base_buf *got)
{
	size_t n;
	ssize_t rc;
	char *to;

	for (; len > 0; data += n, len -= n) {
		n = len < 1024 ? len : 1024;
		if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
	}
	shutdown(fd, SHUT_WR);
	do {
		if ((to = base_buf_room(got, 4096)) == NULL)
			abort();
		if ((rc = recv(fd, to, 4096, 0)) > 0)
			got->len += (size_t)rc;
	} while (rc > 0);
	base_buf_add(got, NULL, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sockaddr_un peer = { .sun_family = AF_UNIX };
	struct base_buf got;
	int sv[2];

	/* More replies than a socket holds would need a thread here. */
	if (len > 16384 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return 0;
	base_buf_init(&got);
	if (http_server_add(get_server(), sv[1],
	    (const struct sockaddr *)&peer, sizeof(peer.sun_family)) == -1)
		abort();
	talk(sv[0], data, len, &got);
	close(sv[0]);
	check_replies(got.data);
	base_buf_done(&got);
	return 0;
}
