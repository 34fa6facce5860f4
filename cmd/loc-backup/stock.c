/* SPDX-License-Identifier: ISC */
/*
 * What a place holds, as its list of objects tells.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "object/store.h"

#include "backup.h"

/* A list may have a million objects, so it grows by doubling. */
static int
add_object(struct backup_stock *k, const char *key, int64_t made_s,
    int64_t bytes)
{
	struct backup_object *grown;
	size_t cap = 2 * k->cap + 1024;

	if (k->n == k->cap) {
		grown = reallocarray(k->object, cap, sizeof(*grown));
		if (grown == NULL)
			return -1;
		k->object = grown;
		k->cap = cap;
	}
	grown = &k->object[k->n];
	*grown = (struct backup_object){ .made_s = made_s, .bytes = bytes };
	if ((grown->key = strdup(key)) == NULL)
		return -1;
	k->n++;
	return 0;
}

static int
on_object(void *arg, const char *key, const struct object_info *info)
{
	struct backup_stock *k = arg;
	int64_t made_s;

	if (!backup_place_is_batch(key, &made_s))
		k->others++;
	else if (add_object(k, key, made_s, info->size) == -1)
		return -1;
	return backup_stopping ? -1 : 0;
}

/* By time, and by key where that is the same. */
static int
cmp_object(const void *a, const void *b)
{
	const struct backup_object *x = a, *y = b;

	return x->made_s != y->made_s ? (x->made_s > y->made_s ? 1 : -1) :
	    strcmp(x->key, y->key);
}

/* A list that breaks off is none: half of one would look like a loss. */
int
backup_stock_read(struct backup_stock *k, struct object_store *s)
{
	enum object_verdict v;

	memset(k, 0, sizeof(*k));
	v = object_store_list(s, "", on_object, k);
	if (v == OBJECT_STOPPED) {
		warnx("%s: %s", object_store_name(s), backup_stopping ?
		    "stopped" : "out of memory");
		return backup_stopping ? EX_TEMPFAIL : EX_OSERR;
	}
	if (v != OBJECT_OK) {
		warnx("%s: %s", object_store_name(s), object_store_why(s));
		return EX_UNAVAILABLE;
	}
	if (k->n > 0)
		qsort(k->object, k->n, sizeof(k->object[0]), cmp_object);
	return EX_OK;
}

void
backup_stock_done(struct backup_stock *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		free(k->object[i].key);
	free(k->object);
	memset(k, 0, sizeof(*k));
}
