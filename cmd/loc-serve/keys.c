/* SPDX-License-Identifier: ISC */
/*
 * Without a database and without keys in the index the service is open to all.
 *
 * An answer of the database, also that there is no such key, is used until it
 * is too old or makes room for others; a failure is not remembered.  The table
 * knows names by a hash only, so every entry holds the text of its key, and
 * one of another key counts as none: no key is ever let in for another.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/lru.h"
#include "base/pool.h"
#include "store/key.h"

#include "index.h"
#include "keys.h"

#define ENTRIES		500

/*
 * What is remembered of a text, known as a key or not.  It holds no pointers,
 * so that the table may drop it without being told how.
 */
struct entry {
	int64_t			 until_ms;
	unsigned		 generation;	/* of the index; 0: the pool */
	int			 known;
	char			 text[STORE_KEY_MAX + 1];
	struct store_key	 key;		/* if known */
};

struct serve_keys {
	struct base_pool	*pool;		/* or NULL */
	struct serve_index	*index;		/* or NULL */
	int64_t			 ttl_ms;
	pthread_mutex_t		 lock;
	struct base_lru		*lru;		/* of entries, by text */
};

struct serve_keys *
serve_keys_new(struct base_pool *pool, struct serve_index *index,
    int64_t ttl_s)
{
	struct serve_keys *k;

	if ((k = calloc(1, sizeof(*k))) == NULL ||
	    (k->lru = base_lru_new(ENTRIES, sizeof(struct entry))) == NULL) {
		warn(NULL);
		free(k);
		return NULL;
	}
	k->pool = pool;
	k->index = index;
	k->ttl_ms = ttl_s * 900 + arc4random_uniform((uint32_t)ttl_s * 200 +
	    1);
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void
serve_keys_free(struct serve_keys *k)
{
	if (k == NULL)
		return;
	pthread_mutex_destroy(&k->lock);
	base_lru_free(k->lru);
	free(k);
}

/*
 * Is TEXT remembered from GENERATION of the index, or 0: from the pool?  Then
 * *V is set, and *KEY if it is known.
 */
static int
recall_key(struct serve_keys *k, const char *text, unsigned generation,
    struct store_key *key, enum serve_keys_verdict *v)
{
	const struct entry *e;
	int fresh;

	pthread_mutex_lock(&k->lock);
	e = base_lru_find(k->lru, text, strlen(text));
	fresh = e != NULL && strcmp(e->text, text) == 0 &&
	    e->generation == generation &&
	    base_clock_mono_ms() < e->until_ms;
	if (fresh) {
		*v = e->known ? SERVE_KEYS_KNOWN : SERVE_KEYS_UNKNOWN;
		if (e->known)
			*key = e->key;
	}
	pthread_mutex_unlock(&k->lock);
	return fresh;
}

/*
 * KEY is as the database has it, or NULL if it has none: what is not there is
 * asked for again and again by those who guess, so that is remembered, too.
 */
static void
remember_key(struct serve_keys *k, const char *text, unsigned generation,
    const struct store_key *key)
{
	struct entry *e;

	pthread_mutex_lock(&k->lock);
	e = base_lru_make(k->lru, text, strlen(text));
	strlcpy(e->text, text, sizeof(e->text));
	e->until_ms = base_clock_mono_ms() + k->ttl_ms;
	e->generation = generation;
	if ((e->known = key != NULL))
		e->key = *key;
	pthread_mutex_unlock(&k->lock);
}

/* A key that has expired is as good as none. */
static int
is_void(const struct store_key *key)
{
	return store_key_expired(key, base_civil_day_of(base_clock_now_s()));
}

struct asked {
	const char		*text;
	struct store_key	*key;
	int			 found;
};

static int
ask_for_key(void *db, void *arg)
{
	struct asked *a = arg;

	a->found = store_key_get(db, a->text, a->key);
	if (a->found == 1 && is_void(a->key))
		a->found = 0;
	return a->found == -1 ? -1 : 0;
}

/*
 * What the index says, which is remembered like an answer of the database, as
 * its text takes longer to read, but no longer than the file is used.  Which
 * that is is asked before: if another takes its place meanwhile what is
 * remembered is never recalled.  Returns 0 if the index has no keys.
 */
static int
ask_index(struct serve_keys *k, const char *text, struct store_key *key,
    enum serve_keys_verdict *v)
{
	unsigned generation = serve_index_generation(k->index);
	enum serve_index_verdict said;
	int found;

	if (recall_key(k, text, generation, key, v))
		return 1;
	if ((said = serve_index_key(k->index, text, key)) ==
	    SERVE_INDEX_NO_KEYS)
		return 0;
	if (said == SERVE_INDEX_CUT) {
		*v = SERVE_KEYS_OUTAGE;
		return 1;
	}
	found = said == SERVE_INDEX_KNOWN && !is_void(key);
	remember_key(k, text, generation, found ? key : NULL);
	*v = found ? SERVE_KEYS_KNOWN : SERVE_KEYS_UNKNOWN;
	return 1;
}

/*
 * All threads call this.  The lock is not held while the database is asked, so
 * threads that miss the same key at once may all ask, and the last answer
 * stays.  To wait for one another would cost more than that is worth.
 */
enum serve_keys_verdict
serve_keys_get(struct serve_keys *k, const char *text, struct store_key *key)
{
	struct asked a = { text, key, 0 };
	enum serve_keys_verdict v;

	assert(strlen(text) <= STORE_KEY_MAX);
	if (k->index != NULL && ask_index(k, text, key, &v))
		return v;
	if (k->pool == NULL)
		return SERVE_KEYS_OPEN;
	if (recall_key(k, text, 0, key, &v))
		return v;
	if (base_pool_run(k->pool, ask_for_key, &a) == -1)
		return SERVE_KEYS_OUTAGE;
	remember_key(k, text, 0, a.found ? key : NULL);
	return a.found ? SERVE_KEYS_KNOWN : SERVE_KEYS_UNKNOWN;
}
