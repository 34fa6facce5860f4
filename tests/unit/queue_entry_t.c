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
	static const uint8_t place[QUEUE_ENTRY_SUBMISSION] = {
		[7] = 5, [15] = 3
	};
	const struct queue_id id = { 5, 3 };
	struct queue_entry e;

	memset(&e, 0xff, sizeof(e));
	queue_entry_read(&e, &id, NULL);
	ok(e.broken, "an entry without fields is broken");
	ok(memcmp(e.submission, place, sizeof(place)) == 0 && e.id.ms == 5 &&
	    e.id.seq == 3, "it is known by its place");
	is_int(e.deliveries, 1, "it was given out once");
	is_int((long long)e.len, 0, "it has no lines");
	is_int((long long)e.keylen, 0, "nor a key");
	ok(e.group == NULL && e.line == 0, "nor a group or a line");
}

static void
lines(void)
{
	struct queue_entry e = { .payload = "{}\n\n[]", .len = 6 };
	struct queue_line l = { 0 };

	ok(queue_entry_line(&e, &l) && l.number == 1 && l.len == 2 &&
	    l.text == e.payload, "the first line");
	ok(queue_entry_line(&e, &l) && l.number == 2 && l.len == 0,
	    "an empty line counts");
	ok(queue_entry_line(&e, &l) && l.number == 3 && l.len == 2 &&
	    memcmp(l.text, "[]", 2) == 0, "the last one without its end");
	ok(!queue_entry_line(&e, &l), "no more");
	e.len = 3;
	l = (struct queue_line){ 0 };
	ok(queue_entry_line(&e, &l) && !queue_entry_line(&e, &l),
	    "the end of a line begins no other");
}

int
main(void)
{
	groups();
	nothing();
	lines();
	return tap_done();
}
