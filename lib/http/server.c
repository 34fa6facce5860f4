/* SPDX-License-Identifier: ISC */
/*
 * The HTTP server as a whole: one thread accepts connections (http/conn.h) on
 * all sockets and gives them to the event loop (http/loop.h), whose threads
 * answer their requests (http/request.c).
 *
 * The order at the end matters.  First nobody accepts any more, and the
 * sockets are closed, so that clients go elsewhere at once instead of waiting
 * to be accepted.  Requests see `stopping', and their replies say that the
 * connection ends.  So that it does not end just when the next request is under
 * way, which a proxy may not send twice, a connection without one is given a
 * second for that, from its last reply or from when it was accepted, before it
 * is ended.  At the deadline all are shut down, but a thread in a handler is
 * waited for in any case: it uses what the caller releases next.
 */
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/conn.h"
#include "http/reply.h"
#include "http/server.h"

#define BODIES		16	/* room for as many of the largest size */
#define TURNS		4	/* large bodies at once, see request.c */
#define WAITING		64	/* ... and waiting */
#define PAUSE_MS	20	/* when there is no memory for a connection */
#define PAUSES		50	/* how often, before it is turned away */
#define WARN_MS		60000	/* between warnings of that */

/* End the connection of least use, and wait a moment for its memory. */
static void
pause_short(struct http_server *h)
{
	int64_t now = base_clock_mono_ms();

	if (h->warned_ms == 0 || now - h->warned_ms >= WARN_MS) {
		warn("cannot serve a connection");
		h->warned_ms = now;
	}
	pthread_mutex_lock(&h->lock);
	http_conn_evict(h);
	pthread_mutex_unlock(&h->lock);
	base_clock_nap(PAUSE_MS, NULL);
}

/*
 * Say 503 on FD, without any memory or waiting, and close it.  What has come
 * in is read before, or else TCP would throw the reply away.
 */
static void
turn_away(struct http_server *h, int fd)
{
	struct iovec iov[HTTP_REPLY_PIECES];
	const struct msghdr m = { .msg_iov = iov,
	    .msg_iovlen = HTTP_REPLY_PIECES };
	char date[HTTP_REPLY_DATE_LEN], trash[4096];
	int i;

	for (i = 0; i < 16 && recv(fd, trash, sizeof(trash),
	    MSG_DONTWAIT) > 0; i++)
		;
	http_reply_date(date, base_clock_now_s());
	pthread_mutex_lock(&h->lock);
	http_reply_unavailable(iov, date, h->o->fields);
	sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	pthread_mutex_unlock(&h->lock);
	close(fd);
}

/*
 * Accept one connection from FD.  When memory for it is short it is tried again
 * for a while, as others will be done soon; those behind it would not fare
 * better.
 */
static void
accept_one(struct http_server *h, int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	int conn, i;

	conn = accept4(fd, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC);
	if (conn == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_short(h);
		return;
	}
	/* The address of a local client may be empty. */
	for (i = 0; i < PAUSES; i++) {
		if (http_conn_start(h, conn, (struct sockaddr *)&ss, len) == 0)
			return;
		if (errno == EBUSY)
			break;
		pause_short(h);
	}
	turn_away(h, conn);
}

static void *
accept_thread(void *arg)
{
	struct pollfd p[HTTP_LISTEN_MAX + 1];
	struct http_server *h = arg;
	size_t i;

	for (i = 0; i < h->nfd; i++)
		p[i] = (struct pollfd){ .fd = h->fd[i], .events = POLLIN };
	p[i] = (struct pollfd){ .fd = h->wake, .events = POLLIN };
	for (;;) {
		if (poll(p, h->nfd + 1, -1) == -1)
			continue;
		if (p[h->nfd].revents != 0)
			return NULL;
		for (i = 0; i < h->nfd; i++)
			if (p[i].revents != 0)
				accept_one(h, h->fd[i]);
	}
}

/*
 * Accept no more.  The descriptors are the caller's, who closes them later.
 * /dev/null takes their place, which closes the sockets now.
 */
