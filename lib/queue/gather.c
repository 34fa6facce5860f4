/* SPDX-License-Identifier: ISC */
/*
 * There are two pairs of tables: calls are added to one under the lock, while
 * the other is being sent without it; sending begins by swapping them.  So a
 * call waits for a lock and two hash tables, never for Redis, and the sender
 * needs no copy.  The tables have a fixed size: when they are full, because
 * Redis is away or because somebody uses thousands of keys, further calls are
 * told so and have to be counted in another way, or are lost.
 *
 * Counts are sent once.  If the connection is lost halfway, nobody knows how
 * many commands arrived, and to send them again could refuse a key calls that
 * it has not made; so the rest is dropped.
 *
 * A name in the tables is the name of a key in Redis.  In the table of
 * addresses the address follows after a NUL, so that an address that came
 * often is kept once, and those of one key stand together when sorted.
 */
#include <assert.h>
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/tally.h"
#include "queue/gather.h"
#include "queue/names.h"
#include "queue/redis.h"

#define CALLS		1024		/* names at once: key, path and day */
#define ADDRESSES	8192		/* type, key, day and address */
#define NAME_MEAN	192		/* bytes of a name, on average */
#define BATCH		500		/* commands or addresses at once */

struct gathered {
	struct base_tally	*calls, *addresses;
};

struct queue_gather {
	pthread_mutex_t		 lock;
	struct gathered		 now;		/* under the lock */
	struct gathered		 sending;	/* the sender's */
};

/* Returns 0, or -1 with whatever there is memory for: to be released. */
static int
gathered_init(struct gathered *g)
{
	g->calls = base_tally_new(CALLS, CALLS * NAME_MEAN);
	g->addresses = base_tally_new(ADDRESSES, ADDRESSES * NAME_MEAN);
	return g->calls == NULL || g->addresses == NULL ? -1 : 0;
}

/* What was never made is NULL, which the tables take. */
static void
gathered_done(struct gathered *g)
{
	base_tally_free(g->calls);
	base_tally_free(g->addresses);
}

struct queue_gather *
queue_gather_new(void)
{
	struct queue_gather *g;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_mutex_init(&g->lock, NULL);
	if (gathered_init(&g->now) == 0 && gathered_init(&g->sending) == 0)
		return g;
	warn(NULL);
	queue_gather_free(g);
	return NULL;
}

