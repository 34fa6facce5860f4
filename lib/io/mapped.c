/* SPDX-License-Identifier: ISC */
/*
 * Reading behind the end of a mapped file raises SIGBUS in the thread that
 * does.  Each thread has its own place to return to while it is guarded.  Else,
 * if the address is one of a map of ours, the program ends: the signal comes at
 * the very instruction that reads the map, never within stdio or malloc, so
 * that the handler may do what that place in the program might have done.  A
 * SIGBUS of any other cause ends the process, as it would without us.
 */
#include <sys/mman.h>

#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/mapped.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local sigjmp_buf *guard;

/* Who holds the lock reads no map. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct io_mapped *maps;

static void
on_bus(int sig, siginfo_t *info, void *ctx)
{
	const struct io_mapped *m;

	(void)ctx;
	if (guard != NULL)
		siglongjmp(*guard, 1);
	pthread_mutex_lock(&lock);
	for (m = maps; m != NULL; m = m->next)
		if ((uintptr_t)info->si_addr - (uintptr_t)m->data < m->len)
			errx(EX_IOERR, "%s: it was cut while it was read, or "
			    "its disk fails", m->name);
	pthread_mutex_unlock(&lock);
	signal(sig, SIG_DFL);		/* when it is raised again */
}

static void
install_handler(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus,
	    .sa_flags = SA_NODEFER | SA_SIGINFO };

	sigaction(SIGBUS, &sa, NULL);
}

struct io_mapped *
io_mapped_new(int fd, const char *name)
{
	struct io_mapped *m;
	void *data = MAP_FAILED;

	pthread_once(&once, install_handler);
	if ((m = calloc(1, sizeof(*m))) == NULL ||
	    (m->name = strdup(name)) == NULL || fstat(fd, &m->st) == -1 ||
	    (data = mmap(NULL, (size_t)m->st.st_size, PROT_READ, MAP_SHARED,
	    fd, 0)) == MAP_FAILED) {
		warn("%s", name);
		if (m != NULL)
			free(m->name);
		free(m);
		close(fd);
		return NULL;
	}
	m->data = data;
	m->len = (size_t)m->st.st_size;
	m->fd = fd;
	pthread_mutex_lock(&lock);
	m->next = maps;
	maps = m;
	pthread_mutex_unlock(&lock);
	return m;
}

void
io_mapped_free(struct io_mapped *m)
{
	struct io_mapped **p;

	if (m == NULL)
		return;
	pthread_mutex_lock(&lock);
	for (p = &maps; *p != m; p = &(*p)->next)
		;
	*p = m->next;
	pthread_mutex_unlock(&lock);
	munmap((void *)(uintptr_t)m->data, m->len);
	close(m->fd);
	free(m->name);
	free(m);
}

/* The ctime says nothing: it is another once a new file has taken the name. */
int
io_mapped_check(const struct io_mapped *m)
{
	struct stat st;

	if (fstat(m->fd, &st) == 0 && st.st_size == m->st.st_size &&
	    st.st_mtim.tv_sec == m->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == m->st.st_mtim.tv_nsec)
		return 0;
	warnx("%s: it was written to while it was read", m->name);
	return -1;
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