static void
stop_listening(struct http_server *h)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const uint64_t one = 1;
	size_t i;

	if (h->accepting) {
		if (write(h->wake, &one, sizeof(one)) != sizeof(one))
			warn("eventfd");
		pthread_join(h->acceptor, NULL);
	}
	for (i = 0; i < h->nfd && null != -1; i++)
		dup3(null, h->fd[i], O_CLOEXEC);
	if (null != -1)
		close(null);
}

static void
free_server(struct http_server *h)
{
	assert(h->n == 0);
	if (h->wake != -1)
		close(h->wake);
	http_loop_done(&h->loop);
	http_share_done(&h->share);
	pthread_cond_destroy(&h->gone);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* The tick of the event loop: see to connections that no thread has. */
static void
end_late(void *arg)
{
	struct http_server *h = arg;

	pthread_mutex_lock(&h->lock);
	http_conn_end_late(h);
	pthread_mutex_unlock(&h->lock);
}

/* What one client may have: a quarter, but always some. */
static unsigned
quarter_of(unsigned n)
{
	return n / 4 > 8 ? n / 4 : 8;
}

/* Under the lock, or before there are threads. */
static void
use_options(struct http_server *h, struct http_server_options *o)
{
	const struct http_share_limits max = {
		.connections = quarter_of(o->connections),
		.requests = quarter_of(o->connections),
		.all_bytes = BODIES * o->max_body,
		.bytes = BODIES / 4 * o->max_body,
		.all_turns = TURNS,
		.turns = TURNS / 2,
		.all_waiting = WAITING,
		.waiting = WAITING / 4
	};

	h->o = o;
	h->connections = o->connections;
	h->request_s = o->request_s;
	h->idle_s = o->idle_s;
	http_share_change(&h->share, &max);
}

/*
 * The sockets are made non-blocking: other processes may accept from them as
 * well, and one that was faster must not leave our thread waiting.
 */
struct http_server *
http_server_open(const struct http_listen *l, struct http_server_options *o)
{
	struct http_server *h;
	size_t i;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->gone, NULL);
	TAILQ_INIT(&h->conns);
	http_share_init(&h->share);
	use_options(h, o);
	h->wake = -1;
	if (http_loop_init(&h->loop, http_conn_serve, end_late, h) == -1) {
		free_server(h);
		return NULL;
	}
	if ((h->wake = eventfd(0, EFD_CLOEXEC)) == -1) {
		warn("eventfd");
		free_server(h);
		return NULL;
	}
	if (l == NULL)
		return h;
	for (i = 0; i < l->n; i++) {
		h->fd[h->nfd++] = l->at[i].fd;
		fcntl(l->at[i].fd, F_SETFL, O_NONBLOCK);
	}
	if ((errno = pthread_create(&h->acceptor, NULL, accept_thread,
	    h)) != 0) {
		warn("thread");
		free_server(h);
		return NULL;
	}
	h->accepting = 1;
	return h;
}

int
http_server_add(struct http_server *h, int fd, const struct sockaddr *peer,
    socklen_t len)
{
	if (http_conn_start(h, fd, peer, len) == 0)
		return 0;
	warn("cannot serve the connection");
	close(fd);
	return -1;
}

void
http_server_change(struct http_server *h, struct http_server_options *o)
{
	struct http_server_options *old;
	int last;

	assert(o->uses == 0);
	pthread_mutex_lock(&h->lock);
	old = h->o;
	use_options(h, o);
	last = old->uses == 0;
	pthread_mutex_unlock(&h->lock);
	if (last)
		old->unused(old->ctx);
}

void
http_server_end(struct http_server *h, int wait_s)
{
	int64_t end = base_clock_mono_ms() + wait_s * 1000LL;
	unsigned busy;

	if (h == NULL)
		return;
	stop_listening(h);
	atomic_store(&h->stopping, 1);
	do {
		pthread_mutex_lock(&h->lock);
		busy = http_conn_end_idle(h);
		pthread_mutex_unlock(&h->lock);
	} while (busy > 0 && base_clock_mono_ms() < end &&
	    poll(NULL, 0, 10) == 0);
	pthread_mutex_lock(&h->lock);
	http_conn_end_all(h);
	while (h->n > 0)
		pthread_cond_wait(&h->gone, &h->lock);
	pthread_mutex_unlock(&h->lock);
	free_server(h);
}
