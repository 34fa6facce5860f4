/* SPDX-License-Identifier: ISC */
/*
 * Replies of Redis.  Whatever a reply is, all of these may be asked of it; but
 * before anything is decided by what a reply says, its shape is checked: a
 * proxy, or a connection out of step, may answer anything.
 *
 * A shape is a text:
 *	i		an integer
 *	s		a string, or a status like OK
 *	n		a string or nil
 *	.		anything
 *	[...]		an array of just these
 *	*x		an array of any number of x
 *	{x}		an array of names and values of shape x
 */
#ifndef QUEUE_REPLY_H
#define QUEUE_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "queue/verdict.h"

struct queue_reply;

/* Does REPLY have SHAPE?  An error has no other shape than ".". */
int	queue_reply_has_shape(const struct queue_reply *reply,
	    const char *shape);

/*
 * May REPLY, to a command called WHAT in a warning, be used?  QUEUE_LOST if it
 * is NULL; QUEUE_REFUSED if it is an error, or not of SHAPE.  Does not free it.
 */
enum queue_verdict queue_reply_check(const struct queue_reply *reply,
	    const char *shape, const char *what);

/* The same, for one that is not needed any more.  Frees it. */
enum queue_verdict queue_reply_end(struct queue_reply *reply,
	    const char *shape, const char *what);

/* Parts of a reply: borrowed, valid as long as it is. */
void	queue_reply_free(struct queue_reply *reply);
const char *queue_reply_error(const struct queue_reply *reply); /* or NULL */
size_t	queue_reply_count(const struct queue_reply *reply);
const struct queue_reply *queue_reply_at(const struct queue_reply *reply,
	    size_t i);			/* NULL: there is none */
const char *queue_reply_text(const struct queue_reply *reply,
	    size_t *len);		/* NULL: no text */
int	queue_reply_is_nil(const struct queue_reply *reply); /* or NULL */
int64_t	queue_reply_num(const struct queue_reply *reply); /* 0: no number */

/* The value after NAME in a reply of names and values, or NULL. */
const struct queue_reply *queue_reply_member(const struct queue_reply *reply,
	    const char *name);

#endif
