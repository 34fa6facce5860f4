/* SPDX-License-Identifier: ISC */
/*
 * After "Authenticating Requests: Using the Authorization Header (AWS
 * Signature Version 4)" of the Amazon S3 API reference.
 *
 * Three texts are made one of another: the canonical request (method, path,
 * query, headers, the names of these, and the hash of the body), the string
 * to sign (the date, the scope and the hash of that), and the signature, an
 * HMAC of it.  The key of that HMAC is derived from the secret in four steps,
 * one for each part of the scope, so that it opens one service in one region
 * on one day.
 *
 * libcurl can sign, too, but its versions disagree on what the canonical form
 * of a paging token or a path is; here the bytes are ours.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/sha256.h"
#include "net/sigv4.h"

#define ALGORITHM	"AWS4-HMAC-SHA256"
#define UNRESERVED	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789-._~"
#define DAY		8	/* bytes of the date in a date with time */

void
net_sigv4_date(char out[NET_SIGV4_DATE_LEN], int64_t s)
{
	struct base_civil c;

	base_civil_split(&c, s);
	snprintf(out, NET_SIGV4_DATE_LEN, "%04u%02u%02uT%02u%02u%02uZ",
	    (unsigned)c.year % 10000, (unsigned)c.month % 100,
	    (unsigned)c.day % 100, (unsigned)c.hour % 100,
	    (unsigned)c.minute % 100, (unsigned)c.second % 100);
}

/* TEXT with all but unreserved characters and those of KEEP as %HH. */
static void
add_encoded(struct base_buf *b, const char *text, const char *keep)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if (strchr(UNRESERVED, *p) != NULL || strchr(keep, *p) != NULL)
			base_buf_chr(b, (char)*p);
		else
			base_buf_fmt(b, "%%%02X", *p);
}

/* By name, then by value: what ends a name comes before all else. */
static int
cmp_argument(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	for (; *x == *y && *x != '\0'; x++, y++)
		;
	if (*x == '=' || *y == '=')
		return *x == '=' ? -1 : 1;
	return (unsigned char)*x - (unsigned char)*y;
}

/* The arguments as they are sent, in the order of their encoded names. */
static void
add_signed_query(struct base_buf *b, const struct net_sigv4_request *r)
{
	struct base_buf one;
	size_t i, n = 0;
	char **arg;

	base_buf_init(&one);
	if ((arg = calloc(r->nquery + 1, sizeof(*arg))) == NULL)
		b->failed = 1;
	for (i = 0; arg != NULL && i < r->nquery; i++) {
		base_buf_reset(&one);
		add_encoded(&one, r->query[i].name, "");
		base_buf_chr(&one, '=');
		add_encoded(&one, r->query[i].value, "");
		if (!base_buf_ok(&one) || (arg[n] = strdup(one.data)) == NULL)
			b->failed = 1;
		else
			n++;
	}
	assert(n <= r->nquery);
	if (n > 0)
		qsort(arg, n, sizeof(*arg), cmp_argument);
	for (i = 0; i < n; i++) {
		if (i > 0)
			base_buf_chr(b, '&');
		base_buf_str(b, arg[i]);
		free(arg[i]);
	}
	free(arg);
	base_buf_done(&one);
}

/* What is signed is what is sent, to the byte. */
void
net_sigv4_target(struct base_buf *b, const struct net_sigv4_request *r)
{
	add_encoded(b, r->path, "/");
	if (r->nquery > 0) {
		base_buf_chr(b, '?');
		add_signed_query(b, r);
	}
}

/* The names of the headers, which are sorted already. */
static void
add_signed_headers(struct base_buf *b, const struct net_sigv4_request *r)
{
	size_t i;

	for (i = 0; i < r->nheader; i++)
		base_buf_fmt(b, "%s%s", i > 0 ? ";" : "", r->header[i].name);
}

/* The hash of the request in its canonical form. */
static void
hash_request(char out[BASE_SHA256_HEX], const struct net_sigv4_request *r,
    int *failed)
{
	unsigned char sum[BASE_SHA256_BYTES];
	struct base_buf b;
	size_t i;

	assert(*r->path == '/' && r->nheader > 0);
	base_buf_init(&b);
	base_buf_fmt(&b, "%s\n", r->method);
	add_encoded(&b, r->path, "/");
	base_buf_chr(&b, '\n');
	add_signed_query(&b, r);
	base_buf_chr(&b, '\n');
	for (i = 0; i < r->nheader; i++)
		base_buf_fmt(&b, "%s:%s\n", r->header[i].name,
		    r->header[i].value);
	base_buf_chr(&b, '\n');
	add_signed_headers(&b, r);
	base_buf_fmt(&b, "\n%s", r->body_hash);
	*failed |= !base_buf_ok(&b);
	base_sha256(sum, b.len > 0 ? b.data : "", b.len);
	base_sha256_format(out, sum);
	base_buf_done(&b);
}

/*
 * One step of the chain that leads from the secret to the key of the
 * signature.
 */
static void
key_step(unsigned char key[BASE_SHA256_BYTES], const char *text)
{
	base_sha256_hmac(key, key, BASE_SHA256_BYTES, text, strlen(text));
}

/* The signing key: a chain of keyed hashes, from the secret to the service. */
static void
derive_signing_key(unsigned char out[BASE_SHA256_BYTES],
    const struct net_sigv4_key *key, const char *date, int *failed)
{
	struct base_buf b;

	base_buf_init(&b);
	base_buf_fmt(&b, "AWS4%s", key->secret);
	*failed |= !base_buf_ok(&b);
	base_sha256_hmac(out, b.len > 0 ? b.data : "", b.len, date, DAY);
	key_step(out, key->region);
	key_step(out, key->service);
	key_step(out, "aws4_request");
	if (b.len > 0)
		explicit_bzero(b.data, b.len);
	base_buf_done(&b);
}

/*
 * The chain of keys is derived anew for each request, which costs four short
 * hashes and keeps no more secrets in memory than there are already.  Memory
 * that is short shows in B alone, so that callers have one thing to look at.
 */
void
net_sigv4_sign(struct base_buf *b, const struct net_sigv4_request *r,
    const struct net_sigv4_key *key, const char date[NET_SIGV4_DATE_LEN])
{
	unsigned char secret[BASE_SHA256_BYTES];
	struct base_buf scope, text;
	char hash[BASE_SHA256_HEX];
	int failed = 0;

	base_buf_init(&scope);
	base_buf_init(&text);
	base_buf_fmt(&scope, "%.*s/%s/%s/aws4_request", DAY, date,
	    key->region, key->service);
	hash_request(hash, r, &failed);
	if (base_buf_ok(&scope))
		base_buf_fmt(&text, ALGORITHM "\n%s\n%s\n%s", date,
		    scope.data, hash);
	derive_signing_key(secret, key, date, &failed);
	if (failed || !base_buf_ok(&scope) || !base_buf_ok(&text))
		b->failed = 1;
	else {
		key_step(secret, text.data);
		base_sha256_format(hash, secret);
		base_buf_fmt(b, ALGORITHM " Credential=%s/%s,SignedHeaders=",
		    key->id, scope.data);
		add_signed_headers(b, r);
		base_buf_fmt(b, ",Signature=%s", hash);
	}
	explicit_bzero(secret, sizeof(secret));
	base_buf_done(&scope);
	base_buf_done(&text);
}
