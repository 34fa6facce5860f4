/* SPDX-License-Identifier: ISC */
#include "base/aside.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tap.h"

struct work {
	pthread_t	who;
	int		go[2];		/* a pipe that it waits for */
	int		n, blocked;
};

static void
count(void *arg)
{
	struct work *w = arg;
	sigset_t set;

	w->who = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	w->blocked = sigismember(&set, SIGTERM) && sigismember(&set, SIGHUP);
	w->n++;
}

static void
wait_and_count(void *arg)
{
	struct work *w = arg;
	char c;

	if (read(w->go[0], &c, 1) == 1)
		count(w);
}

/* A user who may have no more threads; root always may. */
static void
alone(struct work *w)
{
	int is_root = geteuid() == 0;
	struct rlimit none, old;
	struct base_aside a;

	getrlimit(RLIMIT_NPROC, &old);
	none = old;
	none.rlim_cur = 0;
	base_aside_init(&a);
	if ((is_root && setresuid(65534, 65534, 0) == -1) ||
	    setrlimit(RLIMIT_NPROC, &none) == -1)
		ok(0, "become a user without threads");
	base_aside_begin(&a, count, w);
	ok(w->n == 1 && pthread_equal(w->who, pthread_self()),
	    "without a thread it is done at once");
	base_aside_end(&a);
	base_aside_done(&a);
	if (setrlimit(RLIMIT_NPROC, &old) == -1 ||
	    (is_root && setresuid(0, 0, 0) == -1))
		ok(0, "become who we were");
}

int
main(void)
{
	struct work w = { .n = 0 };
	struct base_aside a;
	int i;

	base_aside_init(&a);
	base_aside_end(&a);
	base_aside_done(&a);
	ok(1, "nothing was ever asked for");

	base_aside_init(&a);
	ok(pipe(w.go) == 0, "a pipe");
	base_aside_begin(&a, wait_and_count, &w);
	ok(write(w.go[1], "x", 1) == 1, "the caller goes on meanwhile");
	base_aside_end(&a);
	is_int(w.n, 1, "it is done at the end");
	ok(!pthread_equal(w.who, pthread_self()), "in another thread");
	ok(w.blocked, "which takes no signals");
	base_aside_end(&a);
	for (i = 0; i < 10000; i++) {
		base_aside_begin(&a, count, &w);
		base_aside_end(&a);
	}
	is_int(w.n, 10001, "again and again, each time once");
	base_aside_done(&a);

	w.n = 0;
	alone(&w);
	return tap_done();
}
