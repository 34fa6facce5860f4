/* SPDX-License-Identifier: ISC */
/*
 * A bucket as a store, by the requests of the S3 API: PUT, GET with ranges,
 * HEAD, ListObjectsV2, DeleteObjects and CopyObject.  upload.c stores what is
 * too long for one PUT.
 *
 * Requests are harmless to repeat, since an object under a key is only ever
 * replaced by the same bytes.  So whatever may be a passing fault (no answer,
 * 5xx, 429) is tried again, TRIES times in all, with pauses that double and
 * are shortened by chance, so that many clients do not come back at once.
 *
 * Two answers with the status 200 are failures all the same: servers begin to
 * answer a copy or the end of an upload before they know how it goes, and say
 * <Error> in the body; and the list of what was not deleted comes with 200.
 *
 * A struct object_bucket has one connection and one place for the reason of a
 * failure, so it belongs to one thread at a time.  Every function leaves the
 * reason in B->why when it fails.
 */
#include <assert.h>
#include <md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/num.h"
#include "conf/file.h"
#include "object/bucket.h"
#include "object/xml.h"

/*
 * The pauses between all tries add up to some six seconds, unless the
 * server asks for longer ones: whoever has more patience than that begins
 * again by itself.
 */
#define TRIES		6
#define FIRST_MS	200
#define LONGEST_MS	10000
#define TICK_MS		1000
#define RETRY_AFTER_MAX	30	/* seconds that a server may ask for */
#define CONNECT_S	10
#define STALL_S		60
#define PAGE		1000	/* objects in a page */

/*
 * The prefix is kept with a slash behind it, or empty, so that a key is put
 * together by appending alone.  There is no bound on the whole of a transfer,
 * which would be one on the size of objects; a connection that stands still
 * for STALL_S ends it.
 */
static struct object_bucket *
bucket_new(const struct conf_file *cf, const char *bucket, const char *prefix,
    char why[OBJECT_WHY_LEN])
{
	struct object_bucket *b;

	if ((b = calloc(1, sizeof(*b))) == NULL) {
		strlcpy(why, "out of memory", OBJECT_WHY_LEN);
		return NULL;
	}
	b->cf = cf;
	b->why = why;
	b->bucket = strdup(bucket);
	if (asprintf(&b->prefix, "%s%s", prefix, *prefix == '\0' ||
	    prefix[strlen(prefix) - 1] == '/' ? "" : "/") == -1)
		b->prefix = NULL;
	if (b->bucket == NULL || b->prefix == NULL ||
	    (b->s3 = net_s3_new(cf, bucket)) == NULL) {
		strlcpy(why, "cannot be used", OBJECT_WHY_LEN);
		object_bucket_free(b);
		return NULL;
	}
	net_s3_limits(b->s3, CONNECT_S, 0, STALL_S);
	return b;
}

/*
 * No request is made yet: a bucket that is not there shows with the first one.
 */
static void *
bucket_open(const struct conf_file *cf, const char *place,
    const char *prefix, char why[OBJECT_WHY_LEN])
{
	return bucket_new(cf, place, prefix, why);
}

/*
 * Handles of libcurl cannot be shared by threads, so each thread of an upload
 * has a bucket of its own, with keys of its own that it looks up anew when
 * they expire.
 */
struct object_bucket *
object_bucket_clone(const struct object_bucket *b, char why[OBJECT_WHY_LEN])
{
	return bucket_new(b->cf, b->bucket, b->prefix, why);
}

/* Also of one that was made in part. */
void
object_bucket_free(struct object_bucket *b)
{
	if (b == NULL)
		return;
	net_s3_free(b->s3);
	free(b->bucket);
	free(b->prefix);
	free(b);
}

static void
bucket_end(void *ctx)
{
	object_bucket_free(ctx);
}

/* Clones have no tick, as they belong to other threads. */
static void
bucket_tune(void *ctx, const struct object_tuning *t)
{
	struct object_bucket *b = ctx;

	b->tuning = *t;
	net_s3_tick(b->s3, t->tick, t->arg);
}

