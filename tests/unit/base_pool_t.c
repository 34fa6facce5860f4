/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/outage.h"
#include "base/pool.h"
#include "tap.h"

/* Connections are numbers; the server is what this file says it is. */
static struct conn {
	int		 number;
	_Atomic int	 used;
} conns[8];
static int made, freed, room = 8;
static int away, stale;			/* calls that will fail */
static int moved, stale_ms = 1000;
static int losses, returns;		/* that were noticed */
static _Atomic int calls, clashes;

static void *
make(const void *arg)
{
	if (made == room)
		return NULL;
	conns[made].number = made + *(const int *)arg;
	return &conns[made++];
}

static void
release(void *conn)
{
	(void)conn;
	freed++;
}

static int
is_lost(const void *conn, int rc)
{
	(void)conn;
	return rc == -1;
}

static int
has_moved(void *conn, int64_t took_ms)
{
	(void)conn;
	(void)took_ms;
	return moved;
}

static void
notice(const void *conn, struct base_outage *o, int down)
{
	(void)conn;
	if (down)
		losses += base_outage_fails(o, "", 1) != BASE_OUTAGE_NONE;
	else
		returns += base_outage_works(o, 1);
}

static const struct base_pool_kind kind = { make, release, is_lost, has_moved,
    notice };

static struct base_pool *
open_pool(size_t n, size_t tag_max, int wait_ms, int pause_ms)
{
	static const int first = 100;
	struct base_pool_options o = { .kind = &kind, .arg = &first, .n = n,
	    .tag_max = tag_max, .wait_ms = wait_ms, .pause_ms = pause_ms,
	    .stale_ms = stale_ms };

	made = freed = losses = returns = away = stale = 0;
	atomic_store(&calls, 0);
	return base_pool_new(&o);
}

static int
work(void *conn, void *arg)
{
	struct conn *c = conn;

	atomic_fetch_add(&calls, 1);
	if (atomic_exchange(&c->used, 1))
		atomic_fetch_add(&clashes, 1);
	if (arg != NULL)
		usleep(*(const useconds_t *)arg);
	atomic_store(&c->used, 0);
	if (stale > 0 && stale-- > 0)
		return -1;
	return away ? -1 : c->number;
}

static void
begin_and_end(void)
{
	struct base_pool *p = open_pool(3, 0, 0, 0);

	is_int(made, 3, "all connections are prepared");
	is_int(base_pool_run(p, work, NULL), 102, "work says what is returned");
	is_int(base_pool_run(p, work, NULL), 102, "the last is taken first");
	base_pool_free(p);
	is_int(freed, 3, "all are released");
	is_int(base_pool_run(NULL, work, NULL), -1, "no pool");
	room = 2;
	ok(open_pool(3, 0, 0, 0) == NULL && freed == 2,
	    "a pool that cannot be filled");
	room = 8;
	base_pool_free(NULL);
}

static void
outage(void)
{
	struct base_pool *p = open_pool(2, 0, 0, 50);

	stale = 1;
	is_int(base_pool_run(p, work, NULL), 101, "a stale connection");
	is_int(calls, 2, "is tried twice");
	is_int(losses, 0, "and nobody is told");
	away = 1;
	is_int(base_pool_run(p, work, NULL), -1, "the server is away");
	ok(base_pool_is_down(p) && losses == 1 && returns == 0, "it is told");
	is_int(calls, 4, "after two tries");
	is_int(base_pool_run(p, work, NULL), -1, "the next fails");
	is_int(calls, 4, "without a try");
	usleep(60000);
	is_int(base_pool_run(p, work, NULL), -1, "after the pause one tries");
	ok(calls == 6 && losses == 1, "and it is told once");
	away = 0;
	is_int(base_pool_run(p, work, NULL), -1, "not at once again");
	usleep(60000);
	is_int(base_pool_run(p, work, NULL), 101, "the server is back");
	ok(!base_pool_is_down(p) && returns == 1, "it is told");
	base_pool_free(p);
}

/* A server behind the address hangs, another does not. */
static void
half_an_outage(void)
{
	struct base_pool *p;
	void *a, *b;

	stale_ms = 0;
	p = open_pool(2, 0, 0, 60000);
	stale = 1;
	is_int(base_pool_run(p, work, NULL), -1, "work that hung");
	is_int(calls, 1, "is not tried twice");
	ok(base_pool_is_down(p), "and speaks for all");
	base_pool_set_down(p, 0);
	stale = moved = 1;
	ok(base_pool_run(p, work, NULL) >= 100, "but is at another server");
	ok(!base_pool_is_down(p), "which speaks for that");
	moved = 0;
	a = base_pool_take(p, NULL);
	usleep(2000);
	b = base_pool_take(p, NULL);
	base_pool_give(p, b, 0);
	base_pool_give(p, a, 1);
	ok(!base_pool_is_down(p), "one hung while another was answered");
	ok(base_pool_take(p, NULL) == b, "and is taken last");
	base_pool_give(p, b, 1);
	ok(base_pool_is_down(p), "a later loss speaks for all");
	base_pool_free(p);
	stale_ms = 1000;
}

