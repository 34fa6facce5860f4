/* SPDX-License-Identifier: ISC */
/*
 * Counters are summed by their text; gauges and times go straight into the
 * datagram that is being filled.  The worker sends both when something has
 * waited for FLUSH_MS.  A caller that finds no room sends the full datagram
 * itself: the socket does not block, so that costs it a few microseconds once
 * in many calls.
 *
 * The host is looked up by the worker, outside the lock, so that no caller
 * waits for a name server; until it is found counters are summed and what does
 * not fit is lost.  A lookup cannot be interrupted: at the end a worker that
 * hangs in one is abandoned.
 *
 * Nothing here ever fails for a caller: a metric that cannot be sent is lost,
 * since no request may suffer from the measuring of it.
 */
#include <sys/socket.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/tally.h"
#include "base/worker.h"
#include "conf/file.h"
#include "net/statsd.h"

#define DATAGRAM	1432	/* fits an Ethernet frame, IPv6 and a tunnel */
#define FLUSH_MS	200
#define LOOKUP_MS	30000	/* between attempts to find the host */
#define END_MS		2000	/* for a lookup under way at the end */
#define TAG_LEN		200	/* bytes of a tag, a ':' and its value */
#define COUNTERS	2048	/* that are summed; more go out early */
#define COUNTERS_BYTES	(256 * 1024)	/* of their names and tags */

_Static_assert(sizeof("path:") + NET_STATSD_PATH_LEN - 2 == TAG_LEN,
    "a path is cut where its tag would be");

struct net_statsd {
	struct base_worker	 worker;
	char			*host, port[8], *prefix;
	int			 tags;
	/* under the worker's lock */
	int			 fd;		/* -1: host not found yet */
	int			 waiting;	/* there is something to send */
	struct base_tally	*count;		/* "NAME\0TAGS" */
	char			 packet[DATAGRAM];
	size_t			 len;
	/* the thread's own */
	int64_t			 lookup_ms;	/* when to try again */
	int			 warned;
};

/*
 * A line in the making: what comes before and after the value.  It is made on
 * the stack of the caller before the lock is taken, so that the lock is held
 * for no more than a copy.
 */
struct line {
	size_t	 head, len;	/* of the name; of all */
	int	 full;
	char	 text[DATAGRAM];
};

/*
 * Making lines.
 */

