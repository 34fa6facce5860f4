/* SPDX-License-Identifier: ISC */
/*
 * One request of a connection, from its first byte to its reply.
 *
 * ORDER.  The head is read and judged; the request takes the options that are
 * in force then and keeps them to its end, so that a new configuration never
 * applies to half of it.  Then the body is read, unpacked and decoded; then
 * the handler answers, now or later; then the reply is sent.  The first thing
 * that is wrong sets the verdict, and whatever comes later is left out, but
 * the handler always answers: it knows in which form.  Heads that are no
 * request in HTTP/1 at all are answered here.
 *
 * WHAT A CLIENT CAN COST.  Nothing here is allocated by what a client
 * announces, only by what has come:
 *
 *	a head           HTTP_HEAD_MAX
 *	a body           max_body; what is above SMALL bytes is taken from the
 *	                 room that all have, of which one client has a quarter
 *	unpacked         LARGE bytes; more only in turn
 *
 * A body of up to SMALL bytes needs no room, so that a device's question is
 * answered whatever others send.  A body of more than LARGE bytes, as sent or
 * unpacked, keeps a processor busy for up to a second.  Such requests are
 * handled a few at a time, of one client half as many, and wait for their
 * turn up to TURN_MS with few others; the rest is told at once to come again.
 * Memory for what is unpacked is thus bounded by the turns.  Bodies that come
 * in slowly hold a thread, so they have to come at MIN_RATE, and a client has
 * as many requests at once as it may have connections, unless it is a trusted
 * proxy that does not say for whom it forwards.
 *
 * WHEN THE CONNECTION ENDS.  Whenever the end of the request was not reached,
 * as then the next one cannot be found: after a refusal of its head or of its
 * body while it came in.  The reply is sent first, and what the client still
 * sends is read for a while, or else TCP would throw the reply away.
 *
 * A FILE is read and sent in pieces, each of which has to be taken within
 * request_timeout_s: so it needs no memory of its size, and who takes it more
 * slowly than that does not hold a thread for ever.
 *
 * WHEN MEMORY IS SHORT the verdict is HTTP_REQUEST_BUSY: it is our fault, and
 * the client is asked to come again.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "http/chunk.h"
#include "http/conn.h"
#include "http/reply.h"
#include "http/server.h"
#include "http/url.h"

#define HEAD_MS		10000	/* for a head to come in */
#define EXCESS_MS	2000	/* for the head of an excess one (conn.c) */
#define BODY_MS		10000	/* for a body, ... */
#define MIN_RATE	500	/* ... and 1 s for each so many bytes of it */
#define SMALL		(64 * 1024)	/* a body that needs no room */
#define LARGE		(256 * 1024)	/* a body that needs a turn */
#define TURN_MS		10000	/* how long it waits for that */
#define STEP		(64 * 1024)	/* of a body, read at once */
#define PIECE		(64 * 1024)	/* of a file, read at once */
#define KEEP		(64 * 1024)	/* buffers an idle one may keep */

/* A request uses the options it began with to its end. */
static void
take_options(struct http_conn *c)
{
	pthread_mutex_lock(&c->server->lock);
	c->o = c->server->o;
	c->o->uses++;
	pthread_mutex_unlock(&c->server->lock);
}

static void
give_options(struct http_conn *c)
{
	struct http_server_options *o = c->o;
	int last;

	pthread_mutex_lock(&c->server->lock);
	assert(o->uses > 0);
	last = --o->uses == 0 && o != c->server->o;
	pthread_mutex_unlock(&c->server->lock);
	c->o = NULL;
	if (last)
		o->unused(o->ctx);
}

/*
 * The head.
 */

/* Clients have sent an empty line after a body, which counts for nothing. */
static void
skip_empty_lines(struct http_conn *c)
{
	while (c->in.len - c->at >= 2 &&
	    memcmp(c->in.data + c->at, "\r\n", 2) == 0) {
		c->at += 2;
		http_head_init(&c->head);
	}
}

/*
 * Read until a head is there, of *LEN bytes from C->at on, or is refused.
 * HTTP_HEAD_MORE: the client has gone, or was too slow.
 */
