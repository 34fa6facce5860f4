/* SPDX-License-Identifier: ISC */
/*
 * Everything in a request is in canonical form before it is signed, and sent
 * exactly so: the path and query are encoded by net_sigv4_target(), headers
 * are sorted by name, and libcurl is told to leave the path alone.
 *
 * Keys may expire while a process lives (those of an instance's role do, and
 * admins change files of credentials).  So they are looked up anew some minutes
 * before they expire, where that is known, and after an answer of 400 or 403.
 *
 * A struct net_s3 has one connection and belongs to one thread at a time.  It
 * sends each request once; whoever wants more tries makes them, as only the
 * caller knows whether that does harm.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "conf/file.h"
#include "net/aws.h"
#include "net/s3.h"

#define OWN_HEADERS	4	/* host, hash, date, token */
#define EARLY_S		300	/* before keys expire, new ones are there */
#define ASK_S		30	/* between two looks for those */

struct net_s3 {
	const struct conf_file	*cf;
	struct net_client	*client;
	struct net_aws		 aws;
	int			 stale;		/* keys may have changed */
	int64_t			 asked_s;	/* when they were looked for */
	char			*origin;	/* "https://HOST:PORT" */
	char			*host;		/* of that: "HOST:PORT" */
	char			*prefix;	/* of paths: "/BUCKET/" ... */
};

/*
 * The text in B, which is released, or NULL.  An empty text is NULL, too, as a
 * buffer that was short of memory is.
 */
static char *
take_signed_text(struct base_buf *b)
{
	char *text = base_buf_ok(b) && b->len > 0 ? strdup(b->data) : NULL;

	base_buf_done(b);
	return text;
}

/*
 * Where requests go, from the parts of the endpoint.  A bucket is a part of
 * the host's name, as Amazon wants it, or with s3.path_style the first part of
 * the path, as servers need it that have no DNS names for buckets.
 */
static int
set_parts(struct net_s3 *s3, const char *bucket, const char *scheme,
    const char *host, const char *port, const char *path)
{
	int in_path = s3->cf->s3_path_style;
	size_t n = strlen(path);
	struct base_buf b;

	while (n > 0 && path[n - 1] == '/')
		n--;
	base_buf_init(&b);
	base_buf_fmt(&b, "%s%s%s%s%s", in_path ? "" : bucket,
	    in_path ? "" : ".", host, port == NULL ? "" : ":",
	    port == NULL ? "" : port);
	if ((s3->host = take_signed_text(&b)) == NULL)
		return -1;
	base_buf_fmt(&b, "%s://%s", scheme, s3->host);
	if ((s3->origin = take_signed_text(&b)) == NULL)
		return -1;
	base_buf_fmt(&b, "%.*s%s%s/", (int)n, path, in_path ? "/" : "",
	    in_path ? bucket : "");
	return (s3->prefix = take_signed_text(&b)) == NULL ? -1 : 0;
}

/* Take the endpoint apart: that of the settings, or Amazon's own. */
static int
set_endpoint(struct net_s3 *s3, const char *bucket)
{
	char *scheme = NULL, *host = NULL, *path = NULL, *port = NULL;
	struct base_buf b;
	CURLU *u = curl_url();
	int rc = -1;

	base_buf_init(&b);
	if (s3->cf->s3_endpoint != NULL)
		base_buf_str(&b, s3->cf->s3_endpoint);
	else if (s3->aws.endpoint != NULL)
		base_buf_str(&b, s3->aws.endpoint);
	else
		base_buf_fmt(&b, "https://s3.%s.amazonaws.com",
		    s3->aws.region);
	if (u != NULL && base_buf_ok(&b) &&
	    curl_url_set(u, CURLUPART_URL, b.data, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)) {
		/* As libcurl names the host: without the usual port. */
		curl_url_get(u, CURLUPART_PORT, &port,
		    CURLU_NO_DEFAULT_PORT);
		rc = set_parts(s3, bucket, scheme, host, port, path);
	} else if (s3->cf->s3_endpoint == NULL && s3->aws.endpoint != NULL)
		warnx("AWS_ENDPOINT_URL %s: expected http://HOST:PORT or "
		    "https://HOST:PORT", s3->aws.endpoint);
	else
		conf_file_warn(s3->cf, &s3->cf->s3_endpoint, NULL,
		    "expected http://HOST:PORT or https://HOST:PORT");
	curl_free(scheme);
	curl_free(host);
	curl_free(path);
	curl_free(port);
	curl_url_cleanup(u);
	base_buf_done(&b);
	return rc;
}

