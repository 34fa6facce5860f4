/* SPDX-License-Identifier: ISC */
/*
 * Storing in a bucket what comes from a pipe.
 *
 * What fits into one part is stored by one PUT.  Anything longer becomes an
 * upload in parts: parts are handed to a few threads, each with a connection
 * of its own, while the next one is being filled, so memory is bounded by
 * THREADS + 1 parts.  A bucket takes 10,000 parts, so that parts grow: every
 * thousand of them the size doubles, which is enough for 8 TB.
 *
 * Nothing of an upload can be seen before the last request, which names all
 * parts with what the server said of them.  When anything fails the upload is
 * aborted, so that no part stays behind and is paid for.  A process that is
 * killed leaves an upload that only a rule of the bucket can end
 * (AbortIncompleteMultipartUpload).
 */
#include <assert.h>
#include <md5.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "object/bucket.h"
#include "object/etag.h"
#include "object/xml.h"

#define PARTS_MAX	10000
#define THREADS		4

/* What was sent of a part, and what the server said of it. */
struct part {
	char	md5[OBJECT_MD5_HEX];
	char	etag[OBJECT_ETAG_LEN];
};

/* A thread that stores one part, or has done so. */
struct sender {
	struct object_upload	*upload;
	struct object_bucket	*bucket;	/* made when first needed */
	pthread_t		 thread;
	int			 running;
	size_t			 number;	/* of the part, from 0 */
	char			*data;
	size_t			 len;
	enum object_verdict	 verdict;
	char			 why[OBJECT_WHY_LEN];
};

/*
 * An upload.  The caller's thread owns it; senders only read it, but for their
 * own part, while they run.
 */
struct object_upload {
	struct object_bucket	*b;
	struct base_buf		 key;		/* in the bucket */
	char			*own_key;	/* in the store */
	struct object_type	 type;
	char			*texts;		/* what TYPE points into */
	char			*id;		/* NULL: no upload begun */
	char			*data;		/* the part being filled */
	size_t			 len, cap;
	struct part		*part;
	size_t			 nparts;
	struct sender		 sender[THREADS];
	enum object_verdict	 failed;
};

/* Copy the texts of TYPE, which need not live as long as the upload. */
static int
copy_type(struct object_upload *u, const struct object_type *type)
{
	const char *const from[] = { type->type, type->encoding,
	    type->cache };
	const char **const to[] = { &u->type.type, &u->type.encoding,
	    &u->type.cache };
	size_t i, size = 1;
	char *p;

	for (i = 0; i < 3; i++)
		size += from[i] == NULL ? 0 : strlen(from[i]) + 1;
	if ((p = u->texts = malloc(size)) == NULL)
		return -1;
	for (i = 0; i < 3; i++)
		if (from[i] != NULL) {
			*to[i] = strcpy(p, from[i]);
			p += strlen(p) + 1;
		}
	return 0;
}

/* No thread may run any more: each has borrowed the upload. */
static void
free_upload(struct object_upload *u)
{
	size_t i;

	for (i = 0; i < THREADS; i++) {
		assert(!u->sender[i].running);
		object_bucket_free(u->sender[i].bucket);
		free(u->sender[i].data);
	}
	base_buf_done(&u->key);
	free(u->own_key);
	free(u->texts);
	free(u->id);
	free(u->data);
	free(u->part);
	free(u);
}

/*
 * Nothing is sent yet: most objects fit into one part, and are stored by one
 * PUT.
 */
void *
object_upload_begin(void *ctx, const char *key,
    const struct object_type *type)
{
	static const struct object_type none;
	struct object_bucket *b = ctx;
	struct object_upload *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		strlcpy(b->why, "out of memory", OBJECT_WHY_LEN);
		return NULL;
	}
	u->b = b;
	base_buf_init(&u->key);
	u->cap = object_etag_part(0);
	if ((u->data = malloc(u->cap)) == NULL ||
	    (u->own_key = strdup(key)) == NULL ||
	    copy_type(u, type == NULL ? &none : type) == -1 ||
	    object_bucket_key(b, key, &u->key) == -1) {
		strlcpy(b->why, "out of memory", OBJECT_WHY_LEN);
		free_upload(u);
		return NULL;
	}
	return u;
}