static enum http_head_verdict
read_head(struct http_conn *c, size_t *len)
{
	int64_t ms = atomic_load(&c->server->request_s) * 1000LL;
	enum http_head_verdict v;

	if (ms > HEAD_MS)
		ms = HEAD_MS;
	if (c->excess && ms > EXCESS_MS)
		ms = EXCESS_MS;
	http_conn_enter(c, HTTP_CONN_HEAD);
	ms += base_clock_mono_ms();
	http_head_init(&c->head);
	do {
		skip_empty_lines(c);
		v = http_head_scan(&c->head, c->in.data + c->at,
		    c->in.len - c->at, len);
	} while (v == HTTP_HEAD_MORE && http_conn_fill(c, ms) > 0);
	return v;
}

/* Find out who sent the request: each proxy may have added a field. */
static void
find_sender(struct http_conn *c)
{
	const char *value;
	size_t at = 0;

	while ((value = http_head_next(&c->head, "X-Forwarded-For", &at)) !=
	    NULL)
		http_peer_forwarded(&c->sender, value);
	c->rq.client = c->sender.addr;
	c->rq.from_proxy = c->sender.trusted;
}

/* Cut the target into path and arguments.  Returns 0 if memory is short. */
static int
split_target(struct http_conn *c)
{
	const char *path = http_url_path(c->head.target), *query;
	struct http_url_arg *arg;
	char *copy;

	if ((copy = base_arena_strndup(&c->arena, path, strlen(path))) == NULL)
		return 0;
	if ((query = strchr(copy, '?')) != NULL) {
		arg = base_arena_calloc(&c->arena, http_url_args(query + 1),
		    sizeof(*arg));
		if (arg == NULL)
			return 0;
		copy[query - copy] = '\0';
		c->rq.narg = http_url_query(copy + (query + 1 - copy), arg);
		c->rq.arg = arg;
	}
	http_url_unescape(copy);
	c->rq.path = *copy == '\0' ? "/" : copy;
	return 1;
}

/* What is known of the request before its body. */
static enum http_request_verdict
judge_head(struct http_conn *c, enum http_head_verdict v)
{
	if (v != HTTP_HEAD_OK)
		return HTTP_REQUEST_BAD_REQUEST;
	if (c->head.has_length && c->head.length > c->o->max_body)
		return HTTP_REQUEST_TOO_LARGE;
	return http_conn_has_room(c) ? HTTP_REQUEST_OK : HTTP_REQUEST_BUSY;
}

/* The share of whoever sent the request; NULL if memory is short. */
static struct http_share_client *
share_of_sender(struct http_conn *c)
{
	if (c->user == NULL)
		c->user = http_share_take(&c->server->share, &c->sender);
	return c->user;
}

/*
 * What clients of trusted proxies may have at once is counted by request, as
 * the proxy's connections say nothing.  Those of others are few already.
 */
static int
count_request(struct http_conn *c)
{
	if (c->guest == NULL && !c->sender.trusted &&
	    share_of_sender(c) != NULL)
		c->counted = http_share_request(&c->server->share, c->user);
	return c->counted || c->guest != NULL || c->sender.trusted;
}

/*
 * Read the head of LEN bytes, if V says that there is one, and begin the
 * request.  Its text is copied, as the buffer it is in moves on.
 */
static enum http_head_verdict
begin_request(struct http_conn *c, enum http_head_verdict v, size_t len)
{
	char *text = NULL;

	c->rq = (struct http_request){ .method = "", .path = "", .body = "",
	    .arena = &c->arena };
	http_peer_begin(&c->sender, &c->o->proxies,
	    (struct sockaddr *)&c->peer);
	if (v == HTTP_HEAD_OK) {
		text = base_arena_strndup(&c->arena, c->in.data + c->at, len);
		c->at += len;
		if (text == NULL) {
			c->rq.verdict = HTTP_REQUEST_BUSY;
			return v;
		}
		v = http_head_parse(&c->head, text, len);
	}
	c->rq.verdict = judge_head(c, v);
	if (text == NULL || c->head.target == NULL)
		return v;
	c->rq.head = &c->head;
	c->rq.method = c->head.method;
	c->rq.target = c->head.target;
	find_sender(c);
	if (!split_target(c) ||
	    (c->rq.verdict == HTTP_REQUEST_OK && !count_request(c)))
		c->rq.verdict = HTTP_REQUEST_BUSY;
	return v;
}

