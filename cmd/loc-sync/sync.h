/* SPDX-License-Identifier: ISC */
/* What the files of loc-sync share: what is on both sides, and what is done. */
#ifndef SYNC_H
#define SYNC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "object/store.h"

#define SYNC_THREADS_MAX	64

struct conf_file;

/* One side: its objects, sorted by key. */
struct sync_list {
	struct sync_entry {
		char			*key;
		struct object_info	 info;
	}	*entry;
	size_t	 n, cap;
};

enum sync_action {
	SYNC_UPLOAD,		/* there is none */
	SYNC_REPLACE,		/* it is another */
	SYNC_COMPARE,		/* of the same size: its content tells */
};

struct sync_job {
	enum sync_action	 action;
	const char		*key;		/* of the local entry */
	const struct object_info *remote;	/* or NULL */
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
	size_t			 deleted;
};

/* Read all objects of S into L.  0, or -1 after a warning. */
int	sync_plan_read(struct sync_list *l, struct object_store *s);
void	sync_plan_forget(struct sync_list *l);

/*
 * What makes REMOTE like LOCAL, whose keys it borrows.  0, or -1: memory is
 * short.
 */
int	sync_plan_make(struct sync_plan *p, const struct sync_list *local,
	    const struct sync_list *remote);
void	sync_plan_done(struct sync_plan *p);

/* What kind of file KEY is, by its name: its Content-Type. */
const char *sync_type(const char *key);

/* Do the jobs.  What fails is counted and told. */
void	sync_run(struct sync *s);

/* Delete the orphans. */
void	sync_run_delete(struct sync *s);

/* Has a signal asked us to stop? */
int	sync_stopping(void);

#endif
