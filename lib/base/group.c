/* SPDX-License-Identifier: ISC */
/*
 * Jobs wait in a list.  Whoever adds one and finds that another batch may run
 * becomes a leader: it takes a turn, takes a batch off the list, does the
 * work, gives the turn back, and tells the owners of the jobs.  Then it looks
 * whether there is a next batch, and leaves when there is none, or when others
 * have taken all turns.
 *
 * NO JOB IS FORGOTTEN.  "turns" counts the batches whose work is under way,
 * and both it and the list change under the lock only.  While jobs wait, all
 * turns are taken, or some leader is telling owners and will look again: for
 * whoever adds a job takes a free turn at once, and whoever gives a turn back
 * looks at the list afterwards; whoever only puts a job there has promised to
 * look later.  Owners are told without a turn, so that a newcomer may begin the
 * next batch meanwhile.
 *
 * PATIENCE.  Leaders may hang in their work.  Where that matters one of those
 * who add a job while all turns are taken stays as the watcher: it sleeps,
 * looks up every patience_ms, and leads one batch more when the first job in
 * the list has waited for as long.  While it leads the next who adds a job
 * becomes the watcher.  It is one thread for all jobs that wait, and nobody
 * wakes it up for them: under load it costs a wake-up in patience_ms.
 *
 * AFTER.  What a leader does after it has told owners may take long, and must
 * not hold up the jobs in the list.  If nobody else leads by then and there is
 * a watcher, that is woken to do the next batch, which is once in a batch at
 * most; if there is none the leader does the next batch first.
 *
 * A job belongs to its owner again as soon as done() is called, and may be
 * gone when that returns.
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/group.h"

TAILQ_HEAD(jobs, base_group_job);

struct base_group {
	struct base_group_options o;
	pthread_mutex_t	 lock;		/* for all of: */
	pthread_cond_t	 called_up;	/* the watcher sleeps on it */
	pthread_cond_t	 left;		/* nobody is inside any more */
	struct jobs	 waiting;
	size_t		 turns;		/* taken */
	unsigned	 inside;	/* threads that use the group */
	int		 watched;	/* one of them watches ... */
	int		 called;	/* ... and is to lead a batch */
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
	pthread_cond_init(&g->called_up, NULL);
	pthread_cond_init(&g->left, NULL);
	return g;
}

