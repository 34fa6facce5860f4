/* SPDX-License-Identifier: ISC */
/*
 * Connections of the HTTP server, a thread each.
 *
 * A thread per connection needs no machinery that hands requests from one
 * thread to another, and a handler may wait for a database as long as it
 * likes: nobody else waits for it.  It costs some 20 kB for a connection that
 * idles, and with handlers of half a millisecond it answers more requests
 * than a pool of workers behind an event loop.  In the usual case a request
 * takes two system calls: a recv() that waits for it and brings all of it,
 * and a sendmsg() of the reply.
 *
 * PHASES.  A connection goes round through the phases below; each has a
 * deadline, so that no client can hold a thread by doing nothing, or little.
 *
 *	phase    what the client must do         by when
 *	IDLE     send a first byte               idle_s
 *	HEAD     send the rest of the head       10 s, or request_s if shorter
 *	BODY     send the body                   request_s, and 10 s + 1 s for
 *	                                         each 500 bytes that have come
 *	WORKING  nothing: it waits for us        none; see request.c
 *	SENDING  take the reply                  request_s
 *	LINGERING  close                         5 s
 *
 * A deadline is the end of a phase, not a pause between bytes: a client that
 * sends a byte now and then does not move it.  The thread itself looks after
 * it, in the timeouts of recv() and poll(); there is no timer.
 *
 * WHO ENDS IT, AND WHEN.  Its thread: after a reply that said so, because the
 * client wants that, the end of the request was not reached, or the server is
 * stopping; without a reply when a deadline is missed, the client has gone,
 * or memory is too short to read on.  Others, by making it look as if the
 * client had gone: a newcomer that needs the place; the one that stops the
 * server, at once while it idles and in any phase when the patience is over.
 * In all cases the thread is what closes the descriptor and frees the rest.
 *
 * WHO MAY TOUCH WHAT.  The thread of a connection owns all of it but the
 * descriptor's state, the phase and the place in the list, which others look
 * at under the server's lock.  They do one thing only: shutdown() the socket,
 * which makes the thread's next or present call return as if the client had
 * gone.  The thread takes itself out of the list, under the lock, before it
 * closes the descriptor.  So whoever finds a connection in the list under the
 * lock may use its descriptor, and it is never that of something else.
 *
 * TOO MANY.  With as many connections as are allowed a new one makes room by
 * ending that one of least use: one that has been answered already; or was
 * idle longest; or whose head has been coming in longest, as a client with a
 * head to send does that at once; or that does not take its reply; or whose
 * body comes in slowest.  If there is none, the new one is `excess'.  Then it
 * may still send its request, of which there are SPARE at once, and if none
 * of the others has made room a moment later it is told 503 and closed.  While
 * it waits, a client that has sent requests ahead gets the reply to one and no
 * more: its connection would be busy without a pause for as long as it likes.
 *
 * A client that has its share (http/share.h) is told so at once, as long as
 * half of the spare ones are free, and else hung up on.  Trusted proxies may
 * have any number of connections: what their clients may have is counted by
 * request.
 */
#include <sys/ioctl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/conn.h"
#include "http/server.h"

#define STACK_BYTES	(256 * 1024)
#define READ_BYTES	4000	/* at once: with its NUL one page */
#define FRESH_MS	1000	/* at the end, for a first request */
#define EXCESS_MS	2000	/* for a client that will be turned away */
#define SPARE		64	/* connections over the limit, told so */
#define ROOM_MS		300	/* how long one over the limit waits ... */
#define ROOM_NAP_MS	20	/* ... looking for room that often */
#define HEAD_PATIENCE_MS 250	/* before a head may make room ... */
#define SEND_PATIENCE_MS 500	/* ... or who does not take a reply ... */
#define BODY_PATIENCE_MS 3000	/* ... or a body, if it is slower than ... */
#define SLOW_RATE	(16 * 1024)	/* ... so many bytes a second */
#define LINGER_MS	5000	/* for what a refused client still sends */

void
http_conn_enter(struct http_conn *c, enum http_conn_phase phase)
{
	atomic_store(&c->since_ms, base_clock_mono_ms());
	atomic_store(&c->phase, phase);
}

/* End a connection: its thread wakes up and finds it closed. */
static void
cut_off(struct http_conn *c)
{
	shutdown(c->fd, SHUT_RDWR);
}

