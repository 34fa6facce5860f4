/* SPDX-License-Identifier: ISC */
/*
 * Every handle of libcurl keeps one connection open.  The idle ones form a
 * stack, of which the topmost that was last used for the same URL is taken,
 * so that the connections in use are few and warm.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/provider.h"

#define TIMEOUT_MS	5000
#define URLS		4	/* that may use up their calls at once */
#define ANSWER_MAX	65536
#define TRIES		2	/* to connect */

struct net_provider_call {
	CURL			*curl;
	char			*url;	/* NULL: none yet */
	int			 busy;
	struct base_buf		*answer;
	char			 error[CURL_ERROR_SIZE];
};

struct net_provider {
	pthread_mutex_t		  lock;
	struct curl_slist	 *headers;
	size_t			  max;		/* per URL */
	size_t			  n;		/* made, of URLS * max */
	struct net_provider_call *call;		/* last used, last */
	struct net_provider_call **order;
};

struct net_provider *
net_provider_new(size_t max)
{
	struct net_provider *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->max = max;
	p->call = calloc(URLS * max, sizeof(*p->call));
	p->order = calloc(URLS * max, sizeof(*p->order));
	if (p->call == NULL || p->order == NULL) {
		warn(NULL);
		net_provider_free(p);
		return NULL;
	}
	return p;
}

void
net_provider_free(struct net_provider *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		curl_easy_cleanup(p->call[i].curl);
		free(p->call[i].url);
	}
	curl_slist_free_all(p->headers);
	pthread_mutex_destroy(&p->lock);
	free(p->order);
	free(p->call);
	free(p);
}

static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct net_provider_call *c = arg;

	if (c->answer->len + size * n > ANSWER_MAX)
		return 0;
	base_buf_add(c->answer, data, size * n);
	return size * n;
}

/* The headers of all calls.  Locked. */
static int
make_headers(struct net_provider *p)
{
	struct curl_slist *list;

	if (p->headers != NULL)
		return 0;
	list = curl_slist_append(NULL, "Content-Type: application/json");
	if (list == NULL || curl_slist_append(list, "Expect:") == NULL) {
		curl_slist_free_all(list);
		return -1;
	}
	p->headers = list;
	return 0;
}

/* Prepare C to be used for URL. */
static int
set_up(struct net_provider *p, struct net_provider_call *c, const char *url)
{
	char *copy;

	if (c->url != NULL && strcmp(c->url, url) == 0)
		return 0;
	if (c->curl == NULL && (c->curl = curl_easy_init()) == NULL)
		return -1;
	if (make_headers(p) == -1 || (copy = strdup(url)) == NULL)
		return -1;
	free(c->url);
	c->url = copy;
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "ichnaea");
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(c->curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c->curl, CURLOPT_MAXREDIRS, 1L);
	curl_easy_setopt(c->curl, CURLOPT_MAXCONNECTS, 1L);
	curl_easy_setopt(c->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
	return 0;
}

/* The idle call to use for URL, NULL if there are too many.  Locked. */
static struct net_provider_call *
choose(struct net_provider *p, const char *url)
{
	struct net_provider_call *c, *idle = NULL, *same = NULL;
	size_t busy = 0, i, own;

	for (i = 0; i < p->n; i++) {
		c = p->order[i];
		own = c->url != NULL && strcmp(c->url, url) == 0;
		busy += own && c->busy;
		if (!c->busy && own)
			same = c;
		else if (!c->busy && idle == NULL)
			idle = c;
	}
	if (busy >= p->max)
		return NULL;
	if (same != NULL)
		return same;
	if (p->n < URLS * p->max) {
		c = p->order[p->n] = &p->call[p->n];
		p->n++;
		return c;
	}
	return idle;
}

struct net_provider_call *
net_provider_take(struct net_provider *p, const char *url)
{
	struct net_provider_call *c;

	pthread_mutex_lock(&p->lock);
	c = choose(p, url);
	if (c != NULL && set_up(p, c, url) == -1)
		c = NULL;
	if (c != NULL)
		c->busy = 1;
	pthread_mutex_unlock(&p->lock);
	return c;
}

void
net_provider_give(struct net_provider *p, struct net_provider_call *call)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	call->busy = 0;
	for (i = 0; p->order[i] != call; i++)
		;
	for (; i + 1 < p->n; i++)
		p->order[i] = p->order[i + 1];
	p->order[i] = call;
	pthread_mutex_unlock(&p->lock);
}

long
net_provider_post(struct net_provider_call *c, const char *body, size_t len,
    struct base_buf *answer, char why[NET_PROVIDER_WHY_LEN])
{
	int64_t end = base_clock_mono_ms() + TIMEOUT_MS, left;
	CURLcode rc = CURLE_OPERATION_TIMEDOUT;
	long status;
	int try;

	c->answer = answer;
	c->error[0] = '\0';
	/* After a redirection it may have become a GET. */
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)len);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
	for (try = 0; try < TRIES; try++) {
		if ((left = end - base_clock_mono_ms()) <= 0)
			break;
		curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)left);
		rc = curl_easy_perform(c->curl);
		if (rc != CURLE_COULDNT_CONNECT &&
		    rc != CURLE_COULDNT_RESOLVE_HOST)
			break;
	}
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
