/* SPDX-License-Identifier: ISC */
/*
 * Names stand one after another in one block, and their entries in the order
 * in which the names came first.  A hash table with open addressing, twice as
 * large as there can be entries, finds them; so it always has a free slot and
 * every search ends.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/tally.h"

struct tally_entry {
	size_t		 at, len;	/* of the name */
	uint64_t	 hash;
	int64_t		 sum;
};

struct base_tally {
	struct tally_entry	*entry;
	uint32_t	*slot;		/* number of an entry + 1, 0: free */
	char		*text;
	size_t		 n, max, used, bytes, mask;
};

/*
 * The table is twice as large as there can be names, rounded up to a power of
 * two, so that a mask finds the slot.
 */
struct base_tally *
base_tally_new(size_t n, size_t bytes)
{
	struct base_tally *t;
	size_t slots = 2;

	assert(n > 0 && n <= 1 << 20);
	while (slots < 2 * n)
		slots *= 2;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->entry = reallocarray(NULL, n, sizeof(*t->entry));
	t->slot = calloc(slots, sizeof(*t->slot));
	t->text = malloc(bytes);
	t->max = n;
	t->bytes = bytes;
	t->mask = slots - 1;
	if (t->entry != NULL && t->slot != NULL && t->text != NULL)
		return t;
	base_tally_free(t);
	return NULL;
}

void
base_tally_free(struct base_tally *t)
{
	if (t == NULL)
		return;
	free(t->entry);
	free(t->slot);
	free(t->text);
	free(t);
}

/* Eight bytes at a time; the table is no larger than its owner made it. */
static uint64_t
hash_name(const char *s, size_t len)
{
	uint64_t h = len, w;

	for (; len >= 8; s += 8, len -= 8) {
		memcpy(&w, s, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	w = 0;
	memcpy(&w, s, len);
	h = (h ^ w) * 0x9e3779b97f4a7c15;
	return h ^ h >> 32;
}

/* Nothing changes unless there is room for the name. */
int
base_tally_add(struct base_tally *t, const char *name, size_t len, int64_t v)
{
	uint64_t h = hash_name(name, len);
	struct tally_entry *e;
	size_t i;

	for (i = h & t->mask; t->slot[i] != 0; i = (i + 1) & t->mask) {
		e = &t->entry[t->slot[i] - 1];
		if (e->hash == h && e->len == len &&
		    memcmp(t->text + e->at, name, len) == 0) {
			e->sum += v;
			return 1;
		}
	}
	if (t->n == t->max || len >= t->bytes - t->used)
		return 0;
	e = &t->entry[t->n++];
	*e = (struct tally_entry){ t->used, len, h, v };
	memcpy(t->text + t->used, name, len);
	t->text[t->used + len] = '\0';
	t->used += len + 1;
	t->slot[i] = (uint32_t)t->n;
	return 1;
}

size_t
base_tally_count(const struct base_tally *t)
{
	return t->n;
}

const char *
base_tally_at(const struct base_tally *t, size_t i, size_t *len, int64_t *sum)
{
	assert(i < t->n);
	*len = t->entry[i].len;
	*sum = t->entry[i].sum;
	return t->text + t->entry[i].at;
}

/* Names and sums go; the memory stays. */
void
base_tally_reset(struct base_tally *t)
{
	memset(t->slot, 0, (t->mask + 1) * sizeof(*t->slot));
	t->n = 0;
	t->used = 0;
}
