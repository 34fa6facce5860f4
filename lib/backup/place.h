/* SPDX-License-Identifier: ISC */
/*
 * The place that a URL of an s3 row names: a store for all of its objects,
 * and how their keys in it begin.
 */
#ifndef BACKUP_PLACE_H
#define BACKUP_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define BACKUP_PLACE_LEN	2048

struct backup_place {
	char	store[BACKUP_PLACE_LEN];	/* see object_store_open() */
	/* What keys begin with, with placeholders: "" or ends with a '/'. */
	char	path[BACKUP_PLACE_LEN];
};

/*
 * Cut URL, "s3://BUCKET/PATH", "file:///PATH" or a path, at the last '/' in
 * front of its first placeholder.  Returns 0, or -1 if it is too long.
 */
int	backup_place_cut(struct backup_place *p, const char *url);

/*
 * What the key of an object says by its name: 1 if it is that of a batch of
 * reports, with or without ".age" at its end, and when it was made, in seconds
 * since 1970; else 0.
 */
int	backup_place_is_batch(const char *key, int64_t *made_s);

/* 1 if KEY has that ending of encrypted objects. */
#define BACKUP_PLACE_SEALED	".age"
int	backup_place_is_sealed(const char *key);

#endif
