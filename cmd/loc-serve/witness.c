/* SPDX-License-Identifier: ISC */
/*
 * The secret is read once, when the first submission comes, and the key of a
 * day is made once a day.  A database that is away, or has not been migrated,
 * does not keep reports from being accepted: until it answers, those who have
 * no key are taken for one witness, which is the one that can do the least.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/pool.h"
#include "conf/file.h"
#include "http/request.h"
#include "store/trust.h"

#include "request.h"
#include "witness.h"

#define AGAIN_MS	5000	/* after the secret was not to be had */

struct serve_witness {
	struct base_pool	*database;
	unsigned		 bits4, bits6;
	pthread_mutex_t		 lock;		/* of: */
	int			 known;		/* the secret is */
	int			 told;		/* that there is none */
	uint8_t			 secret[OBS_WITNESS_SECRET];
	int64_t			 again_ms;	/* monotonic clock */
	struct obs_witness_day	 day;
};

struct serve_witness *
serve_witness_new(struct base_pool *database, const struct conf_file *cf)
{
	struct serve_witness *w;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		warn(NULL);
		return NULL;
	}
	w->database = database;
	w->bits4 = (unsigned)cf->trust_network4;
	w->bits6 = (unsigned)cf->trust_network6;
	w->day.day = -1;
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
serve_witness_free(struct serve_witness *w)
{
	if (w == NULL)
		return;
	pthread_mutex_destroy(&w->lock);
	explicit_bzero(w->secret, sizeof(w->secret));
	free(w);
}

struct asked {
	uint8_t	secret[OBS_WITNESS_SECRET];
	int	found;
};

static int
ask_for_secret(void *db, void *arg)
{
	struct asked *a = arg;

	a->found = store_trust_secret(db, a->secret);
	return a->found == -1 ? -1 : 0;
}

/*
 * The lock is not held meanwhile; several threads that ask at once are told the
 * same.
 */
void
serve_witness_learn(struct serve_witness *w)
{
	int64_t now = base_clock_mono_ms();
	struct asked a = { .found = 0 };

	pthread_mutex_lock(&w->lock);
	if (w->known || now < w->again_ms) {
		pthread_mutex_unlock(&w->lock);
		return;
	}
	w->again_ms = now + AGAIN_MS;
	pthread_mutex_unlock(&w->lock);
	if (base_pool_run(w->database, ask_for_secret, &a) == -1)
		return;
	pthread_mutex_lock(&w->lock);
	if (a.found) {
		memcpy(w->secret, a.secret, sizeof(w->secret));
		w->known = 1;
	} else if (!w->told) {
		warnx("the database has no trust_secret: "
		    "run loc-db migrate");
		w->told = 1;
	}
	pthread_mutex_unlock(&w->lock);
	explicit_bzero(a.secret, sizeof(a.secret));
}

/* The key of DAY.  Returns 1, or 0 while the secret is not known. */
static int
get_day(struct serve_witness *w, int64_t day, struct obs_witness_day *out)
{
	int known;

	pthread_mutex_lock(&w->lock);
	known = w->known;
	if (known && w->day.day != day)
		obs_witness_day(&w->day, w->secret, day);
	*out = w->day;
	pthread_mutex_unlock(&w->lock);
	return known;
}

struct obs_witness
serve_witness_of(struct serve_witness *w, const struct serve_call *c,
    int64_t now_ms)
{
	struct obs_witness who = { .class = OBS_WITNESS_PUBLIC };
	int64_t day = base_civil_day_of(now_ms / 1000);
	struct obs_witness_address address;
	struct obs_witness_day k;

	if (c->row != NULL)
		who.class = (uint8_t)c->row->trust;
	if (!get_day(w, day, &k)) {
		if (!c->in_group)
			serve_witness_learn(w);
		if (!get_day(w, day, &k))
			return who;
	}
	obs_witness_address_of(&address, &c->rq->client, w->bits4, w->bits6);
	who.tag = who.class == OBS_WITNESS_PUBLIC ?
	    obs_witness_network_tag(&k, &address) :
	    obs_witness_key_tag(&k, c->key);
	who.source = obs_witness_source(&k, &address, c->key,
	    http_request_field(c->rq, "User-Agent"));
	return who;
}

int
serve_witness_proof(struct serve_witness *w, const struct serve_call *c,
    int64_t now_ms, struct obs_proof *p)
{
	int known;

	if (c->row == NULL || c->row->trust == OBS_WITNESS_PUBLIC)
		return 0;
	if (!c->in_group)
		serve_witness_learn(w);
	pthread_mutex_lock(&w->lock);
	known = w->known;
	memcpy(p->secret, w->secret, sizeof(p->secret));
	pthread_mutex_unlock(&w->lock);
	p->day = base_civil_day_of(now_ms / 1000);
	return known;
}
