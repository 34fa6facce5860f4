/* SPDX-License-Identifier: ISC */
/*
 * What share of the queries is stored, in per cent, and the controller that
 * sets it so that the backlog stays below a target.  Settings and the state
 * of the controller are strings in Redis, named as Ichnaea names them.
 *
 * They are read and written in one optimistic transaction: of several that
 * overlap only the first writes anything.  The clock is that of Redis, the
 * same for all.
 */
#ifndef QUEUE_RATE_H
#define QUEUE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pid.h"
#include "queue/verdict.h"

struct queue_redis;

enum queue_rate_key {
	QUEUE_RATE_SAMPLE,	/* global_locate_sample_rate */
	QUEUE_RATE_ENABLED,	/* rate_controller_enabled, and so on */
	QUEUE_RATE_TARGET,
	QUEUE_RATE_KP,
	QUEUE_RATE_KI,
	QUEUE_RATE_KD,
	QUEUE_RATE_PURGING,
	QUEUE_RATE_TRX_MIN,
	QUEUE_RATE_TRX_MAX,
	QUEUE_RATE_SETTINGS,
	QUEUE_RATE_STATE = QUEUE_RATE_SETTINGS,
	QUEUE_RATE_KEYS
};

extern const char *const queue_rate_name[QUEUE_RATE_KEYS];

#define QUEUE_RATE_TEXT	512

struct queue_rate {
	/* As in Redis, "" if it is not there; longer ones are cut. */
	char		text[QUEUE_RATE_KEYS][QUEUE_RATE_TEXT];
	int		put[QUEUE_RATE_KEYS];	/* to be written */
	double		now_s;
	/* After queue_rate_check(): */
	double		value[QUEUE_RATE_SETTINGS];
	struct base_pid	pid;
};

/* Begin: read all, and watch it. */
enum queue_verdict queue_rate_read(struct queue_redis *redis,
	    struct queue_rate *r);

/* Write what was put: QUEUE_CHANGED if something was changed meanwhile. */
enum queue_verdict queue_rate_write(struct queue_redis *redis,
	    const struct queue_rate *r);

/*
 * TEXT as a value of KEY.  Returns 1 and sets *V, or 0 with in *WHY, if
 * wanted, what was expected.
 */
int	queue_rate_parse(enum queue_rate_key key, const char *text, double *v,
	    const char **why);

/*
 * What KEY is set to, or its default.  Returns 1 and sets *V, or 0 if it has
 * neither, or makes no sense.
 */
int	queue_rate_value(const struct queue_rate *r, enum queue_rate_key key,
	    double *v);

/* Change KEY to V in its usual form. */
void	queue_rate_put_num(struct queue_rate *r, enum queue_rate_key key,
	    double v);

/*
 * Take over all settings, with defaults for those that are not there.  One
 * that is wrong is reset with a warning, and switches the controller off.
 * Returns 1 if the controller is on.
 */
int	queue_rate_check(struct queue_rate *r);

/*
 * May reports be stored, with so many transactions left to purge?  Returns 1
 * and sets the rate to 0 while they may not.
 */
int	queue_rate_purge(struct queue_rate *r, int64_t history);

/* A step of the controller; sets the rate. */
void	queue_rate_control(struct queue_rate *r, double backlog);

#endif
