/* SPDX-License-Identifier: ISC */
/*
 * Which threads wait, and which work.
 *
 * All threads are alike.  A thread is in one of three places:
 *
 *	waiting	in epoll_wait(), for a connection that has something to read;
 *		`want' of them, as many as there are processors
 *	at work	in serve(), with one connection
 *	spare	asleep, with nothing to do; after SPARE_S it ends
 *
 * A handler may wait, for a database that it asks for all requests that have
 * gathered, or for a provider.  So the last waiting thread, before it goes to
 * work, calls up another one to wait: a spare thread, or a new one.  Thus no
 * request waits for the handler of another request.  A thread that has done its
 * work waits again, or becomes a spare if `want' threads are waiting already.
 *
 * COUNTS, all under the lock.  `waiting' counts a thread from the moment it is
 * called up, although it has still to wake up: so two threads never call up
 * one each for the same gap.  It is `want' at most.  `called' is `spares' at
 * most, and a spare that wakes up takes one of it, whichever was meant.
 *
 * ONE THREAD FOR A CONNECTION.  An event is told once (EPOLLONESHOT): from then
 * to http_loop_again() or http_loop_soon() the kernel tells nobody of this
 * connection.
 *
 * WHO ENDS waits for the thread that ended before, and http_loop_done() for the
 * last one.  So all that libraries keep for a thread, and free when it has
 * ended, is freed then, and no more than one thread is left unjoined.
 *
 * WHEN MEMORY IS SHORT for one more thread, the others go on.  Then it may be
 * that none is waiting, until the first is done with its work.
 *
 * THE END.  `wake' becomes readable, and stays so, with a connection of NULL:
 * each waiting thread sees it and ends.  Spares are told by `ending'.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/loop.h"

#define STACK_BYTES	(256 * 1024)
#define TICK_MS		1000
#define SPARE_S		10	/* until a spare thread ends */

static void *loop_thread(void *arg);

/*
 * Under the lock: have one more thread wait for events, and count it among
 * those that do.  Returns 0, or an errno if no thread can be made.
 */