void
base_group_free(struct base_group *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	assert(g->turns == 0 && TAILQ_EMPTY(&g->waiting));
	while (g->inside > 0)
		pthread_cond_wait(&g->left, &g->lock);
	pthread_mutex_unlock(&g->lock);
	pthread_cond_destroy(&g->left);
	pthread_cond_destroy(&g->called_up);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

static void
enter_group(struct base_group *g)
{
	pthread_mutex_lock(&g->lock);
	g->inside++;
}

/* The group may be gone when this returns. */
static void
leave_group(struct base_group *g)
{
	if (--g->inside == 0)
		pthread_cond_signal(&g->left);
	pthread_mutex_unlock(&g->lock);
}

/* Under the lock: take a batch off the list, which is not empty. */
static size_t
gather_jobs(struct base_group *g, struct base_group_job **job)
{
	struct base_group_job *next;
	size_t n = 0, size = 0;

	while (n < BASE_GROUP_MAX && (n == 0 || size < g->o.max_size) &&
	    (next = TAILQ_FIRST(&g->waiting)) != NULL) {
		TAILQ_REMOVE(&g->waiting, next, next);
		size += next->size;
		job[n++] = next;
	}
	return n;
}

/* Under the lock, which is released meanwhile: do one batch. */
static void
do_batch(struct base_group *g)
{
	struct base_group_job *job[BASE_GROUP_MAX];
	size_t i, n = gather_jobs(g, job);

	assert(n > 0 && g->turns < SIZE_MAX);
	g->turns++;
	pthread_mutex_unlock(&g->lock);
	g->o.work(g->o.ctx, job, n);
	pthread_mutex_lock(&g->lock);
	assert(g->turns > 0);
	g->turns--;
	pthread_mutex_unlock(&g->lock);
	for (i = 0; i < n; i++)
		job[i]->done(job[i]);
	pthread_mutex_lock(&g->lock);
}

/* Under the lock: leave the list to the watcher.  0: there is none. */
static int
call_watcher(struct base_group *g)
{
	if (!g->watched)
		return 0;
	g->called = 1;
	pthread_cond_signal(&g->called_up);
	return 1;
}

/*
 * Under the lock, which is released meanwhile: do batches while there are jobs
 * and fewer than MOST run.  Who comes during after() finds a turn or others who
 * have taken it, but what was left to these is looked at once more.
 */
static void
lead_group(struct base_group *g, size_t most)
{
	int told = 0;

	for (;;) {
		while (!TAILQ_EMPTY(&g->waiting) && g->turns < most &&
		    !(told && call_watcher(g))) {
			do_batch(g);
			told = g->o.after != NULL;
			most = g->o.turns;
		}
		if (!told)
			return;
		pthread_mutex_unlock(&g->lock);
		g->o.after(g->o.ctx);
		pthread_mutex_lock(&g->lock);
		told = 0;
	}
}

/* Under the lock: has the first job waited for too long?  When will it have? */
static int
is_impatient(const struct base_group *g, int64_t *due_ms)
{
	const struct base_group_job *first = TAILQ_FIRST(&g->waiting);
	int64_t now_ms = base_clock_mono_ms();

	*due_ms = first->since_ms + g->o.patience_ms;
	if (now_ms < *due_ms)
		return 0;
	*due_ms = now_ms + g->o.patience_ms;	/* if MOST are under way */
	return g->turns < g->o.most;
}

/* Under the lock: see to it that the jobs in the list do not wait for long. */
static void
watch_group(struct base_group *g)
{
	struct timespec due;
	int64_t due_ms;

	g->watched = 1;
	while (!TAILQ_EMPTY(&g->waiting) && !is_impatient(g, &due_ms) &&
	    !(g->called && g->turns < g->o.turns)) {
		g->called = 0;
		due = base_clock_timespec(due_ms);
		pthread_cond_clockwait(&g->called_up, &g->lock,
		    CLOCK_MONOTONIC, &due);
	}
	g->watched = g->called = 0;
	lead_group(g, g->o.most);
}

/* Under the lock: put J into the list. */
static void
enlist_job(struct base_group *g, struct base_group_job *j)
{
	j->since_ms = g->o.patience_ms == 0 ? 0 : base_clock_mono_ms();
	TAILQ_INSERT_TAIL(&g->waiting, j, next);
}

/* Under the lock: see to the jobs in the list, if this thread is needed. */
static void
see_to_jobs(struct base_group *g)
{
	if (g->turns < g->o.turns)
		lead_group(g, g->o.turns);
	else if (g->o.patience_ms > 0 && !g->watched)
		watch_group(g);
}

void
base_group_add(struct base_group *g, struct base_group_job *j)
{
	assert(j->done != NULL);
	enter_group(g);
	enlist_job(g, j);
	see_to_jobs(g);
	leave_group(g);
}

void
base_group_put(struct base_group *g, struct base_group_job *j)
{
	assert(j->done != NULL);
	pthread_mutex_lock(&g->lock);
	enlist_job(g, j);
	pthread_mutex_unlock(&g->lock);
}

void
base_group_go(struct base_group *g)
{
	enter_group(g);
	see_to_jobs(g);
	leave_group(g);
}

static void
wake_sleeper(struct base_group_job *j)
{
	sem_post(j->sleeper);
}

/* Until J is done, or out of patience.  Returns 1 if it is done. */
static int
await_job(const struct base_group *g, sem_t *woken)
{
	struct timespec end;

	if (g->o.patience_ms == 0)
		return sem_wait(woken) == 0;
#ifdef __SANITIZE_THREAD__
	/* gcc 12 does not know what sem_clockwait() orders. */
	end = base_clock_timespec(base_clock_now_ms() + g->o.patience_ms);
	return sem_timedwait(woken, &end) == 0;
#else
	end = base_clock_timespec(base_clock_mono_ms() + g->o.patience_ms);
	return sem_clockwait(woken, CLOCK_MONOTONIC, &end) == 0;
#endif
}

/* A job has waited for long: lead one more batch, if that is possible. */
static void
push_in(struct base_group *g)
{
	int64_t due_ms;

	enter_group(g);
	if (!TAILQ_EMPTY(&g->waiting) && is_impatient(g, &due_ms))
		lead_group(g, g->o.most);
	leave_group(g);
}

void
base_group_do(struct base_group *g, struct base_group_job *j)
{
	sem_t woken;

	sem_init(&woken, 0, 0);
	j->done = wake_sleeper;
	j->sleeper = &woken;
	enter_group(g);
	enlist_job(g, j);
	lead_group(g, g->o.turns);
	leave_group(g);
	while (!await_job(g, &woken))
		push_in(g);
	sem_destroy(&woken);
}
