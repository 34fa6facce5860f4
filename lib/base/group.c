/* SPDX-License-Identifier: ISC */
/*
 * A thread with a job is a member, on its own stack.  It either has a turn,
 * which means that it runs a batch, or it is in the list of those that wait.
 * Whoever has a turn takes members off the list into its batch; it then owns
 * them until it posts their semaphores, and touches none of them afterwards,
 * because base_group_do() returns as soon as it is woken and its member is
 * gone.
 *
 * Each waiting member has a semaphore of its own and is woken once, either
 * because its job is done or because it is to take the next turn ("done"
 * tells which).  A common condition would wake all of them, each to find the
 * lock taken.
 *
 * "turns" counts the batches that run.  It is passed on rather than given
 * back when somebody waits, so that no newcomer can take the turn of one who
 * has waited.
 */
#include <assert.h>
#include <sys/queue.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/group.h"

struct member {
	TAILQ_ENTRY(member)	 next;
	void			*job;
	size_t			 size;
	sem_t			 woken;
	int			 waits;		/* it is in the list */
	int			 done;
};
TAILQ_HEAD(members, member);

struct base_group {
	struct base_group_options o;
	pthread_mutex_t	 lock;		/* for all of: */
	struct members	 waiting;
	size_t		 turns;		/* taken */
};

struct base_group *
base_group_new(const struct base_group_options *o)
{
	struct base_group *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	g->o = *o;
	TAILQ_INIT(&g->waiting);
	pthread_mutex_init(&g->lock, NULL);
	return g;
}

void
base_group_free(struct base_group *g)
{
	if (g == NULL)
		return;
	assert(g->turns == 0 && TAILQ_EMPTY(&g->waiting));
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Take M off the list; locked. */
static void
unlist_member(struct base_group *g, struct member *m)
{
	assert(m->waits);
	TAILQ_REMOVE(&g->waiting, m, next);
	m->waits = 0;
}

/* The jobs of a batch: that of FIRST, and of those that wait. */
static size_t
gather_jobs(struct base_group *g, struct member *first, struct member **m,
    void **job)
{
	size_t n = 1, size = first->size;
	struct member *next;

	m[0] = first;
	job[0] = first->job;
	pthread_mutex_lock(&g->lock);
	while (n < BASE_GROUP_MAX && size < g->o.max_size &&
	    (next = TAILQ_FIRST(&g->waiting)) != NULL) {
		unlist_member(g, next);
		size += next->size;
		m[n] = next;
		job[n++] = next->job;
	}
	pthread_mutex_unlock(&g->lock);
	return n;
}

/* End a turn, or let the member that has waited longest have it. */
static void
pass_turn_on(struct base_group *g)
{
	struct member *next = NULL;

	pthread_mutex_lock(&g->lock);
	if (g->turns <= g->o.turns)
		next = TAILQ_FIRST(&g->waiting);
	if (next != NULL)
		unlist_member(g, next);
	else {
		assert(g->turns > 0);
		g->turns--;
	}
	pthread_mutex_unlock(&g->lock);
	if (next != NULL)
		sem_post(&next->woken);
}

/* Run a batch for SELF and those that wait, then wake these. */
static void
take_turn(struct base_group *g, struct member *self)
{
	struct member *m[BASE_GROUP_MAX];
	void *job[BASE_GROUP_MAX];
	size_t i, n = gather_jobs(g, self, m, job);

	g->o.work(g->o.ctx, job, n);
	pass_turn_on(g);
	for (i = 1; i < n; i++) {
		m[i]->done = 1;
		sem_post(&m[i]->woken);
	}
}

/* Take a turn at once, or join those that wait.  Returns 1 if it has one. */
static int
enter_group(struct base_group *g, struct member *m)
{
	int turn;

	pthread_mutex_lock(&g->lock);
	turn = g->turns < g->o.turns;
	if (turn)
		g->turns++;
	else {
		TAILQ_INSERT_TAIL(&g->waiting, m, next);
		m->waits = 1;
	}
	pthread_mutex_unlock(&g->lock);
	return turn;
}

/* M has waited for long: take one more turn, if that is possible. */
static int
push_in(struct base_group *g, struct member *m)
{
	int turn;

	pthread_mutex_lock(&g->lock);
	turn = m->waits && g->turns < g->o.most;
	if (turn) {
		g->turns++;
		unlist_member(g, m);
	}
	pthread_mutex_unlock(&g->lock);
	return turn;
}

/* Until M is woken, or out of patience.  Returns 1 if it was woken. */
static int
wait_turn(const struct base_group *g, struct member *m)
{
	struct timespec end;

	if (g->o.patience_ms == 0)
		return sem_wait(&m->woken) == 0;
#ifdef __SANITIZE_THREAD__
	/* gcc 12 does not know what sem_clockwait() orders. */
	end = base_clock_timespec(base_clock_now_ms() + g->o.patience_ms);
	return sem_timedwait(&m->woken, &end) == 0;
#else
	end = base_clock_timespec(base_clock_mono_ms() + g->o.patience_ms);
	return sem_clockwait(&m->woken, CLOCK_MONOTONIC, &end) == 0;
#endif
}

void
base_group_do(struct base_group *g, void *job, size_t size)
{
	struct member m = { .job = job, .size = size };

	sem_init(&m.woken, 0, 0);
	if (!enter_group(g, &m))
		while (!wait_turn(g, &m) && !push_in(g, &m))
			;
	/* Woken without being done means that the turn was passed on. */
	if (!m.done)
		take_turn(g, &m);
	sem_destroy(&m.woken);
}