/*
 * Wait for S, whose part is stored then, or the upload has failed.  Only the
 * first failure is kept, and its reason is copied to the store, which only the
 * caller's thread may write to.
 */
static void
join_sender(struct object_upload *u, struct sender *s)
{
	if (!s->running)
		return;
	pthread_join(s->thread, NULL);
	s->running = 0;
	free(s->data);
	s->data = NULL;
	if (s->verdict != OBJECT_OK && u->failed == OBJECT_OK) {
		u->failed = s->verdict;
		strlcpy(u->b->why, s->why, OBJECT_WHY_LEN);
	}
}

/* The answer names the upload, which all further requests refer to. */
static int
on_create_element(void *arg, const char *path, const char *text)
{
	char **id = arg;

	if (strcmp(path, "InitiateMultipartUploadResult/UploadId") != 0 ||
	    text == NULL)
		return strcmp(path, "Error") == 0 ? -1 : 0;
	free(*id);
	return (*id = strdup(text)) == NULL ? -1 : 0;
}

/*
 * Ask the bucket for an upload.  If the answer is lost and the request
 * repeated, the bucket has a second upload without parts, which costs nothing
 * and which its rule ends.
 */
static enum object_verdict
create_upload(struct object_upload *u)
{
	static const struct net_sigv4_pair query[] = { { "uploads", "" } };
	struct net_s3_request r = { .method = "POST", .key = u->key.data,
	    .query = query, .nquery = 1 };
	struct net_client_answer a;
	enum object_verdict v;

	object_bucket_describe(u->b, &u->type, &r);
	v = object_bucket_send(u->b, &r, &a);
	if (v == OBJECT_OK && (object_bucket_read(u->b, on_create_element,
	    &u->id) == -1 || u->id == NULL)) {
		snprintf(u->b->why, OBJECT_WHY_LEN,
		    "%s: an upload in parts was not begun", u->own_key);
		v = OBJECT_LATER;
	}
	return v;
}

/*
 * What a sender's thread does. It touches its own part of the list and its
 * own connection, so it needs no lock; the join hands both back.
 */
static void *
send_part(void *arg)
{
	struct sender *s = arg;
	struct object_upload *u = s->upload;
	struct part *p = &u->part[s->number];
	char number[24];
	const struct net_sigv4_pair query[] = { { "partNumber", number },
	    { "uploadId", u->id } };
	struct net_s3_request r = { .method = "PUT", .key = u->key.data,
	    .query = query, .nquery = 2, .body = s->data, .len = s->len };
	struct net_client_answer a;
	const char *doubt;

	snprintf(number, sizeof(number), "%zu", s->number + 1);
	r.header[r.nheader++] = (struct net_sigv4_pair){ "content-type",
	    "application/octet-stream" };
	object_bucket_md5(p->md5, s->data, s->len);
	s->verdict = object_bucket_send(s->bucket, &r, &a);
	if (s->verdict != OBJECT_OK)
		return NULL;
	strlcpy(p->etag, a.etag, sizeof(p->etag));
	if ((doubt = object_bucket_doubt(&a, p->md5)) != NULL) {
		snprintf(s->why, sizeof(s->why), "%s: %s", u->own_key,
		    doubt);
		s->verdict = OBJECT_LATER;
	}
	return NULL;
}

/*
 * Hand the part that is filled to a sender; a new one is begun.  Senders take
 * turns, so the one that is waited for is the oldest.  Signals are blocked in
 * the new thread, so that they go to the one that handles them.  If no thread
 * can be made the part is sent at once: slower, but nothing fails.
 */
