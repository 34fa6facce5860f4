/* SPDX-License-Identifier: ISC */
/* Rows as text, and the objects that they are stored as. */
#ifndef DUMP_PACK_H
#define DUMP_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dump/manifest.h"
#include "dump/place.h"
#include "seal/key.h"

/* For one thread at a time. */
struct dump_pack;

/*
 * A place's chunks, encrypted to RECIPIENT or not ("").  TO are the public
 * keys in RECIPIENT, for writing, and SECRET those for reading; both are
 * borrowed, and may be NULL if they are not needed.  Returns NULL after a
 * warning.
 */
struct dump_pack *dump_pack_new(struct object_store *store,
	    const char *recipient, const struct seal_key_list *to,
	    const struct seal_key_list *secret);
void	dump_pack_free(struct dump_pack *p);

/* The hash that LEN bytes of rows are named by. */
void	dump_pack_hash(char hash[BASE_SHA256_HEX], const void *rows,
	    size_t len);

/*
 * Store LEN bytes of ROWS under the name of their HASH.  Returns EX_OK, with
 * the size of the object in *STORED, or an exit status after a warning.
 */
int	dump_pack_put(struct dump_pack *p, const char *hash, const void *rows,
	    size_t len, int64_t *stored);

/*
 * Fetch the rows of chunk C into B.  Returns EX_OK, or an exit status after a
 * warning that names the object: EX_NOINPUT if it is missing, EX_DATAERR if it
 * is not what it was, EX_NOPERM if it is encrypted for others.
 */
int	dump_pack_get(struct dump_pack *p, const struct dump_manifest_chunk *c,
	    struct base_buf *b);

#endif