/* Keys are looked up now, so that a service without any does not start. */
struct net_s3 *
net_s3_new(const struct conf_file *cf, const char *bucket)
{
	struct net_s3 *s3;

	if ((s3 = calloc(1, sizeof(*s3))) == NULL) {
		warn(NULL);
		return NULL;
	}
	s3->cf = cf;
	if (net_aws_open(&s3->aws, cf) == -1 ||
	    (s3->client = net_client_new()) == NULL ||
	    set_endpoint(s3, bucket) == -1) {
		net_s3_free(s3);
		return NULL;
	}
	return s3;
}

void
net_s3_free(struct net_s3 *s3)
{
	if (s3 == NULL)
		return;
	net_client_free(s3->client);
	net_aws_end(&s3->aws);
	free(s3->origin);
	free(s3->host);
	free(s3->prefix);
	free(s3);
}

void
net_s3_tick(struct net_s3 *s3, void (*tick)(void *arg), void *arg)
{
	net_client_tick(s3->client, tick, arg);
}

void
net_s3_limits(struct net_s3 *s3, long connect_s, long total_s, long stall_s)
{
	net_client_limits(s3->client, connect_s, total_s, stall_s);
}

const struct base_buf *
net_s3_body(const struct net_s3 *s3)
{
	return net_client_body(s3->client);
}

/*
 * Names are of lower case, so that this is the order that signatures want.  No
 * header occurs twice, so the order is total.
 */
static int
cmp_pair(const void *a, const void *b)
{
	return strcmp(((const struct net_sigv4_pair *)a)->name,
	    ((const struct net_sigv4_pair *)b)->name);
}

/*
 * What stands in element NAME of the XML that came, or "".  This is no parser:
 * the two words that are wanted are in every server's answer without
 * attributes, and are only shown.
 */
static const char *
element(const char *xml, const char *name, int *len)
{
	const char *end, *p;
	char tag[32];

	*len = 0;
	snprintf(tag, sizeof(tag), "<%s>", name);
	if ((p = strstr(xml, tag)) == NULL)
		return "";
	p += strlen(tag);
	if ((end = strchr(p, '<')) != NULL)
		*len = (int)(end - p);
	return p;
}

/*
 * Servers say what is wrong in XML.  The text is cut and made printable, as it
 * comes from outside and goes to a log.
 */
static void
explain_s3(const struct net_s3 *s3, struct net_client_answer *a)
{
	const struct base_buf *body = net_client_body(s3->client);
	const char *code, *message;
	int codelen, len;

	if (body->len == 0)
		return;
	code = element(body->data, "Code", &codelen);
	message = element(body->data, "Message", &len);
	if (codelen > 0)
		snprintf(a->why, sizeof(a->why), "answered %ld: %.*s: %.*s",
		    a->status, codelen > 60 ? 60 : codelen, code,
		    len > 120 ? 120 : len, message);
	net_client_printable(a->why);
}

/*
 * Whether to try again follows from the status alone.  409 is among them since
 * servers answer so while another request changes the same object.
 */
static enum net_s3_verdict
judge_s3(const struct net_client_answer *a)
{
	if (a->status >= 200 && a->status < 300)
		return NET_S3_OK;
	if (a->status == 404)
		return NET_S3_NONE;
	return a->status == 408 || a->status == 409 || a->status == 429 ||
	    a->status >= 500 || (a->status == 0 && !a->hopeless) ?
	    NET_S3_LATER : NET_S3_WRONG;
}

/*
 * Give the client URL and headers of R, signed.  0, -1: memory is short.  All
 * headers are sent as they were signed, also the host, which libcurl would
 * make by itself.
 */
static int
sign_request(struct net_s3 *s3, const struct net_sigv4_request *r,
    struct base_buf *url, const char *date)
{
	const struct net_sigv4_key key = { s3->aws.id, s3->aws.secret,
	    s3->aws.region, "s3" };
	struct base_buf line;
	size_t i;
	int rc = 0;

