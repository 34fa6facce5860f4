/* SPDX-License-Identifier: ISC */
/*
 * The slots of idle connections form a stack: the one given back last is
 * taken first, so that under little load few connections are used, and these
 * stay warm.  One that was lost goes to the bottom.  With tags the topmost that
 * fits is taken, else the one at the bottom, whose tag nobody has asked for
 * longest.
 *
 * While the pool is down, waiting threads are woken and leave empty-handed.
 * One that is let through to try (trying is set) either brings the server
 * back or prolongs the pause when it gives its connection back, so there is
 * never more than one thread that waits for a server which may be hanging.
 * Connections that were taken before the server went away come back later
 * and each tell what they saw; the last word counts.  But who has waited in
 * vain while others were answered does not speak for all: there may be several
 * servers behind an address, of which one hangs.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/outage.h"
#include "base/pool.h"

struct slot {
	void	*conn;
	char	*tag;			/* last used for, or NULL */
	int	 used;			/* by a thread, now ... */
	int64_t	 since_ms;		/* ... since when */
};

struct base_pool {
	struct base_pool_options o;
	pthread_mutex_t	 lock;		/* for all below */
	pthread_cond_t	 given;		/* a connection came back */
	struct slot	*slot;
	size_t		 n;		/* connections made, of o.n */
	struct slot	**idle;		/* a stack, the top last */
	size_t		 nidle;
	int		 down;
	struct base_outage outage;	/* for kind->notice */
	int64_t		 next_ms;	/* no try before */
	int		 trying;	/* a thread has been let through */
	int64_t		 good_ms;	/* when the last came back not lost */
};

/* All connections are prepared now: a bad address shows at once. */
struct base_pool *
base_pool_new(const struct base_pool_options *o)
{
	struct base_pool *p;

	assert(o->n > 0);
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		warn(NULL);
		return NULL;
	}
	p->o = *o;
	p->o.arg = NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->given, NULL);
	p->slot = calloc(o->n, sizeof(*p->slot));
	p->idle = calloc(o->n, sizeof(*p->idle));
	if (p->slot == NULL || p->idle == NULL) {
		warn(NULL);
		base_pool_free(p);
		return NULL;
	}
	for (; p->n < o->n; p->n++) {
		if ((p->slot[p->n].conn = o->kind->new(o->arg)) == NULL) {
			base_pool_free(p);
			return NULL;
		}
		p->idle[p->nidle++] = &p->slot[p->n];
	}
	return p;
}

void
base_pool_free(struct base_pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	assert(p->nidle == p->n);
	for (i = 0; i < p->n; i++) {
		p->o.kind->free(p->slot[i].conn);
		free(p->slot[i].tag);
	}
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p->idle);
	free(p->slot);
	free(p);
}

/* A slot without a tag was used for nothing yet. */
static int
has_tag(const struct slot *s, const char *tag)
{
	return s->tag != NULL && strcmp(s->tag, tag) == 0;
}

/* Are as many connections in use for TAG as may be?  Under the lock. */
static int
tag_is_full(const struct base_pool *p, const char *tag)
{
	size_t i, used = 0;

	if (tag == NULL || p->o.tag_max == 0)
		return 0;
	for (i = 0; i < p->n; i++)
		used += p->slot[i].used && has_tag(&p->slot[i], tag);
	return used >= p->o.tag_max;
}

/* Where in the stack, which is not empty, the best slot for TAG is. */
static size_t
choose_idle(const struct base_pool *p, const char *tag)
{
	size_t i;

	assert(p->nidle > 0);
	if (tag == NULL)
		return p->nidle - 1;
	for (i = p->nidle; i > 0; i--)
		if (has_tag(p->idle[i - 1], tag))
			return i - 1;
	return 0;
}

/* Take a slot from the stack; NULL if its tag cannot be kept. */
static struct slot *
pop_idle(struct base_pool *p, const char *tag)
{
	size_t at = choose_idle(p, tag);
	struct slot *s = p->idle[at];
	char *copy;

	if (tag != NULL && !has_tag(s, tag)) {
		if ((copy = strdup(tag)) == NULL)
			return NULL;
		free(s->tag);
		s->tag = copy;
	}
	p->nidle--;
	memmove(&p->idle[at], &p->idle[at + 1],
	    (p->nidle - at) * sizeof(struct slot *));
	assert(!s->used);
	s->used = 1;
	s->since_ms = base_clock_mono_ms();
	return s;
}