/* Wait MS before the next try, in slices between which the caller's tick is. */
static void
wait_for_try(const struct object_bucket *b, int64_t ms)
{
	int64_t end = base_clock_mono_ms() + ms, left;

	while ((left = end - base_clock_mono_ms()) > 0) {
		base_clock_nap(left < TICK_MS ? left : TICK_MS, NULL);
		if (b->tuning.tick != NULL)
			b->tuning.tick(b->tuning.arg);
	}
}

/*
 * How long to wait before a try, when the server asked for RETRY_S.  Half of
 * the pause is fixed and half is drawn by chance.  What the server asked for
 * is a lower bound, up to a bound of ours, as a caller waits meanwhile.
 */
static int64_t
pause_before(struct base_clock_backoff *pause, int64_t retry_s)
{
	int64_t ms = base_clock_backoff_next(pause);

	ms = ms / 2 + (int64_t)arc4random_uniform((uint32_t)(ms / 2 + 1));
	if (retry_s > RETRY_AFTER_MAX)
		retry_s = RETRY_AFTER_MAX;
	return ms > retry_s * 1000 ? ms : retry_s * 1000;
}

/*
 * The last answer counts.  No signal ends a pause: a program that is told to
 * stop sees the request at hand through.
 */
enum object_verdict
object_bucket_send(struct object_bucket *b, const struct net_s3_request *r,
    struct net_client_answer *a)
{
	struct base_clock_backoff pause = { .first_ms = FIRST_MS,
	    .max_ms = LONGEST_MS };
	int i, tries = b->tuning.once ? 1 : TRIES;
	enum net_s3_verdict v;

	for (i = 0; i < tries; i++) {
		if (i > 0)
			wait_for_try(b, pause_before(&pause, a->retry_s));
		v = net_s3_send(b->s3, r, a);
		snprintf(b->why, OBJECT_WHY_LEN, "%s %.80s: %.160s",
		    r->method, *r->key == '\0' ? b->bucket : r->key, a->why);
		if (v != NET_S3_LATER)
			break;
		/* The sink has got a part of it: the caller must go on. */
		if (a->passed > 0)
			break;
	}
	return v == NET_S3_OK ? OBJECT_OK : v == NET_S3_NONE ? OBJECT_NONE :
	    v == NET_S3_LATER ? OBJECT_LATER : OBJECT_WRONG;
}

/*
 * The buffer is the caller's, as a request points into it until it has been
 * sent.
 */
int
object_bucket_key(struct object_bucket *b, const char *key,
    struct base_buf *out)
{
	base_buf_reset(out);
	base_buf_str(out, b->prefix);
	base_buf_str(out, key);
	if (base_buf_ok(out))
		return 0;
	strlcpy(b->why, "out of memory", OBJECT_WHY_LEN);
	return -1;
}

/*
 * Headers of a request are few, and which ones is ours to say; a value of
 * NULL is no header.
 */
static void
add_header(struct net_s3_request *r, const char *name, const char *value)
{
	if (value == NULL)
		return;
	assert(r->nheader < NET_S3_HEADERS);
	r->header[r->nheader++] = (struct net_sigv4_pair){ name, value };
}

/*
 * All objects, and uploads in parts when they begin, get the same headers.  A
 * content type is always given, so that no server guesses one.
 */
void
object_bucket_describe(const struct object_bucket *b,
    const struct object_type *type, struct net_s3_request *r)
{
	const char *mime = type == NULL ? NULL : type->type;

	add_header(r, "content-type", mime != NULL ? mime :
	    "application/octet-stream");
	add_header(r, "content-encoding", type == NULL ? NULL :
	    type->encoding);
	add_header(r, "cache-control", type == NULL ? NULL : type->cache);
	add_header(r, "x-amz-storage-class", b->cf->s3_storage_class);
	add_header(r, "x-amz-server-side-encryption", b->cf->s3_encryption);
	add_header(r, "x-amz-server-side-encryption-aws-kms-key-id",
	    b->cf->s3_kms_key);
}

/*
 * MD5 is no protection against anybody here; it is what servers make ETags of,
 * and finds bytes that were lost.
 */
