/* SPDX-License-Identifier: ISC */
/*
 * What a dump of a database consists of: its manifest, one JSON object.  It is
 * stored last, so a dump without one does not exist.  Pure.
 *
 * It ends with the SHA-256 of all that stands before it, so that a manifest
 * that was cut or changed is none.
 */
#ifndef DUMP_MANIFEST_H
#define DUMP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sha256.h"

struct base_buf;

#define DUMP_MANIFEST_FORMAT	"loc-database-1"
#define DUMP_MANIFEST_ID_LEN	17	/* "20261130T023500Z" */

/* Some rows of a table, stored as one object. */
struct dump_manifest_chunk {
	char		 hash[BASE_SHA256_HEX];	/* of the rows as text */
	int64_t		 rows;
	int64_t		 bytes;		/* of the rows as text */
	const char	*first, *last;	/* their keys, or NULL */
};

struct dump_manifest_column {
	const char	*name;
	const char	*type;		/* DATA_TYPE: "int", "varchar" */
};

struct dump_manifest_table {
	const char			*name, *engine;
	const char			*create;	/* the statement */
	struct dump_manifest_column	*col;	/* that are dumped */
	size_t				 ncol;
	int64_t				 rows, bytes;
	struct dump_manifest_chunk	*chunk;	/* in the order of the key */
	size_t				 nchunk;
	int				 has_key; /* else in no order */
};

struct dump_manifest {
	char		 id[DUMP_MANIFEST_ID_LEN];
	int64_t		 time_s;	/* of the snapshot */
	const char	*program;	/* "loc-backup 1.2.3" */
	const char	*database;
	const char	*server;	/* its version */
	const char	*snapshot;	/* how it was made consistent */
	const char	*revision;	/* Ichnaea's, "" for none */
	int64_t		 version;	/* of loc's schema, 0 for none */
	const char	*file;		/* of the binary log, "" for none */
	int64_t		 position;
	const char	*gtid;
	const char	*recipient;	/* of chunks, "": not encrypted */
	int64_t		 rows, bytes;
	int64_t		 stored;	/* bytes that were new in the store */
	size_t		 nchunk;
	struct dump_manifest_table *table;
	size_t		 ntable;
	struct base_arena arena;	/* holds all of it */
};

void	dump_manifest_init(struct dump_manifest *m);
void	dump_manifest_done(struct dump_manifest *m);

/* S seconds as the name of a dump; 1 if TEXT, LEN bytes, is such a name. */
void	dump_manifest_id(char id[DUMP_MANIFEST_ID_LEN], int64_t s);
int	dump_manifest_is_id(const char *text, size_t len);

/* Append M as text. */
void	dump_manifest_write(struct base_buf *b, const struct dump_manifest *m);

/*
 * Read LEN bytes of TEXT into M, which was initialized.  Returns NULL, or what
 * is wrong with it, a literal; M is to be done with either way.
 */
const char *dump_manifest_read(struct dump_manifest *m, const char *text,
	    size_t len);

/* The table NAME, or NULL. */
const struct dump_manifest_table *dump_manifest_find(
	    const struct dump_manifest *m, const char *name);

#endif
