/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>

#include "base/addr.h"
#include "base/clock.h"
#include "http/peer.h"
#include "http/share.h"
#include "tap.h"

static const struct http_share_limits limits = { .connections = 3,
    .requests = 2, .all_bytes = 100, .bytes = 60, .all_turns = 2,
    .turns = 1, .all_waiting = 3, .waiting = 2 };

static struct http_share s;

static struct http_share_client *
take(const char *address)
{
	struct http_peer peer = { 0 };

	base_addr_parse(&peer.addr, address);
	return http_share_take(&s, &peer);
}

static void
test_keys(void)
{
	static const struct {
		const char	*a, *b;
		int		 same;
	} pairs[] = {
		{ "192.0.2.1", "192.0.2.1", 1 },
		{ "192.0.2.1", "192.0.2.2", 0 },
		{ "192.0.2.1", "::ffff:192.0.2.1", 1 },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0 },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", 1 },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", 0 },
		{ "", "nobody", 1 },
		{ "", "192.0.2.1", 0 },
	};
	struct http_share_client *a, *b;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		a = take(pairs[i].a);
		b = take(pairs[i].b);
		ok((a == b) == pairs[i].same, "%s and %s", pairs[i].a,
		    pairs[i].b);
		http_share_give(&s, a);
		http_share_give(&s, b);
	}
}

static void
test_counts(void)
{
	struct http_share_client *a = take("192.0.2.1"),
	    *b = take("192.0.2.2");

	ok(http_share_connect(&s, a) && http_share_connect(&s, a) &&
	    http_share_connect(&s, a), "three connections");
	ok(!http_share_connect(&s, a), "and no fourth");
	ok(http_share_connect(&s, b), "but one of another client");
	http_share_disconnect(&s, a);
	ok(http_share_connect(&s, a), "one for one that ended");
	ok(http_share_request(&s, a) && http_share_request(&s, a) &&
	    !http_share_request(&s, a), "two requests, no third");
	http_share_replied(&s, a);
	http_share_replied(&s, a);
	ok(!http_share_hold(&s, a, 61), "more than one may hold");
	ok(http_share_hold(&s, a, 60), "as much");
	ok(!http_share_hold(&s, a, 1), "and no more");
	ok(http_share_hold(&s, b, 40), "another has the rest");
	ok(!http_share_hold(&s, b, 1), "until there is none");
	http_share_release(&s, a, 60);
	ok(http_share_hold(&s, b, 20), "which comes back");
	http_share_release(&s, b, 60);
	http_share_disconnect(&s, a);
	http_share_disconnect(&s, a);
	http_share_disconnect(&s, a);
	http_share_disconnect(&s, b);
	http_share_give(&s, a);
	http_share_give(&s, b);
}

static _Atomic int turns;

/* Wait for a turn of a client for long, and say in which place it came. */
static void *
wait_for_turn(void *client)
{
	if (!http_share_begin_turn(&s, client, 10000))
		return NULL;
	return (void *)((uintptr_t)atomic_fetch_add(&turns, 1) + 1);
}

/* Until N wait for a turn. */
static void
await_waiters(unsigned n)
{
	unsigned now;

	do {
		base_clock_nap(1, NULL);
		pthread_mutex_lock(&s.lock);
		now = s.nwaiting;
		pthread_mutex_unlock(&s.lock);
	} while (now != n);
}

static void
test_turns(void)
{
	struct http_share_client *a = take("192.0.2.1"),
	    *b = take("192.0.2.2"), *c = take("192.0.2.3");
	pthread_t first, second, third;
	int64_t begin = base_clock_mono_ms();
	void *place;

	ok(http_share_begin_turn(&s, a, 0), "a turn");
	ok(!http_share_begin_turn(&s, a, 20), "one client has one");
	ok(base_clock_mono_ms() - begin >= 20, "having waited");
	ok(http_share_begin_turn(&s, b, 0), "another has the second");
	ok(!http_share_begin_turn(&s, c, 0), "there is no third");
	pthread_create(&first, NULL, wait_for_turn, a);
	await_waiters(1);
	pthread_create(&second, NULL, wait_for_turn, c);
	await_waiters(2);
	pthread_create(&third, NULL, wait_for_turn, a);
	await_waiters(3);
	begin = base_clock_mono_ms();
	ok(!http_share_begin_turn(&s, b, 10000) &&
	    base_clock_mono_ms() - begin < 5000, "too many wait");
	http_share_end_turn(&s, b);
	pthread_join(second, &place);
	ok((uintptr_t)place == 1, "it passes by whoever may not have it");
	await_waiters(2);
	http_share_end_turn(&s, a);
	pthread_join(first, &place);
	ok((uintptr_t)place == 2, "then the first");
	http_share_end_turn(&s, a);
	pthread_join(third, &place);
	ok((uintptr_t)place == 3, "then the last");
	http_share_end_turn(&s, a);
	http_share_end_turn(&s, c);
	http_share_give(&s, a);
	http_share_give(&s, b);
	http_share_give(&s, c);
}

int
main(void)
{
	http_share_init(&s);
	http_share_change(&s, &limits);
	test_keys();
	test_counts();
	test_turns();
	http_share_done(&s);
	return tap_done();
}