/* May the server be asked now?  Under the lock. */
static int
may_try(struct base_pool *p)
{
	if (!p->down)
		return 1;
	if (p->o.pause_ms == BASE_POOL_UNTIL_TOLD || p->trying ||
	    base_clock_mono_ms() < p->next_ms)
		return 0;
	return p->trying = 1;
}

/*
 * A thread that may wait does so until a connection comes back or the pool
 * goes down, and only then asks whether it may be taken.
 */
void *
base_pool_take(struct base_pool *p, const char *tag)
{
	struct slot *s = NULL;
	struct timespec end = { 0 };
	int rc = p->o.wait_ms == 0;

	pthread_mutex_lock(&p->lock);
	if (p->nidle == 0 && rc == 0)
		end = base_clock_timespec(base_clock_mono_ms() +
		    p->o.wait_ms);
	while (p->nidle == 0 && !p->down && rc == 0)
		rc = pthread_cond_clockwait(&p->given, &p->lock,
		    CLOCK_MONOTONIC, &end);
	if (p->nidle > 0 && !tag_is_full(p, tag) && may_try(p) &&
	    (s = pop_idle(p, tag)) == NULL)
		p->trying = 0;
	pthread_mutex_unlock(&p->lock);
	return s == NULL ? NULL : s->conn;
}

/* Note that the server is DOWN or not; CONN, or NULL, told.  Locked. */
static void
note_state(struct base_pool *p, const void *conn, int down)
{
	p->trying = 0;
	if (!down && !p->down)
		return;
	if (conn != NULL && p->o.kind->notice != NULL)
		p->o.kind->notice(conn, &p->outage, down);
	p->next_ms = base_clock_mono_ms() + p->o.pause_ms;
	p->down = down;
}

/* Put a slot back: where it is taken from next, or last.  Locked. */
static void
push_idle(struct base_pool *p, struct slot *s, int last)
{
	size_t at = last ? 0 : p->nidle;

	assert(s->used && p->nidle < p->n);
	s->used = 0;
	memmove(&p->idle[at + 1], &p->idle[at],
	    (p->nidle - at) * sizeof(struct slot *));
	p->idle[at] = s;
	p->nidle++;
}

/*
 * After a loss all who wait are woken, to leave; else one of them is, for the
 * one connection.
 */
void
base_pool_give(struct base_pool *p, void *conn, int lost)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->n && p->slot[i].conn != conn; i++)
		;
	assert(i < p->n);
	push_idle(p, &p->slot[i], lost);
	if (!lost)
		p->good_ms = base_clock_mono_ms();
	note_state(p, conn, lost && (p->down ||
	    p->good_ms <= p->slot[i].since_ms));
	if (p->down)
		pthread_cond_broadcast(&p->given);
	else
		pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}

/*
 * Is it worth it to call work that was lost, and took so long, again?  Nobody
 * waits twice for the same server.
 */
static int
may_call_again(const struct base_pool *p, void *conn, int64_t took_ms)
{
	return took_ms < p->o.stale_ms || (p->o.kind->moved != NULL &&
	    p->o.kind->moved(conn, took_ms));
}

int
base_pool_run(struct base_pool *p, int (*work)(void *conn, void *arg),
    void *arg)
{
	int64_t begun_ms;
	void *conn;
	int rc;

	if (p == NULL || (conn = base_pool_take(p, NULL)) == NULL)
		return -1;
	begun_ms = base_clock_mono_ms();
	rc = work(conn, arg);
	if (p->o.kind->lost(conn, rc) &&
	    may_call_again(p, conn, base_clock_mono_ms() - begun_ms))
		rc = work(conn, arg);
	base_pool_give(p, conn, p->o.kind->lost(conn, rc));
	return rc;
}

void
base_pool_set_down(struct base_pool *p, int down)
{
	pthread_mutex_lock(&p->lock);
	note_state(p, NULL, down);
	if (down)
		pthread_cond_broadcast(&p->given);
	pthread_mutex_unlock(&p->lock);
}

/*
 * The answer may be out of date at once; who must be certain takes a
 * connection.
 */
int
base_pool_is_down(struct base_pool *p)
{
	int down;

	pthread_mutex_lock(&p->lock);
	down = p->down;
	pthread_mutex_unlock(&p->lock);
	return down;
}
