/* SPDX-License-Identifier: ISC */
/*
 * Events go out as envelopes: a line of JSON about the envelope, one about the
 * event with its exact length, and the event.  After "429 Too Many Requests",
 * or a server that does not answer, events are dropped for a while.  How many
 * were is told by the next one that is sent.
 *
 * Threads that report only copy a few texts under the lock, and never wait for
 * the network; all of libcurl is in the worker's thread.  Memory is bounded by
 * QUEUE events, and by RECENT texts that tell repetitions.
 */
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/worker.h"
#include "conf/url.h"
#include "json/write.h"
#include "net/scrub.h"
#include "net/sentry.h"

#define QUEUE		16
#define RECENT		64		/* faults remembered */
#define RECENT_MS	60000		/* and for how long */
#define TIMEOUT_MS	2000
#define REST_S		5		/* after a failure */
#define REST_MAX_S	86400
#define REST_429_S	60		/* when the server does not say */
#define WHAT_LEN	200
#define DETAIL_LEN	1000

/*
 * An event as it waits: texts are copied, as those of the caller are gone by
 * the time it is sent.
 */
struct event {
	const char	*level;		/* one of levels[] */
	int64_t		 time_ms;
	unsigned	 dropped;	/* before this one */
	char		 what[WHAT_LEN], detail[DETAIL_LEN];
};

struct net_sentry {
	struct conf_url		 dsn;
	char			*url;	/* for envelopes */
	char			*app, *release, *environment;
	char			 host[256];
	struct base_worker	 worker;
	/* under the worker's lock */
	struct event		 queue[QUEUE];
	size_t			 first, n;
	unsigned		 dropped;
	int64_t			 rest_ms;	/* none is taken until */
	int64_t			 stop_ms;	/* be done by; 0: go on */
	struct {
		char		 what[WHAT_LEN];
		int64_t		 ms;
	}			 recent[RECENT];
	/* the thread's own */
	CURL			*curl;
	struct curl_slist	*headers;
	long			 limit_s;	/* as the reply says */
	int			 warned;
};

/*
 * Foreign text.
 */

/* "https://KEY@HOST/PATH/7" means "https://HOST/PATH/api/7/envelope/". */
void
net_sentry_endpoint(struct base_buf *b, const struct conf_url *dsn)
{
	const struct conf_url_host *h = &dsn->host[0];

	assert(dsn->name >= dsn->path);
	base_buf_fmt(b, strchr(h->name, ':') != NULL ? "http%s://[%s]" :
	    "http%s://%s", dsn->secure ? "s" : "", h->name);
	if (h->port != 0)
		base_buf_fmt(b, ":%u", h->port);
	base_buf_fmt(b, "/%.*sapi/%s/envelope/", (int)(dsn->name - dsn->path),
	    dsn->path, dsn->name);
}

/* Is one of the words of S, LEN bytes parted by ';', about errors? */
static int
about_errors(const char *s, size_t len)
{
	const char *end;
	size_t n;

	if (len == 0)
		return 1;
	for (;; s += n + 1, len -= n + 1) {
		end = memchr(s, ';', len);
		n = end == NULL ? len : (size_t)(end - s);
		if ((n == 5 && strncasecmp(s, "error", n) == 0) ||
		    (n == 7 && strncasecmp(s, "default", n) == 0))
			return 1;
		if (end == NULL)
			return 0;
	}
}

/*
 * The header has limits after commas, SECONDS:WORD;WORD:SCOPE:REASON, and a
 * limit without words is about everything.  The longest that is about errors
 * counts.
 */
long
net_sentry_limits(const char *value, size_t len)
{
	const char *p = value, *end = value + len, *words;
	long longest = 0, s;

	while (p < end) {
		while (p < end && (*p == ' ' || *p == ','))
			p++;
		for (s = 0; p < end && *p >= '0' && *p <= '9'; p++)
			if (s < REST_MAX_S)
				s = s * 10 + (*p - '0');
		while (p < end && *p != ':' && *p != ',')
			p++;
		words = p += p < end && *p == ':';
		while (p < end && *p != ':' && *p != ',' && *p != ' ')
			p++;
		if (s > longest && about_errors(words, (size_t)(p - words)))
			longest = s;
		while (p < end && *p != ',')
			p++;
	}
	return longest < REST_MAX_S ? longest : REST_MAX_S;
}

/*
 * Making an event.
 */

