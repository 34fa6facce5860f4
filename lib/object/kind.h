/* SPDX-License-Identifier: ISC */
/*
 * What a kind of store has to do; only for the files of this folder.  Keys
 * have been checked (object_store_check_key) before they get here.  Each
 * function that fails leaves its reason in WHY, which was given to it when it
 * was opened.
 */
#ifndef OBJECT_KIND_H
#define OBJECT_KIND_H

#include "object/store.h"

#define OBJECT_WHY_LEN	256

/* Names that a list has left out. */
struct object_left {
	size_t	n;
	char	name[OBJECT_WHY_LEN];	/* the first, printable */
};

struct object_kind {
	void	*(*open)(const struct conf_file *cf, const char *place,
		    const char *prefix, char why[OBJECT_WHY_LEN]);
	void	 (*end)(void *ctx);
	void	 (*tune)(void *ctx, const struct object_tuning *t);
	enum object_verdict (*put)(void *ctx, const char *key,
		    const struct object_type *type, const void *data,
		    size_t len);
	enum object_verdict (*get)(void *ctx, const char *key, int64_t from,
		    int64_t len, int (*sink)(void *arg, const char *data,
		    size_t len), void *arg);
	enum object_verdict (*head)(void *ctx, const char *key,
		    struct object_info *info);
	enum object_verdict (*list)(void *ctx, const char *prefix,
		    int (*each)(void *arg, const char *key,
		    const struct object_info *info), void *arg,
		    struct object_left *left);
	enum object_verdict (*delete)(void *ctx, const char *const *key,
		    size_t n, size_t *failed);
	enum object_verdict (*copy)(void *ctx, const char *from,
		    const char *to);
	void	*(*put_begin)(void *ctx, const char *key,
		    const struct object_type *type);
	enum object_verdict (*put_write)(void *put, const void *data,
		    size_t len);
	enum object_verdict (*put_end)(void *put, int keep);
};

extern const struct object_kind object_bucket, object_dir;

/* 1 if KEY can be the key of an object in a store of any kind. */
int	object_store_check_key(const char *key);

/* NAME was left out. */
void	object_store_leave_out(struct object_left *left, const char *name);

#endif
