/* SPDX-License-Identifier: ISC */
/*
 * Where reports go: rows of the table export_config.  One of them, of the
 * schema "internal", is this database itself.
 */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct store_db;

#define STORE_EXPORT_INTERNAL_NAME	"internal"

enum store_export_schema {
	STORE_EXPORT_UNKNOWN,
	STORE_EXPORT_DUMMY,		/* counts and discards */
	STORE_EXPORT_GEOSUBMIT,		/* another service */
	STORE_EXPORT_S3,		/* objects in a bucket, or files */
	STORE_EXPORT_INTERNAL
};

struct store_export {
	char	name[3 * 40 + 1];
	enum store_export_schema schema;
	int64_t	batch;			/* reports; 0: whatever is there */
	char	url[3 * 512 + 1];
	char	skip_keys[3 * 1024 + 1];	/* separated by commas */
	char	skip_sources[3 * 64 + 1];
	int	usable;
};

struct store_export_list {
	struct store_export	*row;		/* by name */
	size_t			 n;
	struct base_buf		 told;		/* warnings given last */
};

void	store_export_init(struct store_export_list *l);
void	store_export_done(struct store_export_list *l);

/*
 * Read all rows.  One that cannot be used stays in the list, and is warned of
 * with its name, the column and what was expected; not again while nothing
 * changes.  Connects again if need be.  Returns 0, or -1 after a warning with
 * L as it was.
 */
int	store_export_load(struct store_db *db, struct store_export_list *l);

/* The usable row NAME, or the internal one; or NULL. */
const struct store_export *store_export_find(
	    const struct store_export_list *l, const char *name);
const struct store_export *store_export_internal(
	    const struct store_export_list *l);

/*
 * What comes with this key, which no client can have, is a test of our own: it
 * goes to the database only.
 */
#define STORE_EXPORT_TEST_KEY	"loc.status"

/* 1 if nothing with API key KEY, or nothing from SOURCE, goes to E. */
int	store_export_skips_key(const struct store_export *e, const char *key,
	    size_t len);
int	store_export_skips_source(const struct store_export *e,
	    const char *source, size_t len);

/* What placeholders in a path stand for. */
struct store_export_place {
	const char	*source, *api_key;	/* C strings */
	int		 year, month, day;
};

/*
 * Append PATH with {source}, {api_key}, {year}, {month} and {day} replaced:
 * numbers without zeros in front, texts with '_' for what could mean
 * something in a path.  Returns 0, or -1 if there are other braces in it.
 */
int	store_export_path(struct base_buf *b, const char *path,
	    const struct store_export_place *p);

#endif
