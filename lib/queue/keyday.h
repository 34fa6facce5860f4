/* SPDX-License-Identifier: ISC */
/*
 * What was submitted with each API key on each day, as loc-work counts it in
 * Redis, and why it was of no use.  It is for people who ask, so what a crash
 * loses is not made up for.
 *
 * A "what" is a word without blanks that is shorter than its member.  Those
 * that begin with "report:" or "network:" are in obs/batch.c and in loc-work;
 * loc-stats(1) explains them.
 */
#ifndef QUEUE_KEYDAY_H
#define QUEUE_KEYDAY_H

#include <stddef.h>
#include <stdint.h>

struct queue_redis;

struct queue_keyday {
	char	key[64];
	char	what[40];	/* "reports", "wifi.refused", ... */
	int64_t	count;
};

/*
 * Add N counts, all of DAY (since 1970).  Returns 0, or -1: what Redis refuses,
 * as when it is full, is not warned of.
 */
int	queue_keyday_add(struct queue_redis *redis, int64_t day,
	    const struct queue_keyday *list, size_t n);

/*
 * All counts of DAY, by key and what; the caller frees *LIST.  Returns 0, or
 * -1 after a warning.
 */
int	queue_keyday_read(struct queue_redis *redis, int64_t day,
	    struct queue_keyday **list, size_t *n);

#endif
