/* SPDX-License-Identifier: ISC */
/*
 * As many connections as there are have their handlers at work at once, each
 * one handler, and again after they were handed back.
 */
#include <sys/socket.h>

#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/loop.h"

#include "tap.h"

#define CONNS	20

struct conn {
	int		fd, client;
	atomic_int	inside, times;
};

static struct http_loop loop;
static struct conn conn[CONNS];
static pthread_barrier_t all;
static sem_t served;
static atomic_int ticks, twice;

static void
serve(void *arg)
{
	struct conn *c = arg;
	char byte;

	if (atomic_fetch_add(&c->inside, 1) > 0)
		atomic_store(&twice, 1);
	if (read(c->fd, &byte, 1) != 1) {
		close(c->fd);
		sem_post(&served);
		return;
	}
	pthread_barrier_wait(&all);
	atomic_fetch_add(&c->times, 1);
	atomic_fetch_sub(&c->inside, 1);
	if (http_loop_again(&loop, c->fd, c) == -1)
		abort();
	sem_post(&served);
}

static void
count_tick(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
wait_for_all(void)
{
	int i;

	for (i = 0; i < CONNS; i++)
		sem_wait(&served);
}

/* The barrier opens only when the handlers of all are at work. */
static void
test_rounds(void)
{
	int round, i, times = 0;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < CONNS; i++)
			if (write(conn[i].client, "x", 1) != 1)
				abort();
		wait_for_all();
	}
	for (i = 0; i < CONNS; i++)
		times += atomic_load(&conn[i].times);
	ok(times == 3 * CONNS, "%d served in three rounds", times);
	ok(!atomic_load(&twice), "none by two threads at once");
}

static void
test_end(void)
{
	int i;

	for (i = 0; i < CONNS; i++)
		close(conn[i].client);
	wait_for_all();
	for (i = 0; i < 300 && atomic_load(&ticks) == 0; i++)
		base_clock_nap(10, NULL);
	ok(atomic_load(&ticks) > 0, "there was a tick");
	http_loop_done(&loop);
	ok(loop.threads == 0, "and no thread is left");
}

int
main(void)
{
	int i, pair[2];

	pthread_barrier_init(&all, NULL, CONNS);
	sem_init(&served, 0, 0);
	if (http_loop_init(&loop, serve, count_tick, &ticks) == -1)
		abort();
	for (i = 0; i < CONNS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
			abort();
		conn[i].fd = pair[0];
		conn[i].client = pair[1];
		if (http_loop_add(&loop, pair[0], &conn[i]) == -1)
			abort();
	}
	test_rounds();
	test_end();
	return tap_done();
}
