/* SPDX-License-Identifier: ISC */
/* What the files of loc-work share. */
#ifndef WORK_H
#define WORK_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/file.h"
#include "obs/batch.h"
#include "queue/stream.h"
#include "store/export.h"

struct store_db;

struct work_stats {
	uint64_t	submissions;	/* counted */
	uint64_t	known;		/* ... long before */
	uint64_t	buried;		/* set aside */
	uint64_t	skipped;	/* not wanted here */
	uint64_t	reports, observations, rows, areas;
};

struct work {
	struct conf_file	 cf;
	struct store_db		*db;
	struct queue_stream	 stream;
	char			 consumer[128];
	struct store_export_list exports;	/* where reports go */
	const struct store_export *own;	/* the internal one, or NULL */
	int64_t			 exports_ms;	/* when they were read */
	struct obs_batch	 batch;
	struct base_arena	 line;		/* for one line */
	struct work_stats	 stats;
	int			 once, verbose;
};

/* A submission on its way into the database. */
struct work_item {
	const struct queue_entry	*entry;
	int				 skip;	/* counted, or buried */
};

extern volatile sig_atomic_t work_stopping, work_asked, work_reread;

/*
 * Count N submissions, and acknowledge them; those that can never be counted
 * are set aside.  Returns 0; or -1 when this has to be tried again, after a
 * signal to stop or, with -1, because a server is away.
 */
int	work_apply(struct work *w, struct work_item *item, size_t n);

/*
 * Read the rows of export_config, now and then or when asked to: make sure
 * that every target has its group.  Returns 0, or -1 for later.
 */
int	work_exports(struct work *w);

/*
 * Wait before attempt N (from 1), longer each time.  Returns -1 if there
 * shall be none.
 */
int	work_pause(struct work *w, int n);

#endif
