/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/crc32c.h"
#include "locate/cached.h"
#include "locate/provider.h"
#include "net/provider.h"
#include "queue/provider.h"
#include "store/key.h"

#include "fallback.h"
#include "pool.h"

#define MUTE_MS		60000	/* after a warning, per provider */
#define MUTED		64	/* providers of which that is remembered */

struct fallback {
	struct net_provider	*net;
	struct pool		*redis;
	pthread_mutex_t		 lock;		/* for: */
	struct {
		uint32_t	 name;		/* its CRC */
		int64_t		 until_ms;	/* 0: not in use */
	}			 muted[MUTED];
};

/* One query on its way through. */
struct asking {
	const struct store_key	*k;
	struct base_arena	*a;
	struct locate_provider	 p;
	struct locate_cached_key key[LOCATE_CACHED_MAX];
	size_t			 nkey;		/* 0: is not kept */
	struct locate_cached	 cached;
	struct base_buf		 keep;
};

struct fallback *
fallback_new(size_t calls, struct pool *redis)
{
	struct fallback *f;

	if ((f = calloc(1, sizeof(*f))) == NULL) {
		warn(NULL);
		return NULL;
	}
	if ((f->net = net_provider_new(calls)) == NULL) {
		free(f);
		return NULL;
	}
	f->redis = redis;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
fallback_free(struct fallback *f)
{
	if (f == NULL)
		return;
	net_provider_free(f->net);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

int
fallback_may(const struct store_key *k)
{
	return k->allow_fallback > 0 && k->fallback_name[0] != '\0' &&
	    k->fallback_url[0] != '\0' &&
	    k->fallback_ratelimit != STORE_KEY_NULL &&
	    k->fallback_ratelimit_interval > 0;
}

/* May there be a warning about NAME, and none for FOR_MS from now on? */
static int
may_warn(struct fallback *f, const char *name, int64_t for_ms)
{
	uint32_t crc = base_crc32c(0, name, strlen(name));
	int64_t now = base_civil_mono_ms();
	size_t i, to = 0;
	int may;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < MUTED && f->muted[i].name != crc; i++)
		if (f->muted[i].until_ms < f->muted[to].until_ms)
			to = i;
	if (i < MUTED)
		to = i;
	may = f->muted[to].name != crc || now >= f->muted[to].until_ms;
	if (may) {
		f->muted[to].name = crc;
		f->muted[to].until_ms = for_ms == INT64_MAX ? for_ms :
		    now + for_ms;
	}
	pthread_mutex_unlock(&f->lock);
	return may;
}

static int
get_kept(void *redis, void *arg)
{
	struct asking *q = arg;

	locate_cached_init(&q->cached);
	return queue_provider_get(redis, q->key, q->nkey, &q->cached, q->a);
}

static int
keep(void *redis, void *arg)
{
	const struct asking *q = arg;

	return queue_provider_set(redis, q->key, q->nkey, q->keep.data,
	    q->keep.len, q->k->fallback_cache_expire);
}

static int
admit(void *redis, void *arg)
{
	const struct store_key *k = arg;

	return queue_provider_admit(redis, k->fallback_name,
	    k->fallback_ratelimit, k->fallback_ratelimit_interval,
	    base_civil_now_s());
}

/* Ask the provider, and warn if it gives no answer. */
static enum locate_provider_verdict
call(struct fallback *f, struct asking *q, struct net_provider_call *c,
    const struct locate_query *query, struct locate_provider_position *pos)
{
	enum locate_provider_verdict v = LOCATE_PROVIDER_BAD;
	struct base_buf answer, body;
	char error[NET_PROVIDER_WHY_LEN];
	const char *why;
	long status;

	base_buf_init(&answer);
	base_buf_init(&body);
	locate_provider_ask(&body, &q->p, query);
	if (!base_buf_ok(&body))
		strlcpy(error, "out of memory", sizeof(error));
	else if ((status = net_provider_post(c, body.data, body.len, &answer,
	    error)) != -1 && (v = locate_provider_answer(&q->p, status,
	    answer.data, answer.len, pos, &why, q->a)) == LOCATE_PROVIDER_BAD)
		snprintf(error, sizeof(error), "%s, status %ld", why, status);
	if (v == LOCATE_PROVIDER_BAD && may_warn(f, q->k->fallback_name,
	    MUTE_MS))
		warnx("provider %s: %s", q->k->fallback_name, error);
	base_buf_done(&answer);
	base_buf_done(&body);
	return v;
}

/* Ask if that is allowed, and keep the answer. */
static enum locate_provider_verdict
ask(struct fallback *f, struct asking *q, const struct locate_query *query,
    struct locate_provider_position *pos)
{
	enum locate_provider_verdict v = LOCATE_PROVIDER_BAD;
	struct net_provider_call *c;

	if ((c = net_provider_take(f->net, q->p.url)) == NULL) {
		if (may_warn(f, q->k->fallback_name, MUTE_MS))
			warnx("provider %s: too many calls at once",
			    q->k->fallback_name);
		return v;
	}
	if (pool_run(f->redis, admit, (void *)(uintptr_t)q->k) == 1)
		v = call(f, q, c, query, pos);
	net_provider_give(f->net, c);
	if (v == LOCATE_PROVIDER_BAD || q->nkey == 0)
		return v;
	base_buf_init(&q->keep);
	locate_cached_write(&q->keep, v == LOCATE_PROVIDER_FOUND ? pos :
	    NULL);
	if (base_buf_ok(&q->keep))
		pool_run(f->redis, keep, q);
	base_buf_done(&q->keep);
	return v;
}

int
fallback_ask(struct fallback *f, const struct store_key *k,
    const struct locate_query *query, struct locate_result *r,
    struct base_arena *a)
{
	struct locate_provider_position pos;
	struct asking q = { .k = k, .a = a };
	const char *why;

	if (f->redis == NULL)
		return 0;
	why = locate_provider_parse(&q.p, k->fallback_schema,
	    k->fallback_url);
	if (why != NULL) {
		if (may_warn(f, k->fallback_name, INT64_MAX))
			warnx("provider %s is never asked: %s",
			    k->fallback_name, why);
		return 0;
	}
	if (k->fallback_cache_expire > 0)
		q.nkey = locate_cached_keys(q.key, q.p.schema, query);
	if (q.nkey > 0 && pool_run(f->redis, get_kept, &q) == 0)
		switch (locate_cached_judge(&q.cached, &pos)) {
		case LOCATE_CACHED_FOUND:
			locate_provider_result(r, &pos);
			return 1;
		case LOCATE_CACHED_NOT_FOUND:
			return 0;
		default:
			break;
		}
	if (ask(f, &q, query, &pos) != LOCATE_PROVIDER_FOUND)
		return 0;
	locate_provider_result(r, &pos);
	return 1;
}
