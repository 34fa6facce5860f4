/* SPDX-License-Identifier: ISC */
/*
 * Connections of the HTTP server.
 *
 * While a connection waits for a request the event loop watches it
 * (http/loop.h), and it costs no thread and little memory.  When something has
 * come a thread of the loop has it to itself, reads the request and calls the
 * handler.  A handler may answer, and the thread sends that; or it leaves the
 * request to others, and with it the connection: it is then that thread's which
 * completes the reply, in http_request_finish().  That one must not wait, as it
 * may have a whole batch of requests to finish.  It sends what the client takes
 * at once, which is nearly always all; what is left, and all that may have to
 * be waited for (the rest of a reply, requests that were sent ahead, the end of
 * a client that still sends), is parked: the loop watches the socket until it
 * takes something, and then a thread of the loop goes on.  In the usual case
 * one recv() brings all of the request, and a sendmsg() takes all of the reply.
 *
 * PHASES.  A connection goes round through the phases below; each has a
 * deadline, so that no client can hold a thread by doing nothing, or little.
 *
 *	phase      what the client must do    by when
 *	IDLE       send a first byte          idle_s
 *	HEAD       send the rest of the head  HEAD_MS, or request_s if shorter
 *	BODY       send the body              request_s, and BODY_MS + 1 s for
 *	                                      each MIN_RATE bytes that have come
 *	WORKING    nothing: it waits for us   none; see request.c
 *	WAITING    the same, until a thread   request_s
 *	           of ours takes it
 *	SENDING    take the reply             request_s
 *	UNSENT     take some of the reply     request_s
 *	LINGERING  close                      LINGER_MS
 *
 * A deadline is the end of a phase, not a pause between bytes: a client that
 * sends a byte now and then does not move it.  The thread that has the
 * connection looks after it, in the timeouts of poll(): request.c has the
 * deadlines of HEAD and BODY, http_conn_send() and http_conn_linger() have
 * those of SENDING and LINGERING.  A connection that idles or is parked
 * (WAITING, UNSENT) has no thread: http_conn_end_late() looks at all of these
 * about once a second.  One that is
 * excess (see TOO MANY) has EXCESS_MS to send a first byte, and again for its
 * head.  Of a new phase, rank_useless() has to know whether a connection in it
 * may be ended to make room.
 *
 * WHO ENDS IT, AND WHEN.  Its thread ends it after a reply that said so,
 * because the client wants that, the end of the request was not reached, or
 * the server is stopping; and without a reply when a deadline is missed, the
 * client has gone, or memory is too short to read on.  Others end it by
 * making it look as if the client had gone, see below: a newcomer that needs
 * the place; the tick that finds it idle for too long; and whoever stops the
 * server, once the connection has idled for LAST_MS, and in any phase when the
 * patience is over.  It is always a thread that has the connection which
 * closes the descriptor and frees the rest: a connection that idles or is
 * parked is given to one by the event loop, as if the client had gone.
 *
 * WHO MAY TOUCH WHAT.  The thread that has a connection owns all of it.
 * Others, under the server's lock, may read the atomic members and `excess',
 * which the thread itself changes under the lock only; set `evicted'; and
 * change the place in the list.  They do one thing to the descriptor only:
 * shutdown() the socket, which makes the thread's next or present call return
 * as if the client had gone.  The thread takes the connection out of the list,
 * under the lock, before it closes the descriptor.  So whoever finds a
 * connection in the list under the lock may use its descriptor, and it is never
 * that of something else.
 *
 * TOO MANY.  With as many connections as are allowed a new one makes room by
 * ending that one of least use: one that has been answered already; or was
 * idle longest, unless it has just come and is about to ask; or whose head has
 * been coming in longest, as a client with a head to send does that at once; or
 * that does not take its reply; or whose body comes in slowest.  If there is
 * none, the new one is `excess'.  Then it may still send its request, of which
 * there are SPARE at once, and if none of the others has made room a moment
 * later it is told 503 and closed.  While it waits, a client that has sent
 * requests ahead gets the reply to one and no more: its connection would be
 * busy without a pause for as long as it likes.
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

#define READ_BYTES	4000	/* at once: with its NUL one page */
#define LAST_MS		1000	/* at the end, for another request */
#define EXCESS_MS	2000	/* for an excess one to send a first byte */
#define CROWD		256	/* of more, those that idle keep no buffers */
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
 * Is C about to send its first request?  A client that has just been accepted
 * is, and it was us it got: it is given HEAD_PATIENCE_MS for that.
 */
