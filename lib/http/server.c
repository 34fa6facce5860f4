/* SPDX-License-Identifier: ISC */
/*
 * libmicrohttpd, thread per connection: with handlers that wait half a
 * millisecond it is ahead of suspended connections with a pool of workers,
 * and its own pools serve the connections of one thread in turn.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/conn.h"
#include "http/listen.h"
#include "http/url.h"

#define STACK_BYTES	(256 * 1024)
#define LARGE_AT_ONCE	4	/* bodies, see request.c */

static size_t
unescape(void *arg, struct MHD_Connection *mc, char *s)
{
	(void)arg;
	(void)mc;
	return http_url_unescape(s);
}

/* For the listening socket FD, or for none. */
static int
start_daemon(struct http_server *h, int fd)
{
	struct MHD_OptionItem listen[] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_END, 0, NULL }
	};
	struct MHD_Daemon *d;

	d = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC |
	    (fd == -1 ? MHD_USE_NO_LISTEN_SOCKET : 0), 0, http_conn_admit, h,
	    http_request_step, h,
	    MHD_OPTION_ARRAY, fd == -1 ? &listen[1] : listen,
	    MHD_OPTION_CONNECTION_LIMIT, UINT_MAX,	/* ours can change */
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
	    MHD_OPTION_NOTIFY_CONNECTION, http_conn_notify, h,
	    MHD_OPTION_NOTIFY_COMPLETED, http_request_completed, h,
	    MHD_OPTION_URI_LOG_CALLBACK, http_request_line, h,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape, h,
	    MHD_OPTION_END);
	if (d == NULL) {
		warn("cannot serve HTTP");
		return -1;
	}
	h->daemon[h->ndaemon++] = d;
	return 0;
}

/*
 * Accept no more.  The library may look at the descriptors once more, so
 * they must stay; but clients must not be kept waiting on a socket that
 * nobody accepts from.
 */
static void
stop_listening(struct http_server *h)
{
	int fd, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t i;

	for (i = 0; i < h->ndaemon; i++) {
		fd = MHD_quiesce_daemon(h->daemon[i]);
		if (fd != MHD_INVALID_SOCKET && null != -1)
			dup2(null, fd);
	}
	if (null != -1)
		close(null);
}

static void
stop_reaper(struct http_server *h)
{
	pthread_mutex_lock(&h->lock);
	h->stop_reaper = 1;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->reaper, NULL);
}

static void
release(struct http_server *h)
{
	size_t i;

	for (i = 0; i < h->ndaemon; i++)
		MHD_stop_daemon(h->daemon[i]);
	sem_destroy(&h->large);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h->daemon);
	free(h);
}

/* Under the lock, or before there are threads. */
static void
use(struct http_server *h, struct http_server_options *o)
{
	h->o = o;
	h->connections = o->connections;
	h->request_s = o->request_s;
	h->idle_s = o->idle_s;
}

struct http_server *
http_server_open(const struct http_listen *l, struct http_server_options *o)
{
	size_t i, n = l != NULL ? l->n : 1;
	struct http_server *h;

	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (h->daemon = calloc(n, sizeof(*h->daemon))) == NULL) {
		warn(NULL);
		free(h);
		return NULL;
	}
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	sem_init(&h->large, 0, LARGE_AT_ONCE);
	use(h, o);
	if ((errno = pthread_create(&h->reaper, NULL, http_conn_reap, h)) !=
	    0) {
		warn("thread");
		release(h);
		return NULL;
	}
	for (i = 0; i < n; i++)
		if (start_daemon(h, l != NULL ? l->at[i].fd : -1) == -1) {
			stop_listening(h);
			stop_reaper(h);
			release(h);
			return NULL;
		}
	return h;
}

int
http_server_add(struct http_server *h, int fd, const struct sockaddr *peer,
    socklen_t len)
{
	/* It has closed the socket when it fails. */
	if (MHD_add_connection(h->daemon[0], fd, peer, len) == MHD_YES)
		return 0;
	warn("cannot serve the connection");
	return -1;
}

void
http_server_change(struct http_server *h, struct http_server_options *o)
{
	struct http_server_options *old;
	int last;

	pthread_mutex_lock(&h->lock);
	old = h->o;
	use(h, o);
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
	stop_reaper(h);
	release(h);
}
