/* SPDX-License-Identifier: ISC */
/*
 * Are these the bytes that an ETag is of?  It is the MD5 of an object or, where
 * that was stored in parts, the MD5 of the parts' MD5s and their number behind
 * a '-'.  How long the parts were it does not say; known are those of upload.c
 * and the even lengths that common programs use.  There are servers with other
 * ETags, which say nothing of the bytes.
 */
#ifndef OBJECT_ETAG_H
#define OBJECT_ETAG_H

#include <stddef.h>
#include <stdint.h>

#include "object/store.h"

struct object_etag;

/* Returns NULL when memory is short. */
struct object_etag *object_etag_new(void);
void	object_etag_free(struct object_etag *e);

/*
 * Forget what came; the SIZE bytes that come now are compared with WANT, or
 * with nothing if it is NULL.  Returns 1, or 0 if WANT cannot be the ETag of so
 * many bytes as far as we know: to read them would tell nothing.
 */
int	object_etag_begin(struct object_etag *e, const char *want,
	    int64_t size);
void	object_etag_add(struct object_etag *e, const void *data, size_t len);

/*
 * No more bytes come.  Returns 1 if WANT is their ETag, else 0.  Without WANT
 * their MD5 goes to WHOLE, which otherwise may be NULL.
 */
int	object_etag_end(struct object_etag *e, char whole[OBJECT_ETAG_LEN]);

/* How many bytes part NUMBER of upload.c has, from 0; the last may have fewer. */
size_t	object_etag_part(size_t number);

#endif
