/* SPDX-License-Identifier: ISC */
/*
 * Blocks are in a list, the one in use first.  Each new block is twice as
 * large as the last, so that an arena of any size has few of them, and a
 * reset can keep the largest: after a few turns an arena that is reset each
 * turn allocates nothing any more.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define BLOCK_MIN	8192
#define ALIGN		16

struct base_arena_block {
	struct base_arena_block	*next;
	size_t			 cap;
	_Alignas(ALIGN) char	 data[];
};

void
base_arena_init(struct base_arena *a)
{
	memset(a, 0, sizeof(*a));
}

/* From B on. */
static void
free_blocks(struct base_arena_block *b)
{
	struct base_arena_block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

void
base_arena_done(struct base_arena *a)
{
	free_blocks(a->head);
	base_arena_init(a);
}

/* Blocks grow, so the newest one is the largest, and is kept. */
void
base_arena_reset(struct base_arena *a)
{
	if (a->head != NULL) {
		free_blocks(a->head->next);
		a->head->next = NULL;
	}
	a->used = a->total = 0;
}

/* What is left of a block that is too small is not used any more. */
void *
base_arena_alloc(struct base_arena *a, size_t len)
{
	struct base_arena_block *b = a->head;
	size_t cap, off = (a->used + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (b == NULL || off > b->cap || len > b->cap - off) {
		if (len > SIZE_MAX / 4)
			return NULL;
		cap = b == NULL ? BLOCK_MIN : b->cap * 2;
		while (cap < len)
			cap *= 2;
		if ((b = malloc(sizeof(*b) + cap)) == NULL)
			return NULL;
		b->next = a->head;
		b->cap = cap;
		a->head = b;
		off = 0;
	}
	assert(off % ALIGN == 0 && off + len <= b->cap);
	a->used = off + len;
	a->total += len;
	return b->data + off;
}

/* The product may not wrap. */
void *
base_arena_array(struct base_arena *a, size_t n, size_t size)
{
	return size != 0 && n > SIZE_MAX / size ? NULL :
	    base_arena_alloc(a, n * size);
}

void *
base_arena_calloc(struct base_arena *a, size_t n, size_t size)
{
	void *p;

	if ((p = base_arena_array(a, n, size)) != NULL)
		memset(p, 0, n * size);
	return p;
}

char *
base_arena_strndup(struct base_arena *a, const char *s, size_t len)
{
	char *p;

	if ((p = base_arena_alloc(a, len + 1)) != NULL) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}