/* Is there nothing to read from C? */
static int
is_quiet(const struct http_conn *c)
{
	int unread;

	return ioctl(c->fd, FIONREAD, &unread) == -1 || unread == 0;
}

/* Bytes a second of the body of C so far. */
static int64_t
body_rate(const struct http_conn *c, int64_t for_ms)
{
	return (int64_t)atomic_load(&c->got) * 1000 / (for_ms + 1);
}

/*
 * How well C would make room for another: the larger, the better; 0: not at
 * all.  Those in earlier phases go first, and of one phase the longest there.
 */
static int64_t
rank_useless(const struct http_conn *c, int64_t now)
{
	int64_t for_ms = now - atomic_load(&c->since_ms);
	const int64_t phase_weight = INT64_C(1) << 40;

	assert(for_ms < phase_weight);
	switch (atomic_load(&c->phase)) {
	case HTTP_CONN_LINGERING:
		return 5 * phase_weight + for_ms;
	case HTTP_CONN_IDLE:
		return 4 * phase_weight + for_ms;
	case HTTP_CONN_HEAD:
		return for_ms < HEAD_PATIENCE_MS ? 0 :
		    3 * phase_weight + for_ms;
	case HTTP_CONN_SENDING:
		return for_ms < SEND_PATIENCE_MS ? 0 :
		    2 * phase_weight + for_ms;
	case HTTP_CONN_BODY:
		return for_ms < BODY_PATIENCE_MS ||
		    body_rate(c, for_ms) >= SLOW_RATE ? 0 :
		    phase_weight + SLOW_RATE - body_rate(c, for_ms);
	default:
		return 0;
	}
}

/* End the connection that is of the least use, of those in EXCESS or not. */
static int
evict_one(struct http_server *h, int excess)
{
	int64_t most = 0, now = base_clock_mono_ms(), use;
	struct http_conn *c, *victim = NULL;

	TAILQ_FOREACH(c, &h->conns, next)
		if (!c->evicted && c->excess == excess &&
		    (use = rank_useless(c, now)) > most &&
		    (atomic_load(&c->phase) != HTTP_CONN_IDLE ||
		    is_quiet(c))) {
			most = use;
			victim = c;
		}
	if (victim == NULL)
		return 0;
	victim->evicted = 1;
	cut_off(victim);
	return 1;
}

int
http_conn_evict(struct http_server *h)
{
	return evict_one(h, 0);
}

int
http_conn_has_room(struct http_conn *c)
{
	int64_t end = base_clock_mono_ms() + ROOM_MS;
	struct http_server *h = c->server;
	int has = !c->excess;

	if (has || c->denied)
		return has;
	atomic_fetch_add(&h->nwaiting, 1);
	while (!has && base_clock_mono_ms() < end) {
		pthread_mutex_lock(&h->lock);
		assert(h->nexcess > 0 && h->nexcess <= h->n);
		has = h->n - h->nexcess < h->connections || evict_one(h, 0);
		if (has) {
			c->excess = 0;
			h->nexcess--;
		}
		pthread_mutex_unlock(&h->lock);
		if (!has)
			base_clock_nap(ROOM_NAP_MS, NULL);
	}
	atomic_fetch_sub(&h->nwaiting, 1);
	return has;
}

int
http_conn_is_wanted(const struct http_conn *c)
{
	return atomic_load(&c->server->nwaiting) > 0 &&
	    (c->at < c->in.len || !is_quiet(c));
}

/*
 * A client that has just been accepted is about to send its request: it was
 * us it got, and not whoever else listens to the same socket.
 */
static int
is_fresh(const struct http_conn *c, int64_t now)
{
	return !atomic_load(&c->asked) &&
	    now - atomic_load(&c->since_ms) < FRESH_MS;
}

unsigned
http_conn_end_idle(struct http_server *h)
{
	int64_t now = base_clock_mono_ms();
	struct http_conn *c;
	unsigned busy = 0;

	TAILQ_FOREACH(c, &h->conns, next)
		if (atomic_load(&c->phase) == HTTP_CONN_IDLE && is_quiet(c) &&
		    !is_fresh(c, now))
			cut_off(c);
		else
			busy++;
	return busy;
}

void
http_conn_end_all(struct http_server *h)
{
	struct http_conn *c;

	TAILQ_FOREACH(c, &h->conns, next)
		cut_off(c);
}

/*
 * Reading and writing.
 */

