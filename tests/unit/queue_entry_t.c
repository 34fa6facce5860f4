/* SPDX-License-Identifier: ISC */
#include "queue/entry.h"

#include "tap.h"

static void
groups(void)
{
	struct queue_entry all = { .count = 1 }, one = { .group = "backup" };

	ok(queue_entry_is_for(&all, "internal") &&
	    queue_entry_is_for(&all, "backup"), "an entry is for all groups");
	ok(queue_entry_is_for(&one, "backup"), "or for the one it names");
	ok(!queue_entry_is_for(&one, "internal") &&
	    !queue_entry_is_for(&one, "back"), "and for no other");
}

static void
nothing(void)
{
	struct queue_entry e;

	memset(&e, 0xff, sizeof(e));
	queue_entry_read(&e, NULL);
	ok(e.broken, "an entry without fields is broken");
	is_int(e.deliveries, 1, "it was given out once");
	is_int((long long)e.len, 0, "it has no lines");
	is_int((long long)e.keylen, 0, "nor a key");
	ok(e.group == NULL && e.line == 0, "nor a group or a line");
}

int
main(void)
{
	groups();
	nothing();
	return tap_done();
}
