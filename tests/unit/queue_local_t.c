/* SPDX-License-Identifier: ISC */
#include "queue/local.h"
#include "tap.h"

#define S	1000000

static const struct queue_gcra three = { 3, 3000LL * S };

/* How many of N calls of NETWORK pass. */
static int
passed(struct queue_local *l, const char *network, int n)
{
	struct queue_gcra_answer a;
	int count = 0;

	while (n-- > 0) {
		queue_local_network(l, network, &three, 1, &a);
		count += a.retry_us == 0;
	}
	return count;
}

int
main(void)
{
	struct queue_local *l = queue_local_new(100);
	struct queue_gcra_answer a;
	char name[16];
	int i;

	is_int(passed(l, "a", 10), 3, "a network has its limit");
	is_int(passed(l, "b", 10), 3, "and another one, too");
	queue_local_network(l, "a", &three, 1, &a);
	ok(a.remaining == 0 && a.retry_us > 990LL * S &&
	    a.retry_us <= 1000LL * S, "it is told when it can call again");
	queue_local_saw_network(l, "c", 2000LL * S);
	is_int(passed(l, "c", 10), 1, "it goes on from what Redis said");
	queue_local_saw_network(l, "c", 0);
	is_int(passed(l, "c", 10), 3, "and again");
	queue_local_charge(l, "d", &three, 2);
	is_int(passed(l, "d", 10), 1, "what was charged is missing");
	is_int(queue_local_calls(l, "k"), 1, "calls of a key are counted");
	is_int(queue_local_calls(l, "k"), 2, "one by one");
	queue_local_saw_calls(l, "k", 41);
	is_int(queue_local_calls(l, "k"), 42, "from what Redis said");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		passed(l, name, 3);
		queue_local_calls(l, "k");
	}
	is_int(passed(l, "a", 10), 3, "what was not used lately is forgotten");
	is_int(queue_local_calls(l, "k"), 143, "what was used is not");
	queue_local_free(l);
	queue_local_free(NULL);
	return tap_done();
}