/* Wait until FD is ready for EVENTS.  0 when it is too late. */
static int
wait_until(int fd, short events, int64_t due_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = due_ms - base_clock_mono_ms();
		if (left <= 0)
			return 0;
		n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
	} while (n == 0 || (n == -1 && errno == EINTR));
	return n > 0;
}

/* How long recv() waits: while C idles, there is no poll() before it. */
static void
set_idle_timeout(struct http_conn *c, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/*
 * The usual case: nothing is left of what was read, the client has not sent
 * the next request yet, and one recv() waits for it and brings it whole.
 *
 * The phase is set before `stopping' is looked at, and whoever stops the
 * server sets that before it looks at phases: so one of the two sees the
 * other, and no connection idles on while the server waits for it.
 */
int
http_conn_await(struct http_conn *c)
{
	struct http_server *h = c->server;
	int idle_s = atomic_load(&h->idle_s);
	char *to;
	ssize_t n;

	assert(c->at <= c->in.len);
	if (c->at < c->in.len)
		return 1;	/* it came with the one before */
	base_buf_reset(&c->in);
	c->at = 0;
	if ((to = base_buf_room(&c->in, READ_BYTES)) == NULL)
		return 0;
	http_conn_enter(c, HTTP_CONN_IDLE);
	/* From now on somebody who stops the server finds it idle. */
	if (atomic_load(&h->stopping) && is_quiet(c) &&
	    atomic_load(&c->asked))
		return 0;
	if (idle_s != c->timeout_s && !c->excess) {
		set_idle_timeout(c, idle_s * 1000LL);
		c->timeout_s = idle_s;
	}
	do
		n = recv(c->fd, to, READ_BYTES, 0);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return 0;
	c->in.len = (size_t)n;
	atomic_store(&c->asked, 1);
	return 1;
}

ssize_t
http_conn_read(struct http_conn *c, void *buf, size_t len, int64_t due_ms)
{
	ssize_t n;

	do {
		if (!wait_until(c->fd, POLLIN, due_ms))
			return 0;
		n = recv(c->fd, buf, len, MSG_DONTWAIT);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	return n > 0 ? n : 0;
}

ssize_t
http_conn_fill(struct http_conn *c, int64_t due_ms)
{
	ssize_t n;
	char *to;

	assert(c->at <= c->in.len);
	if (c->at > 0) {
		memmove(c->in.data, c->in.data + c->at, c->in.len - c->at);
		c->in.len -= c->at;
		c->at = 0;
	}
	if ((to = base_buf_room(&c->in, READ_BYTES)) == NULL)
		return -1;
	n = http_conn_read(c, to, READ_BYTES, due_ms);
	c->in.len += (size_t)n;
	return n;
}

/*
 * Most replies fit into the socket's buffer, so the first sendmsg() takes
 * all, and there is no poll().  What is left of IOV moves on as it is sent.
 */
int
http_conn_send(struct http_conn *c, struct iovec *iov, size_t n)
{
	int64_t due = base_clock_mono_ms() +
	    atomic_load(&c->server->request_s) * 1000LL;
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n };
	size_t len;
	ssize_t sent;

	while (m.msg_iovlen > 0) {
		sent = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent == -1 && errno == EAGAIN &&
		    wait_until(c->fd, POLLOUT, due))
			continue;
		if (sent == -1 && errno != EINTR)
			return -1;
		while (sent >= 0 && m.msg_iovlen > 0) {
			len = m.msg_iov->iov_len;
			if ((size_t)sent < len) {
				m.msg_iov->iov_base =
				    (char *)m.msg_iov->iov_base + sent;
				m.msg_iov->iov_len -= (size_t)sent;
				break;
			}
			sent -= (ssize_t)len;
			m.msg_iov++;
			m.msg_iovlen--;
		}
	}
	return 0;
}

int
http_conn_is_there(const struct http_conn *c)
{
	struct pollfd p = { .fd = c->fd };

	return poll(&p, 1, 0) != 1 || (p.revents & (POLLERR | POLLHUP)) == 0;
}

/*
 * Read what a client still sends that was answered before it had sent all:
 * to close a socket with unread bytes resets the connection, and the client
 * loses the reply.
 */
void
http_conn_linger(struct http_conn *c)
{
	int64_t due = base_clock_mono_ms() + LINGER_MS;
	char trash[16384];

	http_conn_enter(c, HTTP_CONN_LINGERING);
	shutdown(c->fd, SHUT_WR);
	while (http_conn_read(c, trash, sizeof(trash), due) > 0)
		;
}

