/* SPDX-License-Identifier: ISC */
/*
 * Reading what age(1) or seal/writer.h encrypted, with a secret key.  Nothing
 * is passed on that was not found to be what was written, in its place; that
 * it is whole is known at the end.  Memory is constant.
 */
#ifndef SEAL_READER_H
#define SEAL_READER_H

#include <stddef.h>

#include "seal/key.h"

struct seal_reader;

enum seal_reader_verdict {
	SEAL_READER_OK,
	SEAL_READER_FOREIGN,	/* it is not encrypted with age */
	SEAL_READER_NO_KEY,	/* it is not for any of the keys */
	SEAL_READER_DAMAGED,	/* it is not what was written */
	SEAL_READER_CUT,	/* its end is missing */
	SEAL_READER_STOPPED	/* the sink has said so */
};

/*
 * What is read with the keys SECRET, borrowed, goes to SINK, piece by piece;
 * it returns 0, or -1 to stop.  Returns NULL when memory is short; else the
 * caller owes a seal_reader_end().
 */
struct seal_reader *seal_reader_new(const struct seal_key_list *secret,
	    int (*sink)(void *arg, const void *data, size_t len), void *arg);

/* LEN bytes more of it.  After a failure nothing more is read. */
enum seal_reader_verdict seal_reader_add(struct seal_reader *r,
	    const void *data, size_t len);

/* That was all: only now OK means that it is whole. */
enum seal_reader_verdict seal_reader_end(struct seal_reader *r);

/* A verdict in words, behind the name of what was read. */
const char *seal_reader_why(enum seal_reader_verdict v);

#endif
