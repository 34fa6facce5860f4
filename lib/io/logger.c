/* SPDX-License-Identifier: ISC */
/*
 * There are two buffers: callers fill one while the thread writes the other.
 * After each turn the thread rests a little, so that where there are many
 * lines not every one of them wakes it.  It may hang in a write for ever,
 * because the descriptor is shared with other processes and cannot be made
 * non-blocking; so the end has a deadline.
 *
 * A line that finds no room is lost and counted; how many were is told behind
 * the last line before the gap.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/worker.h"
#include "io/logger.h"

#define BYTES		(1 << 20)	/* that may wait */
#define REST_MS		10

struct io_logger {
	struct base_worker	 worker;
	int			 fd;
	FILE			*stream;
	/* under the worker's lock */
	char			*filling;
	size_t			 len;
	int			 idle;		/* the thread waits for some */
	unsigned long long	 lost;		/* since the last one kept */
	/* the thread's own */
	char			*writing;
};

/*
 * Called by every thread that has something to say, so it never waits for more
 * than another such copy.  The thread that writes is woken only when it sleeps.
 */
void
io_logger_line(struct io_logger *l, const char *line, size_t len)
{
	base_worker_lock(&l->worker);
	assert(l->len <= BYTES);
	if (len > BYTES - l->len)
		l->lost++;
	else {
		memcpy(l->filling + l->len, line, len);
		l->len += len;
		if (l->idle)
			base_worker_wake(&l->worker);
	}
	base_worker_unlock(&l->worker);
}

/*
 * Write a line at once if that can be, so that lines of several processes on
 * one pipe stay whole; it may take as long as whoever reads the log.
 */
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
write_batch(struct io_logger *l, size_t len, unsigned long long lost)
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

/* What stdio flushes from our stream: whole lines, as it is line-buffered. */
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

/*
 * The end of everything, in whichever thread comes last: the thread that
 * writes, when it was given up by io_logger_free() and its write returns.
 */
static void
release_logger(void *arg)
{
	struct io_logger *l = arg;

	if (l->stream != NULL)
		fclose(l->stream);
	base_worker_done(&l->worker);
	free(l->filling);
	free(l->writing);
	free(l);
}

/* Write what is in the buffer being filled; with the lock, left meanwhile. */
static void
write_filled(struct io_logger *l)
{
	char *full = l->filling;
	size_t len = l->len;
	unsigned long long lost = l->lost;

	assert(len > 0);
	l->filling = l->writing;
	l->writing = full;
	l->len = 0;
	l->lost = 0;
	base_worker_unlock(&l->worker);
	write_batch(l, len, lost);
	base_worker_lock(&l->worker);
}

/* Until it is to stop, and all that was handed in has been written. */
static void
log_worker(void *arg)
{
	struct io_logger *l = arg;

	while (l->len > 0 || !l->worker.stopping) {
		if (l->len == 0) {
			l->idle = 1;
			base_worker_wait(&l->worker, BASE_WORKER_FOREVER);
			l->idle = 0;
			continue;
		}
		write_filled(l);
		base_worker_rest(&l->worker, base_clock_mono_ms() + REST_MS);
	}
}

/*
 * Both buffers are there from the start, so that a log never fails for lack of
 * memory later.
 */
struct io_logger *
io_logger_new(int fd)
{
	const cookie_io_functions_t io = { .write = on_print };
	struct io_logger *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		warn(NULL);
		return NULL;
	}
	base_worker_init(&l->worker);
	l->fd = fd;
	l->filling = malloc(BYTES);
	l->writing = malloc(BYTES);
	if (l->filling == NULL || l->writing == NULL ||
	    (l->stream = fopencookie(l, "w", io)) == NULL ||
	    setvbuf(l->stream, NULL, _IOLBF, BUFSIZ) != 0 ||
	    base_worker_start(&l->worker, log_worker, release_logger, l) ==
	    -1) {
		warnx("no memory or threads for the log");
		release_logger(l);
		return NULL;
	}
	return l;
}

void
io_logger_free(struct io_logger *l, int wait_ms)
{
	if (l == NULL)
		return;
	fflush(l->stream);
	base_worker_stop(&l->worker, wait_ms);
}
