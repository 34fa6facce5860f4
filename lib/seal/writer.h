/* SPDX-License-Identifier: ISC */
/*
 * Encrypting to public keys, in the format of age(1): what is written can be
 * read with `age -d', and by seal/reader.h.  Memory is constant, however much
 * passes.
 */
#ifndef SEAL_WRITER_H
#define SEAL_WRITER_H

#include <stddef.h>

#include "seal/key.h"

struct base_buf;
struct seal_writer;

/*
 * What is encrypted to the public keys TO goes to SINK, piece by piece; it
 * returns 0, or -1 to stop.  Returns NULL when memory is short; else the
 * caller owes a seal_writer_end().
 */
struct seal_writer *seal_writer_new(const struct seal_key_list *to,
	    int (*sink)(void *arg, const void *data, size_t len), void *arg);

/* Encrypt LEN bytes more.  0, or -1 if the sink has said so. */
int	seal_writer_add(struct seal_writer *w, const void *data, size_t len);

/*
 * That was all, when KEEP; else nothing more is written, and what was cannot
 * pass for a whole.  Returns 0, or -1 if the sink has said so or not KEEP.
 */
int	seal_writer_end(struct seal_writer *w, int keep);

/* All of it at once: append to OUT.  0, or -1 when memory is short. */
int	seal_writer_buf(struct base_buf *out, const struct seal_key_list *to,
	    const void *data, size_t len);

#endif
