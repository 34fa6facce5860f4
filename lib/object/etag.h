/* SPDX-License-Identifier: ISC */
/*
 * What the ETag of an object would be, from its bytes: the MD5 of them or,
 * where they were stored in parts as upload.c stores them, the MD5 of the
 * parts' MD5s and their number behind a '-'.  Others may cut parts elsewhere;
 * of their objects the ETag says nothing.
 */
#ifndef OBJECT_ETAG_H
#define OBJECT_ETAG_H

#include <stddef.h>

#include "object/store.h"

struct object_etag;

/* Returns NULL when memory is short. */
struct object_etag *object_etag_new(void);
void	object_etag_free(struct object_etag *e);

/* Forget what came; the next bytes. */
void	object_etag_reset(struct object_etag *e);
void	object_etag_add(struct object_etag *e, const void *data, size_t len);

/* The ETag of all bytes as one piece, and as parts; ends the counting. */
void	object_etag_end(struct object_etag *e, char whole[OBJECT_ETAG_LEN],
	    char parts[OBJECT_ETAG_LEN]);

/* How many bytes part NUMBER has, from 0; the last may have fewer. */
size_t	object_etag_part(size_t number);

#endif
