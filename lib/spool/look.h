/* SPDX-License-Identifier: ISC */
/*
 * What a spool holds, for programs that are not its reader, whether one is at
 * work or not.  Nothing in the spool is changed.
 */
#ifndef SPOOL_LOOK_H
#define SPOOL_LOOK_H

#include <stdint.h>

struct spool_look {
	int64_t	bytes;		/* of all segments */
	int64_t	waiting;	/* of them not passed on yet, about */
	int64_t	bad_files;	/* put aside as damaged, and not removed */
	int64_t	bad_bytes;	/* in them */
};

/* What a segment holds. */
struct spool_look_segment {
	const char	*name;		/* borrowed until the next call */
	const char	*state;		/* see loc-feed(1) */
	int64_t		 bytes;
	int64_t		 bad_bytes;	/* damaged ones of them */
	int64_t		 records;	/* submissions */
	int64_t		 sent, done;	/* records passed on, and done with */
	int64_t		 reports;	/* in all of them */
	int64_t		 first_ms, last_ms;	/* when accepted; 0: none */
};

/*
 * Read all segments of the spool DIR, oldest first, and call TELL with each.
 * Returns 1, 0 if there is no such directory, or -1 after a warning.
 */
int	spool_look_list(const char *dir, void (*tell)(void *arg,
	    const struct spool_look_segment *segment), void *arg);

/* Set *SIZE without reading any segment.  Returns as spool_look_list(). */
int	spool_look_size(const char *dir, struct spool_look *size);

#endif