/*
 * The body.
 */

/* Take room for LEN bytes of body in all.  0 if there is not so much. */
static int
hold_body(struct http_conn *c, size_t len)
{
	size_t more;

	assert(c->held % STEP == 0);
	if (len <= SMALL + c->held)
		return 1;
	more = (len - SMALL - c->held + STEP - 1) / STEP * STEP;
	if (share_of_sender(c) == NULL ||
	    !http_share_hold(&c->server->share, c->user, more))
		return 0;
	c->held += more;
	return 1;
}

/* Where LEN more bytes of the body go; or NULL with the verdict set. */
static char *
make_room(struct http_conn *c, size_t len)
{
	char *to = NULL;

	if (len > c->o->max_body - c->body.len)
		c->rq.verdict = HTTP_REQUEST_TOO_LARGE;
	else if (!hold_body(c, c->body.len + len) ||
	    (to = base_buf_room(&c->body, len)) == NULL)
		c->rq.verdict = HTTP_REQUEST_BUSY;
	return to;
}

static void
append_body(struct http_conn *c, const char *data, size_t len)
{
	if (make_room(c, len) != NULL)
		base_buf_add(&c->body, data, len);
}

/* When the next bytes of the body have to be there; see PHASES in conn.c. */
static int64_t
body_due_ms(const struct http_conn *c)
{
	int64_t all = c->o->request_s * 1000LL;
	int64_t slow = BODY_MS + (int64_t)(c->body.len / MIN_RATE) * 1000;

	return atomic_load(&c->since_ms) + (slow < all ? slow : all);
}

/* A body of known length.  Returns 0 if the client has gone or is too slow. */
static int
read_length(struct http_conn *c)
{
	size_t left = (size_t)c->head.length, n = c->in.len - c->at;
	ssize_t got;
	char *to;

	if (n > left)
		n = left;
	append_body(c, c->in.data + c->at, n);
	c->at += n;
	for (left -= n; left > 0 && c->rq.verdict == HTTP_REQUEST_OK;
	    left -= (size_t)got) {
		n = left < STEP ? left : STEP;
		if ((to = make_room(c, n)) == NULL)
			break;
		got = http_conn_read(c, to, n, body_due_ms(c));
		if (got <= 0)
			return 0;
		c->body.len += (size_t)got;
		atomic_store(&c->got, c->body.len);
		c->body.data[c->body.len] = '\0';
	}
	return 1;
}

/* A body in chunks.  Returns 0 if the client has gone or is too slow. */
static int
read_chunks(struct http_conn *c)
{
	struct http_chunk k = { 0 };
	const char *data;
	size_t len, used;

	while (c->rq.verdict == HTTP_REQUEST_OK) {
		switch (http_chunk_next(&k, c->in.data + c->at,
		    c->in.len - c->at, &used, &data, &len)) {
		case HTTP_CHUNK_DATA:
			append_body(c, data, len);
			atomic_store(&c->got, c->body.len);
			break;
		case HTTP_CHUNK_MORE:
			c->at += used;
			if (k.size > c->o->max_body - c->body.len) {
				c->rq.verdict = HTTP_REQUEST_TOO_LARGE;
				continue;
			}
			if (http_conn_fill(c, body_due_ms(c)) <= 0)
				return 0;
			continue;
		case HTTP_CHUNK_END:
			c->at += used;
			return 1;
		case HTTP_CHUNK_BAD:
			c->rq.verdict = HTTP_REQUEST_BAD_REQUEST;
		}
		c->at += used;
	}
	return 1;
}

/* Some clients wait for leave to send the body. */
static int
send_continue(struct http_conn *c)
{
	static char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec iov = { go_on, sizeof(go_on) - 1 };

	if (!c->head.expects)
		return 1;
	return http_conn_send(c, &iov, 1) == 0;
}

/* Read the body, if there is one.  0 if the client has gone or is too slow. */
static int
read_body(struct http_conn *c)
{
	if (!c->head.chunked && c->head.length == 0)
		return 1;
	atomic_store(&c->got, 0);
	http_conn_enter(c, HTTP_CONN_BODY);
	return send_continue(c) &&
	    (c->head.chunked ? read_chunks(c) : read_length(c));
}

