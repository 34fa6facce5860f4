/* SPDX-License-Identifier: ISC */
#ifndef RATELIMIT_H
#define RATELIMIT_H

#include "conf/file.h"

struct queue_redis;

struct ratelimit {
	struct conf_file	 cf;
	struct queue_redis	*redis;
	int			 dry, json, verbose;
};

/*
 * The commands, with what follows their names; all operands have been
 * checked.  They return an exit status, after a warning unless it is 0 or 1.
 */

/* Counters: calls and addresses. */
int	ratelimit_usage_check(struct ratelimit *r, char *const *arg);
int	ratelimit_usage_reset(struct ratelimit *r, char *const *arg);
int	ratelimit_usage_show(struct ratelimit *r, char *const *arg);

/* Calls of days before, as the database has them. */
int	ratelimit_past_show(struct ratelimit *r, char *const *arg);

/* The rate and its controller. */
int	ratelimit_control_get(struct ratelimit *r, char *const *arg);
int	ratelimit_control_run(struct ratelimit *r, char *const *arg);
int	ratelimit_control_set(struct ratelimit *r, char *const *arg);

/* 1 if the operands can be settings; else a warning. */
int	ratelimit_control_is_name(const char *name);
int	ratelimit_control_is_assignment(const char *text);

#endif
