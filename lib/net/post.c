/* SPDX-License-Identifier: ISC */
/*
 * The key is in the URL, where the interface wants it, so the URL is never
 * shown; messages have a name made of it, without query and account.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "net/gzip.h"
#include "net/post.h"

struct net_post {
	struct net_client	*client;
	char			*url;
	char			*name;	/* URL without query and account */
	struct base_buf		 packed;
};

/*
 * The URL with the key, and one to show.  The key is encoded by libcurl, which
 * keeps the arguments that the URL has already.
 */
static int
set_url(struct net_post *p, const char *url, const char *key)
{
	struct base_buf arg;
	CURLU *u;
	char *full = NULL, *name = NULL, *scheme = NULL;
	int rc = -1;

	base_buf_init(&arg);
	base_buf_fmt(&arg, "key=%s", key == NULL ? "" : key);
	u = curl_url();
	if (u != NULL && base_buf_ok(&arg) &&
	    curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
	    (key == NULL || curl_url_set(u, CURLUPART_QUERY, arg.data,
	    CURLU_APPENDQUERY) == CURLUE_OK) &&
	    curl_url_get(u, CURLUPART_URL, &full, 0) == CURLUE_OK &&
	    (p->url = strdup(key == NULL ? url : full)) != NULL &&
	    curl_url_set(u, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_URL, &name, 0) == CURLUE_OK &&
	    (p->name = strdup(name)) != NULL)
		rc = 0;
	curl_free(full);
	curl_free(name);
	curl_free(scheme);
	curl_url_cleanup(u);
	base_buf_done(&arg);
	return rc;
}

/* The headers are the same for every request, so they are set once. */
struct net_post *
net_post_new(const char *url, const char *key)
{
	struct net_post *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		warn(NULL);
		return NULL;
	}
	base_buf_init(&p->packed);
	if ((p->client = net_client_new()) == NULL)
		goto fail;
	if (net_client_header(p->client, "Content-Type: application/json") ==
	    -1 || net_client_header(p->client, "Content-Encoding: gzip") ==
	    -1) {
		warnx("out of memory");
		goto fail;
	}
	if (set_url(p, url, key) == -1) {
		/* Not shown: it may hold a password. */
		warnx("expected a URL that begins with http:// or https://");
		goto fail;
	}
	net_client_careful(p->client);
	return p;
fail:
	net_post_free(p);
	return NULL;
}

void
net_post_free(struct net_post *p)
{
	if (p == NULL)
		return;
	net_client_free(p->client);
	base_buf_done(&p->packed);
	free(p->url);
	free(p->name);
	free(p);
}

void
net_post_tick(struct net_post *p, void (*tick)(void *arg), void *arg)
{
	net_client_tick(p->client, tick, arg);
}

const char *
net_post_name(const struct net_post *p)
{
	return p->name;
}

/*
 * What the status says about the body, and about trying again.  403 is not
 * final: a service that was misconfigured for an hour must not cost an hour of
 * reports.  Of the others a 404 or 401 is about the URL or the key, so the
 * body is kept until somebody has mended these.
 */
static enum net_post_verdict
judge_post(const struct net_client_answer *a)
{
	long status = a->status;

	if (status == 0)
		return a->hopeless ? NET_POST_WRONG : NET_POST_LATER;
	if (status >= 200 && status < 300)
		return NET_POST_OK;
	if (status == 400 || status == 413 || status == 422)
		return NET_POST_REFUSED;
	if (status == 403 || status == 408 || status == 425 ||
	    status == 429 || status >= 500)
		return NET_POST_LATER;
	return NET_POST_WRONG;
}

/*
 * The packed body is kept in one buffer, which grows to the largest of them.
 */
enum net_post_verdict
net_post_json(struct net_post *p, const char *body, size_t len, int level,
    struct net_client_answer *answer)
{
	assert(p->client != NULL && p->url != NULL && p->name != NULL);
	base_buf_reset(&p->packed);
	if (net_gzip(&p->packed, body, len, level) == -1) {
		memset(answer, 0, sizeof(*answer));
		strlcpy(answer->why, "out of memory", sizeof(answer->why));
		return NET_POST_LATER;
	}
	net_client_send(p->client, "POST", p->url, p->packed.data,
	    p->packed.len, answer);
	return judge_post(answer);
}