/*
 * Wait for a turn, see above.  Returns 1 when it has come; or 0, with the
 * verdict set, when it has not come in time, or the client has gone meanwhile.
 */
static int
wait_for_turn(struct http_conn *c)
{
	struct http_share *s = &c->server->share;

	if (!c->has_turn && share_of_sender(c) != NULL)
		c->has_turn = http_share_begin_turn(s, c->user, TURN_MS);
	if (c->has_turn && http_conn_is_there(c))
		return 1;
	c->rq.verdict = HTTP_REQUEST_BUSY;
	return 0;
}

static enum http_body_verdict
decode_body(struct http_conn *c, size_t max)
{
	return http_body_read(&c->plain, c->body.data, c->body.len,
	    http_head_last(&c->head, "Content-Encoding"),
	    http_head_last(&c->head, "Content-Type"), max);
}

/*
 * The body is complete: unpack and decode it.  A large one waits for its
 * turn, and so does one that turns out to be large when it is unpacked.
 */
static void
finish_body(struct http_conn *c)
{
	size_t max = c->o->max_inflated;
	enum http_body_verdict v;

	if (c->rq.verdict != HTTP_REQUEST_OK || c->body.len == 0 ||
	    (c->body.len > LARGE && !wait_for_turn(c)))
		return;
	v = decode_body(c, max < LARGE || c->has_turn ? max : LARGE);
	if (v == HTTP_BODY_TOO_LARGE && max > LARGE && !c->has_turn) {
		if (!wait_for_turn(c))
			return;
		v = decode_body(c, max);
	}
	c->rq.verdict = v == HTTP_BODY_OK ? HTTP_REQUEST_OK :
	    v == HTTP_BODY_BAD ? HTTP_REQUEST_BAD_BODY :
	    v == HTTP_BODY_TOO_LARGE ? HTTP_REQUEST_TOO_LARGE :
	    HTTP_REQUEST_BUSY;
	c->rq.fault = &c->plain.fault;
	c->rq.body = c->plain.text;
	c->rq.len = c->plain.len;
}

/*
 * The reply.
 */

/*
 * The next piece of what is LEFT of a file, in C->out.  0 if there is none any
 * more: somebody has made the file shorter.
 */
static int
read_piece(struct http_conn *c, struct http_reply_file *left)
{
	size_t len = left->len < PIECE ? (size_t)left->len : PIECE;
	char *to;
	ssize_t n;

	base_buf_reset(&c->out);
	if ((to = base_buf_room(&c->out, PIECE)) == NULL)
		return 0;
	do
		n = pread(left->fd, to, len, left->at);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return 0;
	c->out.len = (size_t)n;
	left->at += n;
	left->len -= n;
	return 1;
}

/* Send what the first piece has LEFT of a file.  Returns 0, or -1. */
static int
send_rest(struct http_conn *c, struct http_reply_file *left)
{
	struct iovec iov;

	while (left->len > 0) {
		if (!read_piece(c, left))
			return -1;
		iov = (struct iovec){ c->out.data, c->out.len };
		if (http_conn_send(c, &iov, 1) == -1)
			return -1;
	}
	return 0;
}

/*
 * Write the head of the reply, and say so if the connection ends with it.  What
 * is to be sent is in C->unsent then, and in LEFT the rest of a file.  If that
 * is only that there is no memory, or nothing, the connection ends.
 */
static void
begin_reply(struct http_conn *c, struct http_reply_file *left)
{
	int64_t now_s = base_clock_now_s();

	http_conn_enter(c, HTTP_CONN_SENDING);
	c->unsent = c->iov;
	c->nunsent = 1;
	if (now_s != c->date_s)
		http_reply_date(c->date, c->date_s = now_s);
	if (http_reply_write(&c->wire, &c->rp, c->date, c->o->fields, c->ends ?
	    HTTP_REPLY_CLOSE : c->head.minor == 0 ? HTTP_REPLY_KEEP_OLD :
	    HTTP_REPLY_KEEP) && strcmp(c->rq.method, "HEAD") != 0) {
		if (c->rp.file != NULL)
			*left = *c->rp.file;
		if (left->len > 0 && !read_piece(c, left)) {
			c->nunsent = 0;
			c->ends = 1;
			return;
		}
		if (c->out.len > 0)
			c->nunsent = 2;
	}
	c->iov[0] = (struct iovec){ c->wire.data, c->wire.len };
	c->iov[1] = (struct iovec){ c->out.data, c->out.len };
	if (base_buf_ok(&c->wire) && base_buf_ok(&c->out))
		return;
	http_reply_unavailable(c->iov, c->date, c->o->fields);
	c->nunsent = HTTP_REPLY_PIECES;
	c->ends = 1;
	left->len = 0;
}