static enum object_verdict
send_full_part(struct object_upload *u)
{
	struct sender *s = &u->sender[u->nparts % THREADS];
	sigset_t all, old;
	int rc;

	assert(u->nparts < PARTS_MAX && u->len > 0 && u->data != NULL);
	join_sender(u, s);
	if (u->failed != OBJECT_OK)
		return u->failed;
	if (s->bucket == NULL &&
	    (s->bucket = object_bucket_clone(u->b, s->why)) == NULL) {
		strlcpy(u->b->why, s->why, OBJECT_WHY_LEN);
		return u->failed = OBJECT_LATER;
	}
	s->upload = u;
	s->number = u->nparts++;
	s->data = u->data;
	s->len = u->len;
	u->data = NULL;
	u->len = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&s->thread, NULL, send_part, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		s->running = 1;
	else
		send_part(s);	/* without a thread, then */
	if (rc != 0 && s->verdict != OBJECT_OK) {
		strlcpy(u->b->why, s->why, OBJECT_WHY_LEN);
		u->failed = s->verdict;
	}
	return u->failed;
}

/*
 * The part at hand is full: it is stored, and the next one begins.  The list
 * of parts is made as a whole with the first one, so that it never moves under
 * a sender.
 */
static enum object_verdict
next_upload_part(struct object_upload *u)
{
	assert(u->len == u->cap);
	if (u->id == NULL) {
		u->part = calloc(PARTS_MAX, sizeof(*u->part));
		if (u->part == NULL)
			return u->failed = OBJECT_LATER;
		if ((u->failed = create_upload(u)) != OBJECT_OK)
			return u->failed;
	}
	if (u->nparts == PARTS_MAX - 1) {
		snprintf(u->b->why, OBJECT_WHY_LEN, "%s: too long",
		    u->own_key);
		return u->failed = OBJECT_WRONG;
	}
	if (send_full_part(u) != OBJECT_OK)
		return u->failed;
	u->cap = object_etag_part(u->nparts);
	if ((u->data = malloc(u->cap)) == NULL) {
		strlcpy(u->b->why, "out of memory", OBJECT_WHY_LEN);
		u->failed = OBJECT_LATER;
	}
	return u->failed;
}

/*
 * Bytes are copied into the part at hand, which is sent when one more byte
 * comes: so the last part is never empty, and what exactly fills one part
 * needs no upload.
 */
enum object_verdict
object_upload_write(void *put, const void *data, size_t len)
{
	struct object_upload *u = put;
	const char *p = data;
	size_t n;

	while (len > 0 && u->failed == OBJECT_OK) {
		if (u->len == u->cap && next_upload_part(u) != OBJECT_OK)
			break;
		n = u->cap - u->len;
		if (n > len)
			n = len;
		assert(u->len + n <= u->cap);
		memcpy(u->data + u->len, p, n);
		u->len += n;
		p += n;
		len -= n;
	}
	return u->failed;
}

/*
 * The bucket forgets the parts. What came of that is not told: what failed
 * before is what the caller wants to know.
 */
static void
abort_upload(struct object_upload *u)
{
	const struct net_sigv4_pair query[] = { { "uploadId", u->id } };
	struct net_s3_request r = { .method = "DELETE", .key = u->key.data,
	    .query = query, .nquery = 1 };
	struct net_client_answer a;
	char why[OBJECT_WHY_LEN];

	strlcpy(why, u->b->why, sizeof(why));
	object_bucket_send(u->b, &r, &a);
	strlcpy(u->b->why, why, OBJECT_WHY_LEN);
}

/* What the answer to the last request says. */
struct complete {
	int	error;
	char	etag[OBJECT_ETAG_LEN];
};

/*
 * The answer has the ETag of the whole, or an error in spite of its status.
 */
static int
on_complete_element(void *arg, const char *path, const char *text)
{
	struct complete *c = arg;
	size_t len;

	if (strcmp(path, "Error") == 0)
		c->error = 1;
	if (strcmp(path, "CompleteMultipartUploadResult/ETag") == 0 &&
	    text != NULL) {
		len = strcspn(text + (*text == '"'), "\"");
		snprintf(c->etag, sizeof(c->etag), "%.*s", (int)len,
		    text + (*text == '"'));
	}
	return 0;
}