static int
call_up(struct http_loop *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int e;

	assert(l->waiting < l->want && l->called <= l->spares);
	if (l->spares > l->called) {
		l->called++;
		l->waiting++;
		pthread_cond_signal(&l->spare);
		return 0;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	e = pthread_create(&thread, &attr, loop_thread, l);
	pthread_attr_destroy(&attr);
	if (e == 0) {
		l->threads++;
		l->waiting++;
	}
	return e;
}

/*
 * Under the lock, which is released meanwhile: sleep until this thread is
 * called up.  Returns 1 then, with the thread counted among those that wait
 * by call_up(); or 0 if it is to end.
 */
static int
be_spare(struct http_loop *l)
{
	struct timespec due;
	int e = 0;

	clock_gettime(CLOCK_MONOTONIC, &due);
	due.tv_sec += SPARE_S;
	l->spares++;
	while (l->called == 0 && !l->ending && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&l->spare, &l->lock, &due);
	l->spares--;
	if (l->called == 0)
		return 0;
	l->called--;
	return 1;
}

/* Under the lock: is a tick due?  Only one thread is told so. */
static int
is_tick_due(struct http_loop *l)
{
	int64_t now = base_clock_mono_ms();

	if (now - l->ticked_ms < TICK_MS)
		return 0;
	l->ticked_ms = now;
	return 1;
}

/*
 * Wait for a connection that has something to read, and see to ticks meanwhile.
 * Returns it; or NULL, which is what `wake' stands for: the thread is to end.
 */
static void *
wait_for_event(struct http_loop *l)
{
	struct epoll_event ev;
	int due;

	while (epoll_wait(l->epoll, &ev, 1, TICK_MS) != 1) {
		pthread_mutex_lock(&l->lock);
		due = is_tick_due(l);
		pthread_mutex_unlock(&l->lock);
		if (due)
			l->tick(l->arg);
	}
	return ev.data.ptr;
}

/*
 * Serve CONN.  Returns 1 if the thread is to wait for events again, and is
 * counted so; 0 if it is to end.  The tick is looked at here, too: when one
 * event follows the other epoll_wait() never times out.
 */
static int
serve_one(struct http_loop *l, void *conn)
{
	int go_on = 1;

	pthread_mutex_lock(&l->lock);
	assert(l->waiting > 0);
	if (--l->waiting == 0)
		call_up(l);
	pthread_mutex_unlock(&l->lock);
	l->serve(conn);
	pthread_mutex_lock(&l->lock);
	if (is_tick_due(l)) {
		pthread_mutex_unlock(&l->lock);
		l->tick(l->arg);
		pthread_mutex_lock(&l->lock);
	}
	if (l->waiting < l->want)
		l->waiting++;
	else
		go_on = be_spare(l);
	pthread_mutex_unlock(&l->lock);
	return go_on;
}

static void *
loop_thread(void *arg)
{
	struct http_loop *l = arg;
	pthread_t before;
	void *conn;
	int joins;

	while ((conn = wait_for_event(l)) != NULL && serve_one(l, conn))
		;
	pthread_mutex_lock(&l->lock);
	assert(l->threads > 0);
	joins = l->has_ended;
	before = l->ended;
	l->has_ended = 1;
	l->ended = pthread_self();
	if (--l->threads == 0)
		pthread_cond_broadcast(&l->gone);
	pthread_mutex_unlock(&l->lock);
	if (joins)
		pthread_join(before, NULL);
	return NULL;
}

int
http_loop_init(struct http_loop *l, void (*serve)(void *conn),
    void (*on_tick)(void *arg), void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_condattr_t attr;

	*l = (struct http_loop){ .epoll = -1, .wake = -1, .serve = serve,
	    .tick = on_tick, .arg = arg, .want = cpus < 1 ? 1 :
	    (unsigned)cpus, .ticked_ms = base_clock_mono_ms() };
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->spare, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&l->gone, NULL);
	if ((l->epoll = epoll_create1(EPOLL_CLOEXEC)) != -1 &&
	    (l->wake = eventfd(0, EFD_CLOEXEC)) != -1 &&
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &ev) == 0) {
		pthread_mutex_lock(&l->lock);
		while (l->waiting < l->want && (errno = call_up(l)) == 0)
			;
		pthread_mutex_unlock(&l->lock);
		if (l->waiting > 0)
			return 0;
	}
	warn("event loop");
	return -1;
}

void
http_loop_done(struct http_loop *l)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&l->lock);
	l->ending = 1;
	if (l->wake != -1 && write(l->wake, &one, sizeof(one)) != sizeof(one))
		warn("eventfd");
	pthread_cond_broadcast(&l->spare);
	while (l->threads > 0)
		pthread_cond_wait(&l->gone, &l->lock);
	pthread_mutex_unlock(&l->lock);
	if (l->has_ended)
		pthread_join(l->ended, NULL);
	if (l->wake != -1)
		close(l->wake);
	if (l->epoll != -1)
		close(l->epoll);
	pthread_cond_destroy(&l->gone);
	pthread_cond_destroy(&l->spare);
	pthread_mutex_destroy(&l->lock);
}

/* A connection is woken up once; errors and the end of both ways do it, too. */
static int
watch(struct http_loop *l, int op, int fd, uint32_t events, void *conn)
{
	struct epoll_event ev = { .events = events | EPOLLONESHOT,
	    .data.ptr = conn };

	assert(conn != NULL);
	return epoll_ctl(l->epoll, op, fd, &ev);
}

int
http_loop_add(struct http_loop *l, int fd, void *conn)
{
	return watch(l, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP, conn);
}

int
http_loop_again(struct http_loop *l, int fd, void *conn)
{
	return watch(l, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP, conn);
}

int
http_loop_soon(struct http_loop *l, int fd, void *conn)
{
	return watch(l, EPOLL_CTL_MOD, fd, EPOLLOUT, conn);
}