void
object_bucket_md5(char out[OBJECT_MD5_HEX], const void *data, size_t len)
{
	MD5_CTX ctx;

	MD5Init(&ctx);
	MD5Update(&ctx, data, len);
	MD5End(&ctx, out);
}

/*
 * An MD5 is 32 digits; that of an upload in parts has "-PARTS" behind.  With a
 * key of KMS, or on servers that make ETags in another way, the two differ
 * although nothing is wrong, so only what looks like an MD5 is compared.
 */
const char *
object_bucket_doubt(const struct net_client_answer *a, const char *md5)
{
	if (a->etag[0] == '\0')
		return "answered without an ETag, as no server of S3 does";
	if (a->kms || strlen(a->etag) != strlen(md5) ||
	    strspn(a->etag, "0123456789abcdefABCDEF-") != strlen(a->etag))
		return NULL;
	return strcasecmp(a->etag, md5) == 0 ? NULL :
	    "other bytes were stored than were sent";
}

/*
 * The server has checked the hash that was signed. Its ETag is compared as
 * well, which also shows what a server that checks nothing stores.
 */
enum object_verdict
object_bucket_put(void *ctx, const char *key, const struct object_type *type,
    const void *data, size_t len)
{
	struct object_bucket *b = ctx;
	struct net_s3_request r = { .method = "PUT", .body = data,
	    .len = len };
	struct net_client_answer a;
	char md5[OBJECT_MD5_HEX];
	struct base_buf full;
	enum object_verdict v = OBJECT_LATER;
	const char *doubt;

	base_buf_init(&full);
	object_bucket_describe(b, type, &r);
	if (object_bucket_key(b, key, &full) == 0) {
		r.key = full.data;
		v = object_bucket_send(b, &r, &a);
	}
	if (v == OBJECT_OK) {
		object_bucket_md5(md5, data, len);
		if ((doubt = object_bucket_doubt(&a, md5)) != NULL) {
			snprintf(b->why, OBJECT_WHY_LEN, "%s: %s", key,
			    doubt);
			v = OBJECT_LATER;
		}
	}
	base_buf_done(&full);
	return v;
}

/*
 * Getting.
 */

/* What has come of an object, over all requests that it took. */
struct getting {
	int	(*sink)(void *arg, const char *data, size_t len);
	void	*arg;
	int64_t	 got;
	int	 stopped;
};

/* A part of the object: it goes on to the caller, who may say stop. */
static int
on_object_piece(void *arg, const char *data, size_t len)
{
	struct getting *g = arg;

	g->got += (int64_t)len;
	g->stopped = g->sink(g->arg, data, len) != 0;
	return g->stopped ? -1 : 0;
}

/* "bytes=FROM-LAST", what is left of a range of which GOT has come. */
static void
format_range(char *out, size_t size, int64_t from, int64_t len, int64_t got)
{
	if (len < 0)
		snprintf(out, size, "bytes=%lld-", (long long)(from + got));
	else
		snprintf(out, size, "bytes=%lld-%lld",
		    (long long)(from + got), (long long)(from + len - 1));
}

/*
 * A transfer that breaks off is taken up behind what has come, on condition
 * that the object is still the same (If-Match); each piece that arrives earns
 * new tries, so that a long object comes through a bad line.
 */
static enum object_verdict
bucket_get(void *ctx, const char *key, int64_t from, int64_t len,
    int (*sink)(void *arg, const char *data, size_t len), void *arg)
{
	struct object_bucket *b = ctx;
	struct getting g = { .sink = sink, .arg = arg };
	struct net_client_answer a;
	struct net_s3_request r;
	char range[64], match[NET_CLIENT_ETAG_LEN + 2] = "";
	struct base_buf full;
	enum object_verdict v = OBJECT_LATER;
	int64_t before = -1;

	base_buf_init(&full);
	if (len == 0 || object_bucket_key(b, key, &full) == -1) {
		base_buf_done(&full);
		return len == 0 ? OBJECT_OK : OBJECT_LATER;
	}
	while (v == OBJECT_LATER && !g.stopped && g.got > before) {
		before = g.got;
		r = (struct net_s3_request){ .method = "GET",
		    .key = full.data, .sink = on_object_piece, .sink_arg = &g };
		if (from + g.got > 0 || len > 0) {
			format_range(range, sizeof(range), from, len, g.got);
			add_header(&r, "range", range);
		}
		add_header(&r, "if-match", *match == '\0' ? NULL : match);
		v = object_bucket_send(b, &r, &a);
		if (*match == '\0' && a.etag[0] != '\0')
			snprintf(match, sizeof(match), "\"%s\"", a.etag);
		if (len > 0 && g.got == len)
			v = OBJECT_OK;
	}
	base_buf_done(&full);
	return g.stopped ? OBJECT_STOPPED : v;
}

