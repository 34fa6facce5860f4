/* SPDX-License-Identifier: ISC */
/*
 * gzip made by several threads.  What is written is cut into blocks; each
 * becomes a member of its own (RFC 1952), and members in their order are a
 * gzip file, which gzip(1), zlib's gzread(3), Python and io/infile.h read as
 * one.  A browser reads the first member only: it is nothing for
 * Content-Encoding.
 *
 * Memory is bounded by the number of threads, however much is written.
 */
#ifndef IO_GZOUT_H
#define IO_GZOUT_H

#include <stddef.h>

struct io_gzout;

/* Bytes of a block; smaller ones compress worse, and larger ones no better. */
#define IO_GZOUT_BLOCK		(1024 * 1024)

#define IO_GZOUT_THREADS_MAX	16
#define IO_GZOUT_LEVEL		5	/* smaller than gzip -6, at a quarter */
#define IO_GZOUT_LEVEL_MAX	12

/*
 * Begin.  THREADS compress beside the caller's thread; 0: as many as there
 * are processors.  SINK(ARG, ...) gets the compressed bytes in their order,
 * in the caller's thread; it returns 0, or -1 to give up.  Returns NULL after
 * a warning that memory is short; else the caller owes one io_gzout_end().
 */
struct io_gzout *io_gzout_open(unsigned threads, int level,
	    int (*sink)(void *arg, const void *data, size_t len), void *arg);

/*
 * The next LEN bytes.  Returns 0, or -1 when SINK or the compression gave up:
 * then nothing more reaches SINK.
 */
int	io_gzout_write(struct io_gzout *g, const void *data, size_t len);

/*
 * When KEEP, compress what is left; release all.  No bytes at all make an
 * empty member, which is a file, too.  Returns 0 if SINK has got everything,
 * else -1.
 */
int	io_gzout_end(struct io_gzout *g, int keep);

#endif
