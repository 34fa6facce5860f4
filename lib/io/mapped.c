/* SPDX-License-Identifier: ISC */
/*
 * Reading behind the end of a mapped file raises SIGBUS in the thread that
 * does.  Each thread has its own place to return to while it is guarded; a
 * SIGBUS of any other cause ends the process, as it would without us.
 */
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

#include "io/mapped.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local sigjmp_buf *guard;

static void
on_bus(int sig)
{
	if (guard != NULL)
		siglongjmp(*guard, 1);
	signal(sig, SIG_DFL);		/* when it is raised again */
}

static void
install_handler(void)
{
	struct sigaction sa = { .sa_handler = on_bus, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &sa, NULL);
}

int
io_mapped_guard(void (*work)(void *arg), void *arg)
{
	sigjmp_buf env;

	pthread_once(&once, install_handler);
	assert(guard == NULL);		/* guards do not nest */
	if (sigsetjmp(env, 0) != 0) {
		guard = NULL;
		return -1;
	}
	guard = &env;
	work(arg);
	guard = NULL;
	return 0;
}
