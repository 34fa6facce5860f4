/* SPDX-License-Identifier: ISC */
/*
 * Counters of clients in a hash table, under one lock that is never held for
 * long.  Invariants, which the asserts below repeat:
 *
 *  - a client is in the table as long as somebody uses it (uses > 0), and
 *    holds nothing when the last user gives it back;
 *  - the sums in struct http_share are those of all clients;
 *  - a waiter is in the list until it has got its turn or has given up.  The
 *    turn is counted by whoever hands it over, under the lock, before the
 *    waiter wakes up: so it cannot be lost, nor be had twice, whatever the
 *    waiter's timeout does meanwhile.
 *
 * The keys go through a hash that begins with a random number, so that nobody
 * can choose addresses that share a bucket.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "http/peer.h"
#include "http/share.h"

#define KEY_LEN		16
#define NETWORK_BYTES	8	/* of an IPv6 address: its /64 */

struct http_share_client {
	LIST_ENTRY(http_share_client) next;
	uint8_t		 key[KEY_LEN];
	unsigned	 uses;
	unsigned	 connections, requests, turns, waiting;
	size_t		 bytes;
};

struct http_share_waiter {
	TAILQ_ENTRY(http_share_waiter) next;
	struct http_share_client *client;
	pthread_cond_t	 called;
	int		 has_turn;
};

void
http_share_init(struct http_share *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->seed = arc4random();
	pthread_mutex_init(&s->lock, NULL);
	TAILQ_INIT(&s->waiters);
	for (i = 0; i < HTTP_SHARE_BUCKETS; i++)
		LIST_INIT(&s->bucket[i]);
}

void
http_share_done(struct http_share *s)
{
	size_t i;

	assert(s->bytes == 0 && s->turns == 0 && s->nwaiting == 0);
	for (i = 0; i < HTTP_SHARE_BUCKETS; i++)
		assert(LIST_EMPTY(&s->bucket[i]));
	pthread_mutex_destroy(&s->lock);
}

/* Give C a turn if one is free and C may have it.  Under the lock. */
static int
grant_turn(struct http_share *s, struct http_share_client *c)
{
	if (s->turns >= s->max.all_turns || c->turns >= s->max.turns)
		return 0;
	s->turns++;
	c->turns++;
	return 1;
}

/* Call those whose turn it is now, the first one first.  Under the lock. */
static void
call_waiters(struct http_share *s)
{
	struct http_share_waiter *w, *next;

	TAILQ_FOREACH_SAFE(w, &s->waiters, next, next)
		if (grant_turn(s, w->client)) {
			w->has_turn = 1;
			TAILQ_REMOVE(&s->waiters, w, next);
			pthread_cond_signal(&w->called);
		}
}

void
http_share_change(struct http_share *s, const struct http_share_limits *max)
{
	pthread_mutex_lock(&s->lock);
	s->max = *max;
	call_waiters(s);
	pthread_mutex_unlock(&s->lock);
}

/* Of an address of IPv4 all counts; else the part of the network. */
static void
set_key(uint8_t key[KEY_LEN], const struct http_peer *peer)
{
	memset(key, 0, KEY_LEN);
	if (peer->addr.is_known)
		memcpy(key, peer->addr.byte, base_addr_is_v4(&peer->addr) ?
		    KEY_LEN : NETWORK_BYTES);
}

struct http_share_client *
http_share_take(struct http_share *s, const struct http_peer *peer)
{
	struct http_share_client *c;
	uint8_t key[KEY_LEN];
	size_t at;

	set_key(key, peer);
	pthread_mutex_lock(&s->lock);
	at = base_crc32c(s->seed, key, KEY_LEN) % HTTP_SHARE_BUCKETS;
	LIST_FOREACH(c, &s->bucket[at], next)
		if (memcmp(c->key, key, KEY_LEN) == 0)
			break;
	if (c == NULL && (c = calloc(1, sizeof(*c))) != NULL) {
		memcpy(c->key, key, KEY_LEN);
		LIST_INSERT_HEAD(&s->bucket[at], c, next);
	}
	if (c != NULL)
		c->uses++;
	pthread_mutex_unlock(&s->lock);
	return c;
}

