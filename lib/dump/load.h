/* SPDX-License-Identifier: ISC */
/* A dump, loaded into a database: its tables, and what was loaded already. */
#ifndef DUMP_LOAD_H
#define DUMP_LOAD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/manifest.h"

struct conf_file;
struct seal_key_list;

#define DUMP_LOAD_THREADS_MAX	64

struct dump_load {
	const struct conf_file	*cf;
	const char		*place;		/* URL */
	const char		*id;		/* of a dump; NULL: the newest */
	const char		*db_key, *db_url;	/* see store/db.h */
	const struct seal_key_list *secret;	/* or NULL */
	unsigned		 threads;
	int			 replace;	/* drop tables of these names */
	int			 quiet;		/* no progress */
	const atomic_int	*stop;		/* may be NULL */
};

struct dump_load_result {
	size_t	chunks_before;	/* loaded by a run that was interrupted */
	int	by_insert;	/* the server allows no LOAD DATA LOCAL */
};

/*
 * Load the dump into the database, which is made if it is not there.  M, which
 * the caller owes dump_manifest_done() either way, is what was loaded.
 * Returns EX_OK, or an exit status after a warning: EX_CANTCREAT if the
 * database has tables already, EX_DATAERR if the dump is damaged, EX_NOPERM if
 * it is encrypted and the key is missing or another.  Until it
 * returns EX_OK the database has no version that programs would accept, and
 * running it again goes on.
 */
int	dump_load_run(const struct dump_load *l, struct dump_manifest *m,
	    struct dump_load_result *result);

#endif