/* What the ETag of all parts is: the MD5 of their MD5s, and their number. */
static void
format_parts_etag(const struct object_upload *u, char *out, size_t size)
{
	unsigned char one[MD5_DIGEST_LENGTH];
	char hex[OBJECT_MD5_HEX];
	MD5_CTX ctx;
	size_t i;

	assert(u->nparts <= PARTS_MAX);
	MD5Init(&ctx);
	for (i = 0; i < u->nparts; i++) {
		base_num_unhex(one, sizeof(one), u->part[i].md5);
		MD5Update(&ctx, one, sizeof(one));
	}
	MD5End(&ctx, hex);
	snprintf(out, size, "%s-%zu", hex, u->nparts);
}

/*
 * Have all parts become the object, and see that it is what was given.  All
 * senders must have been joined.  If the ETag is not the one expected the
 * object is there with the wrong bytes, and the caller is told of it as of any
 * failure, so that it stores the object again.
 */
static enum object_verdict
complete_upload(struct object_upload *u)
{
	const struct net_sigv4_pair query[] = { { "uploadId", u->id } };
	struct net_s3_request r = { .method = "POST", .key = u->key.data,
	    .query = query, .nquery = 1 };
	struct net_client_answer a;
	struct complete c = { 0 };
	struct base_buf body;
	char want[OBJECT_ETAG_LEN];
	enum object_verdict v = OBJECT_LATER;
	const char *doubt;
	size_t i;

	assert(u->id != NULL && u->nparts > 0);
	base_buf_init(&body);
	base_buf_str(&body, "<CompleteMultipartUpload>");
	for (i = 0; i < u->nparts; i++)
		base_buf_fmt(&body, "<Part><PartNumber>%zu</PartNumber>"
		    "<ETag>\"%s\"</ETag></Part>", i + 1, u->part[i].etag);
	base_buf_str(&body, "</CompleteMultipartUpload>");
	r.header[r.nheader++] = (struct net_sigv4_pair){ "content-type",
	    "application/xml" };
	if (base_buf_ok(&body)) {
		r.body = body.data;
		r.len = body.len;
		v = object_bucket_send(u->b, &r, &a);
	}
	/* Without the ETag nothing is known, so no body at all is a failure. */
	if (v == OBJECT_OK && (object_bucket_read(u->b, on_complete_element,
	    &c) == -1 || c.error)) {
		snprintf(u->b->why, OBJECT_WHY_LEN,
		    "%s: the parts were not put together", u->own_key);
		v = OBJECT_LATER;
	}
	format_parts_etag(u, want, sizeof(want));
	strlcpy(a.etag, c.etag, sizeof(a.etag));
	if (v == OBJECT_OK && (doubt = object_bucket_doubt(&a, want)) !=
	    NULL) {
		snprintf(u->b->why, OBJECT_WHY_LEN, "%s: %s", u->own_key,
		    doubt);
		v = OBJECT_LATER;
	}
	base_buf_done(&body);
	return v;
}

/*
 * Small objects are stored now. An upload is completed if everything went
 * well; anything else ends it without a trace.
 */
enum object_verdict
object_upload_end(void *put, int keep)
{
	struct object_upload *u = put;
	enum object_verdict v = OBJECT_STOPPED;
	size_t i;

	if (keep && u->id == NULL && u->failed == OBJECT_OK)
		v = object_bucket_put(u->b, u->own_key, &u->type, u->data,
		    u->len);
	else if (u->id != NULL) {
		if (keep && u->failed == OBJECT_OK && u->len > 0)
			send_full_part(u);
		for (i = 0; i < THREADS; i++)
			join_sender(u, &u->sender[i]);
		if (keep)
			v = u->failed != OBJECT_OK ? u->failed :
			    complete_upload(u);
		if (v != OBJECT_OK)
			abort_upload(u);
	} else if (u->failed != OBJECT_OK)
		v = u->failed;
	free_upload(u);
	return v;
}
