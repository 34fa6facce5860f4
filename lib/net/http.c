/* SPDX-License-Identifier: ISC */
/*
 * libmicrohttpd, thread per connection: with handlers that wait half a
 * millisecond it is ahead of suspended connections with a pool of workers,
 * and its own pools serve the connections of one thread in turn.
 *
 * The library's timeout starts anew with every byte, so it is off.  Each
 * connection has a deadline for what it must do next: begin a request, send
 * it whole, take the reply.  One thread looks for missed ones and shuts
 * their sockets down, which ends the connection's thread.  While the handler
 * works there is no deadline.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "net/body.h"
#include "net/http.h"
#include "net/url.h"

#define STACK_BYTES	(256 * 1024)
#define SPARE		64	/* connections over the limit, told so */
#define REAP_MS		250
#define LINGER_MS	2000	/* for what a refused client still sends */
#define LARGE		(256 * 1024)	/* bodies handled few at a time ... */
#define LARGE_AT_ONCE	4
#define BODIES		32	/* ... and waiting: as many largest ones */
#define EXCESS_MS	2000	/* for a client that will be turned away */
#define KEEP		(64 * 1024)	/* buffers an idle one may keep */

/* What a connection is doing, for its deadline. */
enum phase {
	IDLE,			/* nothing of a request was read */
	READING,
	WORKING,		/* no deadline */
	SENDING
};

struct conn {
	struct conn		*next, *prev;
	struct net_http		*http;
	int			 fd;
	const struct sockaddr	*peer;
	_Atomic int		 phase;
	_Atomic int64_t		 due_ms;	/* of the phase */
	int			 excess;	/* over the limit */
	/* the request, in the connection's thread */
	int			 begun;
	int			 early;		/* refused while being sent */
	int			 large;		/* holds one of http->large */
	size_t			 held;		/* bytes counted in bodies */
	struct base_buf		 body, out;
	struct net_body		 plain;
	struct base_arena	 arena;
	struct net_http_request	 rq;
	char			 client[NET_PEER_TEXT_LEN];
	struct framing {
		unsigned	 lengths, codings;
		int		 odd;
		const char	*length, *coding, *encoding, *type;
		const char	*forwarded;
	}			 f;
};

struct net_http {
	struct net_http_options	 o;
	struct MHD_Daemon	*daemon;
	pthread_t		 reaper;
	pthread_mutex_t		 lock;
	pthread_cond_t		 changed;
	struct conn		*conns;		/* under the lock */
	unsigned		 n;
	int			 stop_reaper;
	_Atomic int		 stopping;	/* close after the reply */
	sem_t			 large;
	_Atomic size_t		 bodies;	/* bytes of all requests */
};

/*
 * Phases and deadlines.
 */

static void
enter(struct conn *c, enum phase phase)
{
	const struct net_http_options *o = &c->http->o;
	int s = phase == IDLE ? o->idle_s : o->request_s;

	atomic_store(&c->due_ms, phase == WORKING ? INT64_MAX :
	    base_civil_mono_ms() + s * 1000LL);
	atomic_store(&c->phase, phase);
}

/* End the connection: its thread wakes up and finds it closed. */
static void
cut(struct conn *c)
{
	atomic_store(&c->due_ms, INT64_MAX);
	atomic_store(&c->phase, WORKING);
	shutdown(c->fd, SHUT_RDWR);
}