/* Send the reply, in a thread that may wait for that.  0, or -1. */
static int
send_reply(struct http_conn *c)
{
	struct http_reply_file left = { .len = 0 };

	begin_reply(c, &left);
	return http_conn_send(c, c->unsent, c->nunsent) == -1 ? -1 :
	    send_rest(c, &left);
}

/* The status of a head that is no request of ours; 0: the handler knows. */
static int
plain_status(enum http_head_verdict v)
{
	return v == HTTP_HEAD_LONG_TARGET ? 414 :
	    v == HTTP_HEAD_TOO_LARGE ? 431 : v == HTTP_HEAD_VERSION ? 505 : 0;
}

void
http_request_shrink(struct http_conn *c)
{
	base_buf_done(&c->body);
	base_buf_done(&c->out);
	http_body_done(&c->plain);
	base_arena_done(&c->arena);
	base_arena_init(&c->arena);
}

/* Forget the request, and most of the memory it took. */
static void
end_request(struct http_conn *c)
{
	assert(!c->has_turn);
	if (c->counted)
		http_share_replied(&c->server->share, c->user);
	if (c->user != NULL) {
		http_share_release(&c->server->share, c->user, c->held);
		http_share_give(&c->server->share, c->user);
	}
	c->user = NULL;
	c->held = 0;
	c->counted = 0;
	give_options(c);
	if (c->body.cap + c->plain.buf.cap + c->out.cap + c->arena.total >
	    KEEP)
		http_request_shrink(c);
	base_buf_reset(&c->body);
	base_buf_reset(&c->out);
	base_buf_reset(&c->wire);
	base_arena_reset(&c->arena);
}

/* The handler is done: others may have the turn for a large body. */
static void
give_turn_back(struct http_conn *c)
{
	if (c->has_turn)
		http_share_end_turn(&c->server->share, c->user);
	c->has_turn = 0;
}

/* Does the connection end with the reply that is sent now? */
static int
is_last_reply(const struct http_conn *c)
{
	return !c->whole || !c->head.keep_alive || http_conn_is_wanted(c) ||
	    atomic_load(&c->server->stopping);
}

/* Send the reply and forget the request, in a thread that may wait. */
static enum http_conn_then
conclude_request(struct http_conn *c)
{
	int sent;

	give_turn_back(c);
	c->ends = is_last_reply(c);
	sent = send_reply(c);
	if (c->rp.file != NULL)
		close(c->rp.file->fd);
	if (sent == -1)
		c->ends = 1;
	else if (c->ends && (!c->whole || c->at < c->in.len))
		http_conn_linger(c);
	end_request(c);
	return c->ends ? HTTP_CONN_END : HTTP_CONN_MORE;
}

/* Have the request answered, whose head was V, and send that. */
static enum http_conn_then
answer_request(struct http_conn *c, enum http_head_verdict v)
{
	int status = plain_status(v);

	assert(!c->whole || c->rq.verdict == HTTP_REQUEST_OK);
	assert(!c->has_turn && c->out.len == 0 && c->wire.len == 0);
	http_conn_enter(c, HTTP_CONN_WORKING);
	c->rp = (struct http_reply){ .status = 500, .body = &c->out };
	if (status != 0)
		http_reply_plain(&c->rp, status);
	else {
		finish_body(c);
		if (c->o->handler(c->o->ctx, &c->rq, &c->rp) ==
		    HTTP_REPLY_LATER)
			return HTTP_CONN_LATER;
	}
	return conclude_request(c);
}

