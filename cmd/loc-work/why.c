/* SPDX-License-Identifier: ISC */
/*
 * Why reports did not count, by API key and day, for loc-stats -l: Redis keeps
 * it beside what was submitted.  What happens to whole submissions is noted
 * while a batch is on its way, and told when it has come to its end; then keys
 * that the table does not have are "-", as they could be any.
 *
 * A batch may be tried again, and then is noted again: these are numbers for
 * people who ask, and no accounts.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "queue/keyday.h"
#include "store/key.h"
#include "work.h"

/* N reports that came with a key, "" being none. */
struct work_why_note {
	char		key[STORE_KEY_MAX + 1];
	const char	*why;		/* a literal */
	uint64_t	n;
};

void
work_why(struct work *w, const struct queue_entry *e, const char *why,
    uint64_t n)
{
	struct work_why_note *more, *note;

	if (n == 0)
		return;
	if (w->nwhy == w->whycap) {
		more = reallocarray(w->why, w->whycap + 100, sizeof(*more));
		if (more == NULL) {
			warn("metrics");
			return;
		}
		w->why = more;
		w->whycap += 100;
	}
	note = &w->why[w->nwhy++];
	*note = (struct work_why_note){ .why = why, .n = n };
	if (e->keylen > 0 && e->keylen <= STORE_KEY_MAX) {
		memcpy(note->key, e->key, e->keylen);
		note->key[e->keylen] = '\0';
	}
	if (!store_key_check(note->key))
		note->key[0] = '\0';
}

static int
cmp_why(const void *a, const void *b)
{
	const struct work_why_note *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->why, y->why);
}

/* Forget whose notes are whose if the table does not have the keys. */
static void
hide_unknown(struct work *w)
{
	const char **key = calloc(w->nwhy, sizeof(*key));
	uint8_t *known = calloc(w->nwhy, 1);
	size_t i;

	if (key != NULL && known != NULL) {
		for (i = 0; i < w->nwhy; i++)
			key[i] = w->why[i].key;
		if (store_key_known(w->db, key, w->nwhy, known) == -1)
			memset(known, 0, w->nwhy);
	}
	for (i = 0; i < w->nwhy; i++)
		if (known == NULL || !known[i])
			strlcpy(w->why[i].key, "-", sizeof(w->why[i].key));
	free(key);
	free(known);
}

void
work_why_tell(struct work *w)
{
	struct queue_keyday *list = NULL;
	const struct work_why_note *note;
	size_t i, n = 0;

	if (w->nwhy == 0)
		return;
	hide_unknown(w);
	qsort(w->why, w->nwhy, sizeof(*w->why), cmp_why);
	if ((list = calloc(w->nwhy, sizeof(*list))) == NULL)
		warn("metrics");
	for (i = 0; list != NULL && i < w->nwhy; i++) {
		note = &w->why[i];
		if (i > 0 && cmp_why(note, note - 1) == 0) {
			list[n - 1].count += (int64_t)note->n;
			continue;
		}
		strlcpy(list[n].key, note->key, sizeof(list[n].key));
		strlcpy(list[n].what, note->why, sizeof(list[n].what));
		list[n++].count = (int64_t)note->n;
	}
	if (n > 0)
		queue_keyday_add(w->consumer.stream.redis,
		    base_civil_day_of(base_clock_now_s()), list, n);
	free(list);
	w->nwhy = 0;
}