/* The event as JSON; see Sentry's "Event Payloads". */
static void
write_event(struct base_buf *b, const struct net_sentry *s,
    const struct event *e, const char *id)
{
	char time[BASE_CIVIL_TIME_LEN], when[BASE_CIVIL_TIME_LEN + 8];
	char text[WHAT_LEN + 2 + DETAIL_LEN];
	struct json_write w;

	base_civil_format_time(time, e->time_ms / 1000, 'T');
	snprintf(text, sizeof(text), "%s%s%s", e->what,
	    e->detail[0] != '\0' ? ": " : "", e->detail);
	snprintf(when, sizeof(when), "%s.%03dZ", time,
	    (int)(e->time_ms % 1000));
	json_write_begin(&w, b);
	json_write_text(&w, "event_id", id);
	json_write_text(&w, "timestamp", when);
	json_write_text(&w, "platform", "c");
	json_write_text(&w, "level", e->level);
	json_write_text(&w, "logger", s->app);
	json_write_text(&w, "release", s->release);
	if (s->environment != NULL)
		json_write_text(&w, "environment", s->environment);
	json_write_text(&w, "server_name", s->host);
	json_write_object(&w, "logentry");
	json_write_text(&w, "formatted", text);
	json_write_end(&w);
	json_write_array(&w, "fingerprint");
	json_write_text(&w, NULL, e->what);
	json_write_end(&w);
	json_write_object(&w, "tags");
	json_write_text(&w, "app", s->app);
	json_write_end(&w);
	if (e->dropped > 0) {
		json_write_object(&w, "extra");
		json_write_i64(&w, "dropped", e->dropped);
		json_write_end(&w);
	}
	json_write_end(&w);
}

/* The length of the event is told before it, so it is written first. */
static void
write_envelope(struct base_buf *b, const struct net_sentry *s,
    const struct event *e)
{
	unsigned char random[16];
	struct base_buf body, id;

	base_buf_init(&body);
	base_buf_init(&id);
	arc4random_buf(random, sizeof(random));
	base_buf_hex(&id, random, sizeof(random));
	if (base_buf_ok(&id))
		write_event(&body, s, e, id.data);
	if (base_buf_ok(&id) && base_buf_ok(&body)) {
		base_buf_fmt(b, "{\"event_id\":\"%s\"}\n{\"type\":\"event\","
		    "\"content_type\":\"application/json\",\"length\":%zu}\n",
		    id.data, body.len);
		base_buf_add(b, body.data, body.len);
		base_buf_chr(b, '\n');
	}
	base_buf_done(&id);
	base_buf_done(&body);
}

/*
 * Taking reports.
 */

/*
 * Under the lock: was WHAT told less than a minute ago?  If not, it is.  A new
 * fault takes the place of the one that was told longest ago.  If that was
 * within the last minute, too, so many different faults come at once that the
 * new one counts as repeated.
 */
static int
is_repeated(struct net_sentry *s, const char *what, int64_t now_ms)
{
	size_t i, oldest = 0;

	for (i = 0; i < RECENT; i++) {
		if (strcmp(s->recent[i].what, what) == 0) {
			oldest = i;
			break;
		}
		if (s->recent[i].ms < s->recent[oldest].ms)
			oldest = i;
	}
	if (s->recent[oldest].ms != 0 &&
	    now_ms - s->recent[oldest].ms < RECENT_MS)
		return 1;
	strlcpy(s->recent[oldest].what, what, WHAT_LEN);
	s->recent[oldest].ms = now_ms;
	return 0;
}

/*
 * What is told may have come from anybody, so it is scrubbed before it is
 * kept.  A fault that repeats is told once a minute.  It may be called by any
 * thread, and with S NULL, when no dsn is set, does nothing.
 */
void
net_sentry_report(struct net_sentry *s, const char *level, const char *what,
    const char *detail)
{
	int64_t now_ms = base_clock_mono_ms();
	struct event e = { .level = "error" };

	if (s == NULL)
		return;
	if (strcmp(level, "warning") == 0 || strcmp(level, "fatal") == 0)
		e.level = *level == 'w' ? "warning" : "fatal";
	strlcpy(e.what, what, sizeof(e.what));
	if (detail != NULL)
		strlcpy(e.detail, detail, sizeof(e.detail));
	net_scrub(e.what);
	net_scrub(e.detail);
	e.time_ms = base_clock_now_ms();
	base_worker_lock(&s->worker);
	if (now_ms < s->rest_ms || s->n == QUEUE ||
	    is_repeated(s, e.what, now_ms))
		s->dropped++;
	else {
		e.dropped = s->dropped;
		s->dropped = 0;
		assert(s->n < QUEUE);
		s->queue[(s->first + s->n++) % QUEUE] = e;
		base_worker_wake(&s->worker);
	}
	base_worker_unlock(&s->worker);
}

