/* SPDX-License-Identifier: ISC */
/*
 * Limits in the memory of this process, for while Redis is away: for a time
 * it is neither open to everybody nor closed.
 *
 * They begin where Redis left off, as what it said last is remembered.  Other
 * processes do not know of them, so that N processes together let through up
 * to N times the limit.  The table is bounded: what was used least recently
 * is forgotten.  Any thread may call.
 */
#ifndef QUEUE_LOCAL_H
#define QUEUE_LOCAL_H

#include <stddef.h>
#include <stdint.h>

#include "queue/gcra.h"

struct queue_local;

/* Room for N names (queue/names.h).  Returns NULL after a warning. */
struct queue_local *queue_local_new(size_t n);
void	queue_local_free(struct queue_local *l);

/* Redis said that NETWORK has all its calls again in RESET_US. */
void	queue_local_saw_network(struct queue_local *l, const char *network,
	    int64_t reset_us);

/* Redis said that CALLS, a key's calls to a path today, were COUNT. */
void	queue_local_saw_calls(struct queue_local *l, const char *calls,
	    int64_t count);

/* A call of NETWORK, limited as G says; see queue_gcra_call(). */
void	queue_local_network(struct queue_local *l, const char *network,
	    const struct queue_gcra *g, int64_t cost,
	    struct queue_gcra_answer *a);

/* NETWORK owes COST calls more; see queue_gcra_charge(). */
void	queue_local_charge(struct queue_local *l, const char *network,
	    const struct queue_gcra *g, int64_t cost);

/* Count one more of CALLS.  Returns how many they are now. */
int64_t	queue_local_calls(struct queue_local *l, const char *calls);

#endif
