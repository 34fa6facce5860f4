/* SPDX-License-Identifier: ISC */
/*
 * What an object with a batch of reports holds: the body of a geosubmit
 * request, {"items": [...]}, and behind the list where its reports came from:
 *
 *	"source": "gnss", "key": "KEY" or null,
 *	"submissions": [{"id": "...", "accepted_ms": 1, "line": 1, "n": 2,
 *	    "of": 2}, ...]
 *
 * Each submission stands for the next N reports, which are its lines from LINE
 * on, of OF that there are in all.  With these ids a report that is brought
 * back is known to be counted already, or not.  Readers that want a body of
 * reports find one.
 */
#ifndef BACKUP_BATCH_H
#define BACKUP_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "json/doc.h"

struct base_arena;
struct base_buf;

struct backup_batch_run {
	uint8_t		id[BASE_UUID_LEN];	/* of a submission */
	int64_t		accepted_ms;
	uint32_t	line, n, of;
};

/*
 * Append what stands behind the last report; KEY NULL for none.  The reports
 * were added by obs_items_add().
 */
void	backup_batch_end(struct base_buf *b, const char *source,
	    const char *key, const struct backup_batch_run *run, size_t n);

struct backup_batch {
	struct json_doc	 doc;
	int		 items;		/* in DOC */
	size_t		 reports;
	const char	*key;		/* in the arena; NULL: none */
	struct backup_batch_run *run;	/* in the arena */
	size_t		 runs;		/* 0: it is not known */
};

/*
 * Read LEN bytes of TEXT, which B borrows, with all else in A.  Returns NULL,
 * or what is wrong, in words.
 */
const char *backup_batch_read(struct backup_batch *b, const char *text,
	    size_t len, struct base_arena *a);

#endif
