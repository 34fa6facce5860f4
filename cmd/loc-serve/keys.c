/* SPDX-License-Identifier: ISC */
/*
 * A hash table over a fixed number of entries, which also stand in a list,
 * the one used last in front: the entry at its end makes room.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/crc32c.h"
#include "store/key.h"

#include "keys.h"
#include "pool.h"

#define ENTRIES		500
#define BUCKETS		1024

struct entry {
	struct entry		*next, *prev;	/* by use */
	struct entry		*chain;		/* of its bucket */
	int64_t			 until_ms;
	int			 known;
	char			 text[STORE_KEY_MAX + 1];
	struct store_key	 key;		/* if known */
};

struct keys {
	struct pool	*pool;
	int64_t		 ttl_ms;
	pthread_mutex_t	 lock;
	struct entry	*bucket[BUCKETS];
	struct entry	 list;			/* its head */
	struct entry	 at[ENTRIES];
};

struct keys *
keys_new(struct pool *pool, int64_t ttl_s)
{
	struct keys *k;

	if ((k = calloc(1, sizeof(*k))) == NULL) {
		warn(NULL);
		return NULL;
	}
	k->pool = pool;
	k->ttl_ms = ttl_s * 900 + arc4random_uniform((uint32_t)ttl_s * 200 +
	    1);
	pthread_mutex_init(&k->lock, NULL);
	keys_forget(k);
	return k;
}

void
keys_free(struct keys *k)
{
	if (k == NULL)
		return;
	pthread_mutex_destroy(&k->lock);
	explicit_bzero(k, sizeof(*k));
	free(k);
}

static void
unlist(struct entry *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
}

static void
list_first(struct keys *k, struct entry *e)
{
	e->next = k->list.next;
	e->prev = &k->list;
	e->next->prev = e->prev->next = e;
}

void
keys_forget(struct keys *k)
{
	size_t i;

	pthread_mutex_lock(&k->lock);
	memset(k->bucket, 0, sizeof(k->bucket));
	memset(k->at, 0, sizeof(k->at));
	k->list.next = k->list.prev = &k->list;
	for (i = 0; i < ENTRIES; i++)
		list_first(k, &k->at[i]);
	pthread_mutex_unlock(&k->lock);
}

/* The place of the pointer to the entry of TEXT, or of the NULL instead. */
static struct entry **
find(struct keys *k, const char *text)
{
	struct entry **p;

	p = &k->bucket[base_crc32c(0, text, strlen(text)) % BUCKETS];
	while (*p != NULL && strcmp((*p)->text, text) != 0)
		p = &(*p)->chain;
	return p;
}

static int
recall(struct keys *k, const char *text, struct store_key *key,
    enum keys_verdict *v)
{
	struct entry *e;
	int fresh;

	pthread_mutex_lock(&k->lock);
	e = *find(k, text);
	fresh = e != NULL && base_civil_mono_ms() < e->until_ms;
	if (fresh) {
		unlist(e);
		list_first(k, e);
		*v = e->known ? KEYS_KNOWN : KEYS_UNKNOWN;
		if (e->known)
			*key = e->key;
	}
	pthread_mutex_unlock(&k->lock);
	return fresh;
}

static void
remember(struct keys *k, const char *text, const struct store_key *key)
{
	struct entry *e, **p;

	pthread_mutex_lock(&k->lock);
	if ((e = *find(k, text)) == NULL) {
		e = k->list.prev;
		if (e->text[0] != '\0') {
			p = find(k, e->text);
			*p = e->chain;
		}
		strlcpy(e->text, text, sizeof(e->text));
		e->chain = NULL;
		*find(k, text) = e;
	}
	unlist(e);
	list_first(k, e);
	e->until_ms = base_civil_mono_ms() + k->ttl_ms;
	if ((e->known = key != NULL))
		e->key = *key;
	pthread_mutex_unlock(&k->lock);
}

struct asked {
	const char		*text;
	struct store_key	*key;
	int			 found;
};

static int
ask(void *db, void *arg)
{
	struct asked *a = arg;

	a->found = store_key_get(db, a->text, a->key);
	return a->found == -1 ? -1 : 0;
}

enum keys_verdict
keys_get(struct keys *k, const char *text, struct store_key *key)
{
	struct asked a = { text, key, 0 };
	enum keys_verdict v;

	if (recall(k, text, key, &v))
		return v;
	if (pool_run(k->pool, ask, &a) == -1)
		return KEYS_OUTAGE;
	remember(k, text, a.found ? key : NULL);
	return a.found ? KEYS_KNOWN : KEYS_UNKNOWN;
}
