/* SPDX-License-Identifier: ISC */
/* A dump of a database, made: the tables' rows into chunks, then a manifest. */
#ifndef DUMP_WRITE_H
#define DUMP_WRITE_H

#include <stdatomic.h>
#include <stdint.h>

#include "dump/manifest.h"
#include "object/store.h"
#include "store/snapshot.h"

struct conf_file;

#define DUMP_WRITE_THREADS_MAX	STORE_SNAPSHOT_MAX

struct dump_write {
	const struct conf_file	*cf;
	const char		*place;		/* URL; NULL: only hashes */
	const char		*db_key, *db_url;	/* see store/db.h */
	const char		*recipient;	/* public keys, or "" */
	const char		*program;
	unsigned		 threads;
	int			 whole;		/* store also what is there */
	int			 quiet;		/* no progress */
	const atomic_int	*stop;		/* may be NULL */
	struct object_tuning	 tuning;	/* of the stores */
};

/* What is not in the manifest: how it was made. */
struct dump_write_result {
	enum store_snapshot_how	how;
	size_t			new_chunks;
	size_t			skipped;	/* views and the like */
};

/*
 * Make a dump as W says.  M, which the caller owes dump_manifest_done() either
 * way, is then the manifest that was stored.  Returns EX_OK, or an exit status
 * after a warning: then there is no new dump, and what was stored of it is
 * taken up by the next that has the same rows.
 *
 * Whoever stores it holds the lock meanwhile, see dump/lock.h.
 */
int	dump_write_run(const struct dump_write *w, struct dump_manifest *m,
	    struct dump_write_result *result);

#endif
