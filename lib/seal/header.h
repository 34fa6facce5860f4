/* SPDX-License-Identifier: ISC */
/*
 * What an age file begins with: the key of the file, encrypted to each of its
 * readers.  Only for the files of this folder.
 */
#ifndef SEAL_HEADER_H
#define SEAL_HEADER_H

#include <stddef.h>

#include "seal/key.h"

struct base_buf;

#define SEAL_HEADER_NONCE	16	/* behind it, before the first chunk */
#define SEAL_HEADER_MAX		(64 * 1024)

/* Chunks that the rest of the file consists of. */
#define SEAL_HEADER_CHUNK	(64 * 1024)	/* plain, all but the last */
#define SEAL_HEADER_TAG		16		/* behind each */

enum seal_header_verdict {
	SEAL_HEADER_OK,
	SEAL_HEADER_MORE,	/* it may go on behind these bytes */
	SEAL_HEADER_FOREIGN,	/* it is none */
	SEAL_HEADER_NO_KEY,	/* it is for others */
	SEAL_HEADER_DAMAGED
};

/*
 * Append a header to OUT, with its nonce, for the public keys TO, and make
 * the key of all chunks.
 */
void	seal_header_make(struct base_buf *out, const struct seal_key_list *to,
	    unsigned char chunks[SEAL_KEY_BYTES]);

/*
 * Find the end of the header that LEN bytes of TEXT begin with, and read it
 * with the secret keys.  After OK *END is how long it is, with its nonce.
 */
enum seal_header_verdict seal_header_read(const char *text, size_t len,
	    const struct seal_key_list *secret, size_t *end,
	    unsigned char chunks[SEAL_KEY_BYTES]);

/* The nonce of chunk N, which is the last or not. */
#define SEAL_HEADER_CHUNK_NONCE	12
void	seal_header_nonce(unsigned char nonce[SEAL_HEADER_CHUNK_NONCE],
	    unsigned long long n, int last);

#endif
