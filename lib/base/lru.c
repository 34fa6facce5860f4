/* SPDX-License-Identifier: ISC */
/*
 * Entries stand in an array and refer to each other by number, so that an
 * entry beside its value is small.  All entries in use, and no others, are in
 * one list by use, the most recent first, and in the chain of their bucket;
 * entries are used in the order of the array until all of them are, and then
 * the oldest is taken out of both and used again.
 *
 * There are at least as many buckets as entries, so a chain has about one
 * entry.  The array of values is allocated as zeros, of which the system gives
 * only what was touched: a large table that is hardly used costs little.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/siphash.h"

#define NONE	UINT32_MAX
#define N_MAX	(1 << 24)

struct entry {
	uint64_t	hash;
	uint32_t	newer, older;	/* by use, or NONE */
	uint32_t	chain;		/* the next of its bucket, or NONE */
};

struct base_lru {
	uint64_t	 key[2];	/* of the hash */
	struct entry	*entry;
	char		*value;
	uint32_t	*bucket;	/* first of each, or NONE */
	size_t		 size, mask;
	uint32_t	 n, max;	/* entries in use, of so many */
	uint32_t	 newest, oldest;
};

/*
 * The hash has a random key, so that nobody can choose names that fall into
 * one chain.
 */
struct base_lru *
base_lru_new(size_t n, size_t size)
{
	struct base_lru *l;
	size_t buckets = 2;

	assert(n > 0 && n <= N_MAX && size > 0);
	while (buckets < n)
		buckets *= 2;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->entry = calloc(n, sizeof(*l->entry));
	l->value = calloc(n, size);
	l->bucket = reallocarray(NULL, buckets, sizeof(*l->bucket));
	if (l->entry == NULL || l->value == NULL || l->bucket == NULL) {
		base_lru_free(l);
		return NULL;
	}
	memset(l->bucket, 0xff, buckets * sizeof(*l->bucket));
	arc4random_buf(l->key, sizeof(l->key));
	l->size = size;
	l->mask = buckets - 1;
	l->max = (uint32_t)n;
	l->newest = l->oldest = NONE;
	return l;
}

void
base_lru_free(struct base_lru *l)
{
	if (l == NULL)
		return;
	if (l->value != NULL)
		explicit_bzero(l->value, l->n * l->size);
	free(l->entry);
	free(l->value);
	free(l->bucket);
	free(l);
}

/* Where the number of the entry with HASH stands, or the NONE instead. */
static uint32_t *
find_place(struct base_lru *l, uint64_t hash)
{
	uint32_t *p = &l->bucket[hash & l->mask];

	while (*p != NONE && l->entry[*p].hash != hash)
		p = &l->entry[*p].chain;
	return p;
}

/* Take entry I out of the list by use. */
static void
unlink_entry(struct base_lru *l, uint32_t i)
{
	const struct entry *e = &l->entry[i];

	*(e->newer == NONE ? &l->newest : &l->entry[e->newer].older) =
	    e->older;
	*(e->older == NONE ? &l->oldest : &l->entry[e->older].newer) =
	    e->newer;
}

/* Put entry I, which is not in it, in front of the list by use. */
static void
link_newest(struct base_lru *l, uint32_t i)
{
	struct entry *e = &l->entry[i];

	e->newer = NONE;
	e->older = l->newest;
	*(e->older == NONE ? &l->oldest : &l->entry[e->older].newer) = i;
	l->newest = i;
}

/* An entry that is in no list: an unused one, or the oldest. */
static uint32_t
free_entry(struct base_lru *l)
{
	uint32_t i, *p;

	if (l->n < l->max)
		return l->n++;
	i = l->oldest;
	assert(i != NONE);
	p = find_place(l, l->entry[i].hash);
	assert(*p == i);
	*p = l->entry[i].chain;
	unlink_entry(l, i);
	return i;
}

/* The value of the entry with HASH, or NULL. */
static void *
use_entry(struct base_lru *l, uint64_t hash)
{
	uint32_t i = *find_place(l, hash);

	if (i == NONE)
		return NULL;
	if (l->newest != i) {
		unlink_entry(l, i);
		link_newest(l, i);
	}
	return l->value + i * l->size;
}

void *
base_lru_find(struct base_lru *l, const void *name, size_t len)
{
	return use_entry(l, base_siphash(l->key, name, len));
}

void *
base_lru_make(struct base_lru *l, const void *name, size_t len)
{
	uint64_t hash = base_siphash(l->key, name, len);
	void *value = use_entry(l, hash);
	uint32_t i;

	if (value != NULL)
		return value;
	i = free_entry(l);
	l->entry[i].hash = hash;
	l->entry[i].chain = NONE;
	*find_place(l, hash) = i;
	link_newest(l, i);
	return memset(l->value + i * l->size, 0, l->size);
}
