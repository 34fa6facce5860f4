/* SPDX-License-Identifier: ISC */
/* The index that requests are answered from, which is replaced meanwhile. */
#ifndef SERVE_INDEX_H
#define SERVE_INDEX_H

#include <stdint.h>

struct base_arena;
struct locate_found;
struct locate_query;
struct serve_index;
struct store_key;

/* Map the file at PATH, borrowed.  Returns NULL after a warning. */
struct serve_index *serve_index_new(const char *path);
void	serve_index_free(struct serve_index *x);

/*
 * To be called every second, by one thread: use another file that has taken the
 * path.  One that cannot be used is warned of once, and the old one stays.
 */
void	serve_index_look(struct serve_index *x);

/*
 * From now on whole records are needed, as for answers of Ichnaea, or are not.
 * Returns 0, or -1 after a warning: the file has none, and nothing has changed.
 */
int	serve_index_need(struct serve_index *x, int whole);

/* Look up what Q needs.  Returns 0, or -1 after a warning. */
int	serve_index_find(struct serve_index *x, const struct locate_query *q,
	    struct locate_found *f, struct base_arena *a);

enum serve_index_verdict {
	SERVE_INDEX_KNOWN,	/* the key is set */
	SERVE_INDEX_UNKNOWN,
	SERVE_INDEX_NO_KEYS,	/* the file has none, not even this one */
	SERVE_INDEX_CUT		/* the file cannot be read any more */
};

/* The key NAME, which K becomes. */
enum serve_index_verdict serve_index_key(struct serve_index *x,
	    const char *name, struct store_key *k);

/*
 * A number, never 0, that changes when another file is used: what was read of
 * the index while it was the same is still so.
 */
unsigned serve_index_generation(struct serve_index *x);

/* When the file was made, in seconds since 1970. */
int64_t	serve_index_built_s(struct serve_index *x);

#endif
