/* SPDX-License-Identifier: ISC */
/*
 * Places for objects: a bucket of S3 or of a server like it, or a directory.
 * Both promise the same.  An object appears whole or not at all, and what was
 * stored is what was given: a bucket checks the hash of what it got, and what
 * it says it stored is compared with that; a file is synced and renamed.
 *
 * Keys are texts with '/' between their parts.  What fails for a while is
 * tried again with growing pauses; what is left is told by object_store_why().
 * One store is for one thread at a time.
 */
#ifndef OBJECT_STORE_H
#define OBJECT_STORE_H

#include <stddef.h>
#include <stdint.h>

struct conf_file;
struct object_store;

#define OBJECT_KEY_MAX	1024	/* bytes, as S3 has it */
#define OBJECT_ETAG_LEN	80

enum object_verdict {
	OBJECT_OK,
	OBJECT_NONE,		/* there is no such object */
	OBJECT_LATER,		/* the store is not able to, even now */
	OBJECT_WRONG,		/* the request, the key or the bucket is */
	OBJECT_STOPPED		/* the caller's function said so */
};

/*
 * What a program exits with when it ends because of V, which is neither
 * OBJECT_OK nor OBJECT_STOPPED: EX_TEMPFAIL, which has callers try again, for
 * OBJECT_LATER, and EX_UNAVAILABLE for what somebody has to mend first.
 */
int	object_store_status(enum object_verdict v);

/* What a store tells with an object to whoever fetches it; NULL: nothing. */
struct object_type {
	const char	*type;		/* Content-Type */
	const char	*encoding;	/* Content-Encoding */
	const char	*cache;		/* Cache-Control */
};

struct object_info {
	int64_t	size;
	int64_t	modified_s;
	/*
	 * What changes with the content: of a bucket the ETag without its
	 * quotes, of a file "".
	 */
	char	etag[OBJECT_ETAG_LEN];
};

/*
 * URL is s3://BUCKET/PREFIX, file:///DIR, the name of a directory, or
 * assets:PREFIX, a place in the one that [assets] bucket of the settings names.
 * All keys are below PREFIX or DIR.  CF is borrowed.  Returns NULL after a
 * warning.
 */
struct object_store *object_store_open(const struct conf_file *cf,
	    const char *url);
void	object_store_end(struct object_store *s);

/* Where it is, to show; and what the last call was told, in words. */
const char *object_store_name(const struct object_store *s);
const char *object_store_why(const struct object_store *s);

/* How a store behaves; all zeros is as it is opened. */
struct object_tuning {
	/* Called now and then while a bucket is waited for, or NULL. */
	void	(*tick)(void *arg);
	void	*arg;
	/* Ask a bucket once: the caller tries again by itself. */
	int	once;
	/* Files and directories are made for their owner and group only. */
	int	private;
	/*
	 * Asked before an object is stored or deleted: 1, or 0 if that is to
	 * be left alone, for which the verdict is OBJECT_LATER; or NULL.
	 */
	int	(*may)(void *arg);
	void	*may_arg;
};
void	object_store_tune(struct object_store *s,
	    const struct object_tuning *t);

/*
 * The directory that it is, or NULL if it is a bucket.  A directory keeps types
 * and encodings in no way.
 */
const char *object_store_dir(const struct object_store *s);

/*
 * Store LEN bytes under KEY, in one piece.  A key is UTF-8 without control
 * characters, of names between slashes that are not "", "." or "..".
 */
enum object_verdict object_store_put(struct object_store *s, const char *key,
	    const struct object_type *type, const void *data, size_t len);

/*
 * Give the bytes of KEY to SINK, piece by piece; it returns 0, or -1 to stop.
 * FROM is the first byte wanted, LEN how many (-1: all).  A transfer that
 * breaks off is taken up where it was, unless the object has changed.
 */
enum object_verdict object_store_get(struct object_store *s, const char *key,
	    int64_t from, int64_t len,
	    int (*sink)(void *arg, const char *data, size_t len), void *arg);

enum object_verdict object_store_head(struct object_store *s,
	    const char *key, struct object_info *info);

/*
 * Call EACH for every object whose key begins with PREFIX, in the order that
 * the store has them in.  It returns 0, or -1 to stop.
 */
enum object_verdict object_store_list(struct object_store *s,
	    const char *prefix, int (*each)(void *arg, const char *key,
	    const struct object_info *info), void *arg);

/*
 * How many names of others the last list has left out because they are no keys
 * of objects: see object_store_put().  *NAME is the first of them, to show.  In
 * a directory links to a directory around them, and what is neither file nor
 * directory, count too.  Names that begin with a dot do not.
 */
size_t	object_store_left_out(const struct object_store *s,
	    const char **name);

/*
 * Delete N objects, OBJECT_DELETE_MAX at most.  One that is not there counts
 * as deleted.  *FAILED is how many were not.
 */
#define OBJECT_DELETE_MAX	1000
enum object_verdict object_store_delete(struct object_store *s,
	    const char *const *key, size_t n, size_t *failed);

/* Make TO a copy of FROM, within the store. */
enum object_verdict object_store_copy(struct object_store *s,
	    const char *from, const char *to);

/*
 * Storing what comes from a pipe, however long it gets.  After _begin() the
 * caller owes one _end().  _end() returns whether the object is there; when
 * KEEP is 0 or anything failed, nothing is left behind.
 */
struct object_store_put;
struct object_store_put *object_store_put_begin(struct object_store *s,
	    const char *key, const struct object_type *type);
enum object_verdict object_store_put_write(struct object_store_put *p,
	    const void *data, size_t len);
enum object_verdict object_store_put_end(struct object_store_put *p, int keep);

#endif
