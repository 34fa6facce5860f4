/* SPDX-License-Identifier: ISC */
/*
 * One request at a time by a handle of libcurl that is used again, so that
 * connections are, too.  What comes back is bounded: 64 kB of a body, some
 * words of it for messages, and a minute of waiting.  libcurl's own options are
 * set to do nothing that was not asked for: no other protocols than HTTP, no
 * signals, no "Expect: 100-continue", no tidying of paths (a signature is over
 * the path as it is spelled).
 *
 * A struct net_client belongs to one thread at a time.
 */
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "net/client.h"
#include "net/redirect.h"

#define CONNECT_S	10L
#define TIMEOUT_MS	60000	/* for an answer, and one more hop */
#define BODY_MAX	65536
#define SHOWN		160	/* bytes of an answer in words */

/*
 * What a client keeps between requests: the handle, and what was set for all
 * of them.
 */
struct net_client {
	CURL			*curl;
	struct curl_slist	*headers;
	void			(*tick)(void *arg);
	void			*arg;
	int			(*sink)(void *arg, const char *data,
				    size_t len);
	void			*sink_arg;
	size_t			 passed;	/* to the sink */
	struct base_buf		 body;
	int			 follows;	/* one redirection */
	int64_t			 total_ms;	/* for an answer, 0: no bound */
	char			 error[CURL_ERROR_SIZE];
};

/*
 * Only the bodies of good answers go to the sink: what a server says of a
 * failure is for the message.
 */
static size_t
on_client_body(char *data, size_t size, size_t n, void *arg)
{
	struct net_client *c = arg;
	size_t room = BODY_MAX - c->body.len;
	long status = 0;

	assert(c->body.len <= BODY_MAX);
	if (c->sink != NULL) {
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
		if (status / 100 == 2) {
			c->passed += size * n;
			return c->sink(c->sink_arg, data, size * n) == 0 ?
			    size * n : 0;
		}
	}
	base_buf_add(&c->body, data, size * n < room ? size * n : room);
	return size * n;
}

/*
 * libcurl calls it about once a second, also while nothing comes.  The relay
 * renews its claim of what is in flight by it, lest another one sends the
 * same; the transfer cannot be ended here.
 */
static int
on_client_tick(void *arg, curl_off_t down, curl_off_t now, curl_off_t up,
    curl_off_t sent)
{
	struct net_client *c = arg;

	(void)down;
	(void)now;
	(void)up;
	(void)sent;
	c->tick(c->arg);
	return 0;
}

/*
 * The handle is made once; what differs between requests is set by
 * net_client_send().
 */
struct net_client *
net_client_new(void)
{
	struct net_client *c;
	CURL *h;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		warn(NULL);
		return NULL;
	}
	base_buf_init(&c->body);
	c->total_ms = TIMEOUT_MS;
	if ((h = c->curl = curl_easy_init()) == NULL ||
	    net_client_header(c, "Expect:") == -1) {
		warnx("cannot use libcurl");
		net_client_free(c);
		return NULL;
	}
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "loc/" LOC_VERSION);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_FILETIME, 1L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_client_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	return c;
}

/* Also of one that was made in part. */
void
net_client_free(struct net_client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	base_buf_done(&c->body);
	free(c);
}

void
net_client_careful(struct net_client *c)
{
	c->follows = 1;
	curl_easy_setopt(c->curl, CURLOPT_FORBID_REUSE, 1L);
}

void
net_client_tick(struct net_client *c, void (*tick)(void *arg), void *arg)
{
	c->tick = tick;
	c->arg = arg;
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, tick == NULL ? 1L : 0L);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_client_tick);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
}

/*
 * A bound on the whole is for small answers; for large ones it would be one
 * on their size, so there a transfer may only not stall.
 */
void
net_client_limits(struct net_client *c, long connect_s, long total_s,
    long stall_s)
{
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, connect_s);
	c->total_ms = total_s * 1000;
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT,
	    stall_s > 0 ? 1L : 0L);
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, stall_s);
}

void
net_client_sink(struct net_client *c,
    int (*sink)(void *arg, const char *data, size_t len), void *arg)
{
	c->sink = sink;
	c->sink_arg = arg;
}

/*
 * libcurl's own "Expect: 100-continue" costs a round trip, or a second where
 * a server does not know it.
 */
void
net_client_no_headers(struct net_client *c)
{
	curl_slist_free_all(c->headers);
	c->headers = NULL;
	net_client_header(c, "Expect:");
}

/* libcurl copies the line. */
int
net_client_header(struct net_client *c, const char *line)
{
	struct curl_slist *list = curl_slist_append(c->headers, line);

	if (list == NULL)
		return -1;
	c->headers = list;
	return 0;
}