/* HEAD has no body, so the reason of a refusal is its status only. */
static enum object_verdict
bucket_head(void *ctx, const char *key, struct object_info *info)
{
	struct object_bucket *b = ctx;
	struct net_s3_request r = { .method = "HEAD" };
	struct net_client_answer a;
	struct base_buf full;
	enum object_verdict v = OBJECT_LATER;

	base_buf_init(&full);
	if (object_bucket_key(b, key, &full) == 0) {
		r.key = full.data;
		v = object_bucket_send(b, &r, &a);
	}
	if (v == OBJECT_OK) {
		memset(info, 0, sizeof(*info));
		info->size = a.size;
		info->modified_s = a.modified_s;
		strlcpy(info->etag, a.etag, sizeof(info->etag));
	}
	base_buf_done(&full);
	return v;
}

/*
 * Listing.
 *
 * A page is read as a whole before anything of it is passed on: whether its
 * keys are encoded may be said behind them, and one that breaks off is simply
 * asked for again.
 */

/* An object of a page. */
struct listed {
	char			*key;
	struct object_info	 info;
};

/*
 * A list at work.  It has about a hundred kilobytes and is therefore
 * allocated, never on a stack.
 */
struct listing {
	struct object_bucket *b;
	struct listed	 page[PAGE];
	size_t		 n;
	struct listed	 next;		/* being read */
	int		 truncated, encoded;
	char		*token;		/* where the next page begins */
	struct object_left *left;
};

/* Begin a page anew; nothing of a page that broke off is left. */
static void
forget_list_page(struct listing *l)
{
	while (l->n > 0)
		free(l->page[--l->n].key);
	free(l->next.key);
	memset(&l->next, 0, sizeof(l->next));
	l->truncated = l->encoded = 0;
}

/*
 * Decode %HH in KEY, as encoding-type=url writes it.  0, -1: it is bad.  The
 * text only becomes shorter, so it is decoded in place.
 */
static int
decode_key(char *key)
{
	char *out = key;

	for (; *key != '\0'; key++, out++) {
		*out = *key == '+' ? ' ' : *key;
		if (*key == '%') {
			if (key[1] == '\0' || !base_num_unhex(out, 1, key + 1))
				return -1;
			key += 2;
		}
	}
	*out = '\0';
	return 0;
}

/* The ETag in TEXT, which is quoted, or not. */
static void
set_etag(struct object_info *info, const char *text)
{
	const char *start = text + (*text == '"');

	snprintf(info->etag, sizeof(info->etag), "%.*s",
	    (int)strcspn(start, "\""), start);
}

/* An object of the page is complete. */
static int
add_listed(struct listing *l)
{
	if (l->n == PAGE || l->next.key == NULL)
		return -1;
	l->page[l->n++] = l->next;
	memset(&l->next, 0, sizeof(l->next));
	return 0;
}

/* Something is known of the object that is being read. */
static int
on_content(struct listing *l, const char *what, const char *text)
{
	int64_t value;

	if (strcmp(what, "Key") == 0) {
		free(l->next.key);
		return (l->next.key = strdup(text)) == NULL ? -1 : 0;
	}
	if (strcmp(what, "Size") == 0) {
		if (!base_num_i64(text, strlen(text), &value))
			return -1;
		l->next.info.size = value;
	} else if (strcmp(what, "LastModified") == 0) {
		if (base_civil_parse(text, strlen(text), &value))
			l->next.info.modified_s = value;
	} else if (strcmp(what, "ETag") == 0)
		set_etag(&l->next.info, text);
	return 0;
}