static int
is_fresh(const struct http_conn *c, int64_t now)
{
	return !atomic_load(&c->asked) &&
	    now - atomic_load(&c->since_ms) < HEAD_PATIENCE_MS;
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
		return !c->excess && is_fresh(c, now) ? 0 :
		    4 * phase_weight + for_ms;
	case HTTP_CONN_HEAD:
		return for_ms < HEAD_PATIENCE_MS ? 0 :
		    3 * phase_weight + for_ms;
	case HTTP_CONN_SENDING:
	case HTTP_CONN_UNSENT:
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

unsigned
http_conn_end_idle(struct http_server *h)
{
	int64_t now = base_clock_mono_ms();
	struct http_conn *c;
	unsigned busy = 0;

	TAILQ_FOREACH(c, &h->conns, next)
		if (atomic_load(&c->phase) == HTTP_CONN_IDLE && is_quiet(c) &&
		    now - atomic_load(&c->since_ms) >= LAST_MS)
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

/*
 * The usual case: nothing is left of what was read, and one recv() brings the
 * next request whole.
 */
static enum http_conn_state
find_request(struct http_conn *c)
{
	char *to;
	ssize_t n;

	assert(c->at <= c->in.len);
	if (c->at < c->in.len)
		return HTTP_CONN_HAS_REQUEST;	/* sent ahead by the client */
	base_buf_reset(&c->in);
	c->at = 0;
	if ((to = base_buf_room(&c->in, READ_BYTES)) == NULL)
		return HTTP_CONN_GONE;
	do
		n = recv(c->fd, to, READ_BYTES, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return HTTP_CONN_QUIET;
	if (n <= 0)
		return HTTP_CONN_GONE;
	c->in.len = (size_t)n;
	atomic_store(&c->asked, 1);
	return HTTP_CONN_HAS_REQUEST;
}

ssize_t
http_conn_read(struct http_conn *c, void *buf, size_t len, int64_t due_ms)
{
	ssize_t n;

	/* What is there already needs no poll(), but has its time, too. */
	do {
		if (base_clock_mono_ms() >= due_ms)
			return 0;
		n = recv(c->fd, buf, len, MSG_DONTWAIT);
	} while (n == -1 && (errno == EINTR || (errno == EAGAIN &&
	    wait_until(c->fd, POLLIN, due_ms))));
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
http_conn_send_some(struct http_conn *c, struct iovec **iov, size_t *n)
{
	struct msghdr m = { .msg_iov = *iov };
	ssize_t sent;

	while (*n > 0) {
		m.msg_iov = *iov;
		m.msg_iovlen = *n;
		sent = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent == -1 && errno != EINTR)
			return errno == EAGAIN ? 0 : -1;
		for (; sent >= 0 && *n > 0; ++*iov, --*n) {
			if ((size_t)sent < (*iov)->iov_len) {
				(*iov)->iov_base =
				    (char *)(*iov)->iov_base + sent;
				(*iov)->iov_len -= (size_t)sent;
				break;
			}
			sent -= (ssize_t)(*iov)->iov_len;
		}
	}
	return 1;
}

int
http_conn_send(struct http_conn *c, struct iovec *iov, size_t n)
{
	int64_t due = base_clock_mono_ms() +
	    atomic_load(&c->server->request_s) * 1000LL;
	int sent;

	while ((sent = http_conn_send_some(c, &iov, &n)) == 0 &&
	    wait_until(c->fd, POLLOUT, due))
		;
	return sent == 1 ? 0 : -1;
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

/*
 * Take C out of the list and free it.  The last connection calls empty(), after
 * which the server may be released as soon as it counts none.
 */
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
	pthread_mutex_lock(&h->lock);
	atomic_store(&h->nconn, --h->n);
	if (h->n == 0)
		pthread_cond_broadcast(&h->gone);
	pthread_mutex_unlock(&h->lock);
}

/* Free the memory that C can do without until its next request. */
static void
free_buffers(struct http_conn *c)
{
	base_buf_done(&c->in);
	c->at = 0;
	base_buf_done(&c->wire);
	http_request_shrink(c);
}

/*
 * Have C watched until something comes.  Returns 1, and C may be gone already;
 * or 0 if the caller has to end it.
 */
static int
hand_back(struct http_conn *c)
{
	struct http_server *h = c->server;
	int fd = c->fd;

	if (atomic_load(&h->nconn) > CROWD)
		free_buffers(c);
	http_conn_enter(c, HTTP_CONN_IDLE);
	return http_loop_again(&h->loop, fd, c) == 0;
}

void
http_conn_rest(struct http_conn *c, int more)
{
	if (!more || !hand_back(c))
		leave_list(c->server, c);
}

int
http_conn_park(struct http_conn *c, enum http_conn_phase phase)
{
	struct http_server *h = c->server;
	int fd = c->fd;

	http_conn_enter(c, phase);
	return http_loop_soon(&h->loop, fd, c);
}

/*
 * Something has come, or the client has gone.  The requests that were read are
 * answered; for what comes later the connection is watched again, so that
 * other connections have their turn.
 */
static void
serve_requests(struct http_conn *c)
{
	enum http_conn_then then = HTTP_CONN_MORE;
	enum http_conn_state state;

	/* Before it is read, or it would look as if there were nothing. */
	http_conn_enter(c, HTTP_CONN_HEAD);
	state = find_request(c);
	while (state == HTTP_CONN_HAS_REQUEST) {
		then = http_request_serve(c);
		if (then == HTTP_CONN_LATER)
			return;
		if (then == HTTP_CONN_END || c->at == c->in.len)
			break;
	}
	http_conn_rest(c, state != HTTP_CONN_GONE && then == HTTP_CONN_MORE);
}

/*
 * Reading the phase, set by the thread before, makes all it did visible here:
 * both are atomic.
 */
void
http_conn_serve(void *arg)
{
	struct http_conn *c = arg;
	int phase = atomic_load(&c->phase);

	if (phase == HTTP_CONN_WAITING) {
		http_conn_enter(c, HTTP_CONN_WORKING);
		c->work(c->work_arg);
		return;
	}
	assert(phase == HTTP_CONN_IDLE || phase == HTTP_CONN_UNSENT);
	if (phase == HTTP_CONN_UNSENT && (http_request_send_rest(c) ==
	    HTTP_CONN_END || c->at == c->in.len))
		http_conn_rest(c, !c->ends);
	else
		serve_requests(c);
}

/* How long C may be in its phase while no thread has it; -1: for ever. */
static int64_t
patience_ms(const struct http_conn *c)
{
	switch (atomic_load(&c->phase)) {
	case HTTP_CONN_IDLE:
		return c->excess ? EXCESS_MS :
		    atomic_load(&c->server->idle_s) * INT64_C(1000);
	case HTTP_CONN_WAITING:
	case HTTP_CONN_UNSENT:
		return atomic_load(&c->server->request_s) * INT64_C(1000);
	default:
		return -1;
	}
}

void
http_conn_end_late(struct http_server *h)
{
	int64_t now = base_clock_mono_ms(), ms;
	struct http_conn *c;

	TAILQ_FOREACH(c, &h->conns, next)
		if ((ms = patience_ms(c)) != -1 &&
		    now - atomic_load(&c->since_ms) >= ms &&
		    (atomic_load(&c->phase) != HTTP_CONN_IDLE || is_quiet(c)))
			cut_off(c);
}

/*
 * Take the share that a connection from SA needs.  Returns NULL for a trusted
 * proxy, which needs none; and with *DENIED set if the client has all of its
 * share, or memory is short.
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

/*
 * Make a connection and put it in the list.  Returns NULL if memory is short,
 * or with EBUSY if there is no room for one more.  FD is still the caller's
 * then.
 */
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
	/* Those that wait for a place go first. */
	c->excess = c->denied || atomic_load(&h->nwaiting) > 0 ||
	    (h->n - h->nexcess >= h->connections && !evict_one(h, 0));
	room = !c->excess || h->nexcess < SPARE / (c->denied ? 2 : 1) ||
	    (!c->denied && h->nexcess < 2 * SPARE && evict_one(h, 1));
	if (room) {
		h->n++;
		atomic_store(&h->nconn, h->n);
		h->nexcess += c->excess ? 1 : 0;
		TAILQ_INSERT_TAIL(&h->conns, c, next);
	}
	pthread_mutex_unlock(&h->lock);
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
	struct http_conn *c;
	int e;

	if ((c = new_conn(h, fd, peer, len)) == NULL)
		return -1;
	if (http_loop_add(&h->loop, fd, c) == 0)
		return 0;
	e = errno;
	c->fd = -1;		/* the caller still has it */
	leave_list(h, c);
	errno = e;
	return -1;
}