/* Trailing blanks go, too, as bodies end with newlines. */
void
net_client_printable(char *text)
{
	char *p, *end = text;

	for (p = text; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = ' ';
		else if (*p != ' ')
			end = p + 1;
	*end = '\0';
}

/*
 * Say what has come, or why nothing did.  The text may hold anything that a
 * server sent, so it is bounded and made printable.
 */
static void
describe_answer(const struct net_client *c, CURLcode rc,
    struct net_client_answer *a)
{
	const char *text = rc == CURLE_OK ? c->body.len == 0 ? "" :
	    c->body.data : c->error[0] != '\0' ? c->error :
	    curl_easy_strerror(rc);
	int n = 0;

	if (rc == CURLE_OK)
		n = snprintf(a->why, sizeof(a->why), "answered %ld%s",
		    a->status, *text == '\0' ? "" : ": ");
	snprintf(a->why + n, sizeof(a->why) - (size_t)n, "%.*s", SHOWN - n,
	    text);
	net_client_printable(a->why);
}

/*
 * Perform what C is set to until END_MS of the monotonic clock (INT64_MAX: as
 * long as it takes).
 */
static CURLcode
perform_until(struct net_client *c, int64_t end_ms)
{
	int64_t left = end_ms == INT64_MAX ? 0 :
	    end_ms - base_clock_mono_ms();

	base_buf_reset(&c->body);
	base_buf_str(&c->body, "");
	c->error[0] = '\0';
	if (left <= 0 && end_ms != INT64_MAX)
		return CURLE_OPERATION_TIMEDOUT;
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)left);
	return curl_easy_perform(c->curl);
}

/* Send to URL, and follow one redirection by the same method. */
static CURLcode
perform_and_follow(struct net_client *c, const char *url)
{
	int64_t end_ms = c->total_ms == 0 ? INT64_MAX :
	    base_clock_mono_ms() + c->total_ms;
	enum net_redirect_verdict v;
	CURLcode rc;

	if ((rc = perform_until(c, end_ms)) != CURLE_OK || !c->follows ||
	    (v = net_redirect_take(c->curl, url)) == NET_REDIRECT_NONE)
		return rc;
	if (v == NET_REDIRECT_FOLLOW &&
	    ((rc = perform_until(c, end_ms)) != CURLE_OK ||
	    net_redirect_take(c->curl, url) == NET_REDIRECT_NONE))
		return rc;
	strlcpy(c->error, net_redirect_why, sizeof(c->error));
	return CURLE_TOO_MANY_REDIRECTS;
}

/*
 * What the headers of the answer say of the object.  An ETag that is weak or
 * has no quotes is left out, as it does not stand for the bytes.
 */
static void
read_headers(struct net_client *c, struct net_client_answer *a)
{
	struct curl_header *h;
	curl_off_t value = -1;
	size_t len;

	if (curl_easy_getinfo(c->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
	    &value) == CURLE_OK)
		a->size = value;
	value = -1;
	if (curl_easy_getinfo(c->curl, CURLINFO_FILETIME_T, &value) ==
	    CURLE_OK)
		a->modified_s = value;
	a->kms = curl_easy_header(c->curl, "x-amz-server-side-encryption", 0,
	    CURLH_HEADER, -1, &h) == CURLHE_OK &&
	    strncmp(h->value, "aws:kms", 7) == 0;
	if (curl_easy_header(c->curl, "ETag", 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return;
	len = strlen(h->value);
	if (len >= 2 && h->value[0] == '"' && h->value[len - 1] == '"' &&
	    len - 2 < sizeof(a->etag))
		snprintf(a->etag, sizeof(a->etag), "%.*s", (int)len - 2,
		    h->value + 1);
}

/*
 * Tell libcurl about the method, and about the body if there is one.  A handle
 * keeps its options, so those of the last request are undone here.
 */
static void
set_method(struct net_client *c, const char *method, const char *body,
    size_t len)
{
	int bare = strcmp(method, "GET") == 0 ||
	    strcmp(method, "HEAD") == 0 || strcmp(method, "DELETE") == 0;

	assert(!bare || len == 0);
	/* Each of these options undoes the others, so the order matters. */
	curl_easy_setopt(c->curl, CURLOPT_NOBODY, 0L);
	if (bare) {
		curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
		if (*method == 'H')
			curl_easy_setopt(c->curl, CURLOPT_NOBODY, 1L);
	} else {
		curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS,
		    len > 0 ? body : "");
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)len);
	}
	curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST,
	    strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0 ?
	    method : NULL);
}

/*
 * The status is 0 if no answer came.  Headers count even after a transfer that
 * broke off: the ETag is what the rest is asked for with.
 */
long
net_client_send(struct net_client *c, const char *method, const char *url,
    const char *body, size_t len, struct net_client_answer *a)
{
	curl_off_t wait = 0;
	CURLcode rc;

	memset(a, 0, sizeof(*a));
	a->size = a->modified_s = -1;
	c->passed = 0;
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	set_method(c, method, body, len);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	rc = perform_and_follow(c, url);
	if (rc == CURLE_OK) {
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE,
		    &a->status);
		if (curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER,
		    &wait) == CURLE_OK)
			a->retry_s = wait;
	}
	read_headers(c, a);
	a->passed = c->passed;
	a->hopeless = rc == CURLE_TOO_MANY_REDIRECTS ||
	    rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT;
	describe_answer(c, rc, a);
	return a->status;
}

const struct base_buf *
net_client_body(const struct net_client *c)
{
	return &c->body;
}
