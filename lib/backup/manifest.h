/* SPDX-License-Identifier: ISC */
/*
 * Manifests: what was stored, told by who stored it, so that what is missing,
 * changed or strange can be told from what is as it was.
 *
 * Each process that stores objects keeps one at a time, as an object of its
 * own in the same place, manifest/YYYY-MM-DD/UUID.json, that is replaced by a
 * longer one for each object.  It is read by who has no key to the objects, so
 * that it tells no API keys if these are encrypted.  It is written before the
 * object: so whatever is acknowledged is in a manifest.  An object that a
 * process was about to store when it died is in it as well, not "stored", and
 * may be missing.
 */
#ifndef BACKUP_MANIFEST_H
#define BACKUP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

struct base_buf;

#define BACKUP_MANIFEST_DIR	"manifest/"
#define BACKUP_MANIFEST_MAX	256	/* objects; then another is begun */
#define BACKUP_MANIFEST_BYTES	(4 * 1024 * 1024)	/* more is none */

struct backup_manifest_entry {
	char	*key;			/* in the place's store */
	char	*source;		/* of its reports */
	char	*api_key;		/* "": none; NULL: it is not told */
	int64_t	 reports, bytes;
	int64_t	 first_ms, last_ms;	/* when they were accepted */
	char	 sha256[BASE_SHA256_HEX];	/* of the object's bytes */
	int	 stored;		/* and not only about to be */
	size_t	 of;			/* for callers: which manifest it is of */
};

struct backup_manifest {
	struct backup_manifest_entry *entry;
	size_t	 n, cap;
};

void	backup_manifest_init(struct backup_manifest *m);
void	backup_manifest_done(struct backup_manifest *m);

/*
 * Add a copy of E, whose texts are copied as well.  Returns the new entry, or
 * NULL when memory is short.
 */
struct backup_manifest_entry *backup_manifest_add(struct backup_manifest *m,
	    const struct backup_manifest_entry *e);

/* Append M of the target TARGET as JSON. */
void	backup_manifest_format(struct base_buf *b,
	    const struct backup_manifest *m, const char *target);

/* Add the entries of LEN bytes of TEXT.  NULL, or what is wrong, in words. */
const char *backup_manifest_parse(struct backup_manifest *m, const char *text,
	    size_t len);

/* 1 if KEY is that of a manifest, and when it was begun; else 0. */
int	backup_manifest_is(const char *key, int64_t *made_s);

#endif