/*
 * Sending, in the thread.
 */

/*
 * libcurl calls it for each line, which has no NUL behind it.  Several such
 * lines count as the longest limit.
 */
static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	static const char name[] = "x-sentry-rate-limits:";
	struct net_sentry *s = arg;
	size_t len = size * n, skip = sizeof(name) - 1;
	long limit_s;

	if (len > skip && strncasecmp(line, name, skip) == 0) {
		while (len > skip && isspace((unsigned char)line[len - 1]))
			len--;
		limit_s = net_sentry_limits(line + skip, len - skip);
		if (limit_s > s->limit_s)
			s->limit_s = limit_s;
	}
	return size * n;
}

/* What the server says is not kept. */
static size_t
on_sentry_body(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

/* Is it time to end, whatever waits?  With the lock. */
static int
is_too_late(const struct net_sentry *s)
{
	return s->stop_ms != 0 && base_clock_mono_ms() >= s->stop_ms;
}

/* Give up when the end has been waited for long enough. */
static int
on_sentry_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
    curl_off_t d)
{
	struct net_sentry *s = arg;
	int late;

	(void)a, (void)b, (void)c, (void)d;
	base_worker_lock(&s->worker);
	late = is_too_late(s);
	base_worker_unlock(&s->worker);
	return late;
}

/*
 * Returns 0, or -1 with nothing made.  The key, and a secret if there is one,
 * stay in libcurl's list of headers and are wiped from the buffer.
 */
static int
make_handle(struct net_sentry *s)
{
	const char *secret = s->dsn.password == NULL ? "" : s->dsn.password;
	struct base_buf auth;
	int rc = -1;

	base_buf_init(&auth);
	base_buf_fmt(&auth, "X-Sentry-Auth: Sentry "
	    "sentry_version=7, sentry_client=loc/" LOC_VERSION
	    ", sentry_key=%s%s%s", s->dsn.user, *secret != '\0' ?
	    ", sentry_secret=" : "", secret);
	if (base_buf_ok(&auth) && (s->curl = curl_easy_init()) != NULL &&
	    (s->headers = curl_slist_append(NULL, auth.data)) != NULL &&
	    curl_slist_append(s->headers,
	    "Content-Type: application/x-sentry-envelope") != NULL &&
	    curl_slist_append(s->headers, "Expect:") != NULL)
		rc = 0;
	if (auth.data != NULL)
		explicit_bzero(auth.data, auth.len);
	base_buf_done(&auth);
	if (rc == 0)
		return 0;
	curl_slist_free_all(s->headers);
	curl_easy_cleanup(s->curl);
	s->headers = NULL;
	s->curl = NULL;
	return -1;
}

/* The handle, made when there is the first event to send. */
static int
set_up_handle(struct net_sentry *s)
{
	if (s->curl != NULL)
		return 0;
	if (make_handle(s) == -1) {
		if (!s->warned)
			warnx("sentry: out of memory");
		s->warned = 1;
		return -1;
	}
	curl_easy_setopt(s->curl, CURLOPT_URL, s->url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->headers);
	curl_easy_setopt(s->curl, CURLOPT_USERAGENT, "loc/" LOC_VERSION);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_sentry_body);
	curl_easy_setopt(s->curl, CURLOPT_XFERINFOFUNCTION, on_sentry_progress);
	curl_easy_setopt(s->curl, CURLOPT_XFERINFODATA, s);
	curl_easy_setopt(s->curl, CURLOPT_NOPROGRESS, 0L);
	return 0;
}

/*
 * Seconds until the next event may be sent, by how this one went.  An outage
 * is told of once, with its first failure.  The limits of the header count
 * even if the event was taken.
 */
