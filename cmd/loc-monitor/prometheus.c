/* SPDX-License-Identifier: ISC */
/*
 * Gauges in the text format of Prometheus: a file for the textfile collector
 * of its node exporter, or a page for those who scrape.
 *
 * All samples of a metric have to stand together, so they are kept until all
 * are there, and sorted by name.  A metric is called as for statsd, with "loc_"
 * before it and '_' for each '.'; tags are labels, but for "job", which is the
 * scraper's own: it would call ours exported_job.
 */
#include <assert.h>
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/clock.h"
#include "http/listen.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "io/cli.h"
#include "io/notify.h"
#include "io/outfile.h"

#include "monitor.h"

#define FRESH_MS	5000	/* a page is shown again for so long */
#define STOP_S		5

struct sample {
	char	*name;		/* of the metric, as Prometheus has it */
	char	*text;		/* all of the line */
};

struct monitor_samples {
	struct sample	*at;
	size_t		 n, cap;
};

struct monitor_samples *
monitor_samples_new(void)
{
	struct monitor_samples *s = calloc(1, sizeof(*s));

	if (s == NULL)
		err(EX_OSERR, NULL);
	return s;
}

static void
forget_samples(struct monitor_samples *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->at[i].name);
		free(s->at[i].text);
	}
	s->n = 0;
}

void
monitor_samples_free(struct monitor_samples *s)
{
	if (s == NULL)
		return;
	forget_samples(s);
	free(s->at);
	free(s);
}

static void
add_name(struct base_buf *b, const char *name)
{
	base_buf_str(b, "loc_");
	for (; *name != '\0'; name++)
		base_buf_chr(b, *name == '.' ? '_' : *name);
}

/* A value of a label, in which three characters have to be escaped. */
static void
add_label(struct base_buf *b, const char *name, const char *value)
{
	base_buf_str(b, strcmp(name, "job") == 0 ? "name" : name);
	base_buf_str(b, "=\"");
	for (; *value != '\0'; value++)
		if (*value == '\n')
			base_buf_str(b, "\\n");
		else {
			if (*value == '"' || *value == '\\')
				base_buf_chr(b, '\\');
			base_buf_chr(b, *value);
		}
	base_buf_chr(b, '"');
}

/* What B has, allocated; B is empty then. */
static char *
take_text(struct base_buf *b)
{
	char *text = base_buf_ok(b) ? strndup(b->data, b->len) : NULL;

	if (text == NULL)
		errx(EX_OSERR, "out of memory");
	base_buf_reset(b);
	return text;
}

void
monitor_samples_add(struct monitor_samples *s, const struct gauge *g)
{
	struct sample *at;
	struct base_buf b;
	int i;

	if (s->n == s->cap) {
		s->cap = 2 * s->cap + 64;
		at = reallocarray(s->at, s->cap, sizeof(*at));
		if (at == NULL)
			err(EX_OSERR, NULL);
		s->at = at;
	}
	at = &s->at[s->n++];
	base_buf_init(&b);
	add_name(&b, g->name);
	at->name = take_text(&b);
	base_buf_str(&b, at->name);
	for (i = 0; g->tag[i] != NULL; i += 2) {
		base_buf_chr(&b, i == 0 ? '{' : ',');
		add_label(&b, g->tag[i], g->tag[i + 1]);
	}
	base_buf_fmt(&b, "%s %" PRId64 "\n", i > 0 ? "}" : "", g->value);
	at->text = take_text(&b);
	base_buf_done(&b);
}

static int
cmp_sample(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : strcmp(x->text, y->text);
}

/* Append all samples to B, and forget them. */
static void
write_samples(struct monitor_samples *s, struct base_buf *b)
{
	size_t i;

	if (s->n > 0)
		qsort(s->at, s->n, sizeof(*s->at), cmp_sample);
	for (i = 0; i < s->n; i++) {
		if (i == 0 || strcmp(s->at[i].name, s->at[i - 1].name) != 0)
			base_buf_fmt(b, "# TYPE %s gauge\n", s->at[i].name);
		base_buf_str(b, s->at[i].text);
	}
	forget_samples(s);
}

