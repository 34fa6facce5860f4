/* SPDX-License-Identifier: ISC */
/* What consumer groups a stream has, see queue/group.h. */
#ifndef QUEUE_GROUPS_H
#define QUEUE_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "queue/id.h"

struct queue_stream;

/* Which consumers: the group that fills the database. */
#define QUEUE_GROUP_INTERNAL	"internal"

struct queue_group {
	char		*name;
	int		 exists;	/* 0: only listed, it was lost */
	int		 listed;
	struct queue_id	 low;		/* all before it are done */
	int64_t		 lag;	/* to be given or acknowledged, or -1 */
};

struct queue_groups {
	struct queue_group	*at;
	size_t			 n;
};

/* Results: 0 or more done, -1 the connection is lost, -2 the server refused. */

/*
 * All groups there are and all that are listed.  LAG is -1 with Redis
 * before 7, and after entries were deleted by hand.  The caller owes a
 * queue_groups_done() after 0.
 */
int	queue_groups_read(const struct queue_stream *s,
	    struct queue_groups *g);
void	queue_groups_done(struct queue_groups *g);

/* Add a group of which only the name is known.  0, or -1 after a warning. */
int	queue_groups_add(struct queue_groups *g, const char *name, int listed);

/* The group NAME that exists, or NULL. */
const struct queue_group *queue_groups_find(const struct queue_groups *g,
	    const char *name);

/* All before LOW are done by all groups that exist; zeros without any. */
void	queue_groups_low_water(const struct queue_groups *g,
	    struct queue_id *low);

#endif
