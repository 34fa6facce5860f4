/* SPDX-License-Identifier: ISC */
/*
 * Both sides are sorted by key, whatever order their stores have, and merged:
 * a key on one side only is to be stored or deleted, one on both sides is
 * decided later, by size or content.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "io/signals.h"

#include "sync.h"

/*
 * A list may have a million objects, so it grows by doubling.  Without an ETag
 * the text is a constant, which costs no memory for each file of a directory.
 */
static int
add_entry(void *arg, const char *key, const struct object_info *info)
{
	struct sync_list *l = arg;
	struct sync_entry *e, *grown;
	size_t cap;

	if (l->n == l->cap) {
		cap = 2 * l->cap + 1024;
		grown = reallocarray(l->entry, cap, sizeof(*grown));
		if (grown == NULL)
			return -1;
		l->entry = grown;
		l->cap = cap;
	}
	assert(l->n < l->cap);
	e = &l->entry[l->n];
	e->size = info->size;
	e->key = base_arena_strndup(&l->texts, key, strlen(key));
	e->etag = info->etag[0] == '\0' ? "" : base_arena_strndup(&l->texts,
	    info->etag, strlen(info->etag));
	if (e->key == NULL || e->etag == NULL)
		return -1;
	l->n++;
	return io_signals_stop ? -1 : 0;
}

/*
 * By the bytes of the keys, as sync_plan_make() compares them, too: a locale's
 * order would make it miss keys that both sides have.
 */
static int
cmp_entry_key(const void *a, const void *b)
{
	return strcmp(((const struct sync_entry *)a)->key,
	    ((const struct sync_entry *)b)->key);
}

/*
 * A store that is cut off in the middle of its list gives no list: half of
 * one would have us delete or store too much.
 */
int
sync_plan_read(struct sync_list *l, struct object_store *s, int lost)
{
	enum object_verdict v;

	base_arena_init(&l->texts);
	v = object_store_list(s, "", add_entry, l);
	if (v == OBJECT_STOPPED) {
		warnx("%s: %s", object_store_name(s),
		    io_signals_stop ? "stopped" : "out of memory");
		return io_signals_stop ? EX_TEMPFAIL : EX_OSERR;
	}
	if (v != OBJECT_OK) {
		warnx("%s", object_store_why(s));
		return lost != EX_OK ? lost : object_store_status(v);
	}
	if (l->n > 0)
		qsort(l->entry, l->n, sizeof(l->entry[0]), cmp_entry_key);
	return EX_OK;
}

/* Texts are all in the arena, so there is nothing to be freed one by one. */
void
sync_plan_forget(struct sync_list *l)
{
	base_arena_done(&l->texts);
	free(l->entry);
}

/*
 * Each side is gone through once. Every local key becomes one job, as what is
 * already there must be looked at, too.
 */
int
sync_plan_make(struct sync_plan *p, const struct sync_list *local,
    const struct sync_list *remote)
{
	size_t i = 0, k = 0;
	int order;

	memset(p, 0, sizeof(*p));
	p->job = calloc(local->n + 1, sizeof(*p->job));
	p->orphan = calloc(remote->n + 1, sizeof(*p->orphan));
	if (p->job == NULL || p->orphan == NULL) {
		sync_plan_done(p);
		return -1;
	}
	while (i < local->n || k < remote->n) {
		order = i == local->n ? 1 : k == remote->n ? -1 :
		    strcmp(local->entry[i].key, remote->entry[k].key);
		if (order < 0)
			p->job[p->njob++] = (struct sync_job){
			    &local->entry[i++], NULL };
		else if (order > 0)
			p->orphan[p->norphan++] = remote->entry[k++].key;
		else
			p->job[p->njob++] = (struct sync_job){
			    &local->entry[i++], &remote->entry[k++] };
	}
	assert(p->njob == local->n && p->norphan <= remote->n);
	return 0;
}

/* The keys belong to the lists. */
void
sync_plan_done(struct sync_plan *p)
{
	free(p->job);
	free(p->orphan);
	memset(p, 0, sizeof(*p));
}
