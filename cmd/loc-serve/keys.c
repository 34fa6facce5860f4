/* SPDX-License-Identifier: ISC */
/*
 * A hash table over a fixed number of entries, which also stand in a list,
 * the one used last in front: the entry at its end makes room.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/pool.h"
#include "store/key.h"

#include "keys.h"

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

struct serve_keys {
	struct base_pool	*pool;
	int64_t		 ttl_ms;
	pthread_mutex_t	 lock;
	struct entry	*bucket[BUCKETS];
	struct entry	 list;			/* its head */
	struct entry	 at[ENTRIES];
	size_t		 n;			/* used of them */
};

struct serve_keys *
serve_keys_new(struct base_pool *pool, int64_t ttl_s)
{
	struct serve_keys *k;

	if ((k = calloc(1, sizeof(*k))) == NULL) {
		warn(NULL);
		return NULL;
	}
	k->pool = pool;
	k->ttl_ms = ttl_s * 900 + arc4random_uniform((uint32_t)ttl_s * 200 +
	    1);
	pthread_mutex_init(&k->lock, NULL);
	k->list.next = k->list.prev = &k->list;
	return k;
}

void
serve_keys_free(struct serve_keys *k)
{
	if (k == NULL)
		return;
	pthread_mutex_destroy(&k->lock);
	explicit_bzero(k->at, k->n * sizeof(k->at[0]));
	free(k);
}

static void
unlist(struct entry *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
}

static void
list_first(struct serve_keys *k, struct entry *e)
{
	e->next = k->list.next;
	e->prev = &k->list;
	e->next->prev = e->prev->next = e;
}

/* The place of the pointer to the entry of TEXT, or of the NULL instead. */
static struct entry **
find(struct serve_keys *k, const char *text)
{
	struct entry **p;

	p = &k->bucket[base_crc32c(0, text, strlen(text)) % BUCKETS];
	while (*p != NULL && strcmp((*p)->text, text) != 0)
		p = &(*p)->chain;
	return p;
}

static int
recall(struct serve_keys *k, const char *text, struct store_key *key,
    enum serve_keys_verdict *v)
{
	struct entry *e;
	int fresh;

	pthread_mutex_lock(&k->lock);
	e = *find(k, text);
	fresh = e != NULL && base_clock_mono_ms() < e->until_ms;
	if (fresh) {
		unlist(e);
		list_first(k, e);
		*v = e->known ? SERVE_KEYS_KNOWN : SERVE_KEYS_UNKNOWN;
		if (e->known)
			*key = e->key;
	}
	pthread_mutex_unlock(&k->lock);
	return fresh;
}

/* An entry for TEXT, which has none: a new one, or the one used last. */
static struct entry *
make_entry(struct serve_keys *k, const char *text)
{
	struct entry *e;

	if (k->n < ENTRIES)
		e = &k->at[k->n++];
	else {
		e = k->list.prev;
		*find(k, e->text) = e->chain;
		unlist(e);
	}
	strlcpy(e->text, text, sizeof(e->text));
	e->chain = NULL;
	*find(k, text) = e;
	return e;
}

static void
remember(struct serve_keys *k, const char *text, const struct store_key *key)
{
	struct entry *e;

	pthread_mutex_lock(&k->lock);
	if ((e = *find(k, text)) == NULL)
		e = make_entry(k, text);
	else
		unlist(e);
	list_first(k, e);
	e->until_ms = base_clock_mono_ms() + k->ttl_ms;
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

enum serve_keys_verdict
serve_keys_get(struct serve_keys *k, const char *text, struct store_key *key)
{
	struct asked a = { text, key, 0 };
	enum serve_keys_verdict v;

	if (recall(k, text, key, &v))
		return v;
	if (base_pool_run(k->pool, ask, &a) == -1)
		return SERVE_KEYS_OUTAGE;
	remember(k, text, a.found ? key : NULL);
	return a.found ? SERVE_KEYS_KNOWN : SERVE_KEYS_UNKNOWN;
}
