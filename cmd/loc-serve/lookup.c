/* SPDX-License-Identifier: ISC */
/*
 * Many requests ask the database at once, and each question costs it a
 * statement to be parsed.  So questions that come while others are under way
 * gather (base/group.h) and go together as one statement: the busier the
 * service is, the less the database does for each of them, and an idle one
 * waits for nobody.
 *
 * No thread waits for the answer to a question of its own: the one that makes
 * the trip has the rows of all, and answers all.  A question stays in the arena
 * of its request, where its rows go, too.  Nothing is copied, and if the trip
 * fails all its questions fail.
 */
#include <assert.h>
#include <err.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/group.h"
#include "base/pool.h"
#include "locate/query.h"
#include "store/lookup.h"

#include "lookup.h"
#include "pool.h"

#define PATIENCE_MS	20
#define NETWORKS	400	/* of one trip, about */

_Static_assert(offsetof(struct serve_lookup_job, base) == 0,
    "a job of the group is the beginning of one of ours");

struct serve_lookup {
	struct base_pool	*pool;
	struct base_group	*group;
};

/* Questions that go together. */
struct trip {
	struct store_lookup	*ask[BASE_GROUP_MAX];
	size_t			 n;
};

static int
run_trip(void *db, void *arg)
{
	struct trip *t = arg;

	return store_lookup_run(db, t->ask, t->n);
}

/* The work of the group: answer the N questions that have gathered. */
static void
make_trip(void *ctx, struct base_group_job *const *job, size_t n)
{
	struct serve_lookup *l = ctx;
	struct trip t = { .n = n };
	size_t i;
	int rc;

	assert(n > 0 && n <= BASE_GROUP_MAX);
	for (i = 0; i < n; i++)
		t.ask[i] = &((struct serve_lookup_job *)job[i])->ask;
	rc = base_pool_run(l->pool, run_trip, &t);
	for (i = 0; i < n; i++)
		((struct serve_lookup_job *)job[i])->rc = rc;
}

struct serve_lookup *
serve_lookup_new(struct base_pool *pool, size_t n)
{
	struct serve_lookup *l;
	struct base_group_options o = {
		.turns = serve_pool_trips(n),
		.most = n,
		.patience_ms = PATIENCE_MS,
		.max_size = NETWORKS,
		.work = make_trip
	};

	if ((o.ctx = l = calloc(1, sizeof(*l))) == NULL ||
	    (l->group = base_group_new(&o)) == NULL) {
		warn(NULL);
		free(l);
		return NULL;
	}
	l->pool = pool;
	return l;
}

void
serve_lookup_free(struct serve_lookup *l)
{
	if (l == NULL)
		return;
	base_group_free(l->group);
	free(l);
}

/* The job of the group is the beginning of ours. */
static void
tell_asker(struct base_group_job *base)
{
	struct serve_lookup_job *j = (struct serve_lookup_job *)base;

	j->done(j);
}

static void
begin_job(struct serve_lookup_job *j)
{
	const struct locate_query *q = j->ask.q;

	j->rc = -1;
	j->base.size = q->nblue + q->nwifi + q->ncell + q->narea;
	j->base.done = tell_asker;
}

void
serve_lookup_add(struct serve_lookup *l, struct serve_lookup_job *j)
{
	begin_job(j);
	base_group_add(l->group, &j->base);
}

void
serve_lookup_put(struct serve_lookup *l, struct serve_lookup_job *j)
{
	begin_job(j);
	base_group_put(l->group, &j->base);
}

void
serve_lookup_go(struct serve_lookup *l)
{
	base_group_go(l->group);
}
