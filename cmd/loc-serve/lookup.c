/* SPDX-License-Identifier: ISC */
/*
 * Many requests ask the database at once, and each question costs it a
 * statement to be parsed.  So questions that come while others are under way
 * gather (base/group.h) and go together as one statement: the busier the
 * service is, the less the database does for each of them, and an idle one
 * waits for nobody.
 *
 * A question stays on the stack of the thread that asks, which sleeps
 * meanwhile; rows go into the arena of its request.  Nothing is copied, and if
 * the trip fails all its questions fail.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>

#include "base/group.h"
#include "base/pool.h"
#include "locate/query.h"
#include "store/lookup.h"

#include "lookup.h"

/*
 * Two keep the database busy while the answers of one are read; more only
 * make smaller groups, unless the database has to wait for its disk.
 */
#define TRIPS		2
#define PATIENCE_MS	20
#define NETWORKS	400	/* of one trip, about */

struct serve_lookup {
	struct base_pool	*pool;
	struct base_group	*group;
};

/* One question, on the stack of the thread that waits for its answer. */
struct job {
	struct store_lookup	ask;
	int			rc;
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
make_trip(void *ctx, void *const *job, size_t n)
{
	struct serve_lookup *l = ctx;
	struct trip t = { .n = n };
	size_t i;
	int rc;

	assert(n > 0 && n <= BASE_GROUP_MAX);
	for (i = 0; i < n; i++)
		t.ask[i] = &((struct job *)job[i])->ask;
	rc = base_pool_run(l->pool, run_trip, &t);
	for (i = 0; i < n; i++)
		((struct job *)job[i])->rc = rc;
}

struct serve_lookup *
serve_lookup_new(struct base_pool *pool, size_t n)
{
	struct serve_lookup *l;
	struct base_group_options o = {
		.turns = n < TRIPS ? n : TRIPS,
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

int
serve_lookup_find(struct serve_lookup *l, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	struct job job = { { q, f, a }, -1 };

	base_group_do(l->group, &job, q->nblue + q->nwifi + q->ncell +
	    q->narea);
	return job.rc;
}
