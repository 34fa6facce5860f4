/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "base/lru.h"
#include "tap.h"

static int64_t *
find(struct base_lru *l, int name)
{
	return base_lru_find(l, &name, sizeof(name));
}

static int64_t *
make(struct base_lru *l, int name)
{
	return base_lru_make(l, &name, sizeof(name));
}

static void
few(void)
{
	struct base_lru *l = base_lru_new(3, sizeof(int64_t));
	int i;

	ok(find(l, 1) == NULL, "nothing is there");
	for (i = 1; i <= 3; i++)
		*make(l, i) = i;
	ok(*find(l, 1) == 1 && *make(l, 2) == 2 && *find(l, 3) == 3,
	    "values are found");
	find(l, 1);
	ok(*make(l, 4) == 0, "a new value is zero");
	ok(find(l, 2) == NULL, "the one least recently used made room");
	ok(find(l, 1) != NULL && find(l, 3) != NULL, "others did not");
	base_lru_free(l);
	l = base_lru_new(1, 1);
	ok(base_lru_make(l, "a", 1) != NULL && base_lru_make(l, "b", 1) !=
	    NULL && base_lru_find(l, "a", 1) == NULL, "a table of one");
	base_lru_free(l);
	base_lru_free(NULL);
}

/* Against a list kept by hand. */
static void
many(void)
{
	enum { N = 100, NAMES = 300, ROUNDS = 20000 };
	struct base_lru *l = base_lru_new(N, sizeof(int64_t));
	int64_t value[NAMES] = { 0 }, *p;
	int bad = 0, i, name, used[NAMES] = { 0 }, k, newer;

	for (i = 1; i <= ROUNDS; i++) {
		name = (int)arc4random_uniform(NAMES);
		for (k = newer = 0; k < NAMES; k++)
			newer += used[k] > used[name];
		p = find(l, name);
		if (used[name] == 0 || newer >= N)
			bad += p != NULL;
		else
			bad += p == NULL || *p != value[name];
		*make(l, name) = value[name] = i;
		used[name] = i;
	}
	is_int(bad, 0, "the table knows the last hundred names used");
	base_lru_free(l);
}

int
main(void)
{
	few();
	many();
	return tap_done();
}
