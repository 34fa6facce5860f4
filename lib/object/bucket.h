/* SPDX-License-Identifier: ISC */
/* A bucket as its files know it; only for the files of this folder. */
#ifndef OBJECT_BUCKET_H
#define OBJECT_BUCKET_H

#include "base/buf.h"
#include "net/s3.h"
#include "object/kind.h"

struct object_bucket {
	const struct conf_file	*cf;
	struct net_s3		*s3;
	char			*bucket;
	char			*prefix;	/* "" or "PREFIX/" */
	char			*why;		/* OBJECT_WHY_LEN */
	struct object_tuning	 tuning;
};

/* One more for another thread, with a WHY of its own; or NULL. */
struct object_bucket *object_bucket_clone(const struct object_bucket *b,
	    char why[OBJECT_WHY_LEN]);
void	object_bucket_free(struct object_bucket *b);

/*
 * Send R, whose key is below the bucket, again and again with growing pauses
 * while the server is not able to answer it.  B->why says what came of it.
 */
enum object_verdict object_bucket_send(struct object_bucket *b,
	    const struct net_s3_request *r, struct net_client_answer *a);

/*
 * Read the XML that came with a status of 200, see object_xml_new().  Returns
 * 0, or -1 if it is none, or EACH stopped because it says that something went
 * wrong all the same.
 */
int	object_bucket_read(struct object_bucket *b, int (*each)(void *arg,
	    const char *path, const char *text), void *arg);

/* The key of KEY in the bucket, into OUT.  0, or -1: memory is short. */
int	object_bucket_key(struct object_bucket *b, const char *key,
	    struct base_buf *out);

/* Add to R the headers of an object of TYPE, and those of the settings. */
void	object_bucket_describe(const struct object_bucket *b,
	    const struct object_type *type, struct net_s3_request *r);

/* The MD5 of LEN bytes, in hexadecimal. */
#define OBJECT_MD5_HEX	33
void	object_bucket_md5(char out[OBJECT_MD5_HEX], const void *data,
	    size_t len);

/*
 * A good answer is no proof: whatever listens at a wrong endpoint may answer
 * 200.  Returns NULL if A says that bytes of this MD5 were stored, or what
 * speaks against it.  Where the server's ETag is made in another way nothing
 * does.
 */
const char *object_bucket_doubt(const struct net_client_answer *a,
	    const char *md5);

/* 24 characters and a NUL, as Content-MD5 has it (RFC 1864). */
#define OBJECT_MD5_BASE64	25
void	object_bucket_base64_md5(char out[OBJECT_MD5_BASE64],
	    const struct base_buf *body);

/* Append TEXT as it stands between tags of XML. */
void	object_bucket_escape(struct base_buf *b, const char *text);

/* The bucket that S is; or NULL, with the reason, if it is a directory. */
struct object_bucket *object_store_bucket(struct object_store *s);

/* Stores PUT in one piece; upload.c has the rest of what a bucket does. */
enum object_verdict object_bucket_put(void *ctx, const char *key,
	    const struct object_type *type, const void *data, size_t len);

void	*object_upload_begin(void *ctx, const char *key,
	    const struct object_type *type);
enum object_verdict object_upload_write(void *put, const void *data,
	    size_t len);
enum object_verdict object_upload_end(void *put, int keep);

#endif
