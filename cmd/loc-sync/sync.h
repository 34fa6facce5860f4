/* SPDX-License-Identifier: ISC */
/* What the files of loc-sync share: what is on both sides, and what is done. */
#ifndef SYNC_H
#define SYNC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "object/store.h"

#define SYNC_THREADS_MAX	64

struct conf_file;

/*
 * One side: its objects, sorted by key.  There may be millions, so that they
 * have no more than is needed, and their texts lie close together.
 */
struct sync_list {
	struct sync_entry {
		const char	*key;
		const char	*etag;		/* "" for files */
		int64_t		 size;
	}	*entry;
	size_t			 n, cap;
	struct base_arena	 texts;
};

struct sync_job {
	const struct sync_entry	*local;
	const struct sync_entry	*remote;	/* or NULL */
};

struct sync_plan {
	struct sync_job	*job;
	size_t		 njob;
	const char	**orphan;		/* keys only the target has */
	size_t		 norphan;
};

struct sync {
	const struct conf_file	*cf;
	const char		*from, *to;	/* directory and URL */
	char			*cache;		/* Cache-Control, or NULL */
	int			 dry, verbose, quiet;
	unsigned		 threads;
	struct sync_plan	 plan;
	struct object_store	*source[SYNC_THREADS_MAX];
	struct object_store	*target[SYNC_THREADS_MAX];
	/* counted by all threads */
	atomic_size_t		 unchanged, added, changed, failed, done;
	atomic_llong		 bytes;
	size_t			 deleted, left_out;
};

/*
 * Read all objects of S into L.  Returns an exit status after a warning: LOST
 * if there is no list to be had, or for EX_OK what object_store_status() says.
 */
int	sync_plan_read(struct sync_list *l, struct object_store *s, int lost);

/* Also of one that was read in part, or not at all. */
void	sync_plan_forget(struct sync_list *l);

/*
 * What makes REMOTE like LOCAL, whose keys it borrows.  0, or -1: memory is
 * short.
 */
int	sync_plan_make(struct sync_plan *p, const struct sync_list *local,
	    const struct sync_list *remote);
void	sync_plan_done(struct sync_plan *p);

/* Do the jobs.  What fails is counted and told. */
void	sync_run(struct sync *s);

/* Delete the orphans. */
void	sync_run_delete(struct sync *s);

/*
 * Make the file PATH of the object at URL; any old file stays if that fails.
 * Returns an exit status, after a warning unless it is EX_OK.
 */
int	sync_get(const struct conf_file *cf, const char *url,
	    const char *path);

#endif