static void
one_tries(void)
{
	struct base_pool *p = open_pool(2, 0, 0, 0);
	void *a;

	base_pool_set_down(p, 1);
	a = base_pool_take(p, NULL);
	ok(a != NULL, "the pause is over: one is let through");
	ok(base_pool_take(p, NULL) == NULL, "but no second one");
	base_pool_give(p, a, 0);
	a = base_pool_take(p, NULL);
	ok(a != NULL && !base_pool_is_down(p), "who tried brought it back");
	base_pool_give(p, a, 0);
	base_pool_free(p);
}

static void
until_told(void)
{
	struct base_pool *p = open_pool(1, 0, 0, BASE_POOL_UNTIL_TOLD);

	away = 1;
	base_pool_run(p, work, NULL);
	away = 0;
	usleep(2000);
	is_int(base_pool_run(p, work, NULL), -1, "nobody is let through");
	base_pool_set_down(p, 0);
	is_int(base_pool_run(p, work, NULL), 100, "until it is said");
	base_pool_set_down(p, 1);
	is_int(base_pool_run(p, work, NULL), -1, "or said to be away");
	base_pool_free(p);
}

static void
tags(void)
{
	struct base_pool *p = open_pool(4, 2, 0, 0);
	void *a, *b, *c, *d;

	a = base_pool_take(p, "a");
	b = base_pool_take(p, "b");
	base_pool_give(p, a, 0);
	base_pool_give(p, b, 0);
	ok(base_pool_take(p, "a") == a, "the one last used for a tag");
	c = base_pool_take(p, "a");
	ok(c != NULL && c != a && c != b, "another, not that of another tag");
	ok(base_pool_take(p, "a") == NULL, "no more for one tag");
	ok(base_pool_take(p, "b") == b, "but for others");
	d = base_pool_take(p, "d");
	ok(d != NULL, "all are in use");
	ok(base_pool_take(p, "e") == NULL, "none is left");
	base_pool_give(p, d, 0);
	base_pool_give(p, b, 0);
	ok(base_pool_take(p, "e") == d, "the one that was idle longest");
	base_pool_give(p, d, 0);
	base_pool_give(p, c, 0);
	base_pool_give(p, a, 0);
	base_pool_free(p);
}

static void *
hammer(void *arg)
{
	static const useconds_t us = 100;
	int i, bad = 0;

	for (i = 0; i < 200; i++)
		bad += base_pool_run(arg, work, (void *)(uintptr_t)&us) == -1;
	return (void *)(intptr_t)bad;
}

static void *
wait_for_one(void *arg)
{
	return base_pool_take(arg, NULL);
}

static void
threads(void)
{
	struct base_pool *p = open_pool(2, 0, 5000, 0);
	pthread_t id[8];
	int64_t begun_ms;
	void *a, *b, *got;
	int bad = 0, i;

	for (i = 0; i < 8; i++)
		pthread_create(&id[i], NULL, hammer, p);
	for (i = 0; i < 8; i++) {
		pthread_join(id[i], &got);
		bad += (int)(intptr_t)got;
	}
	ok(bad == 0 && calls == 1600 && clashes == 0,
	    "threads take turns, each with a connection of its own");
	a = base_pool_take(p, NULL);
	b = base_pool_take(p, NULL);
	begun_ms = base_clock_mono_ms();
	pthread_create(&id[0], NULL, wait_for_one, p);
	usleep(20000);
	base_pool_give(p, b, 1);
	pthread_join(id[0], &got);
	ok(base_clock_mono_ms() - begun_ms < 4000,
	    "who waits is woken when the server goes away");
	if (got != NULL)
		base_pool_give(p, got, 0);
	base_pool_give(p, a, 0);
	base_pool_free(p);
}

static void
patience(void)
{
	struct base_pool *p = open_pool(1, 0, 30, 0);
	int64_t begun_ms, ms;
	void *a = base_pool_take(p, NULL);

	begun_ms = base_clock_mono_ms();
	ok(base_pool_take(p, NULL) == NULL, "all stay in use");
	ms = base_clock_mono_ms() - begun_ms;
	ok(ms >= 30 && ms < 3000, "patience is bounded");
	base_pool_give(p, a, 0);
	base_pool_free(p);
}

int
main(void)
{
	begin_and_end();
	outage();
	half_an_outage();
	one_tries();
	until_told();
	tags();
	threads();
	patience();
	return tap_done();
}
