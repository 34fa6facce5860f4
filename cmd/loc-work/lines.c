/* SPDX-License-Identifier: ISC */
/*
 * The lines of one submission, and how they become observations.
 *
 * Lines are numbered from 1 as they stand in the entry, empty ones too.  The
 * number is part of a dead letter's id, so it must never change: what
 * loc-forward requeues keeps its numbers by empty lines, and a line that is
 * replayed comes as an entry of its own that knows its number (entry->line).
 *
 * An item's list of bad lines only grows, while the item is read again and
 * again: lines that are not JSON are added here, those that the database
 * refuses in item.c, which also sets them aside.  A line in the list is left
 * out of the batch.
 *
 * The thread that reads ahead is here, too: nothing is used but what is given.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "obs/source.h"
#include "work.h"

static int
is_bad(const struct work_item *it, const struct queue_line *l)
{
	size_t i;

	for (i = 0; i < it->nbad; i++)
		if (it->bad[i].line.number == l->number)
			return 1;
	return 0;
}

int
work_lines_blame(struct work_item *it, const struct queue_line *l,
    const char *why, const char *reason)
{
	struct work_bad *b;

	assert(it->nbad < WORK_BAD_MAX && !is_bad(it, l));
	if (it->bad == NULL &&
	    (it->bad = calloc(WORK_BAD_MAX, sizeof(*b))) == NULL)
		return -1;
	b = &it->bad[it->nbad++];
	b->line = *l;
	b->why = why;
	strlcpy(b->reason, reason, sizeof(b->reason));
	return 0;
}

/* Add line L of E to B, unless it is from a source that INTERNAL leaves out. */
static enum obs_batch_verdict
add_line(struct obs_batch *b, const struct store_export *internal,
    const struct queue_entry *e, const struct queue_line *l)
{
	const char *source;
	size_t n;

	if (internal != NULL && internal->skip_sources[0] != '\0') {
		base_arena_reset(&b->line);
		source = obs_source_get(l->text, l->len, &b->line, &n);
		if (source == NULL)
			return OBS_BATCH_NOMEM;
		if (store_export_skips_source(internal, source, n)) {
			b->counts.why[OBS_WHY_UNWANTED]++;
			return OBS_BATCH_OK;
		}
	}
	return obs_batch_add(b, e->key, e->keylen, l->text, l->len);
}

/* Lines are added one by one: a bad one does not cost its neighbours. */
int
work_lines_read(struct obs_batch *b, const struct store_export *internal,
    struct work_item *it, uint32_t first, uint32_t end)
{
	const struct queue_entry *e = it->entry;
	enum obs_batch_verdict v = OBS_BATCH_OK;
	struct queue_line l = { 0 };
	struct obs_batch_past before;

	if (obs_batch_begin(b, &e->witness,
	    base_civil_day_of(e->time_ms / 1000)) == -1)
		return -1;
	obs_batch_note(b, &before);
	while (v != OBS_BATCH_NOMEM && it->nbad < WORK_BAD_MAX &&
	    queue_entry_line(e, &l) && l.number < end) {
		it->last = l;
		if (l.len == 0 || l.number < first || is_bad(it, &l))
			continue;
		v = add_line(b, internal, e, &l);
		if (v == OBS_BATCH_BAD && work_lines_blame(it, &l,
		    "report:not_json", "not JSON") == -1)
			v = OBS_BATCH_NOMEM;
	}
	if (v == OBS_BATCH_NOMEM || it->nbad == WORK_BAD_MAX)
		obs_batch_undo(b, &before);
	return v == OBS_BATCH_NOMEM ? -1 : 0;
}
