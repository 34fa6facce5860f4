/* SPDX-License-Identifier: ISC */
/*
 * A place that holds dumps of one database:
 *
 *	ID.json				the manifest of a dump, stored last
 *	chunks/HH/HASH.zst		rows, named by the hash of their text
 *	sealed-RECIPIENT/HH/HASH.age	the same, encrypted
 *
 * Chunks that have not changed belong to several dumps.  One that no manifest
 * names is of a dump that was interrupted, or of one that has gone.
 */
#ifndef DUMP_PLACE_H
#define DUMP_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "dump/manifest.h"
#include "object/store.h"

#define DUMP_PLACE_KEY_LEN	128

/* What there is in a place. */
struct dump_place {
	char		(*id)[DUMP_MANIFEST_ID_LEN];	/* oldest first */
	size_t		 nid;
	struct dump_place_chunk {
		char	key[DUMP_PLACE_KEY_LEN];
		int64_t	size;
		int	needed;		/* by a manifest */
	}		*chunk;		/* by key */
	size_t		 nchunk;
	/* private */
	size_t		 idcap, chunkcap;
};

/* The key of the chunk HASH that is encrypted to RECIPIENT ("": to nobody). */
void	dump_place_key(char key[DUMP_PLACE_KEY_LEN], const char *recipient,
	    const char *hash);

/*
 * Read what S has.  Returns EX_OK, and the caller owes dump_place_done(); or
 * an exit status after a warning.
 */
int	dump_place_read(struct dump_place *p, struct object_store *s);
void	dump_place_done(struct dump_place *p);

/* The chunk with that key, or NULL. */
struct dump_place_chunk *dump_place_find(const struct dump_place *p,
	    const char *key);

/*
 * Read the manifest ID into M, which the caller owes dump_manifest_done()
 * either way.  Returns EX_OK, or an exit status after a warning: EX_NOINPUT if
 * there is none, EX_DATAERR if it is damaged.
 */
int	dump_place_manifest(struct object_store *s, const char *id,
	    struct dump_manifest *m);

/*
 * Delete all dumps but the KEEP newest (0: none of them), and among the others
 * only those from before BEFORE_S; and then all chunks that no dump needs, and
 * what killed writers have left.
 * Nothing is deleted when a manifest that stays cannot be read, as what it
 * needs is not known; nor if DRY.  Returns EX_OK or an exit status after a
 * warning; GONE says what was, or would be, deleted.
 */
struct dump_place_gone {
	size_t	dumps, chunks;
	int64_t	bytes;
};
int	dump_place_expire(struct object_store *s, size_t keep,
	    int64_t before_s, int dry, struct dump_place_gone *gone);

/* The exit status for a store's verdict, after a warning why. */
int	dump_place_status(struct object_store *s, enum object_verdict v);

/* The same when something was to be stored there, and nothing to be read. */
int	dump_place_stored(struct object_store *s, enum object_verdict v);

#endif