/*
 * Elements that we do not know are passed over: servers differ in what else
 * they tell.
 */
static int
on_list_element(void *arg, const char *path, const char *text)
{
	struct listing *l = arg;

	if (strncmp(path, "ListBucketResult/", 17) != 0)
		return strcmp(path, "ListBucketResult") == 0 ? 0 : -1;
	path += 17;
	if (strncmp(path, "Contents/", 9) == 0 && text != NULL)
		return on_content(l, path + 9, text);
	if (strcmp(path, "Contents") == 0)
		return add_listed(l);
	if (text == NULL)
		return 0;	/* elements within one that has none */
	if (strcmp(path, "IsTruncated") == 0)
		l->truncated = strcmp(text, "true") == 0;
	else if (strcmp(path, "EncodingType") == 0)
		l->encoded = strcmp(text, "url") == 0;
	else if (strcmp(path, "NextContinuationToken") == 0) {
		free(l->token);
		return (l->token = strdup(text)) == NULL ? -1 : 0;
	}
	return 0;
}

/* libcurl's pieces end anywhere, also within a character. */
static int
on_xml(void *arg, const char *data, size_t len)
{
	return object_xml_feed(arg, data, len);
}

/* Ask for the page that begins at TOKEN, or for the first. */
static enum object_verdict
get_page(struct listing *l, const char *prefix, const char *token,
    struct net_client_answer *a)
{
	const struct net_sigv4_pair query[] = { { "list-type", "2" },
	    { "encoding-type", "url" }, { "max-keys", "1000" },
	    { "prefix", prefix }, { "continuation-token", token } };
	struct net_s3_request r = { .method = "GET", .key = "",
	    .query = query, .nquery = token == NULL ? 4 : 5, .sink = on_xml };
	enum object_verdict v;
	struct object_xml *x;

	forget_list_page(l);
	if ((x = object_xml_new(on_list_element, l)) == NULL) {
		strlcpy(l->b->why, "out of memory", OBJECT_WHY_LEN);
		return OBJECT_LATER;
	}
	r.sink_arg = x;
	v = object_bucket_send(l->b, &r, a);
	/* What ended a transfer may also have been the reader. */
	if ((v == OBJECT_OK ? object_xml_end(x) : object_xml_feed(x, NULL,
	    0)) == -1) {
		strlcpy(l->b->why, "a list of the bucket that cannot be read",
		    OBJECT_WHY_LEN);
		v = OBJECT_LATER;
	}
	object_xml_free(x);
	return v;
}

/*
 * Pass on what is in the page, keys less the store's prefix.  Others may have
 * made objects that no key of ours can name: they are left out.
 */
static enum object_verdict
pass_page(struct listing *l, int (*each)(void *arg, const char *key,
    const struct object_info *info), void *arg)
{
	size_t i, skip = strlen(l->b->prefix);
	char *key;

	for (i = 0; i < l->n; i++) {
		key = l->page[i].key;
		if ((l->encoded && decode_key(key) == -1) ||
		    strncmp(key, l->b->prefix, skip) != 0 ||
		    !object_store_check_key(key + skip)) {
			object_store_leave_out(l->left, key);
			continue;
		}
		if (each(arg, key + skip, &l->page[i].info) != 0)
			return OBJECT_STOPPED;
	}
	return OBJECT_OK;
}

/*
 * A page that breaks off is asked for again, TRIES times in a row.
 * object_bucket_send() repeats what nothing has come of; once a part of a page
 * has come the reader must begin anew, which only can be done here.
 */
