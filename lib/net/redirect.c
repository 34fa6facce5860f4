/* SPDX-License-Identifier: ISC */
/*
 * libcurl can follow redirections, but cannot be told to stay with a host, so
 * it follows none: its handles are asked after each request where it would
 * have gone (CURLINFO_REDIRECT_URL), and sent there if that is allowed.  URLs
 * are split by libcurl's own parser, because another one might see another
 * host in them than the one that is connected to.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "net/redirect.h"

const char net_redirect_why[] =
    "redirected to another host, out of https, or twice";

/* Part PART of U, with the scheme's own port if none is named; or NULL. */
static char *
url_part(CURLU *u, CURLUPart part)
{
	char *text = NULL;

	if (curl_url_get(u, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	return text;
}

/*
 * 1 if A and B have the same PART; ASCII case does not count in any that
 * matters.
 */
static int
same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *x = url_part(a, part), *y = url_part(b, part);
	int same = x != NULL && y != NULL && strcasecmp(x, y) == 0;

	curl_free(x);
	curl_free(y);
	return same;
}

/* 1 if U begins with SCHEME and a colon. */
static int
has_scheme(CURLU *u, const char *scheme)
{
	char *text = url_part(u, CURLUPART_SCHEME);
	int has = text != NULL && strcasecmp(text, scheme) == 0;

	curl_free(text);
	return has;
}

/* A URL that cannot be split is no place to go to. */
int
net_redirect_allowed(const char *from, const char *to)
{
	CURLU *a = curl_url(), *b = curl_url();
	int ok = 0;

	if (a != NULL && b != NULL &&
	    curl_url_set(a, CURLUPART_URL, from, 0) == CURLUE_OK &&
	    curl_url_set(b, CURLUPART_URL, to, 0) == CURLUE_OK &&
	    same_part(a, b, CURLUPART_HOST))
		ok = (has_scheme(a, "http") && has_scheme(b, "https")) ||
		    (same_part(a, b, CURLUPART_SCHEME) &&
		    same_part(a, b, CURLUPART_PORT));
	curl_url_cleanup(a);
	curl_url_cleanup(b);
	return ok;
}

enum net_redirect_verdict
net_redirect_take(CURL *curl, const char *url)
{
	char *to = NULL;

	assert(url != NULL);
	/* The URL that libcurl would go to, made absolute. */
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to);
	if (to == NULL)
		return NET_REDIRECT_NONE;
	if (!net_redirect_allowed(url, to) ||
	    curl_easy_setopt(curl, CURLOPT_URL, to) != CURLE_OK)
		return NET_REDIRECT_REFUSED;
	return NET_REDIRECT_FOLLOW;
}
