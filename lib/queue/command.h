/* SPDX-License-Identifier: ISC */
/*
 * A command for Redis with any number of arguments.  Adding never fails on
 * the spot: when memory is short, sending fails.
 */
#ifndef QUEUE_COMMAND_H
#define QUEUE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct queue_id;
struct queue_redis;
struct queue_reply;

struct queue_command {
	const char		**arg;
	size_t			 *len;
	size_t			  n, cap;
	struct base_arena	  mem;		/* numbers, ids */
	int			  failed;
};

/* Begin with WORDS, separated by blanks, which are copied. */
void	queue_command_init(struct queue_command *c, const char *words);

/* Begin with the evaluation of SCRIPT on NKEYS keys, which are added next. */
void	queue_command_script(struct queue_command *c, const char *script,
	    int nkeys);

/*
 * Add an argument: bytes and C strings are borrowed, copies and the others
 * are not.
 */
void	queue_command_add(struct queue_command *c, const void *data,
	    size_t len);
void	queue_command_copy(struct queue_command *c, const void *data,
	    size_t len);
void	queue_command_str(struct queue_command *c, const char *s);
void	queue_command_num(struct queue_command *c, int64_t v);
void	queue_command_id(struct queue_command *c, const struct queue_id *id);

/* Append C, see queue_redis_append(), and release it.  0, or -1 warned. */
int	queue_command_append(struct queue_command *c, struct queue_redis *r);

/* Run and release C.  NULL as queue_redis_get(). */
struct queue_reply *queue_command_run(struct queue_command *c,
	    struct queue_redis *r);

#endif
