/* SPDX-License-Identifier: ISC */
/*
 * Memory that is given back all at once: what a request, a line or a batch
 * needs lives in one arena that is reset each turn.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct base_arena_block;

struct base_arena {
	struct base_arena_block	*head;	/* the block in use */
	size_t			 used;	/* bytes used in it */
	size_t			 total;	/* bytes handed out since the reset */
};

void	 base_arena_init(struct base_arena *a);
void	 base_arena_done(struct base_arena *a);

/* Forget everything handed out; the largest block is kept for reuse. */
void	 base_arena_reset(struct base_arena *a);

/*
 * LEN bytes, aligned for any object and not cleared, valid until the reset.
 * Returns NULL when memory is short.
 */
void	*base_arena_alloc(struct base_arena *a, size_t len);

/* N * SIZE bytes, or NULL (also on overflow); the second clears them. */
void	*base_arena_array(struct base_arena *a, size_t n, size_t size);
void	*base_arena_calloc(struct base_arena *a, size_t n, size_t size);

/* A NUL-terminated copy of LEN bytes, or NULL. */
char	*base_arena_strndup(struct base_arena *a, const char *s, size_t len);

#endif