/* May C stand in a tag?  - . / 0-9 _ and letters. */
static int
is_plain(unsigned char c)
{
	return (c >= '-' && c <= '9') || c == '_' ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Add S to the line, or mark it as too long. */
static void
put_statsd_text(struct line *l, const char *s, size_t len)
{
	assert(l->len <= sizeof(l->text));
	if (len > sizeof(l->text) - l->len) {
		l->full = 1;
		return;
	}
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

/*
 * At most MAX bytes of S; returns how many there were.  Characters that would
 * end a tag, or begin another line, become '_'.
 */
static size_t
put_plain(struct line *l, const char *s, size_t max)
{
	size_t i, len = strnlen(s, max);
	char *out = l->text + l->len;

	put_statsd_text(l, s, len);
	if (l->full)
		return len;
	for (i = 0; i < len; i++)
		if (!is_plain((unsigned char)out[i]))
			out[i] = '_';
	return len;
}

/*
 * Prefix, name and tags; with a NUL where the value goes.  Without tag_support
 * tags become parts of the name, as plain statsd has none.
 */
static void
begin_statsd_line(struct line *l, const struct net_statsd *s, const char *name,
    va_list ap)
{
	const char *tag, *value, *before = "|#";
	size_t len;

	l->len = 0;
	l->full = 0;
	put_statsd_text(l, s->prefix, strlen(s->prefix));
	put_statsd_text(l, name, strlen(name));
	l->head = l->len;
	if (s->tags)
		put_statsd_text(l, "", 1);
	while ((tag = va_arg(ap, const char *)) != NULL) {
		if ((value = va_arg(ap, const char *)) == NULL)
			continue;
		put_statsd_text(l, s->tags ? before : ".",
		    s->tags ? strlen(before) : 1);
		before = ",";
		len = put_plain(l, tag, TAG_LEN - 1);
		put_statsd_text(l, s->tags ? ":" : "_", 1);
		put_plain(l, value, TAG_LEN - 1 - len);
	}
	if (!s->tags) {
		l->head = l->len;
		put_statsd_text(l, "", 1);
	}
}

/*
 * Sending.
 */

/*
 * Send the datagram; after a refusal of an earlier one, again.  An error of a
 * connected UDP socket is that of a datagram before, so the second try sends
 * this one.  A full buffer of the socket loses it.
 */
static void
send_packet(struct net_statsd *s)
{
	assert(s->len <= sizeof(s->packet));
	if (s->fd != -1 && s->len > 0 &&
	    send(s->fd, s->packet, s->len, MSG_DONTWAIT) == -1 &&
	    errno == ECONNREFUSED)
		send(s->fd, s->packet, s->len, MSG_DONTWAIT);
	s->len = 0;
}

/*
 * Add HEAD:VALUE|TYPE TAIL to the datagram; no room at all: nothing.  Under
 * the lock; at most one datagram is sent by a call.
 */
static void
pack(struct net_statsd *s, const char *head, size_t hlen, const char *value,
    size_t vlen, const char *tail, size_t tlen)
{
	size_t len = hlen + 1 + vlen + tlen;
	char *p;

	if (len > sizeof(s->packet))
		return;
	if (s->len > 0 && s->len + 1 + len > sizeof(s->packet))
		send_packet(s);
	if (s->len > 0)
		s->packet[s->len++] = '\n';
	assert(s->len + len <= sizeof(s->packet));
	p = s->packet + s->len;
	memcpy(p, head, hlen);
	p[hlen] = ':';
	memcpy(p + hlen + 1, value, vlen);
	memcpy(p + hlen + 1 + vlen, tail, tlen);
	s->len += len;
}

/*
 * Sums that came to nothing are not sent.  Under the lock.  The tally keeps
 * its memory.
 */
static void
pack_counters(struct net_statsd *s)
{
	size_t head, i, len;
	const char *text;
	int64_t sum;
	char value[32];
	int vlen;

	for (i = 0; i < base_tally_count(s->count); i++) {
		text = base_tally_at(s->count, i, &len, &sum);
		head = strlen(text);
		vlen = snprintf(value, sizeof(value), "%" PRId64 "|c", sum);
		if (sum != 0)
			pack(s, text, head, value, (size_t)vlen,
			    text + head + 1, len - head - 1);
	}
	base_tally_reset(s->count);
}

/* Under the lock: the thread has something to do. */
static void
wake_sender(struct net_statsd *s)
{
	if (!s->waiting) {
		s->waiting = 1;
		base_worker_wake(&s->worker);
	}
}

/* Add a line with its value; one that is too long is left out. */
static void
add_value(struct net_statsd *s, const struct line *l, const char *value,
    size_t len)
{
	if (l->full)
		return;
	base_worker_lock(&s->worker);
	pack(s, l->text, l->head, value, len, l->text + l->head + 1,
	    l->len - l->head - 1);
	wake_sender(s);
	base_worker_unlock(&s->worker);
}

/* When the table is full its sums go out early; nothing is lost by that. */
void
net_statsd_count(struct net_statsd *s, const char *name, int64_t n, ...)
{
	struct line l;
	va_list ap;

	if (s == NULL || n == 0)
		return;
	va_start(ap, n);
	begin_statsd_line(&l, s, name, ap);
	va_end(ap);
	if (l.full)
		return;
	base_worker_lock(&s->worker);
	if (!base_tally_add(s->count, l.text, l.len, n)) {
		pack_counters(s);
		base_tally_add(s->count, l.text, l.len, n);
	}
	wake_sender(s);
	base_worker_unlock(&s->worker);
}

/* V with TYPE: integers plain, others in their shortest form. */
static void
put_value(struct base_buf *b, double v, const char *type)
{
	base_buf_init(b);
	if (v == rint(v) && fabs(v) < 1e15)
		base_buf_i64(b, (int64_t)v);
	else
		base_buf_f64(b, v);
	base_buf_str(b, type);
}

/* A value that is not finite has no form in the protocol, and is left out. */
void
net_statsd_gauge(struct net_statsd *s, const char *name, double v, ...)
{
	struct base_buf b;
	struct line l;
	va_list ap;

	if (s == NULL || !isfinite(v))
		return;
	va_start(ap, v);
	begin_statsd_line(&l, s, name, ap);
	va_end(ap);
	put_value(&b, v, "|g");
	if (base_buf_ok(&b))
		add_value(s, &l, b.data, b.len);
	base_buf_done(&b);
}

/* US as milliseconds with up to three decimals, ending before END. */
static char *
format_ms(char *end, uint64_t us)
{
	char *p = end;
	int i;

	for (i = 0; i < 3; i++, us /= 10)
		if (p != end || us % 10 != 0)
			*--p = (char)('0' + us % 10);
	if (p != end)
		*--p = '.';
	do {
		*--p = (char)('0' + us % 10);
	} while ((us /= 10) != 0);
	return p;
}

/* To a microsecond, or where tags are not understood to a millisecond. */
void
net_statsd_time(struct net_statsd *s, const char *name, double ms, ...)
{
	struct line l;
	int64_t us;
	va_list ap;
	char value[32], *end = value + sizeof(value) - 3, *p;

	if (s == NULL || !(ms >= 0 && ms < 1e12))
		return;
	va_start(ap, ms);
	begin_statsd_line(&l, s, name, ap);
	va_end(ap);
	us = s->tags ? llrint(ms * 1000) : llrint(ms) * 1000;
	memcpy(end, "|ms", 3);
	p = format_ms(end, (uint64_t)us);
	add_value(s, &l, p, (size_t)(end + 3 - p));
}

/*
 * Characters that need no %HH in a path; of those only the ones that may
 * stand in a tag matter, as '%' and the others become '_' alike.
 */
void
net_statsd_path(char out[NET_STATSD_PATH_LEN], const char *path)
{
	static const char hex[] = "0123456789abcdef";
	static const char kept[] = "~!$&'()*+,;=:";
	const unsigned char *s = (const unsigned char *)path;
	char *o = out, *end = out + NET_STATSD_PATH_LEN - 1;

	while (*s == '/' || *s == '.')
		s++;
	for (; *s != '\0' && o < end; s++) {
		if (*s == '/')
			*o++ = '.';
		else if (*s == '@')
			*o++ = '-';
		else if (*s >= 'A' && *s <= 'Z')
			*o++ = (char)(*s | 0x20);
		else if (is_plain(*s))
			*o++ = (char)*s;
		else {
			*o++ = '_';
			if (strchr(kept, *s) != NULL)
				continue;
			if (o < end)
				*o++ = hex[*s >> 4];
			if (o < end)
				*o++ = hex[*s & 15];
		}
	}
	*o = '\0';
	if (o == out)
		strlcpy(out, ".homepage", NET_STATSD_PATH_LEN);
}

/*
 * The thread.
 */

/* A socket connected to one of LIST that are IPv4, or are not; or -1. */
static int
connect_to(const struct addrinfo *list, int ipv4)
{
	const struct addrinfo *ai;
	int fd;

	for (ai = list; ai != NULL; ai = ai->ai_next) {
		if ((ai->ai_family == AF_INET) != ipv4)
			continue;
		fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, ai->ai_protocol);
		if (fd != -1 && connect(fd, ai->ai_addr,
		    ai->ai_addrlen) == 0)
			return fd;
		if (fd != -1)
			close(fd);
	}
	return -1;
}

/*
 * A socket connected to the server, or -1 after a warning.  IPv4 goes first:
 * over UDP every address seems to work, and some servers know no other.
 */
static int
connect_to_host(struct net_statsd *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list;
	int fd, rc;

	if ((rc = getaddrinfo(s->host, s->port, &hints, &list)) != 0) {
		if (!s->warned)
			warnx("statsd: %s: %s", s->host, gai_strerror(rc));
		s->warned = 1;
		return -1;
	}
	if ((fd = connect_to(list, 1)) == -1)
		fd = connect_to(list, 0);
	freeaddrinfo(list);
	if (fd == -1 && !s->warned)
		warn("statsd: %s", s->host);
	s->warned = fd == -1;
	return fd;
}

/*
 * Find the host if it is time; with the lock, which is left meanwhile.  No
 * other thread changes s->fd, so it may be set after the lock was left.
 */
static void
look_up_host(struct net_statsd *s)
{
	int fd;

	if (s->fd != -1 || base_clock_mono_ms() < s->lookup_ms)
		return;
	base_worker_unlock(&s->worker);
	fd = connect_to_host(s);
	s->lookup_ms = base_clock_mono_ms() + LOOKUP_MS;
	base_worker_lock(&s->worker);
	s->fd = fd;
}

/* Called when neither the owner nor the thread needs it any more. */
static void
release_statsd(void *arg)
{
	struct net_statsd *s = arg;

	if (s->fd != -1)
		close(s->fd);
	base_tally_free(s->count);
	base_worker_done(&s->worker);
	free(s->host);
	free(s->prefix);
	free(s);
}

/*
 * What comes in while a datagram is being sent goes into the next one.  The
 * pause lets counters add up, so the traffic does not grow with the load.
 * What was counted before the end is sent once more on the way out.
 */
static void
statsd_worker(void *arg)
{
	struct net_statsd *s = arg;
	int last;

	do {
		look_up_host(s);
		while (!s->waiting && !s->worker.stopping)
			base_worker_wait(&s->worker, BASE_WORKER_FOREVER);
		base_worker_rest(&s->worker, base_clock_mono_ms() + FLUSH_MS);
		last = s->worker.stopping;
		pack_counters(s);
		send_packet(s);
		s->waiting = 0;
	} while (!last);
}

/* The first thing that the worker does is to look the host up. */
struct net_statsd *
net_statsd_new(const struct net_statsd_options *o)
{
	struct net_statsd *s;

	if (o->host == NULL) {
		warnx("statsd: no host, no metrics");
		return NULL;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn("statsd");
		return NULL;
	}
	base_worker_init(&s->worker);
	s->fd = -1;
	s->tags = o->tags;
	s->host = strdup(o->host);
	snprintf(s->port, sizeof(s->port), "%d", o->port);
	if (asprintf(&s->prefix, "%s%s", o->prefix != NULL ? o->prefix : "",
	    o->prefix != NULL ? "." : "") == -1)
		s->prefix = NULL;
	s->count = base_tally_new(COUNTERS, COUNTERS_BYTES);
	if (s->host == NULL || s->prefix == NULL || s->count == NULL ||
	    base_worker_start(&s->worker, statsd_worker, release_statsd, s) ==
	    -1) {
		warnx("statsd: no memory or threads, no metrics");
		release_statsd(s);
		return NULL;
	}
	return s;
}

/*
 * Without statsd.host there are no metrics, and NULL is what all functions
 * that take a struct net_statsd know as that.
 */
struct net_statsd *
net_statsd_open(const struct conf_file *cf)
{
	const struct net_statsd_options o = {
		.host = cf->statsd_host,
		.port = (int)cf->statsd_port,
		.prefix = cf->statsd_prefix,
		.tags = cf->statsd_tags
	};

	return o.host == NULL ? NULL : net_statsd_new(&o);
}

/*
 * It waits until the last values are sent, or END_MS for a lookup that hangs.
 */
void
net_statsd_free(struct net_statsd *s)
{
	if (s != NULL)
		base_worker_stop(&s->worker, END_MS);
}
