/* SPDX-License-Identifier: ISC */
/*
 * Inside the HTTP server (http/server.h): its connections, each with a deadline
 * for what it must do next: begin a request, send it whole, take the reply.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#include <microhttpd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/body.h"
#include "http/request.h"
#include "http/server.h"

/* What a connection is doing, for its deadline. */
enum http_conn_phase {
	HTTP_CONN_IDLE,		/* nothing of a request was read */
	HTTP_CONN_READING,
	HTTP_CONN_WORKING,	/* no deadline */
	HTTP_CONN_SENDING
};

struct http_conn {
	struct http_conn		*next, *prev;
	struct http_server		*http;
	int			 fd;
	const struct sockaddr	*peer;
	_Atomic int		 phase;
	_Atomic int64_t		 due_ms;	/* of the phase */
	int			 excess;	/* over the limit */
	/* the request, in the connection's thread */
	const char		*target;
	struct http_server_options	*o;		/* of a request */
	int			 begun;
	int			 early;		/* refused while being sent */
	int			 large;		/* holds one of http->large */
	size_t			 held;		/* bytes counted in bodies */
	struct base_buf		 body, out;
	struct http_body		 plain;
	struct base_arena	 arena;
	struct http_request	 rq;
	char			 client[HTTP_PEER_TEXT_LEN];
	struct http_conn_framing {
		unsigned	 lengths, codings;
		int		 odd;
		const char	*length, *coding, *encoding, *type;
		struct http_peer peer;	/* the client */
	}			 f;
};

struct http_server {
	struct MHD_Daemon	**daemon;	/* one for each socket */
	size_t			 ndaemon;
	pthread_t		 reaper;
	pthread_mutex_t		 lock;
	pthread_cond_t		 changed;
	/* under the lock */
	struct http_server_options	*o;		/* for new requests */
	struct http_conn		*conns;
	unsigned		 n;
	int			 stop_reaper;
	/* copied from the options */
	_Atomic unsigned	 connections;
	_Atomic int		 request_s, idle_s;
	_Atomic int		 stopping;	/* close after the reply */
	sem_t			 large;
	_Atomic size_t		 bodies;	/* bytes of all requests */
};

/* C begins PHASE now. */
void	http_conn_enter(struct http_conn *c, enum http_conn_phase phase);

/* The library asks whether there may be one more connection. */
enum MHD_Result http_conn_admit(void *http, const struct sockaddr *peer,
	    socklen_t len);

/* Called by the library when a connection comes and goes. */
void	http_conn_notify(void *http, struct MHD_Connection *mc, void **ctx,
	    enum MHD_ConnectionNotificationCode code);

/* The connection of MC, or NULL. */
struct http_conn *http_conn_of(struct MHD_Connection *mc);

/* End connections that miss their deadline, until stop_reaper is set. */
void	*http_conn_reap(void *http);

/*
 * End those that wait for a request; under the lock.  Returns how many
 * others there are.
 */
unsigned http_conn_end_idle(struct http_server *h);

/*
 * Called by the library as a request arrives: its first line, the header and
 * then the body piece by piece, and when it has been answered (request.c).
 */
void	*http_request_line(void *http, const char *uri,
	    struct MHD_Connection *mc);
enum MHD_Result http_request_step(void *http, struct MHD_Connection *mc,
	    const char *path, const char *method, const char *version,
	    const char *data, size_t *len, void **ctx);
void	http_request_completed(void *http, struct MHD_Connection *mc,
	    void **ctx, enum MHD_RequestTerminationCode code);

#endif