/*
 * Coming and going.
 */

static void
free_conn(struct http_conn *c)
{
	struct http_server *h = c->server;

	if (c->guest != NULL) {
		http_share_disconnect(&h->share, c->guest);
		http_share_give(&h->share, c->guest);
	}
	if (c->fd != -1)
		close(c->fd);
	base_buf_done(&c->in);
	base_buf_done(&c->body);
	base_buf_done(&c->out);
	base_buf_done(&c->wire);
	http_body_done(&c->plain);
	base_arena_done(&c->arena);
	free(c);
}

/* C is in the list no more; the last one tells that all have gone. */
static void
leave_list(struct http_server *h, struct http_conn *c)
{
	void (*empty)(void *ctx) = NULL;
	void *ctx = NULL;

	pthread_mutex_lock(&h->lock);
	assert(h->n > 0);
	TAILQ_REMOVE(&h->conns, c, next);
	h->nexcess -= c->excess ? 1 : 0;
	if (TAILQ_EMPTY(&h->conns)) {
		empty = h->o->empty;
		ctx = h->o->ctx;
	}
	pthread_mutex_unlock(&h->lock);
	free_conn(c);
	if (empty != NULL)
		empty(ctx);
	/* The server may be released as soon as it counts none. */
	pthread_mutex_lock(&h->lock);
	if (--h->n == 0)
		pthread_cond_broadcast(&h->gone);
	pthread_mutex_unlock(&h->lock);
}

static void *
conn_thread(void *arg)
{
	struct http_conn *c = arg;

	while (http_request_serve(c))
		;
	leave_list(c->server, c);
	return NULL;
}

/*
 * The share that a connection from SA has to have; *DENIED if there is no
 * more of it.  NULL for those that need none, and if memory is short.
 */
static struct http_share_client *
take_share(struct http_server *h, const struct sockaddr *sa, int *denied)
{
	struct http_share_client *guest;
	struct http_peer peer;

	pthread_mutex_lock(&h->lock);
	http_peer_begin(&peer, &h->o->proxies, sa);
	pthread_mutex_unlock(&h->lock);
	if (peer.trusted)
		return NULL;
	if ((guest = http_share_take(&h->share, &peer)) != NULL &&
	    http_share_connect(&h->share, guest))
		return guest;
	http_share_give(&h->share, guest);
	*denied = 1;
	return NULL;
}

/* A connection in the list, or NULL if there is no room for one more. */
static struct http_conn *
new_conn(struct http_server *h, int fd, const struct sockaddr *peer,
    socklen_t len)
{
	struct http_conn *c;
	int on = 1, room;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->server = h;
	c->fd = fd;
	memcpy(&c->peer, peer, len < sizeof(c->peer) ? len : sizeof(c->peer));
	http_body_init(&c->plain);
	base_arena_init(&c->arena);
	c->guest = take_share(h, (struct sockaddr *)&c->peer, &c->denied);
	if (c->peer.ss_family == AF_INET || c->peer.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	http_conn_enter(c, HTTP_CONN_IDLE);
	pthread_mutex_lock(&h->lock);
	c->excess = c->denied || (h->n - h->nexcess >= h->connections &&
	    !evict_one(h, 0));
	room = !c->excess || h->nexcess < SPARE / (c->denied ? 2 : 1) ||
	    (!c->denied && h->nexcess < 2 * SPARE && evict_one(h, 1));
	if (room) {
		h->n++;
		h->nexcess += c->excess ? 1 : 0;
		TAILQ_INSERT_TAIL(&h->conns, c, next);
	}
	pthread_mutex_unlock(&h->lock);
	if (c->excess)
		set_idle_timeout(c, EXCESS_MS);
	if (room)
		return c;
	c->fd = -1;		/* the caller closes it */
	free_conn(c);
	errno = EBUSY;
	return NULL;
}

int
http_conn_start(struct http_server *h, int fd, const struct sockaddr *peer,
    socklen_t len)
{
	pthread_attr_t attr;
	struct http_conn *c;
	pthread_t thread;
	int e;

	if ((c = new_conn(h, fd, peer, len)) == NULL)
		return -1;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	e = pthread_create(&thread, &attr, conn_thread, c);
	pthread_attr_destroy(&attr);
	if (e == 0)
		return 0;
	c->fd = -1;		/* the caller still has it */
	leave_list(h, c);
	errno = e;
	return -1;
}
