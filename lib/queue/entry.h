/* SPDX-License-Identifier: ISC */
/*
 * A submission as it stands in the stream, and among the dead letters: names
 * and values.
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "queue/id.h"

struct queue_command;
struct queue_reply;

#define QUEUE_ENTRY_SUB_LEN	16

struct queue_entry {
	struct queue_id	 id;
	uint8_t		 sub[QUEUE_ENTRY_SUB_LEN];	/* its own id */
	int64_t		 time_ms;	/* when it was accepted */
	uint32_t	 count;		/* of reports */
	const char	*key;		/* API key, not NUL-terminated */
	size_t		 keylen;
	const char	*payload;	/* report lines */
	size_t		 len;
	const char	*group;		/* the only one it is for, or NULL */
	uint32_t	 line;		/* it was that of a submission; or 0 */
	int64_t		 deliveries;	/* how often it was given out */
	int		 broken;	/* fields are missing, or all is */
};

/* Add the names and values of E to C. */
void	queue_entry_add(struct queue_command *c, const struct queue_entry *e);

/* 1 if E is for GROUP. */
int	queue_entry_is_for(const struct queue_entry *e, const char *group);

/*
 * E from FIELDS, names and values, which it borrows; given out once.  Its id
 * is not among them.
 */
void	queue_entry_read(struct queue_entry *e,
	    const struct queue_reply *fields);

#endif