static enum object_verdict
list_pages(struct listing *l, const char *prefix, int (*each)(void *arg,
    const char *key, const struct object_info *info), void *arg)
{
	struct net_client_answer a;
	char *token = NULL;
	enum object_verdict v;
	int tries = TRIES;

	do {
		v = get_page(l, prefix, token, &a);
		if (v == OBJECT_LATER && a.passed > 0 && --tries > 0) {
			l->truncated = 1;
			v = OBJECT_OK;
			continue;
		}
		tries = TRIES;
		if (v == OBJECT_OK)
			v = pass_page(l, each, arg);
		if (v == OBJECT_OK && l->truncated && l->token == NULL) {
			strlcpy(l->b->why, "a list of the bucket that does "
			    "not say how it goes on", OBJECT_WHY_LEN);
			v = OBJECT_WRONG;
		}
		free(token);
		token = l->token;
		l->token = NULL;
	} while (v == OBJECT_OK && l->truncated);
	free(token);
	return v;
}

/*
 * The prefix may be empty and need not end with a slash, so it is no key and
 * is not checked as one.
 */
static enum object_verdict
bucket_list(void *ctx, const char *prefix, int (*each)(void *arg,
    const char *key, const struct object_info *info), void *arg,
    struct object_left *left)
{
	struct object_bucket *b = ctx;
	struct listing *l;
	struct base_buf full;
	enum object_verdict v = OBJECT_LATER;

	base_buf_init(&full);
	if ((l = calloc(1, sizeof(*l))) == NULL)
		strlcpy(b->why, "out of memory", OBJECT_WHY_LEN);
	else if (object_bucket_key(b, prefix, &full) == 0) {
		l->b = b;
		l->left = left;
		v = list_pages(l, full.len > 0 ? full.data : "", each, arg);
		forget_list_page(l);
		free(l->token);
	}
	free(l);
	base_buf_done(&full);
	return v;
}

/*
 * Deleting and copying.
 */

/*
 * Quotes need no escape, since keys stand between tags and never in
 * attributes.
 */
void
object_bucket_escape(struct base_buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			base_buf_str(b, "&amp;");
			break;
		case '<':
			base_buf_str(b, "&lt;");
			break;
		case '>':
			base_buf_str(b, "&gt;");
			break;
		default:
			base_buf_chr(b, *text);
		}
}

void
object_bucket_base64_md5(char out[OBJECT_MD5_BASE64],
    const struct base_buf *body)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char md5[MD5_DIGEST_LENGTH + 2] = { 0 };
	MD5_CTX ctx;
	uint32_t bits;
	int i, k;

	MD5Init(&ctx);
	MD5Update(&ctx, (const uint8_t *)body->data, body->len);
	MD5Final(md5, &ctx);
	for (i = 0; i < MD5_DIGEST_LENGTH; i += 3) {
		bits = (uint32_t)md5[i] << 16 | (uint32_t)md5[i + 1] << 8 |
		    md5[i + 2];
		for (k = 0; k < 4; k++)
			out[i / 3 * 4 + k] = digits[bits >> (18 - 6 * k) & 63];
	}
	out[22] = out[23] = '=';
	out[24] = '\0';
}

/*
 * What a request to delete has left undone, and why: the last reason counts,
 * as one is enough to act on.
 */
struct failures {
	size_t	 n;
	char	*why;
};

/* In quiet mode only what was not deleted is listed. */
static int
on_delete_element(void *arg, const char *path, const char *text)
{
	struct failures *f = arg;

	if (strcmp(path, "DeleteResult/Error") == 0)
		f->n++;
	else if (strcmp(path, "DeleteResult/Error/Code") == 0)
		snprintf(f->why, OBJECT_WHY_LEN, "POST ?delete: %s", text);
	return strncmp(path, "DeleteResult", 12) == 0 ? 0 : -1;
}

int
object_bucket_read(struct object_bucket *b, int (*each)(void *arg,
    const char *path, const char *text), void *arg)
{
	const struct base_buf *body = net_s3_body(b->s3);
	struct object_xml *x = object_xml_new(each, arg);
	int rc = -1;

	if (x != NULL && object_xml_feed(x, body->data, body->len) == 0 &&
	    object_xml_end(x) == 0)
		rc = 0;
	object_xml_free(x);
	return rc;
}

/* As object_bucket_read(), but some servers say nothing when all is well. */
static int
read_if_any(struct object_bucket *b, int (*each)(void *arg, const char *path,
    const char *text), void *arg)
{
	return net_s3_body(b->s3)->len == 0 ? 0 :
	    object_bucket_read(b, each, arg);
}