enum http_conn_then
http_request_serve(struct http_conn *c)
{
	enum http_head_verdict v;
	size_t len = 0;

	if ((v = read_head(c, &len)) == HTTP_HEAD_MORE)
		return HTTP_CONN_END;
	take_options(c);
	v = begin_request(c, v, len);
	c->whole = c->rq.verdict == HTTP_REQUEST_OK;
	if (c->whole && !read_body(c)) {
		end_request(c);		/* nobody waits for an answer */
		return HTTP_CONN_END;
	}
	c->whole = c->whole && c->rq.verdict == HTTP_REQUEST_OK;
	return answer_request(c, v);
}

/*
 * Requests that are answered later.
 */

static struct http_conn *
conn_of(const struct http_request *rq)
{
	return (struct http_conn *)((uintptr_t)rq -
	    offsetof(struct http_conn, rq));
}

/* Have a thread that may wait send the reply; or end the connection. */
static void
park_reply(struct http_conn *c)
{
	if (http_conn_park(c, HTTP_CONN_UNSENT) == 0)
		return;
	end_request(c);
	http_conn_rest(c, 0);
}

/*
 * What may have to be waited for is left to a thread that may: the next
 * request, if it has been sent already; that the client stops sending, and that
 * it takes the rest of a reply.
 */
void
http_request_finish(const struct http_request *rq)
{
	struct http_conn *c = conn_of(rq);
	struct http_reply_file none = { .len = 0 };
	int sent;

	assert(atomic_load(&c->phase) == HTTP_CONN_WORKING);
	assert(c->rp.file == NULL);
	give_turn_back(c);
	c->ends = is_last_reply(c);
	c->nunsent = 0;
	if (c->at < c->in.len || !c->whole) {
		park_reply(c);
		return;
	}
	begin_reply(c, &none);
	if ((sent = http_conn_send_some(c, &c->unsent, &c->nunsent)) == 0) {
		park_reply(c);
		return;
	}
	end_request(c);
	http_conn_rest(c, sent == 1 && !c->ends);
}

enum http_conn_then
http_request_send_rest(struct http_conn *c)
{
	if (c->nunsent == 0)
		return conclude_request(c);
	http_conn_enter(c, HTTP_CONN_SENDING);
	if (http_conn_send(c, c->unsent, c->nunsent) == -1)
		c->ends = 1;
	end_request(c);
	return c->ends ? HTTP_CONN_END : HTTP_CONN_MORE;
}

void
http_request_elsewhere(const struct http_request *rq,
    void (*work)(void *arg), void *arg)
{
	struct http_conn *c = conn_of(rq);

	assert(atomic_load(&c->phase) == HTTP_CONN_WORKING);
	c->work = work;
	c->work_arg = arg;
	if (http_conn_park(c, HTTP_CONN_WAITING) == 0)
		return;
	http_conn_enter(c, HTTP_CONN_WORKING);
	work(arg);
}

/*
 * For handlers.
 */

const char *
http_request_arg(const struct http_request *rq, const char *name)
{
	const struct http_url_arg *a;
	const char *value = NULL;

	for (a = rq->arg; a < rq->arg + rq->narg; a++) {
		if (!base_utf8_check(a->name, strlen(a->name)) ||
		    !base_utf8_check(a->value, strlen(a->value)))
			return NULL;
		if (strcmp(a->name, name) == 0)
			value = a->value;
	}
	return value;
}

const char *
http_request_field(const struct http_request *rq, const char *name)
{
	size_t at = 0;

	return rq->head == NULL ? NULL : http_head_next(rq->head, name, &at);
}

const char *
http_request_list(const struct http_request *rq, const char *name)
{
	const char *list = http_request_field(rq, name), *more;
	struct base_buf b;
	size_t at = 0;

	if (list == NULL)
		return NULL;
	base_buf_init(&b);
	while ((more = http_head_next(rq->head, name, &at)) != NULL) {
		base_buf_str(&b, b.len > 0 ? ", " : "");
		base_buf_str(&b, more);
	}
	if (base_buf_ok(&b) && b.len > strlen(list) && (more =
	    base_arena_strndup(rq->arena, b.data, b.len)) != NULL)
		list = more;
	base_buf_done(&b);
	return list;
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