void
queue_gather_free(struct queue_gather *g)
{
	if (g == NULL)
		return;
	gathered_done(&g->now);
	gathered_done(&g->sending);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/*
 * The address goes in first: if there is no room for the call the caller counts
 * it in another way and adds the address again, which changes nothing in a set.
 */
enum queue_gather_verdict
queue_gather_add(struct queue_gather *g, const char *calls,
    const char *addresses, const char *client)
{
	char address[QUEUE_NAMES_LEN + BASE_ADDR_LEN];
	size_t len = strlen(addresses) + 1;
	enum queue_gather_verdict v;

	assert(len <= QUEUE_NAMES_LEN && strlen(client) < BASE_ADDR_LEN);
	memcpy(address, addresses, len);
	len += strlcpy(address + len, client, sizeof(address) - len);
	pthread_mutex_lock(&g->lock);
	v = base_tally_count(g->now.calls) == 0 ? QUEUE_GATHER_FIRST :
	    QUEUE_GATHER_KEPT;
	/* Whoever counts the call in another way adds the address again. */
	if (!base_tally_add(g->now.addresses, address, len, 1) ||
	    !base_tally_add(g->now.calls, calls, strlen(calls), 1))
		v = QUEUE_GATHER_FULL;
	pthread_mutex_unlock(&g->lock);
	return v;
}

/* Addresses never come without a call, so that calls alone are asked for. */
int
queue_gather_any(struct queue_gather *g)
{
	int any;

	pthread_mutex_lock(&g->lock);
	any = base_tally_count(g->now.calls) > 0;
	pthread_mutex_unlock(&g->lock);
	return any;
}

/* Make V worse, if the next N replies are. */
static void
read_verdict(struct queue_redis *redis, size_t n, enum queue_gather_sent *v)
{
	switch (queue_redis_skip(redis, (int)n)) {
	case QUEUE_OK:
		break;
	case QUEUE_LOST:
		*v = QUEUE_GATHER_LOST;
		break;
	default:
		*v = QUEUE_GATHER_REFUSED;
	}
}

/* Pipeline "CMD KEY ARG"; errors show when the replies are read. */
static void
send_command(struct queue_redis *redis, const char *cmd, const char *key,
    const char *arg)
{
	const char *argv[3] = { cmd, key, arg };

	queue_redis_append(redis, 3, argv, NULL);
}

/*
 * INCRBY and EXPIRE for each name.  Replies are read every BATCH commands, so
 * that neither side's buffers grow with the number of names.
 */
static void
send_calls(struct queue_redis *redis, const struct base_tally *calls,
    enum queue_gather_sent *v)
{
	size_t i, len, n = base_tally_count(calls);
	const char *key;
	int64_t sum;
	char num[24];

	for (i = 0; i < n && *v != QUEUE_GATHER_LOST; i++) {
		key = base_tally_at(calls, i, &len, &sum);
		snprintf(num, sizeof(num), "%" PRId64, sum);
		send_command(redis, "INCRBY", key, num);
		send_command(redis, "EXPIRE", key, QUEUE_NAMES_CALLS_TTL_S);
		if (i % BATCH == BATCH - 1 || i == n - 1)
			read_verdict(redis, 2 * (i % BATCH + 1), v);
	}
}

/*
 * In order, the addresses of one key stand together and can be sent in one
 * command.
 */
static int
cmp_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Send the addresses of one key together; NAME is an array to sort them in.
 * They are added to a set, so that it does no harm to add one again.
 */
static void
send_sorted(struct queue_redis *redis, const struct base_tally *addresses,
    const char **name, enum queue_gather_sent *v)
{
	size_t i, j, len, n = base_tally_count(addresses);
	const char *argv[2 + BATCH] = { "PFADD" };
	int64_t sum;

	for (i = 0; i < n; i++)
		name[i] = base_tally_at(addresses, i, &len, &sum);
	qsort(name, n, sizeof(*name), cmp_names);
	for (i = 0; i < n && *v != QUEUE_GATHER_LOST; i += j) {
		argv[1] = name[i];
		for (j = 0; j < BATCH && i + j < n &&
		    strcmp(name[i + j], name[i]) == 0; j++)
			argv[2 + j] = name[i + j] + strlen(name[i + j]) + 1;
		queue_redis_append(redis, 2 + (int)j, argv, NULL);
		send_command(redis, "EXPIRE", name[i],
		    QUEUE_NAMES_ADDRESSES_TTL_S);
		read_verdict(redis, 2, v);
	}
}

/* Addresses are estimates, so losing some for want of memory is bearable. */
static void
send_addresses(struct queue_redis *redis, const struct base_tally *addresses,
    enum queue_gather_sent *v)
{
	size_t n = base_tally_count(addresses);
	const char **name;

	if (n == 0)
		return;
	if ((name = reallocarray(NULL, n, sizeof(*name))) == NULL) {
		warn("addresses of calls are not counted");
		return;
	}
	send_sorted(redis, addresses, name, v);
	free(name);
}

/*
 * The lock is held for the swap only; what is sent belongs to this thread until
 * the tables are empty again, which they must be before the next swap.
 */
enum queue_gather_sent
queue_gather_send(struct queue_gather *g, struct queue_redis *redis)
{
	enum queue_gather_sent v = QUEUE_GATHER_SENT;
	struct gathered full;

	pthread_mutex_lock(&g->lock);
	/* The last sender has emptied the tables that are filled next. */
	assert(base_tally_count(g->sending.calls) == 0);
	full = g->now;
	g->now = g->sending;
	g->sending = full;
	pthread_mutex_unlock(&g->lock);
	send_addresses(redis, full.addresses, &v);
	if (v != QUEUE_GATHER_LOST)
		send_calls(redis, full.calls, &v);
	base_tally_reset(full.calls);
	base_tally_reset(full.addresses);
	return v;
}
