/* SPDX-License-Identifier: ISC */
/*
 * Items sorted, however many they are, in bounded memory: for tables whose
 * order is that of hashes, so that their first byte spreads them evenly.
 */
#ifndef INDEX_SORTER_H
#define INDEX_SORTER_H

#include <stddef.h>
#include <stdint.h>

struct index_sorter;

/* An item's bytes, at least as many as its key has, and at most. */
#define INDEX_SORTER_MAX	256

/*
 * Items are sorted by their first KEY bytes, 8 or more, as memcmp() has it.
 * Use BYTES of memory, about, and a file in DIR (NULL: io_scratch_dir()), both
 * borrowed.  Returns NULL after a warning.
 */
struct index_sorter *index_sorter_new(size_t key, size_t bytes,
	    const char *dir);
void	index_sorter_free(struct index_sorter *s);

/* Add an item of LEN bytes.  Returns 0, or -1 after a warning. */
int	index_sorter_add(struct index_sorter *s, const void *item, size_t len);

/*
 * How many there are; of several with one key, all of them.
 */
uint64_t index_sorter_count(const struct index_sorter *s);

/*
 * Give all items to EACH(ARG, item, len) in order; of several with one key only
 * the one that was added last.  EACH returns 0 to go on.  Returns 0, or -1
 * after a warning or if EACH did not.
 */
int	index_sorter_each(struct index_sorter *s,
	    int (*each)(void *arg, const uint8_t *item, size_t len),
	    void *arg);

#endif
