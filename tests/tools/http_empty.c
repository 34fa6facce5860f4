/* SPDX-License-Identifier: ISC */
/*
 * bench_mhd [-m connection|pool|suspend] [-n threads] [-w us] [port]: the
 * HTTP library with an empty handler, to compare servers with; -w sleeps
 * that long in it, as if it asked a database.  Serves until killed.
 *
 *	connection	a thread per connection, as loc-serve
 *	pool		N threads with an epoll each
 *	suspend		one epoll thread; connections are suspended while one
 *			of N workers handles them
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "io/cli.h"

#define SYNOPSIS \
    "[-m connection|pool|suspend] [-n threads] [-w us] [port]"
#define QUEUE	65536

static const char answer[] = "{\"location\": {\"lat\": 51.5142, "
    "\"lng\": -0.0931}, \"accuracy\": 40000.0}";

static useconds_t wait_us;
static int suspend;

/* Suspended connections, oldest first. */
static struct MHD_Connection *queue[QUEUE];
static size_t queue_from, queue_to;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;

static void *
work(void *arg)
{
	struct MHD_Connection *mc;

	for (;;) {
		pthread_mutex_lock(&lock);
		while (queue_from == queue_to)
			pthread_cond_wait(&filled, &lock);
		mc = queue[queue_from++ % QUEUE];
		pthread_mutex_unlock(&lock);
		if (wait_us > 0)
			usleep(wait_us);
		MHD_resume_connection(mc);
	}
	return arg;
}

static void
enqueue(struct MHD_Connection *mc)
{
	MHD_suspend_connection(mc);
	pthread_mutex_lock(&lock);
	queue[queue_to++ % QUEUE] = mc;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *mc, const char *path,
    const char *method, const char *version, const char *data, size_t *len,
    void **ctx)
{
	static int begun, handled;
	struct MHD_Response *res;
	enum MHD_Result rc;

	(void)arg;
	(void)path;
	(void)method;
	(void)version;
	(void)data;
	if (*ctx == NULL || *len > 0) {
		*ctx = &begun;
		*len = 0;
		return MHD_YES;
	}
	if (suspend && *ctx == &begun) {
		*ctx = &handled;
		enqueue(mc);
		return MHD_YES;
	}
	if (wait_us > 0 && !suspend)
		usleep(wait_us);
	res = MHD_create_response_from_buffer(sizeof(answer) - 1,
	    (void *)(uintptr_t)answer, MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(res, "Content-Type", "application/json");
	rc = MHD_queue_response(mc, 200, res);
	MHD_destroy_response(res);
	return rc;
}

int
main(int argc, char *argv[])
{
	const char *mode = "connection";
	unsigned flags, threads = 2;
	pthread_t t;
	int ch, i, port = 7009;

	while ((ch = getopt(argc, argv, "hm:n:w:")) != -1)
		switch (ch) {
		case 'm':
			mode = optarg;
			break;
		case 'n':
			threads = (unsigned)io_cli_num(ch, optarg, 1, 1024);
			break;
		case 'w':
			wait_us = (useconds_t)io_cli_num(ch, optarg, 0,
			    1000000);
			break;
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	if (optind < argc)
		port = (int)io_cli_num('p', argv[optind], 1, 65535);
	if (strcmp(mode, "connection") == 0) {
		flags = MHD_USE_THREAD_PER_CONNECTION |
		    MHD_USE_POLL_INTERNAL_THREAD;
		threads = 0;
	} else
		flags = MHD_USE_EPOLL_INTERNAL_THREAD;
	if (strcmp(mode, "suspend") == 0) {
		suspend = 1;
		flags |= MHD_ALLOW_SUSPEND_RESUME;
		for (i = 0; i < (int)threads; i++)
			pthread_create(&t, NULL, work, NULL);
		threads = 0;
	}
	if (MHD_start_daemon(flags, (uint16_t)port, NULL, NULL, handle, NULL,
	    MHD_OPTION_THREAD_POOL_SIZE, threads < 2 ? 0U : threads,
	    MHD_OPTION_CONNECTION_LIMIT, 2000U, MHD_OPTION_END) == NULL)
		errx(1, "cannot listen on port %d", port);
	pause();
	return 0;
}
