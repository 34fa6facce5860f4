/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "store/breaker.h"
#include "tap.h"

#define T	INT64_C(1000000)

static void
test_one(void)
{
	unsigned trips;

	ok(!store_breaker_is_open("a", T), "nobody knows it");
	store_breaker_trip("a", T);
	ok(!store_breaker_is_open("a", T), "nor was it noted");
	store_breaker_note("a");
	store_breaker_note("a");
	ok(!store_breaker_is_open("a", T), "it was not tripped");
	trips = store_breaker_trips();
	store_breaker_trip("a", T);
	ok(store_breaker_trips() != trips, "all can see that it was");
	ok(store_breaker_is_open("a", T) &&
	    store_breaker_is_open("a", T + 59999), "for a minute");
	ok(!store_breaker_is_open("a", T + 60000), "one is let through");
	ok(store_breaker_is_open("a", T + 60001) &&
	    store_breaker_is_open("a", T + 64999), "and no others");
	store_breaker_trip("a", T + 62000);
	ok(store_breaker_is_open("a", T + 121999), "in vain");
	ok(!store_breaker_is_open("a", T + 122000), "one is let through");
	ok(!store_breaker_is_open("a", T + 127000) &&
	    !store_breaker_is_open("a", T + 127001), "then all");
}

static void
test_others(void)
{
	char name[16];
	int i;

	ok(!store_breaker_has_other("a", T), "there is no other");
	store_breaker_note("b");
	ok(store_breaker_has_other("a", T), "there is one");
	store_breaker_trip("b", T);
	ok(!store_breaker_has_other("a", T + 59999), "which hangs");
	ok(store_breaker_has_other("a", T + 60000), "or not any more");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "host %d", i);
		store_breaker_note(name);
		store_breaker_trip(name, T);
	}
	ok(store_breaker_is_open("host 99", T) &&
	    !store_breaker_is_open("host 0", T), "the oldest is forgotten");
}

int
main(void)
{
	test_one();
	test_others();
	return tap_done();
}
