/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <curl/curl.h>
#include <zlib.h>

#include "base/buf.h"
#include "net/post.h"

#define CONNECT_S	10L
#define TIMEOUT_S	60L
#define ANSWER_MAX	200	/* bytes that are shown of an answer */

struct net_post {
	CURL			*curl;
	struct curl_slist	*headers;
	char			*name;	/* URL without query and account */
	z_stream		 z;
	int			 z_open;
	struct base_buf		 packed, answer;
	char			 error[CURL_ERROR_SIZE];
};

/* Take what may be shown of the answer, and accept the rest. */
static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct base_buf *b = arg;
	size_t i;

	for (i = 0; i < size * n && b->len < ANSWER_MAX; i++)
		base_buf_chr(b, isprint((unsigned char)data[i]) ? data[i] :
		    ' ');
	return size * n;
}

static int
add_header(struct net_post *p, const char *header)
{
	struct curl_slist *list = curl_slist_append(p->headers, header);

	if (list == NULL)
		return -1;
	p->headers = list;
	return 0;
}

/* Put the URL with the key into the handle, and one to show into NAME. */
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
	    curl_easy_setopt(p->curl, CURLOPT_URL, full) == CURLE_OK &&
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

struct net_post *
net_post_new(const char *url, const char *key)
{
	struct net_post *p;
	CURL *c;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		warn(NULL);
		return NULL;
	}
	base_buf_init(&p->packed);
	base_buf_init(&p->answer);
	if ((c = p->curl = curl_easy_init()) == NULL ||
	    add_header(p, "Content-Type: application/json") == -1 ||
	    add_header(p, "Content-Encoding: gzip") == -1 ||
	    add_header(p, "Expect:") == -1 ||
	    deflateInit2(&p->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK) {
		warnx("out of memory");
		goto fail;
	}
	p->z_open = 1;
	if (set_url(p, url, key) == -1) {
		/* Not shown: it may hold a password. */
		warnx("expected a URL that begins with http:// or https://");
		goto fail;
	}
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, p->error);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "loc/" LOC_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, 1L);
	curl_easy_setopt(c, CURLOPT_POSTREDIR, CURL_REDIR_POST_ALL);
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* On a connection used before, libcurl sends again what is lost. */
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &p->answer);
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
	curl_easy_cleanup(p->curl);
	curl_slist_free_all(p->headers);
	if (p->z_open)
		deflateEnd(&p->z);
	base_buf_done(&p->packed);
	base_buf_done(&p->answer);
	free(p->name);
	free(p);
}

static int
pack(struct net_post *p, const char *body, size_t len)
{
	char *room;
	uLong max;

	base_buf_reset(&p->packed);
	if (len > UINT32_MAX || deflateReset(&p->z) != Z_OK)
		return -1;
	max = deflateBound(&p->z, (uLong)len);
	if ((room = base_buf_room(&p->packed, max)) == NULL)
		return -1;
	p->z.next_in = (const Bytef *)body;
	p->z.avail_in = (uInt)len;
	p->z.next_out = (Bytef *)room;
	p->z.avail_out = (uInt)max;
	if (deflate(&p->z, Z_FINISH) != Z_STREAM_END)
		return -1;
	p->packed.len = max - p->z.avail_out;
	return 0;
}

static enum net_post_verdict
judge(long status)
{
	if (status >= 200 && status < 300)
		return NET_POST_OK;
	if (status == 400 || status == 413 || status == 422)
		return NET_POST_REFUSED;
	if (status == 403 || status == 408 || status == 429 || status >= 500)
		return NET_POST_LATER;
	return NET_POST_WRONG;
}

enum net_post_verdict
net_post_json(struct net_post *p, const char *body, size_t len)
{
	enum net_post_verdict v;
	CURLcode rc;
	long status = 0;

	if (pack(p, body, len) == -1) {
		warnx("%s: out of memory", p->name);
		return NET_POST_LATER;
	}
	base_buf_reset(&p->answer);
	p->error[0] = '\0';
	curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, p->packed.data);
	curl_easy_setopt(p->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)p->packed.len);
	if ((rc = curl_easy_perform(p->curl)) != CURLE_OK) {
		warnx("%s: %s", p->name, p->error[0] != '\0' ? p->error :
		    curl_easy_strerror(rc));
		return rc == CURLE_TOO_MANY_REDIRECTS ||
		    rc == CURLE_UNSUPPORTED_PROTOCOL ? NET_POST_WRONG :
		    NET_POST_LATER;
	}
	curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
	if ((v = judge(status)) != NET_POST_OK)
		warnx("%s: answered %ld%s%s", p->name, status,
		    p->answer.len > 0 ? ": " : "",
		    p->answer.len > 0 ? p->answer.data : "");
	return v;
}
