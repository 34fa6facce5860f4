/* SPDX-License-Identifier: ISC */
/*
 * Every handle of libcurl keeps one connection open, so they come from a pool
 * in which they are marked with the URL they were last used for: the
 * connections in use are few and warm.
 *
 * A handle and its list of headers are made when a call first needs them, as
 * libcurl is loaded only then.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "net/provider.h"
#include "net/redirect.h"

#define TIMEOUT_MS	5000
#define URLS		4	/* that may use up their calls at once */
#define ANSWER_MAX	65536
#define TRIES		2	/* to connect */

struct net_provider_call {
	CURL			*curl;		/* NULL: not made yet */
	struct curl_slist	*headers;
	char			*url;		/* that it is set up for */
	struct base_buf		*answer;
	char			 error[CURL_ERROR_SIZE];
};

struct net_provider {
	struct base_pool	*calls;
};

/* A handle that libcurl is not yet needed for. */
static void *
new_call(const void *arg)
{
	struct net_provider_call *c = calloc(1, sizeof(*c));

	(void)arg;
	if (c == NULL)
		warn(NULL);
	return c;
}

/* Release what was made of it. */
static void
free_call(void *conn)
{
	struct net_provider_call *c = conn;

	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	free(c->url);
	free(c);
}

/*
 * There is a bound on the calls to one URL, so that a service that hangs
 * cannot hold all of them, and leaves those of the others.
 */
struct net_provider *
net_provider_new(size_t max)
{
	static const struct base_pool_kind kind = { .new = new_call,
	    .free = free_call };
	struct base_pool_options o = { .kind = &kind, .n = URLS * max,
	    .tag_max = max };
	struct net_provider *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		warn(NULL);
		return NULL;
	}
	if ((p->calls = base_pool_new(&o)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void
net_provider_free(struct net_provider *p)
{
	if (p == NULL)
		return;
	base_pool_free(p->calls);
	free(p);
}

/*
 * A part of the answer.  One that is too long fails the transfer, before it
 * fills the memory; what a compressed one becomes is counted.
 */
static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct net_provider_call *c = arg;

	if (c->answer->len + size * n > ANSWER_MAX)
		return 0;
	base_buf_add(c->answer, data, size * n);
	return size * n;
}

/* The headers of all calls. */
static struct curl_slist *
make_headers(void)
{
	struct curl_slist *list;

	list = curl_slist_append(NULL, "Content-Type: application/json");
	if (list != NULL && curl_slist_append(list, "Expect:") != NULL)
		return list;
	curl_slist_free_all(list);
	return NULL;
}

/* Prepare C, which the caller alone has, to be used for URL. */
static int
set_up_call(struct net_provider_call *c, const char *url)
{
	char *copy;

	if (c->url != NULL && strcmp(c->url, url) == 0)
		return 0;
	if ((c->curl == NULL && (c->curl = curl_easy_init()) == NULL) ||
	    (c->headers == NULL && (c->headers = make_headers()) == NULL) ||
	    (copy = strdup(url)) == NULL)
		return -1;
	free(c->url);
	c->url = copy;
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "ichnaea");
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(c->curl, CURLOPT_MAXCONNECTS, 1L);
	curl_easy_setopt(c->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
	return 0;
}

struct net_provider_call *
net_provider_take(struct net_provider *p, const char *url)
{
	struct net_provider_call *c = base_pool_take(p->calls, url);

	if (c == NULL || set_up_call(c, url) == 0)
		return c;
	base_pool_give(p->calls, c, 0);
	return NULL;
}

void
net_provider_give(struct net_provider *p, struct net_provider_call *call)
{
	base_pool_give(p->calls, call, 0);
}

/*
 * Perform until END_MS, once more if the server cannot be reached.  Only what
 * failed before the question was sent is tried again, so no service counts one
 * question twice.
 */
static CURLcode
perform_call(struct net_provider_call *c, int64_t end_ms)
{
	CURLcode rc = CURLE_OPERATION_TIMEDOUT;
	int64_t left;
	int try;

	assert(c->curl != NULL && c->url != NULL);
	base_buf_reset(c->answer);
	c->error[0] = '\0';
	for (try = 0; try < TRIES; try++) {
		if ((left = end_ms - base_clock_mono_ms()) <= 0)
			break;
		curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)left);
		rc = curl_easy_perform(c->curl);
		if (rc != CURLE_COULDNT_CONNECT &&
		    rc != CURLE_COULDNT_RESOLVE_HOST)
			break;
	}
	return rc;
}

/*
 * Send the question and follow one redirection, as other clients do: by POST
 * only if the status says so.
 */
static CURLcode
perform_with_hop(struct net_provider_call *c)
{
	int64_t end_ms = base_clock_mono_ms() + TIMEOUT_MS;
	enum net_redirect_verdict v;
	CURLcode rc;
	long status;

	if ((rc = perform_call(c, end_ms)) != CURLE_OK ||
	    (v = net_redirect_take(c->curl, c->url)) == NET_REDIRECT_NONE)
		return rc;
	if (v == NET_REDIRECT_FOLLOW) {
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
		if (status < 307)
			curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
		if ((rc = perform_call(c, end_ms)) != CURLE_OK ||
		    net_redirect_take(c->curl, c->url) == NET_REDIRECT_NONE)
			return rc;
	}
	strlcpy(c->error, net_redirect_why, sizeof(c->error));
	return CURLE_TOO_MANY_REDIRECTS;
}

/*
 * POST is set again for every question, as the handle may have followed a
 * redirection by GET; the body is borrowed by libcurl until it is done, and so
 * is taken back before it goes.
 */
long
net_provider_post(struct net_provider_call *c, const char *body, size_t len,
    struct base_buf *answer, char why[NET_PROVIDER_WHY_LEN])
{
	CURLcode rc;
	long status;

	assert(c->url != NULL && answer->len == 0);
	c->answer = answer;
	/* A redirection may have changed the URL, and made it a GET. */
	curl_easy_setopt(c->curl, CURLOPT_URL, c->url);
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)len);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
	rc = perform_with_hop(c);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);
	if (rc != CURLE_OK || !base_buf_ok(answer)) {
		strlcpy(why, rc == CURLE_WRITE_ERROR ? "too long an answer" :
		    c->error[0] != '\0' ? c->error : curl_easy_strerror(rc),
		    NET_PROVIDER_WHY_LEN);
		return -1;
	}
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}