void
http_share_give(struct http_share *s, struct http_share_client *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	assert(c->uses > 0);
	if (--c->uses == 0) {
		assert(c->connections == 0 && c->requests == 0 &&
		    c->turns == 0 && c->waiting == 0 && c->bytes == 0);
		LIST_REMOVE(c, next);
		free(c);
	}
	pthread_mutex_unlock(&s->lock);
}

/* One more of *N, unless there are MAX. */
static int
count_up(struct http_share *s, unsigned *n, const unsigned *max)
{
	int may;

	pthread_mutex_lock(&s->lock);
	may = *n < *max;
	*n += may ? 1 : 0;
	pthread_mutex_unlock(&s->lock);
	return may;
}

static void
count_down(struct http_share *s, unsigned *n)
{
	pthread_mutex_lock(&s->lock);
	assert(*n > 0);
	--*n;
	pthread_mutex_unlock(&s->lock);
}

int
http_share_connect(struct http_share *s, struct http_share_client *c)
{
	return count_up(s, &c->connections, &s->max.connections);
}

void
http_share_disconnect(struct http_share *s, struct http_share_client *c)
{
	count_down(s, &c->connections);
}

int
http_share_request(struct http_share *s, struct http_share_client *c)
{
	return count_up(s, &c->requests, &s->max.requests);
}

void
http_share_replied(struct http_share *s, struct http_share_client *c)
{
	count_down(s, &c->requests);
}

int
http_share_hold(struct http_share *s, struct http_share_client *c, size_t len)
{
	int may;

	pthread_mutex_lock(&s->lock);
	assert(c->bytes <= s->bytes);
	may = len <= s->max.all_bytes && s->bytes <= s->max.all_bytes - len &&
	    len <= s->max.bytes && c->bytes <= s->max.bytes - len;
	if (may) {
		c->bytes += len;
		s->bytes += len;
	}
	pthread_mutex_unlock(&s->lock);
	return may;
}

void
http_share_release(struct http_share *s, struct http_share_client *c,
    size_t len)
{
	pthread_mutex_lock(&s->lock);
	assert(len <= c->bytes && len <= s->bytes);
	c->bytes -= len;
	s->bytes -= len;
	pthread_mutex_unlock(&s->lock);
}

/* Queue up for a turn until DUE_MS.  Under the lock. */
static int
await_turn(struct http_share *s, struct http_share_client *c, int64_t due_ms)
{
	const struct timespec due = base_clock_timespec(due_ms);
	struct http_share_waiter w = { .client = c };
	int rc = 0;

	if (s->nwaiting >= s->max.all_waiting ||
	    c->waiting >= s->max.waiting)
		return 0;
	pthread_cond_init(&w.called, NULL);
	TAILQ_INSERT_TAIL(&s->waiters, &w, next);
	s->nwaiting++;
	c->waiting++;
	while (!w.has_turn && rc == 0)
		rc = pthread_cond_clockwait(&w.called, &s->lock,
		    CLOCK_MONOTONIC, &due);
	if (!w.has_turn)
		TAILQ_REMOVE(&s->waiters, &w, next);
	s->nwaiting--;
	c->waiting--;
	pthread_cond_destroy(&w.called);
	return w.has_turn;
}

int
http_share_begin_turn(struct http_share *s, struct http_share_client *c,
    int64_t wait_ms)
{
	int has;

	pthread_mutex_lock(&s->lock);
	/* If a turn is free, those that wait may not have it. */
	has = grant_turn(s, c) ||
	    await_turn(s, c, base_clock_mono_ms() + wait_ms);
	pthread_mutex_unlock(&s->lock);
	return has;
}

void
http_share_end_turn(struct http_share *s, struct http_share_client *c)
{
	pthread_mutex_lock(&s->lock);
	assert(s->turns > 0 && c->turns > 0);
	s->turns--;
	c->turns--;
	call_waiters(s);
	pthread_mutex_unlock(&s->lock);
}