/*
 * One request for all.  The MD5 of its body is what the API asks for here, in
 * addition to the signed hash.  A key that is not there is no failure, so the
 * request may be repeated.
 */
static enum object_verdict
bucket_delete(void *ctx, const char *const *key, size_t n, size_t *failed)
{
	static const struct net_sigv4_pair query[] = { { "delete", "" } };
	struct object_bucket *b = ctx;
	struct failures f = { 0, b->why };
	struct net_s3_request r = { .method = "POST", .key = "",
	    .query = query, .nquery = 1 };
	struct net_client_answer a;
	struct base_buf body;
	char md5[OBJECT_MD5_BASE64];
	enum object_verdict v = OBJECT_LATER;
	size_t i;

	base_buf_init(&body);
	base_buf_str(&body, "<Delete><Quiet>true</Quiet>");
	for (i = 0; i < n; i++) {
		base_buf_str(&body, "<Object><Key>");
		object_bucket_escape(&body, b->prefix);
		object_bucket_escape(&body, key[i]);
		base_buf_str(&body, "</Key></Object>");
	}
	base_buf_str(&body, "</Delete>");
	if (base_buf_ok(&body)) {
		object_bucket_base64_md5(md5, &body);
		add_header(&r, "content-md5", md5);
		add_header(&r, "content-type", "application/xml");
		r.body = body.data;
		r.len = body.len;
		v = object_bucket_send(b, &r, &a);
	}
	*failed = v == OBJECT_OK ? 0 : n;
	if (v == OBJECT_OK && read_if_any(b, on_delete_element, &f) == -1) {
		strlcpy(b->why, "POST ?delete: an answer that cannot be read",
		    OBJECT_WHY_LEN);
		*failed = n;
		v = OBJECT_LATER;
	} else if (f.n > 0) {
		*failed = f.n;
		v = OBJECT_WRONG;
	}
	base_buf_done(&body);
	return v;
}

/* A copy that failed after the answer began is told in its body. */
static int
on_copy_element(void *arg, const char *path, const char *text)
{
	(void)arg, (void)text;
	return strncmp(path, "CopyObjectResult", 16) == 0 ? 0 : -1;
}

/*
 * The source stands in a header, encoded as a path is.  The server copies by
 * itself, so no byte of the object passes through here.
 */
static enum object_verdict
bucket_copy(void *ctx, const char *from, const char *to)
{
	struct object_bucket *b = ctx;
	struct net_s3_request r = { .method = "PUT" };
	struct net_sigv4_request path = { 0 };
	struct net_client_answer a;
	struct base_buf full, plain, source;
	enum object_verdict v = OBJECT_LATER;

	base_buf_init(&full);
	base_buf_init(&plain);
	base_buf_init(&source);
	base_buf_fmt(&plain, "/%s/%s%s", b->bucket, b->prefix, from);
	if (base_buf_ok(&plain) && object_bucket_key(b, to, &full) == 0) {
		path.path = plain.data;
		net_sigv4_target(&source, &path);
		add_header(&r, "x-amz-copy-source", source.data);
		r.key = full.data;
		v = base_buf_ok(&source) ? object_bucket_send(b, &r, &a) :
		    OBJECT_LATER;
	}
	if (v == OBJECT_OK && read_if_any(b, on_copy_element, NULL) == -1) {
		snprintf(b->why, OBJECT_WHY_LEN, "%s: could not be copied",
		    from);
		v = OBJECT_LATER;
	}
	base_buf_done(&full);
	base_buf_done(&plain);
	base_buf_done(&source);
	return v;
}

const struct object_kind object_bucket = {
	.open = bucket_open,
	.end = bucket_end,
	.tune = bucket_tune,
	.put = object_bucket_put,
	.get = bucket_get,
	.head = bucket_head,
	.list = bucket_list,
	.delete = bucket_delete,
	.copy = bucket_copy,
	.put_begin = object_upload_begin,
	.put_write = object_upload_write,
	.put_end = object_upload_end
};
