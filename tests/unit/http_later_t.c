/* SPDX-License-Identifier: ISC */
/*
 * Requests that are answered later.  The handler leaves them in a list, from
 * which this test takes them when it likes: so everything here is an order of
 * events, and nothing depends on how fast a machine is.  Clients are at the
 * other ends of socket pairs.
 */
#include <sys/socket.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"

#include "tap.h"

#define BIG	(8 << 20)	/* bytes, more than a socket takes at once */
#define MANY	1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct http_request *left[MANY];
static size_t nleft;
static atomic_int empty;		/* the last connection has ended */
static atomic_int elsewhere;		/* work was called */

static void
leave_request(const struct http_request *rq)
{
	pthread_mutex_lock(&lock);
	left[nleft++] = rq;
	pthread_mutex_unlock(&lock);
}

/* Wait until the handler has left a request. */
static const struct http_request *
take_request(void)
{
	const struct http_request *rq = NULL;

	while (rq == NULL) {
		pthread_mutex_lock(&lock);
		if (nleft > 0)
			rq = left[--nleft];
		pthread_mutex_unlock(&lock);
		if (rq == NULL)
			usleep(1000);
	}
	return rq;
}

static void
leave_elsewhere(void *arg)
{
	atomic_fetch_add(&elsewhere, 1);
	leave_request(arg);
}

static enum http_reply_when
handle(void *ctx, const struct http_request *rq, struct http_reply *rp)
{
	size_t n = strcmp(rq->path, "/big") == 0 ? BIG : 0;
	char *p;

	(void)ctx;
	rp->status = 200;
	base_buf_str(rp->body, rq->path);
	if (n > 0 && (p = base_buf_room(rp->body, n)) != NULL) {
		memset(p, '.', n);
		rp->body->len += n;
		p[n] = '\0';
	}
	if (strcmp(rq->path, "/now") == 0)
		return HTTP_REPLY_NOW;
	leave_request(rq);
	return HTTP_REPLY_LATER;
}

static void
on_empty(void *ctx)
{
	(void)ctx;
	atomic_store(&empty, 1);
}

/* A client of H. */
static int
connect_client(struct http_server *h)
{
	const struct sockaddr sa = { .sa_family = AF_UNIX };
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    http_server_add(h, sv[0], &sa, sizeof(sa)) == -1)
		abort();
	return sv[1];
}

static void
ask(int fd, const char *paths)
{
	struct base_buf b;
	size_t len;

	base_buf_init(&b);
	for (; *paths != '\0'; paths += len) {
		len = strcspn(paths + 1, "/") + 1;
		base_buf_fmt(&b, "GET %.*s HTTP/1.1\r\nHost: x\r\n\r\n",
		    (int)len, paths);
	}
	if (write(fd, b.data, b.len) != (ssize_t)b.len)
		abort();
	base_buf_done(&b);
}

/*
 * Read until LEN bytes of bodies have come, or the end.  Returns how many did;
 * what they are is in TEXT, if that is not NULL.
 */
static size_t
read_bodies(int fd, size_t len, char *text)
{
	static char buf[65536];
	size_t got = 0, match = 0;
	int in_body = 0;
	ssize_t i, n;

	while (got < len && (n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++) {
			if (in_body && buf[i] != 'H') {
				if (text != NULL)
					text[got] = buf[i];
				got++;
				continue;
			}
			/* The next head begins with HTTP. */
			in_body = 0;
			match = buf[i] == "\r\n\r\n"[match] ? match + 1 :
			    buf[i] == '\r';
			if (match == 4) {
				in_body = 1;
				match = 0;
			}
		}
	if (text != NULL)
		text[got] = '\0';
	return got;
}

static void
test_order(struct http_server *h)
{
	int fd = connect_client(h), other = connect_client(h);
	const struct http_request *rq;
	char text[64];

	ask(fd, "/later");
	rq = take_request();
	ask(other, "/now");
	read_bodies(other, 4, text);
	is_str(text, "/now", "others are answered meanwhile");
	http_request_finish(rq);
	read_bodies(fd, 6, text);
	is_str(text, "/later", "a reply that another thread completes");

	ask(fd, "/later/now/later/now");
	http_request_finish(take_request());
	http_request_finish(take_request());
	read_bodies(fd, 20, text);
	is_str(text, "/later/now/later/now", "replies come in order");

	ask(fd, "/later");
	rq = take_request();
	http_request_elsewhere(rq, leave_elsewhere, (void *)(uintptr_t)rq);
	ok(take_request() == rq && elsewhere == 1, "work is done elsewhere");
	http_request_finish(rq);
	read_bodies(fd, 6, text);
	is_str(text, "/later", "and answered");
	close(fd);
	close(other);
}

static void
test_slow_client(struct http_server *h)
{
	int fd = connect_client(h), other = connect_client(h);
	const struct http_request *rq;
	char text[64];

	ask(fd, "/big");
	http_request_finish(take_request());
	ok(1, "who does not read holds up nobody");
	ask(other, "/later");
	http_request_finish(take_request());
	read_bodies(other, 6, text);
	is_str(text, "/later", "who does is answered meanwhile");
	is_int((long long)read_bodies(fd, BIG + 4, NULL), BIG + 4,
	    "and it gets all of its reply later");
	ask(fd, "/later");
	rq = take_request();
	close(fd);
	http_request_finish(rq);
	ok(1, "a client that has gone");
	close(other);
}

/* Until the server has no connection any more. */
static void
wait_for_empty(void)
{
	while (!atomic_load(&empty))
		usleep(1000);
	atomic_store(&empty, 0);
}

static void *
end_server(void *h)
{
	http_server_end(h, 60);
	return NULL;
}

int
main(void)
{
	struct http_server_options o = { .connections = 10,
	    .max_body = 1000, .max_inflated = 1000, .request_s = 60,
	    .idle_s = 60, .fields = "", .handler = handle, .empty = on_empty };
	struct http_server_options hasty = o;
	const struct http_request *rq;
	struct http_server *h;
	pthread_t thread;
	char text[64];
	int fd;

	alarm(120);		/* rather than to wait for ever */
	h = http_server_open(NULL, &o);
	test_order(h);
	wait_for_empty();
	test_slow_client(h);
	wait_for_empty();
	http_server_end(h, 1);

	hasty.request_s = 1;
	h = http_server_open(NULL, &hasty);
	fd = connect_client(h);
	ask(fd, "/big");
	http_request_finish(take_request());
	wait_for_empty();
	ok(read_bodies(fd, BIG + 4, NULL) < BIG,
	    "who never reads is cut off");
	close(fd);

	fd = connect_client(h);
	ask(fd, "/later");
	rq = take_request();
	pthread_create(&thread, NULL, end_server, h);
	usleep(50000);
	http_request_finish(rq);
	read_bodies(fd, 6, text);
	is_str(text, "/later", "the end waits for what is not answered yet");
	pthread_join(thread, NULL);
	close(fd);
	return tap_done();
}