static void *
reap(void *arg)
{
	struct net_http *h = arg;
	struct timespec until;
	struct conn *c;
	int64_t now;

	pthread_mutex_lock(&h->lock);
	while (!h->stop_reaper) {
		now = base_civil_mono_ms() + REAP_MS;
		until.tv_sec = now / 1000;
		until.tv_nsec = now % 1000 * 1000000;
		pthread_cond_clockwait(&h->changed, &h->lock, CLOCK_MONOTONIC,
		    &until);
		now = base_civil_mono_ms();
		for (c = h->conns; c != NULL; c = c->next)
			if (atomic_load(&c->due_ms) < now)
				cut(c);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Is there nothing to read from C? */
static int
is_quiet(const struct conn *c)
{
	int unread;

	return ioctl(c->fd, FIONREAD, &unread) == -1 || unread == 0;
}

/* Make room by ending the connection that was idle longest. */
static int
evict(struct net_http *h)
{
	struct conn *c, *oldest = NULL;

	for (c = h->conns; c != NULL; c = c->next)
		if (atomic_load(&c->phase) == IDLE && !c->excess &&
		    (oldest == NULL || atomic_load(&c->due_ms) <
		    atomic_load(&oldest->due_ms)))
			oldest = c;
	if (oldest == NULL || !is_quiet(oldest))
		return 0;
	cut(oldest);
	return 1;
}

/*
 * Connections come and go.
 */

static struct conn *
arrive(struct net_http *h, struct MHD_Connection *mc)
{
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->http = h;
	c->fd = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	c->peer = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	base_buf_init(&c->body);
	net_body_init(&c->plain);
	base_buf_init(&c->out);
	base_arena_init(&c->arena);
	enter(c, IDLE);
	pthread_mutex_lock(&h->lock);
	if (h->n >= h->o.connections)
		c->excess = !evict(h);
	if (c->excess)
		atomic_store(&c->due_ms, base_civil_mono_ms() + EXCESS_MS);
	h->n++;
	if ((c->next = h->conns) != NULL)
		c->next->prev = c;
	h->conns = c;
	pthread_mutex_unlock(&h->lock);
	return c;
}

static void
leave(struct net_http *h, struct conn *c)
{
	pthread_mutex_lock(&h->lock);
	h->n--;
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		h->conns = c->next;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	atomic_fetch_sub(&h->bodies, c->held);
	base_buf_done(&c->body);
	net_body_done(&c->plain);
	base_buf_done(&c->out);
	base_arena_done(&c->arena);
	free(c);
}

static void
on_connection(void *arg, struct MHD_Connection *mc, void **ctx,
    enum MHD_ConnectionNotificationCode code)
{
	struct net_http *h = arg;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*ctx = arrive(h, mc);
	else if (*ctx != NULL)
		leave(h, *ctx);
}

static struct conn *
conn_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info == NULL ? NULL : info->socket_context;
}

/*
 * A request, step by step.
 */

/* The request line is there. */
static void *
on_line(void *arg, const char *uri, struct MHD_Connection *mc)
{
	struct conn *c = conn_of(mc);

	(void)arg;
	(void)uri;
	if (c != NULL) {
		c->begun = 0;
		enter(c, READING);
	}
	return c;
}

static size_t
unescape(void *arg, struct MHD_Connection *mc, char *s)
{
	(void)arg;
	(void)mc;
	return net_url_unescape(s);
}

/*
 * A blank before the colon makes the library take it for part of the name,
 * and a folded line for a longer name.  Others may read these headers as
 * what they are meant to look like.
 */
static int
is_odd(const char *name)
{
	return strpbrk(name, " \t") != NULL ||
	    (strncasecmp(name, "Content-Length", 14) == 0 &&
	    name[14] != '\0') ||
	    (strncasecmp(name, "Transfer-Encoding", 17) == 0 &&
	    name[17] != '\0');
}

static enum MHD_Result
on_header(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct framing *f = arg;

	(void)kind;
	if (value == NULL)
		value = "";
	f->odd |= is_odd(name);
	if (strcasecmp(name, "Content-Length") == 0) {
		f->lengths++;
		f->length = value;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		f->codings++;
		f->coding = value;
	} else if (strcasecmp(name, "Content-Type") == 0)
		f->type = value;
	else if (strcasecmp(name, "Content-Encoding") == 0)
		f->encoding = value;
	else if (strcasecmp(name, "X-Forwarded-For") == 0 &&
	    f->forwarded == NULL)
		f->forwarded = value;
	return MHD_YES;
}

/* What the headers say of the request, before any of its body. */
static enum net_http_verdict
check_framing(const struct conn *c, const char *version)
{
	const struct framing *f = &c->f;

	if (c->excess)
		return NET_HTTP_BUSY;
	if (f->odd || f->lengths + f->codings > 1 || (f->codings > 0 &&
	    (strcasecmp(f->coding, "chunked") != 0 ||
	    strcmp(version, MHD_HTTP_VERSION_1_1) != 0)))
		return NET_HTTP_BAD_REQUEST;
	/* The library has made sure that it is a number. */
	if (f->lengths > 0 &&
	    strtoull(f->length, NULL, 10) > c->http->o.max_body)
		return NET_HTTP_TOO_LARGE;
	return NET_HTTP_OK;
}

/* Count LEN more bytes that this request holds; 0 if there is no room. */
static int
hold(struct conn *c, size_t len)
{
	size_t max = BODIES * c->http->o.max_body;

	if (atomic_fetch_add(&c->http->bodies, len) + len > max) {
		atomic_fetch_sub(&c->http->bodies, len);
		return 0;
	}
	c->held += len;
	return 1;
}

/* Some of the body; after the first fault the rest is only skipped. */
static void
take(struct conn *c, const char *data, size_t len)
{
	if (c->rq.verdict != NET_HTTP_OK)
		return;
	if (len > c->http->o.max_body - c->body.len)
		c->rq.verdict = NET_HTTP_TOO_LARGE;
	else if (!hold(c, len))
		c->rq.verdict = NET_HTTP_BUSY;
	else {
		base_buf_add(&c->body, data, len);
		if (!base_buf_ok(&c->body))
			c->rq.verdict = NET_HTTP_BUSY;
	}
	if (c->rq.verdict != NET_HTTP_OK)
		base_buf_done(&c->body);
}

static void
wait_large(struct conn *c)
{
	while (!c->large)
		c->large = sem_wait(&c->http->large) == 0;
}

static enum net_body_verdict
read_body(struct conn *c, size_t max)
{
	return net_body_read(&c->plain, c->body.data, c->body.len,
	    c->f.encoding, c->f.type, max);
}

/*
 * The body is complete.  A large one waits for its turn, and so does one
 * that turns out to be large when it is unpacked.
 */
static void
finish_body(struct conn *c)
{
	size_t max = c->http->o.max_inflated;
	enum net_body_verdict v;

	if (c->rq.verdict != NET_HTTP_OK || c->body.len == 0)
		return;
	if (c->body.len > LARGE)
		wait_large(c);
	v = read_body(c, max < LARGE || c->large ? max : LARGE);
	if (v == NET_BODY_TOO_LARGE && max > LARGE && !c->large) {
		wait_large(c);
		v = read_body(c, max);
	}
	c->rq.verdict = v == NET_BODY_OK ? NET_HTTP_OK :
	    v == NET_BODY_BAD ? NET_HTTP_BAD_BODY :
	    v == NET_BODY_TOO_LARGE ? NET_HTTP_TOO_LARGE : NET_HTTP_BUSY;
	c->rq.why = c->plain.why;
	c->rq.body = c->plain.text;
	c->rq.len = c->plain.len;
}

/* Have the request answered, and send that. */
static enum MHD_Result
answer(struct conn *c, struct MHD_Connection *mc)
{
	struct net_http *h = c->http;
	struct net_http_reply rp = { .status = 500, .body = &c->out };
	struct MHD_Response *res;
	enum MHD_Result rc;
	size_t i;

	enter(c, WORKING);
	finish_body(c);
	h->o.handler(h->o.ctx, &c->rq, &rp);
	if (c->large)
		sem_post(&h->large);
	c->large = 0;
	if (!base_buf_ok(&c->out) ||
	    (res = MHD_create_response_from_buffer(c->out.len, c->out.data,
	    MHD_RESPMEM_PERSISTENT)) == NULL)
		return MHD_NO;
	for (i = 0; i < rp.nheader; i++)
		MHD_add_response_header(res, rp.header[i].name,
		    rp.header[i].value);
	if (c->early || c->excess || atomic_load(&h->stopping))
		MHD_add_response_header(res, "Connection", "close");
	enter(c, SENDING);
	rc = MHD_queue_response(mc, (unsigned)rp.status, res);
	MHD_destroy_response(res);
	return rc;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *mc, const char *path,
    const char *method, const char *version, const char *data, size_t *len,
    void **ctx)
{
	struct conn *c = *ctx;

	(void)arg;
	if (c == NULL)
		return MHD_NO;
	if (!c->begun) {
		c->begun = 1;
		memset(&c->f, 0, sizeof(c->f));
		MHD_get_connection_values(mc, MHD_HEADER_KIND, on_header,
		    &c->f);
		net_peer_client(c->client, &c->http->o.proxies, c->peer,
		    c->f.forwarded);
		c->rq = (struct net_http_request){
			.verdict = check_framing(c, version),
			.method = method,
			.path = net_url_path(path),
			.body = "",
			.client = c->client,
			.arena = &c->arena,
			.handle = mc
		};
		if (c->rq.verdict == NET_HTTP_OK)
			return MHD_YES;
		c->early = 1;
		return answer(c, mc);
	}
	if (*len > 0) {
		take(c, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return answer(c, mc);
}

/*
 * Read what a refused client still sends: closing a socket with unread bytes
 * would reset the connection, and the client lose the reply.
 */
static void
linger(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t left, end = base_civil_mono_ms() + LINGER_MS;
	char trash[16384];

	shutdown(c->fd, SHUT_WR);
	while ((left = end - base_civil_mono_ms()) > 0 &&
	    poll(&p, 1, (int)left) == 1 &&
	    recv(c->fd, trash, sizeof(trash), MSG_DONTWAIT) > 0)
		;
}

/* The reply was sent, or the connection is lost. */
static void
on_completed(void *arg, struct MHD_Connection *mc, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct conn *c = *ctx;

	(void)arg;
	(void)mc;
	if (c == NULL)
		return;
	if (c->early && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		linger(c);
	c->early = 0;
	atomic_fetch_sub(&c->http->bodies, c->held);
	c->held = 0;
	if (c->body.cap + c->plain.buf.cap + c->out.cap + c->arena.total >
	    KEEP) {
		base_buf_done(&c->body);
		base_buf_done(&c->out);
		net_body_done(&c->plain);
		base_arena_done(&c->arena);
		base_arena_init(&c->arena);
	}
	base_buf_reset(&c->body);
	base_buf_reset(&c->out);
	base_arena_reset(&c->arena);
	enter(c, IDLE);
}

/*
 * The server.
 */

struct net_http *
net_http_open(const struct net_http_options *o)
{
	struct net_http *h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		warn(NULL);
		return NULL;
	}
	h->o = *o;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	sem_init(&h->large, 0, LARGE_AT_ONCE);
	h->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
	    on_request, h,
	    MHD_OPTION_LISTEN_SOCKET, o->fd,
	    MHD_OPTION_CONNECTION_LIMIT, o->connections + SPARE,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_URI_LOG_CALLBACK, on_line, h,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape, h,
	    MHD_OPTION_END);
	if (h->daemon == NULL ||
	    pthread_create(&h->reaper, NULL, reap, h) != 0) {
		warn("cannot serve HTTP");
		if (h->daemon != NULL) {
			MHD_quiesce_daemon(h->daemon);
			MHD_stop_daemon(h->daemon);
		}
		free(h);
		return NULL;
	}
	return h;
}

/* End connections that wait for a request; returns how many others are. */
static unsigned
end_idle(struct net_http *h)
{
	struct conn *c;
	unsigned busy = 0;

	for (c = h->conns; c != NULL; c = c->next)
		if (atomic_load(&c->phase) == IDLE && is_quiet(c))
			cut(c);
		else
			busy++;
	return busy;
}

/*
 * The library may look at the descriptor once more, so it must stay; but
 * clients must not be kept waiting on a socket that nobody accepts from.
 */
static void
stop_listening(int fd)
{
	int null;

	if ((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		return;
	dup2(null, fd);
	close(null);
}

void
net_http_end(struct net_http *h, int wait_s)
{
	int64_t end = base_civil_mono_ms() + wait_s * 1000LL;
	unsigned busy;
	int fd;

	if (h == NULL)
		return;
	fd = MHD_quiesce_daemon(h->daemon);
	stop_listening(fd);
	atomic_store(&h->stopping, 1);
	do {
		pthread_mutex_lock(&h->lock);
		busy = end_idle(h);
		pthread_mutex_unlock(&h->lock);
	} while (busy > 0 && base_civil_mono_ms() < end &&
	    poll(NULL, 0, 10) == 0);
	pthread_mutex_lock(&h->lock);
	h->stop_reaper = 1;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->reaper, NULL);
	MHD_stop_daemon(h->daemon);
	close(fd);
	net_peer_list_end(&h->o.proxies);
	sem_destroy(&h->large);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/*
 * For handlers.
 */

struct wanted {
	const char	*name, *value;
	int		 bad;
};

static enum MHD_Result
on_arg(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct wanted *w = arg;

	(void)kind;
	if (value == NULL)
		value = "";
	if (strcmp(name, w->name) == 0)
		w->value = value;
	w->bad |= !net_url_is_utf8(name) || !net_url_is_utf8(value);
	return MHD_YES;
}

const char *
net_http_arg(const struct net_http_request *rq, const char *name)
{
	struct wanted w = { .name = name };

	MHD_get_connection_values(rq->handle, MHD_GET_ARGUMENT_KIND, on_arg,
	    &w);
	return w.bad ? NULL : w.value;
}

void
net_http_header(struct net_http_reply *rp, const char *name,
    const char *value)
{
	if (rp->nheader < NET_HTTP_HEADERS)
		rp->header[rp->nheader++] = (struct net_http_header){ name,
		    value };
}
