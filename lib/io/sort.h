/* SPDX-License-Identifier: ISC */
/*
 * Numbers sorted, however many they are: in memory up to a bound, beyond it
 * by way of a temporary file that has no name and so is gone with its
 * program.
 */
#ifndef IO_SORT_H
#define IO_SORT_H

#include <stddef.h>
#include <stdint.h>

struct io_sort;

/* The least bound that there may be, in bytes. */
#define IO_SORT_MIN	(1024 * 1024)

/*
 * Use BYTES of memory, about, and files in DIR (borrowed).  Equal numbers
 * become one, unless DUPLICATES.  Returns NULL after a warning.
 */
struct io_sort *io_sort_new(size_t bytes, const char *dir, int duplicates);
void	io_sort_free(struct io_sort *s);

/* Add N numbers; from any thread.  Returns 0, or -1 after a warning. */
int	io_sort_add(struct io_sort *s, const uint64_t *v, size_t n);

/*
 * Sort them.  What comes of it is borrowed until S is freed; nothing can be
 * added any more.  Returns 0, or -1 after a warning.
 */
int	io_sort_end(struct io_sort *s, const uint64_t **v, size_t *n);

/* How many times memory was full so far. */
size_t	io_sort_spills(const struct io_sort *s);

#endif