	base_buf_init(&line);
	base_buf_str(url, s3->origin);
	net_sigv4_target(url, r);
	net_client_no_headers(s3->client);
	/* libcurl has a type for every body, which nobody would have signed. */
	for (i = 0; i < r->nheader; i++)
		if (strcmp(r->header[i].name, "content-type") == 0)
			break;
	if (i == r->nheader &&
	    net_client_header(s3->client, "Content-Type:") == -1)
		return -1;
	for (i = 0; rc == 0 && i <= r->nheader; i++) {
		base_buf_reset(&line);
		if (i < r->nheader)
			base_buf_fmt(&line, "%s: %s", r->header[i].name,
			    r->header[i].value);
		else {
			base_buf_str(&line, "authorization: ");
			net_sigv4_sign(&line, r, &key, date);
		}
		rc = base_buf_ok(&line) ? net_client_header(s3->client,
		    line.data) : -1;
	}
	base_buf_done(&line);
	return base_buf_ok(url) ? rc : -1;
}

/*
 * Look keys up anew where that is due.  Keys that still hold for a while are
 * kept if there are no others.  0, or -1: there are none.
 */
static int
renew_keys(struct net_s3 *s3)
{
	int64_t now = base_clock_now_s(), until = s3->aws.expires_s;
	struct net_aws fresh;

	if (!s3->stale && (until == 0 || now < until - EARLY_S ||
	    now < s3->asked_s + ASK_S))
		return 0;
	s3->asked_s = now;
	if (net_aws_open(&fresh, s3->cf) == -1)
		return !s3->stale && now < until ? 0 : -1;
	net_aws_end(&s3->aws);
	s3->aws = fresh;
	s3->stale = 0;
	return 0;
}

/*
 * The body's hash is signed with the request, so that a server that checks it
 * stores what we have or nothing.  The clock is read for every request:
 * servers refuse a signature that is older than some minutes.
 */
enum net_s3_verdict
net_s3_send(struct net_s3 *s3, const struct net_s3_request *r,
    struct net_client_answer *answer)
{
	struct net_sigv4_pair header[NET_S3_HEADERS + OWN_HEADERS];
	unsigned char sum[BASE_SHA256_BYTES];
	char date[NET_SIGV4_DATE_LEN], hash[BASE_SHA256_HEX];
	struct net_sigv4_request sr = { .method = r->method,
	    .query = r->query, .nquery = r->nquery, .header = header,
	    .body_hash = hash };
	struct base_buf path, url;
	size_t i, n = 0;

	memset(answer, 0, sizeof(*answer));
	if (renew_keys(s3) == -1) {
		strlcpy(answer->why, "no access key", sizeof(answer->why));
		return NET_S3_WRONG;
	}
	base_buf_init(&path);
	base_buf_init(&url);
	base_buf_fmt(&path, "%s%s", s3->prefix, r->key);
	sr.path = base_buf_ok(&path) ? path.data : "/";
	net_sigv4_date(date, base_clock_now_s());
	base_sha256(sum, r->body, r->len);
	base_sha256_format(hash, sum);
	assert(r->nheader <= NET_S3_HEADERS);
	for (i = 0; i < r->nheader; i++)
		header[n++] = r->header[i];
	header[n++] = (struct net_sigv4_pair){ "host", s3->host };
	header[n++] = (struct net_sigv4_pair){ "x-amz-content-sha256", hash };
	header[n++] = (struct net_sigv4_pair){ "x-amz-date", date };
	if (s3->aws.token != NULL)
		header[n++] = (struct net_sigv4_pair){ "x-amz-security-token",
		    s3->aws.token };
	assert(n <= sizeof(header) / sizeof(header[0]));
	qsort(header, n, sizeof(header[0]), cmp_pair);
	sr.nheader = n;
	if (base_buf_ok(&path) && sign_request(s3, &sr, &url, date) == 0) {
		net_client_sink(s3->client, r->sink, r->sink_arg);
		net_client_send(s3->client, r->method, url.data, r->body,
		    r->len, answer);
		explain_s3(s3, answer);
	} else
		strlcpy(answer->why, "out of memory", sizeof(answer->why));
	s3->stale = answer->status == 400 || answer->status == 403;
	base_buf_done(&path);
	base_buf_done(&url);
	return judge_s3(answer);
}
