/* SPDX-License-Identifier: ISC */
/*
 * Two buffers: one is filled while the thread writes the other.  Between
 * them it rests, so that where there are many lines not every one wakes it.
 * It may be stuck in a write for ever, because the descriptor is shared with
 * others and cannot be made non-blocking.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/logger.h"

#define BYTES		(1 << 20)	/* that may wait */
#define REST_MS		10

struct io_logger {
	int			 fd;
	FILE			*stream;
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 come, ended;
	/* under the lock */
	char			*filling;
	size_t			 len;
	int			 idle;		/* the thread waits for some */
	unsigned long long	 lost;		/* since the last one kept */
	int			 stop;
	int			 done;		/* the thread is */
	int			 orphaned;	/* it releases all */
	/* the thread's own */
	char			*writing;
};

void
io_logger_line(struct io_logger *l, const char *line, size_t len)
{
	pthread_mutex_lock(&l->lock);
	if (len > BYTES - l->len)
		l->lost++;
	else {
		memcpy(l->filling + l->len, line, len);
		l->len += len;
		if (l->idle)
			pthread_cond_signal(&l->come);
	}
	pthread_mutex_unlock(&l->lock);
}

static void
write_line(struct io_logger *l, const char *line, size_t len)
{
	struct pollfd p = { .fd = l->fd, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = write(l->fd, line, len);
		if (n > 0) {
			line += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN)	/* somebody else's wish */
			poll(&p, 1, -1);
		else if (errno != EINTR)
			return;		/* closed, or a full disk */
	}
}

/* Write LEN bytes of lines; then how many were lost behind them. */
static void
write_lines(struct io_logger *l, size_t len, unsigned long long lost)
{
	const char *p = l->writing, *end = p + len, *lf;
	char text[80];
	int n;

	for (; p < end; p = lf) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf == NULL ? end : lf + 1;
		write_line(l, p, (size_t)(lf - p));
	}
	if (lost == 0)
		return;
	n = snprintf(text, sizeof(text), "%.20s: %llu lines of this log "
	    "were lost\n", getprogname(), lost);
	write_line(l, text, (size_t)n);
}

static ssize_t
on_print(void *arg, const char *text, size_t len)
{
	io_logger_line(arg, text, len);
	return (ssize_t)len;
}

FILE *
io_logger_stream(struct io_logger *l)
{
	return l->stream;
}

static void
release(struct io_logger *l)
{
	if (l->stream != NULL)
		fclose(l->stream);
	pthread_cond_destroy(&l->ended);
	pthread_cond_destroy(&l->come);
	pthread_mutex_destroy(&l->lock);
	free(l->filling);
	free(l->writing);
	free(l);
}

/* Under the lock: wait for SOMETHING to be done, for MS at most. */
static void
wait_for(struct io_logger *l, pthread_cond_t *cond, const int *something,
    int ms)
{
	int64_t end_ms = base_clock_mono_ms() + ms;
	struct timespec ts = { end_ms / 1000, end_ms % 1000 * 1000000 };

	while (!*something && base_clock_mono_ms() < end_ms)
		pthread_cond_clockwait(cond, &l->lock, CLOCK_MONOTONIC, &ts);
}

static void *
run(void *arg)
{
	struct io_logger *l = arg;
	unsigned long long lost;
	size_t len;
	char *full;
	int orphaned;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		l->idle = 1;
		while (l->len == 0 && !l->stop)
			pthread_cond_wait(&l->come, &l->lock);
		l->idle = 0;
		if (l->len == 0)
			break;
		full = l->filling;
		l->filling = l->writing;
		l->writing = full;
		len = l->len;
		lost = l->lost;
		l->len = 0;
		l->lost = 0;
		pthread_mutex_unlock(&l->lock);
		write_lines(l, len, lost);
		pthread_mutex_lock(&l->lock);
		wait_for(l, &l->come, &l->stop, REST_MS);
	}
	l->done = 1;
	orphaned = l->orphaned;
	pthread_cond_signal(&l->ended);
	pthread_mutex_unlock(&l->lock);
	if (orphaned)
		release(l);
	return NULL;
}

struct io_logger *
io_logger_new(int fd)
{
	const cookie_io_functions_t io = { .write = on_print };
	struct io_logger *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	l->fd = fd;
	l->filling = malloc(BYTES);
	l->writing = malloc(BYTES);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->come, NULL);
	pthread_cond_init(&l->ended, NULL);
	if (l->filling == NULL || l->writing == NULL ||
	    (l->stream = fopencookie(l, "w", io)) == NULL ||
	    setvbuf(l->stream, NULL, _IOLBF, BUFSIZ) != 0 ||
	    pthread_create(&l->thread, NULL, run, l) != 0) {
		warnx("no memory or threads for the log");
		release(l);
		return NULL;
	}
	return l;
}

/* A thread that is stuck is left behind. */
void
io_logger_free(struct io_logger *l, int wait_ms)
{
	pthread_t thread;
	int orphaned;

	if (l == NULL)
		return;
	fflush(l->stream);
	pthread_mutex_lock(&l->lock);
	thread = l->thread;
	l->stop = 1;
	pthread_cond_signal(&l->come);
	wait_for(l, &l->ended, &l->done, wait_ms);
	orphaned = l->orphaned = !l->done;
	pthread_mutex_unlock(&l->lock);
	if (orphaned)
		pthread_detach(thread);
	else {
		pthread_join(thread, NULL);
		release(l);
	}
}
