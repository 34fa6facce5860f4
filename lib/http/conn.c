/* SPDX-License-Identifier: ISC */
/*
 * The library's timeout starts anew with every byte, so it is off.  One
 * thread looks for missed deadlines and shuts the sockets down, which ends
 * the threads of these connections.  While the handler works there is no
 * deadline.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "http/conn.h"

#define REAP_MS		250
#define EXCESS_MS	2000	/* for a client that will be turned away */
#define SPARE		64	/* connections over the limit, told so */

void
http_conn_enter(struct http_conn *c, enum http_conn_phase phase)
{
	int s = phase == HTTP_CONN_IDLE ? c->http->idle_s :
	    c->http->request_s;

	atomic_store(&c->due_ms, phase == HTTP_CONN_WORKING ? INT64_MAX :
	    base_clock_mono_ms() + s * 1000LL);
	atomic_store(&c->phase, phase);
}

/* End the connection: its thread wakes up and finds it closed. */
static void
cut(struct http_conn *c)
{
	atomic_store(&c->due_ms, INT64_MAX);
	atomic_store(&c->phase, HTTP_CONN_WORKING);
	shutdown(c->fd, SHUT_RDWR);
}

void *
http_conn_reap(void *arg)
{
	struct http_server *h = arg;
	struct timespec until;
	struct http_conn *c;
	int64_t now;

	pthread_mutex_lock(&h->lock);
	while (!h->stop_reaper) {
		now = base_clock_mono_ms() + REAP_MS;
		until.tv_sec = now / 1000;
		until.tv_nsec = now % 1000 * 1000000;
		pthread_cond_clockwait(&h->changed, &h->lock, CLOCK_MONOTONIC,
		    &until);
		now = base_clock_mono_ms();
		for (c = h->conns; c != NULL; c = c->next)
			if (atomic_load(&c->due_ms) < now)
				cut(c);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Is there nothing to read from C? */
static int
is_quiet(const struct http_conn *c)
{
	int unread;

	return ioctl(c->fd, FIONREAD, &unread) == -1 || unread == 0;
}

/* Make room by ending the connection that was idle longest. */
static int
evict(struct http_server *h)
{
	struct http_conn *c, *oldest = NULL;

	for (c = h->conns; c != NULL; c = c->next)
		if (atomic_load(&c->phase) == HTTP_CONN_IDLE && !c->excess &&
		    (oldest == NULL || atomic_load(&c->due_ms) <
		    atomic_load(&oldest->due_ms)))
			oldest = c;
	if (oldest == NULL || !is_quiet(oldest))
		return 0;
	cut(oldest);
	return 1;
}

enum MHD_Result
http_conn_admit(void *arg, const struct sockaddr *peer, socklen_t len)
{
	struct http_server *h = arg;
	unsigned n;

	(void)peer;
	(void)len;
	pthread_mutex_lock(&h->lock);
	n = h->n;
	pthread_mutex_unlock(&h->lock);
	return n < h->connections + SPARE ? MHD_YES : MHD_NO;
}

static struct http_conn *
arrive(struct http_server *h, struct MHD_Connection *mc)
{
	struct http_conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->http = h;
	c->fd = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	c->peer = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	base_buf_init(&c->body);
	http_body_init(&c->plain);
	base_buf_init(&c->out);
	base_arena_init(&c->arena);
	http_conn_enter(c, HTTP_CONN_IDLE);
	pthread_mutex_lock(&h->lock);
	if (h->n >= h->connections)
		c->excess = !evict(h);
	if (c->excess)
		atomic_store(&c->due_ms, base_clock_mono_ms() + EXCESS_MS);
	h->n++;
	if ((c->next = h->conns) != NULL)
		c->next->prev = c;
	h->conns = c;
	pthread_mutex_unlock(&h->lock);
	return c;
}

static void
leave(struct http_server *h, struct http_conn *c)
{
	void (*empty)(void *ctx) = NULL;
	void *ctx = NULL;

	pthread_mutex_lock(&h->lock);
	if (--h->n == 0) {
		empty = h->o->empty;
		ctx = h->o->ctx;
	}
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
	http_body_done(&c->plain);
	base_buf_done(&c->out);
	base_arena_done(&c->arena);
	free(c);
	if (empty != NULL)
		empty(ctx);
}

void
http_conn_notify(void *arg, struct MHD_Connection *mc, void **ctx,
    enum MHD_ConnectionNotificationCode code)
{
	struct http_server *h = arg;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*ctx = arrive(h, mc);
	else if (*ctx != NULL)
		leave(h, *ctx);
}

struct http_conn *
http_conn_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(mc,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info == NULL ? NULL : info->socket_context;
}

unsigned
http_conn_end_idle(struct http_server *h)
{
	struct http_conn *c;
	unsigned busy = 0;

	for (c = h->conns; c != NULL; c = c->next)
		if (atomic_load(&c->phase) == HTTP_CONN_IDLE && is_quiet(c))
			cut(c);
		else
			busy++;
	return busy;
}
