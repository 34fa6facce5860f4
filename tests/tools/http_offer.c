/* SPDX-License-Identifier: ISC */
/*
 * http_offer port path bodies rate seconds connections - offer the server on a
 * port of this machine RATE requests a second, each due as long after the one
 * before, whether that is answered or not: POST of PATH, with the lines of the
 * file BODIES in turn.  A request for which no connection is free is sent as
 * soon as there is one.
 *
 * Prints percentiles of the milliseconds from when requests were due to when
 * they were answered, and of those by which we were late to send what could
 * have been sent.  What the server can not do for want of us is in the first,
 * too, as we share its processors.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/cli.h"

#define ANSWER	65536		/* bytes of one at most */

struct conn {
	int		 fd;
	int64_t		 due_us;	/* of the request under way */
	size_t		 len;
	char		 answer[ANSWER];
	struct conn	*next;		/* that is free */
};

struct offer {
	char		**request;	/* texts, in turn */
	size_t		 nrequest;
	int64_t		 start_us;
	double		 period_us;
	size_t		 total, sent, answered, refused;
	struct conn	*idle;
	int64_t		*took_us;	/* of each that is answered */
	int64_t		*late_us;	/* of each that did not wait */
	size_t		 nlate;
};

/* The requests, one for each line of FILE. */
static void
read_bodies(struct offer *o, const char *file, const char *path)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	FILE *fp;

	if ((fp = fopen(file, "r")) == NULL)
		err(66, "%s", file);
	while ((len = getline(&line, &cap, fp)) > 1) {
		if ((o->request = reallocarray(o->request, o->nrequest + 1,
		    sizeof(*o->request))) == NULL ||
		    asprintf(&o->request[o->nrequest++], "POST %s HTTP/1.1\r\n"
		    "Host: localhost\r\nContent-Type: application/json\r\n"
		    "X-Forwarded-For: 81.2.69.192\r\nContent-Length: %zd\r\n"
		    "\r\n%.*s", path, len - 1, (int)(len - 1), line) == -1)
			err(71, NULL);
	}
	if (o->nrequest == 0)
		errx(65, "%s: no lines", file);
	free(line);
	fclose(fp);
}

static void
open_conn(struct offer *o, int ep, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN };
	struct conn *c;
	const int one = 1;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(71, NULL);
	ev.data.ptr = c;
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ==
	    -1 || epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(69, "port %d", (int)port);
	c->next = o->idle;
	o->idle = c;
}

/* When the next request is due. */
static int64_t
next_due(const struct offer *o)
{
	return o->start_us + (int64_t)((double)o->sent * o->period_us);
}

/* Send all that is due, as far as connections are free. */
static void
send_due(struct offer *o)
{
	const char *text;
	struct conn *c;
	int64_t due_us, now_us;
	ssize_t n;

	while (o->sent < o->total && (c = o->idle) != NULL) {
		now_us = base_clock_mono_us();
		if ((due_us = next_due(o)) > now_us)
			return;
		o->idle = c->next;
		c->due_us = due_us;
		c->len = 0;
		text = o->request[o->sent++ % o->nrequest];
		for (; *text != '\0'; text += n)
			if ((n = send(c->fd, text, strlen(text), 0)) == -1)
				err(69, "send");
	}
}

/* Is there a whole answer? */
static int
is_whole(const struct conn *c)
{
	const char *end, *length;

	if ((end = strstr(c->answer, "\r\n\r\n")) == NULL)
		return 0;
	length = strcasestr(c->answer, "\r\nContent-Length:");
	return length == NULL || length > end ||
	    c->answer + c->len >= end + 4 + strtol(length + 17, NULL, 10);
}

/* Read what has come of an answer. */
static void
read_answer(struct offer *o, struct conn *c)
{
	ssize_t n;

	if ((n = recv(c->fd, c->answer + c->len, ANSWER - 1 - c->len, 0)) <= 0)
		errx(69, "the server closed a connection");
	c->len += (size_t)n;
	c->answer[c->len] = '\0';
	if (!is_whole(c))
		return;
	o->refused += strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0;
	o->took_us[o->answered++] = base_clock_mono_us() - c->due_us;
	c->next = o->idle;
	o->idle = c;
}

/*
 * Sleep until something comes, or until the next request is due if it can be
 * sent.
 */
static void
turn(struct offer *o, int ep)
{
	struct timespec ts, *timeout = NULL;
	struct epoll_event ev[64];
	int64_t due_us = 0, left_us;
	int i, n;

	if (o->sent < o->total && o->idle != NULL) {
		due_us = next_due(o);
		left_us = due_us - base_clock_mono_us();
		if (left_us < 0)
			left_us = 0;
		ts.tv_sec = left_us / 1000000;
		ts.tv_nsec = left_us % 1000000 * 1000;
		timeout = &ts;
	}
	if ((n = epoll_pwait2(ep, ev, 64, timeout, NULL)) == -1)
		err(71, "epoll_pwait2");
	if (timeout != NULL && (left_us = base_clock_mono_us() - due_us) >= 0)
		o->late_us[o->nlate++] = left_us;
	for (i = 0; i < n; i++)
		read_answer(o, ev[i].data.ptr);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Percentile P of the N sorted US, in milliseconds. */
static double
percentile(const int64_t *us, size_t n, double p)
{
	return n == 0 ? 0 : (double)us[(size_t)((double)(n - 1) * p / 100)] /
	    1e3;
}

int
main(int argc, char *argv[])
{
	struct offer o = { 0 };
	double rate, seconds;
	uint16_t port;
	int64_t i;
	int ep;

	if (argc != 7 || (rate = strtod(argv[4], NULL)) <= 0 ||
	    (seconds = strtod(argv[5], NULL)) <= 0)
		errx(64, "usage: http_offer port path bodies rate seconds "
		    "connections");
	read_bodies(&o, argv[3], argv[2]);
	o.period_us = 1e6 / rate;
	o.total = (size_t)(rate * seconds) + 1;
	if ((ep = epoll_create1(0)) == -1 || (o.took_us = calloc(o.total,
	    sizeof(*o.took_us))) == NULL || (o.late_us = calloc(o.total,
	    sizeof(*o.late_us))) == NULL)
		err(71, NULL);
	port = (uint16_t)io_cli_num('p', argv[1], 1, UINT16_MAX);
	for (i = io_cli_num('c', argv[6], 1, 10000); i > 0; i--)
		open_conn(&o, ep, port);
	o.start_us = base_clock_mono_us();
	while (o.answered < o.total) {
		send_due(&o);
		turn(&o, ep);
	}
	qsort(o.took_us, o.answered, sizeof(*o.took_us), compare);
	qsort(o.late_us, o.nlate, sizeof(*o.late_us), compare);
	printf("from due p50 %.3f p99 %.3f p99.9 %.3f woke p50 %.3f p99 %.3f"
	    " ms", percentile(o.took_us, o.answered, 50),
	    percentile(o.took_us, o.answered, 99),
	    percentile(o.took_us, o.answered, 99.9),
	    percentile(o.late_us, o.nlate, 50),
	    percentile(o.late_us, o.nlate, 99));
	if (o.refused > 0)
		printf(", %zu not answered with 200", o.refused);
	putchar('\n');
	return 0;
}
