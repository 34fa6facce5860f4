/* SPDX-License-Identifier: ISC */
/*
 * Why reports did not count, by API key and day, for loc-stats -l: Redis keeps
 * it beside what was submitted.  What has happened to submissions, and to lines
 * of them, is told when their batch has come to its end.  Keys that the table
 * does not have are "-", as they could be any.
 *
 * A batch may be tried again, and then is told again: these are numbers for
 * people who ask, and no accounts.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "queue/keyday.h"
#include "store/key.h"
#include "work.h"

/* Make K say that N reports of E did not count. */
static void
set_count(struct queue_keyday *k, const struct queue_entry *e,
    const char *why, uint32_t n)
{
	static_assert(STORE_KEY_MAX < sizeof(k->key), "keys fit");

	if (e->keylen > 0 && e->keylen <= STORE_KEY_MAX)
		memcpy(k->key, e->key, e->keylen);
	strlcpy(k->what, why, sizeof(k->what));
	k->count = n;
}

/* List, in zeros, what is to be told of N items.  Returns how much that is. */
static size_t
list_counts(struct queue_keyday *list, const struct work_item *item, size_t n)
{
	const struct work_item *it;
	size_t i, k, done = 0;

	for (i = 0; i < n; i++) {
		it = &item[i];
		for (k = 0; k < it->nbad; k++)
			if (it->bad[k].buried)
				set_count(&list[done++], it->entry,
				    it->bad[k].why, 1);
		if (it->why != NULL)
			set_count(&list[done++], it->entry, it->why,
			    it->entry->count > 0 ? it->entry->count : 1);
	}
	return done;
}

static int
cmp_why(const void *a, const void *b)
{
	const struct queue_keyday *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->what, y->what);
}

/* Sort, and add up what is of one key and reason.  Returns what is left. */
static size_t
add_up(struct queue_keyday *list, size_t n)
{
	size_t done = 0, i;

	qsort(list, n, sizeof(*list), cmp_why);
	for (i = 0; i < n; i++)
		if (done > 0 && cmp_why(&list[i], &list[done - 1]) == 0)
			list[done - 1].count += list[i].count;
		else
			list[done++] = list[i];
	return done;
}

/* Forget whose counts are whose if the table does not have the keys. */
static void
hide_unknown(struct work *w, struct queue_keyday *list, size_t n)
{
	const char **key = calloc(n, sizeof(*key));
	uint8_t *known = calloc(n, 1);
	size_t i, k = 0, nkeys = 0;

	if (key != NULL && known != NULL) {
		for (i = 0; i < n; i++)
			if (i == 0 || strcmp(list[i].key, list[i - 1].key) != 0)
				key[nkeys++] = list[i].key;
		if (store_key_known(w->db, key, nkeys, known) == -1)
			memset(known, 0, nkeys);
	}
	for (i = 0; i < n; i++) {
		if (k + 1 < nkeys && list[i].key == key[k + 1])
			k++;		/* the first of the next key */
		if (nkeys == 0 || !known[k])
			strlcpy(list[i].key, "-", sizeof(list[i].key));
	}
	free(key);
	free(known);
}

void
work_why_tell(struct work *w, const struct work_item *item, size_t n)
{
	struct queue_keyday *list;
	size_t i, most = 0;

	for (i = 0; i < n; i++)
		most += (item[i].why != NULL) + item[i].nbad;
	if (most == 0)
		return;
	if ((list = calloc(most, sizeof(*list))) == NULL) {
		warn("metrics");
		return;
	}
	n = add_up(list, list_counts(list, item, n));
	assert(n <= most);
	hide_unknown(w, list, n);
	queue_keyday_add(w->consumer.stream.redis,
	    base_civil_day_of(base_clock_now_s()), list, n);
	free(list);
}
