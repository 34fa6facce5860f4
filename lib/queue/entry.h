/* SPDX-License-Identifier: ISC */
/*
 * A submission as it stands in the stream, and among the dead letters: names
 * and values.
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "obs/witness.h"
#include "queue/id.h"

struct queue_command;
struct queue_reply;

#define QUEUE_ENTRY_SUBMISSION	16	/* bytes of a submission's id */

struct queue_entry {
	struct queue_id	 id;		/* its place in the stream */
	uint8_t		 submission[QUEUE_ENTRY_SUBMISSION];
	int64_t		 time_ms;	/* when it was accepted */
	uint32_t	 count;		/* of reports */
	struct obs_witness witness;	/* whom it is from */
	const char	*key;		/* API key, not NUL-terminated */
	size_t		 keylen;
	const char	*payload;	/* report lines */
	size_t		 len;
	const char	*group;		/* the only one it is for, or NULL */
	/*
	 * 0; or, of a dead letter that is a single line, and of its replay, the
	 * number that the line had in its submission.
	 */
	uint32_t	 line;
	int64_t		 deliveries;	/* how often it was given out */
	int		 broken;	/* fields are missing, or all is */
};

/* A report line of an entry. */
struct queue_line {
	const char	*text;
	size_t		 len;
	uint32_t	 number;	/* from 1, counting empty ones too */
};

/* Add the names and values of E to C. */
void	queue_entry_add(struct queue_command *c, const struct queue_entry *e);

/* 1 if E is for GROUP. */
int	queue_entry_is_for(const struct queue_entry *e, const char *group);

/*
 * The entry at ID, from FIELDS, names and values, which it borrows; given out
 * once.  A broken entry is known by its place: that is its own id, too.
 */
void	queue_entry_read(struct queue_entry *e, const struct queue_id *id,
	    const struct queue_reply *fields);

/* The line of E behind L, which is zeros at first; 0 if there is none. */
int	queue_entry_line(const struct queue_entry *e, struct queue_line *l);

#endif
