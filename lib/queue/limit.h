/* SPDX-License-Identifier: ISC */
/*
 * Quotas in Redis: calls of each key to each path in a day, the addresses
 * they came from and, where configured, calls of each client network.
 *
 * Without Redis the limits go on in the memory of this process, from what it
 * said last, and nobody waits for it: after the first call that fails no
 * other asks it until a thread of our own finds it back.  What could not be
 * counted meanwhile is counted then, as far as there was room to keep it.
 * All functions may be called by many threads.
 */
#ifndef QUEUE_LIMIT_H
#define QUEUE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "queue/count.h"

struct queue_limit;
struct queue_local;

struct queue_limit_options {
	/*
	 * As for queue_redis_new(); NULL: there is no Redis, and all is
	 * counted in memory, for this process alone.
	 */
	const char	*url;
	int		 timeout_ms;	/* of every wait */
	size_t		 connections;	/* at once, 1 or more */
	/*
	 * How long calls of keys without a limit may be gathered, so that
	 * they need not wait for Redis; 0: every call is counted at once.
	 */
	int		 delay_ms;
	/* Calls of one network (IPv4 /24, IPv6 /56) with one key. */
	int64_t		 client_limit;	/* in the window; 0: no limit */
	int64_t		 client_window_s;
	/*
	 * Where that is counted which is in memory, borrowed: so it goes on
	 * when one takes the place of another; NULL: it begins at zero.
	 */
	struct queue_local *local;
};

/* Room of such a table: networks and keys. */
#define QUEUE_LIMIT_LOCAL	65536

struct queue_limit_call {
	const char	*type;		/* "locate" ...; NULL: not counted */
	const char	*key;		/* known and allowed; or who calls */
	const char	*path;		/* "v1.geolocate" */
	struct base_addr client;	/* who calls, if that is known */
	int64_t		 max;		/* calls a day; <= 0: no limit */
	int64_t		 cost;		/* for the network; 0: as one call */
};

enum queue_limit_verdict {
	QUEUE_LIMIT_OK,
	QUEUE_LIMIT_OVER,	/* the key's calls of the day are used up */
	QUEUE_LIMIT_CLIENT	/* the network's; not counted for the key */
};

struct queue_limit_result {
	int64_t	 count;		/* calls today with this; -1: not known */
	int64_t	 limit;		/* of the network; 0: none, or not known */
	int64_t	 window_s;
	int64_t	 remaining;	/* calls it can make now */
	int64_t	 reset_s;	/* until it can make LIMIT calls again */
	int64_t	 retry_s;	/* until one more; 0 unless over */
	int	 alone;		/* decided without Redis */
};

/* A call and what becomes of it; the texts of the call are borrowed. */
struct queue_limit_ask {
	struct queue_limit_call	 call;		/* set by the caller */
	enum queue_limit_verdict verdict;
	struct queue_limit_result result;
	struct queue_count_call	 count;		/* of queue/limit.c */
};

/* Calls that are asked for together. */
#define QUEUE_LIMIT_MAX	QUEUE_COUNT_MAX

/* Returns NULL after a warning.  Redis need not be there. */
struct queue_limit *queue_limit_new(const struct queue_limit_options *o);

/* Send what was gathered and release everything; no calls may be left. */
void	queue_limit_free(struct queue_limit *l);

/*
 * Count the call of A and say whether it may go on, if that can be told without
 * asking Redis: returns 1 then; or 0, and the caller owes a queue_limit_ask()
 * for it.  It never waits.  A call without a type is only limited to its client
 * network, like all calls of that key.
 */
int	queue_limit_begin(struct queue_limit *l, struct queue_limit_ask *a);

/*
 * Ask Redis for all N of A, 1 to QUEUE_LIMIT_MAX, together: it takes as long as
 * for one.  If it cannot be asked they are decided without it.
 */
void	queue_limit_ask(struct queue_limit *l,
	    struct queue_limit_ask *const *a, size_t n);

/* Both for one call. */
enum queue_limit_verdict queue_limit_check(struct queue_limit *l,
	    const struct queue_limit_call *call,
	    struct queue_limit_result *result);

/*
 * CALL has been answered, and costs its network COST calls beside the one that
 * it was counted as.  Nobody is refused by this, but perhaps the next call is.
 */
void	queue_limit_charge(struct queue_limit *l,
	    const struct queue_limit_call *call, int64_t cost);

/*
 * The values of the headers "RateLimit-Policy" and "RateLimit" of
 * draft-ietf-httpapi-ratelimit-headers (from -08 on: structured fields), for
 * a result whose limit is not 0.
 */
#define QUEUE_LIMIT_HEADER_LEN	80
void	queue_limit_policy(char out[QUEUE_LIMIT_HEADER_LEN],
	    const struct queue_limit_result *result);
void	queue_limit_header(char out[QUEUE_LIMIT_HEADER_LEN],
	    const struct queue_limit_result *result);

#endif
