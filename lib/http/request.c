/* SPDX-License-Identifier: ISC */
/* A request of a connection, step by step. */
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "http/conn.h"
#include "http/reply.h"
#include "http/url.h"

#define LINGER_MS	2000	/* for what a refused client still sends */
#define LARGE		(256 * 1024)	/* bodies handled few at a time */
#define BODIES		32	/* and waiting: as many largest ones */
#define KEEP		(64 * 1024)	/* buffers an idle one may keep */

/* A request holds on to the options it began with. */
static void
take_options(struct http_conn *c)
{
	pthread_mutex_lock(&c->http->lock);
	c->o = c->http->o;
	c->o->uses++;
	pthread_mutex_unlock(&c->http->lock);
}

static void
give_options(struct http_conn *c)
{
	struct http_server_options *o = c->o;
	int last;

	if (o == NULL)		/* it broke off before its headers were there */
		return;
	pthread_mutex_lock(&c->http->lock);
	last = --o->uses == 0 && o != c->http->o;
	pthread_mutex_unlock(&c->http->lock);
	c->o = NULL;
	if (last)
		o->unused(o->ctx);
}

/* The request line is there. */
void *
http_request_line(void *arg, const char *uri, struct MHD_Connection *mc)
{
	struct http_conn *c = http_conn_of(mc);

	(void)arg;
	if (c != NULL) {
		c->target = base_arena_strndup(&c->arena, uri, strlen(uri));
		c->begun = 0;
		http_conn_enter(c, HTTP_CONN_READING);
	}
	return c;
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
	struct http_conn_framing *f = arg;

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
	else if (strcasecmp(name, "X-Forwarded-For") == 0)
		http_peer_forwarded(&f->peer, value);
	return MHD_YES;
}

/* What the headers say of the request, before any of its body. */
static enum http_request_verdict
check_framing(const struct http_conn *c, const char *version)
{
	const struct http_conn_framing *f = &c->f;

	if (c->excess)
		return HTTP_REQUEST_BUSY;
	if (f->odd || f->lengths + f->codings > 1 || (f->codings > 0 &&
	    (strcasecmp(f->coding, "chunked") != 0 ||
	    strcmp(version, MHD_HTTP_VERSION_1_1) != 0)))
		return HTTP_REQUEST_BAD_REQUEST;
	/* The library has made sure that it is a number. */
	if (f->lengths > 0 &&
	    strtoull(f->length, NULL, 10) > c->o->max_body)
		return HTTP_REQUEST_TOO_LARGE;
	return HTTP_REQUEST_OK;
}

/* Count LEN more bytes that this request holds; 0 if there is no room. */
static int
hold(struct http_conn *c, size_t len)
{
	size_t max = BODIES * c->o->max_body;

	if (atomic_fetch_add(&c->http->bodies, len) + len > max) {
		atomic_fetch_sub(&c->http->bodies, len);
		return 0;
	}
	c->held += len;
	return 1;
}

/* Some of the body; after the first fault the rest is only skipped. */
static void
take(struct http_conn *c, const char *data, size_t len)
{
	if (c->rq.verdict != HTTP_REQUEST_OK)
		return;
	if (len > c->o->max_body - c->body.len)
		c->rq.verdict = HTTP_REQUEST_TOO_LARGE;
	else if (!hold(c, len))
		c->rq.verdict = HTTP_REQUEST_BUSY;
	else {
		base_buf_add(&c->body, data, len);
		if (!base_buf_ok(&c->body))
			c->rq.verdict = HTTP_REQUEST_BUSY;
	}
	if (c->rq.verdict != HTTP_REQUEST_OK)
		base_buf_done(&c->body);
}

static void
wait_large(struct http_conn *c)
{
	while (!c->large)
		c->large = sem_wait(&c->http->large) == 0;
}

static enum http_body_verdict
read_body(struct http_conn *c, size_t max)
{
	return http_body_read(&c->plain, c->body.data, c->body.len,
	    c->f.encoding, c->f.type, max);
}

/*
 * The body is complete.  A large one waits for its turn, and so does one
 * that turns out to be large when it is unpacked.
 */