/* The file appears whole, as the collector may read it at any moment. */
int
monitor_prometheus_print(struct monitor *m, const char *path)
{
	struct io_outfile of;
	struct base_buf b;
	int rc = EX_OK;

	base_buf_init(&b);
	write_samples(m->samples, &b);
	if (!base_buf_ok(&b))
		errx(EX_OSERR, "out of memory");
	if (path == NULL)
		io_cli_put(b.data, b.len);
	else if (io_outfile_begin(&of, path, 0644) == -1) {
		warn("%s", path);
		rc = EX_CANTCREAT;
	} else if (io_outfile_add(&of, b.data, b.len) == -1) {
		warn("%s", path);
		io_outfile_end(&of, 0);
		rc = EX_IOERR;
	} else if (io_outfile_end(&of, 1) == -1) {
		warn("%s", path);
		rc = EX_IOERR;
	}
	base_buf_done(&b);
	return rc;
}

/*
 * The server.  One thread at a time asks, and the others wait for its page:
 * whoever scrapes twice at once, or too often, costs nothing.
 */
struct exporter {
	struct monitor		*m;
	char *const		*what;
	int			 n;
	pthread_mutex_t		 lock;
	struct base_buf		 page;
	int64_t			 made_ms;
};

/* The status of RQ, unless it is for the page: 0. */
static int
judge_request(const struct http_request *rq)
{
	switch (rq->verdict) {
	case HTTP_REQUEST_OK:
		break;
	case HTTP_REQUEST_BAD_BODY:
	case HTTP_REQUEST_BAD_REQUEST:
		return 400;
	case HTTP_REQUEST_TOO_LARGE:
		return 413;
	case HTTP_REQUEST_BUSY:
		return 503;
	}
	if (strcmp(rq->path, "/metrics") != 0)
		return 404;
	return strcmp(rq->method, "GET") == 0 ||
	    strcmp(rq->method, "HEAD") == 0 ? 0 : 405;
}

/*
 * Answer GET /metrics.  The page is made at most once in FRESH_MS, however many
 * ask, and by one at a time.
 */
static enum http_reply_when
answer_metrics(void *ctx, const struct http_request *rq,
    struct http_reply *rp)
{
	struct exporter *e = ctx;
	int status = judge_request(rq);

	if (status != 0) {
		http_reply_plain(rp, status);
		if (status == 405)
			http_reply_header(rp, "Allow", "GET, HEAD");
		return HTTP_REPLY_NOW;
	}
	pthread_mutex_lock(&e->lock);
	if (e->made_ms == 0 || base_clock_mono_ms() - e->made_ms > FRESH_MS) {
		base_buf_reset(&e->page);
		monitor_run(e->m, e->what, e->n);
		write_samples(e->m->samples, &e->page);
		e->made_ms = base_clock_mono_ms();
	}
	rp->status = base_buf_ok(&e->page) ? 200 : 503;
	if (rp->status == 200)
		base_buf_add(rp->body, e->page.data, e->page.len);
	pthread_mutex_unlock(&e->lock);
	http_reply_header(rp, "Content-Type",
	    "text/plain; version=0.0.4; charset=utf-8");
	return HTTP_REPLY_NOW;
}

static void
on_unused(void *ctx)
{
	(void)ctx;	/* the options live as long as the server */
}

/* TERM and INT end it; HUP has it read the configuration anew. */
static void
wait_until_stopped(struct exporter *e, const sigset_t *set)
{
	int sig;

	while (sigwait(set, &sig) == 0 && sig != SIGTERM && sig != SIGINT) {
		pthread_mutex_lock(&e->lock);
		warnx(monitor_reload(e->m) == 0 ? "reloaded" :
		    "going on with the old configuration");
		e->made_ms = 0;
		pthread_mutex_unlock(&e->lock);
	}
}

int
monitor_prometheus_serve(struct monitor *m, const char *where,
    char *const *what, int n, const sigset_t *set)
{
	struct exporter e = { .m = m, .what = what, .n = n };
	struct http_server_options o = { .connections = 20,
	    .max_body = 1024, .max_inflated = 1024, .request_s = 10,
	    .idle_s = 60, .fields = "", .handler = answer_metrics,
	    .unused = on_unused, .ctx = &e };
	struct http_server *h;
	struct http_listen l = { 0 };

	if (http_listen_open(&l, where) == -1)
		return EX_UNAVAILABLE;
	pthread_mutex_init(&e.lock, NULL);
	base_buf_init(&e.page);
	if ((h = http_server_open(&l, &o)) != NULL) {
		io_notify_ready();
		wait_until_stopped(&e, set);
		http_server_end(h, STOP_S);
	}
	http_listen_end(&l);
	base_buf_done(&e.page);
	pthread_mutex_destroy(&e.lock);
	return h == NULL ? EX_UNAVAILABLE : EX_OK;
}
