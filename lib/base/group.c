/* SPDX-License-Identifier: ISC */
/*
 * Every thread that waits has a semaphore and is woken once: its job is done
 * or it is to take a turn.  A common condition would wake all of them, each
 * to find the lock taken.
 */
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
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Take M off the list; locked. */
static void
unlist(struct base_group *g, struct member *m)
{
	TAILQ_REMOVE(&g->waiting, m, next);
	m->waits = 0;
}

/* The jobs of a turn: that of FIRST, and of those that wait. */
static size_t
gather(struct base_group *g, struct member *first, struct member **m,
    void **job)
{
	size_t n = 1, size = first->size;
	struct member *next;

	m[0] = first;
	job[0] = first->job;
	pthread_mutex_lock(&g->lock);
	while (n < BASE_GROUP_MAX && size < g->o.max_size &&
	    (next = TAILQ_FIRST(&g->waiting)) != NULL) {
		unlist(g, next);
		size += next->size;
		m[n] = next;
		job[n++] = next->job;
	}
	pthread_mutex_unlock(&g->lock);
	return n;
}

/* End a turn, or let another member have it. */
static void
pass_on(struct base_group *g)
{
	struct member *next = NULL;

	pthread_mutex_lock(&g->lock);
	if (g->turns <= g->o.turns)
		next = TAILQ_FIRST(&g->waiting);
	if (next != NULL)
		unlist(g, next);
	else
		g->turns--;
	pthread_mutex_unlock(&g->lock);
	if (next != NULL)
		sem_post(&next->woken);
}

static void
take_turn(struct base_group *g, struct member *self)
{
	struct member *m[BASE_GROUP_MAX];
	void *job[BASE_GROUP_MAX];
	size_t i, n = gather(g, self, m, job);

	g->o.work(g->o.ctx, job, n);
	pass_on(g);
	for (i = 1; i < n; i++) {
		m[i]->done = 1;
		sem_post(&m[i]->woken);
	}
}

/* Take a turn at once, or join those that wait.  Returns 1 if it has one. */
static int
enter(struct base_group *g, struct member *m)
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
push(struct base_group *g, struct member *m)
{
	int turn;

	pthread_mutex_lock(&g->lock);
	turn = m->waits && g->turns < g->o.most;
	if (turn) {
		g->turns++;
		unlist(g, m);
	}
	pthread_mutex_unlock(&g->lock);
	return turn;
}

/* Until M is woken, or out of patience.  Returns 1 if it was woken. */
static int
nap(const struct base_group *g, struct member *m)
{
	struct timespec end = base_clock_timespec(base_clock_mono_ms() +
	    g->o.patience_ms);

	if (g->o.patience_ms == 0)
		return sem_wait(&m->woken) == 0;
	return sem_clockwait(&m->woken, CLOCK_MONOTONIC, &end) == 0;
}

void
base_group_do(struct base_group *g, void *job, size_t size)
{
	struct member m = { .job = job, .size = size };

	sem_init(&m.woken, 0, 0);
	if (!enter(g, &m))
		while (!nap(g, &m) && !push(g, &m))
			;
	if (!m.done)
		take_turn(g, &m);
	sem_destroy(&m.woken);
}