static void
finish_body(struct http_conn *c)
{
	size_t max = c->o->max_inflated;
	enum http_body_verdict v;

	if (c->rq.verdict != HTTP_REQUEST_OK || c->body.len == 0)
		return;
	if (c->body.len > LARGE)
		wait_large(c);
	v = read_body(c, max < LARGE || c->large ? max : LARGE);
	if (v == HTTP_BODY_TOO_LARGE && max > LARGE && !c->large) {
		wait_large(c);
		v = read_body(c, max);
	}
	c->rq.verdict = v == HTTP_BODY_OK ? HTTP_REQUEST_OK :
	    v == HTTP_BODY_BAD ? HTTP_REQUEST_BAD_BODY :
	    v == HTTP_BODY_TOO_LARGE ? HTTP_REQUEST_TOO_LARGE :
	    HTTP_REQUEST_BUSY;
	c->rq.fault = &c->plain.fault;
	c->rq.body = c->plain.text;
	c->rq.len = c->plain.len;
}

/* Have the request answered, and send that. */
static enum MHD_Result
answer(struct http_conn *c, struct MHD_Connection *mc)
{
	struct http_server *h = c->http;
	struct http_reply rp = { .status = 500, .body = &c->out };
	struct MHD_Response *res;
	enum MHD_Result rc;
	size_t i;

	http_conn_enter(c, HTTP_CONN_WORKING);
	finish_body(c);
	c->o->handler(c->o->ctx, &c->rq, &rp);
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
	http_conn_enter(c, HTTP_CONN_SENDING);
	rc = MHD_queue_response(mc, (unsigned)rp.status, res);
	MHD_destroy_response(res);
	return rc;
}

enum MHD_Result
http_request_step(void *arg, struct MHD_Connection *mc, const char *path,
    const char *method, const char *version, const char *data, size_t *len,
    void **ctx)
{
	struct http_conn *c = *ctx;

	(void)arg;
	if (c == NULL)
		return MHD_NO;
	if (!c->begun) {
		c->begun = 1;
		take_options(c);
		memset(&c->f, 0, sizeof(c->f));
		http_peer_begin(&c->f.peer, &c->o->proxies, c->peer);
		MHD_get_connection_values(mc, MHD_HEADER_KIND, on_header,
		    &c->f);
		http_peer_format(c->client, &c->f.peer);
		c->rq = (struct http_request){
			.verdict = check_framing(c, version),
			.method = method,
			.target = c->target,
			.path = http_url_path(path),
			.body = "",
			.client = c->client,
			.from_proxy = c->f.peer.trusted,
			.arena = &c->arena,
			.handle = mc
		};
		if (c->rq.verdict == HTTP_REQUEST_OK)
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
linger(struct http_conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t left, end = base_clock_mono_ms() + LINGER_MS;
	char trash[16384];

	shutdown(c->fd, SHUT_WR);
	while ((left = end - base_clock_mono_ms()) > 0 &&
	    poll(&p, 1, (int)left) == 1 &&
	    recv(c->fd, trash, sizeof(trash), MSG_DONTWAIT) > 0)
		;
}

/* The reply was sent, or the connection is lost. */
void
http_request_completed(void *arg, struct MHD_Connection *mc, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct http_conn *c = *ctx;

	(void)arg;
	(void)mc;
	if (c == NULL)
		return;
	if (c->early && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		linger(c);
	c->early = 0;
	give_options(c);
	atomic_fetch_sub(&c->http->bodies, c->held);
	c->held = 0;
	if (c->body.cap + c->plain.buf.cap + c->out.cap + c->arena.total >
	    KEEP) {
		base_buf_done(&c->body);
		base_buf_done(&c->out);
		http_body_done(&c->plain);
		base_arena_done(&c->arena);
		base_arena_init(&c->arena);
	}
	base_buf_reset(&c->body);
	base_buf_reset(&c->out);
	base_arena_reset(&c->arena);
	http_conn_enter(c, HTTP_CONN_IDLE);
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
	w->bad |= !base_utf8_check(name, strlen(name)) ||
	    !base_utf8_check(value, strlen(value));
	return MHD_YES;
}

const char *
http_request_arg(const struct http_request *rq, const char *name)
{
	struct wanted w = { .name = name };

	MHD_get_connection_values(rq->handle, MHD_GET_ARGUMENT_KIND, on_arg,
	    &w);
	return w.bad ? NULL : w.value;
}

const char *
http_request_field(const struct http_request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->handle, MHD_HEADER_KIND,
	    name);
}

void
http_request_url(const struct http_request *rq, struct base_buf *b)
{
	const char *host = http_request_field(rq, "Host");

	if (rq->target == NULL)
		return;
	if (http_url_path(rq->target) == rq->target) {
		base_buf_str(b, "http://");
		base_buf_str(b, host == NULL ? "" : host);
	}
	base_buf_str(b, rq->target);
}