static long
seconds_to_rest(struct net_sentry *s, CURLcode rc)
{
	curl_off_t after = 0;
	long status = 0;
	int bad;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(s->curl, CURLINFO_RETRY_AFTER, &after);
	bad = rc != CURLE_OK || status / 100 != 2;
	if (bad && !s->warned) {
		if (rc != CURLE_OK)
			warnx("sentry: %s", curl_easy_strerror(rc));
		else
			warnx("sentry: HTTP status %ld", status);
	}
	s->warned = bad;
	if (s->limit_s > 0)
		return s->limit_s;
	if (bad && after > 0)
		return after < REST_MAX_S ? (long)after : REST_MAX_S;
	return !bad ? 0 : status == 429 ? REST_429_S : REST_S;
}

/*
 * One that cannot be written is dropped, and the next one is tried at once.
 */
static long
send_event(struct net_sentry *s, const struct event *e)
{
	struct base_buf b;
	long rest_s = 0;

	if (set_up_handle(s) == -1)
		return REST_S;
	base_buf_init(&b);
	write_envelope(&b, s, e);
	if (base_buf_ok(&b) && b.len > 0) {
		s->limit_s = 0;
		curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, b.data);
		curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)b.len);
		rest_s = seconds_to_rest(s, curl_easy_perform(s->curl));
	}
	base_buf_done(&b);
	return rest_s;
}

/*
 * Send the oldest event; with the lock, which is left meanwhile.  S->n only
 * grows meanwhile, as nobody else takes events away.
 */
static void
send_oldest(struct net_sentry *s)
{
	struct event e = s->queue[s->first];
	long rest_s;

	assert(s->n > 0);
	s->first = (s->first + 1) % QUEUE;
	s->n--;
	if (base_clock_mono_ms() < s->rest_ms) {
		s->dropped += e.dropped + 1;
		return;
	}
	base_worker_unlock(&s->worker);
	rest_s = send_event(s, &e);
	base_worker_lock(&s->worker);
	if (rest_s > 0)
		s->rest_ms = base_clock_mono_ms() + rest_s * 1000;
}

/* With the lock.  At the end what waits is still sent, until stop_ms. */
static void
sentry_worker(void *arg)
{
	struct net_sentry *s = arg;

	while (!is_too_late(s) && (s->n > 0 || !s->worker.stopping)) {
		if (s->n == 0)
			base_worker_wait(&s->worker, BASE_WORKER_FOREVER);
		else
			send_oldest(s);
	}
}

/*
 * Beginning and end.
 */

/*
 * In the thread of the owner, or in that of an abandoned worker; nobody else
 * knows S any more.
 */
static void
release_sentry(void *arg)
{
	struct net_sentry *s = arg;

	curl_slist_free_all(s->headers);
	curl_easy_cleanup(s->curl);
	base_worker_done(&s->worker);
	free(s->app);
	free(s->release);
	free(s->environment);
	free(s->url);
	conf_url_done(&s->dsn);
	free(s);
}

/*
 * The handle of libcurl is made with the first event, in the thread.  A dsn
 * that is no address is warned of and means no reports: a service runs without
 * them.
 */
struct net_sentry *
net_sentry_new(const struct net_sentry_options *o)
{
	struct net_sentry *s;
	struct base_buf url;
	const char *why;

	if (o->dsn == NULL)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn("sentry");
		return NULL;
	}
	if ((why = conf_url_parse(&s->dsn, CONF_URL_DSN, o->dsn)) != NULL) {
		warnx("[sentry] dsn: expected %s", why);
		free(s);
		return NULL;
	}
	base_buf_init(&url);
	net_sentry_endpoint(&url, &s->dsn);
	s->url = url.data;
	base_worker_init(&s->worker);
	gethostname(s->host, sizeof(s->host) - 1);
	s->app = strdup(o->app);
	s->release = strdup(o->release);
	s->environment = o->environment == NULL ? NULL :
	    strdup(o->environment);
	if (!base_buf_ok(&url) || s->app == NULL || s->release == NULL ||
	    base_worker_start(&s->worker, sentry_worker, release_sentry, s) ==
	    -1) {
		warnx("sentry: no memory or threads, no reports");
		release_sentry(s);
		return NULL;
	}
	return s;
}

/*
 * What is under way is given up WAIT_MS from now, by libcurl's progress
 * function.  libcurl may hang in a name lookup, which nothing can end: then
 * the worker is abandoned a second later.
 */
void
net_sentry_free(struct net_sentry *s, int wait_ms)
{
	if (s == NULL)
		return;
	base_worker_lock(&s->worker);
	s->stop_ms = base_clock_mono_ms() + wait_ms;
	base_worker_unlock(&s->worker);
	base_worker_stop(&s->worker, wait_ms + 1000);
}
