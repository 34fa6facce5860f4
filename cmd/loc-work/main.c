/* SPDX-License-Identifier: ISC */
/*
 * loc-work - count the submissions of the stream in the database.
 *
 * Reads the stream as a consumer of its group; a batch becomes rows in one
 * transaction, together with the ids of its submissions, and is acknowledged
 * after the commit.  Killed before that, the entries stay pending and are
 * taken over by another worker; killed after it, they are found in the
 * ledger and skipped.  Between batches cell areas are brought up to date.
 */
#include <sysexits.h>
#include <unistd.h>

#include "ichnaea/rules.h"
#include "io/cli.h"
#include "net/statsd.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "work.h"

#define SYNOPSIS	"[-1hvV] [-c config]\n" \
	"-l [-v] [-c config]\n" \
	"-r | -x [-c config] id ..."
#define REDIS_MS	10000		/* longest wait for an answer */

volatile sig_atomic_t work_stopping, work_asked, work_reread;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		work_asked = 1;
	else if (sig == SIGHUP)
		work_reread = 1;
	else
		work_stopping = 1;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char *argv[])
{
	static char *const all[] = { "all" };
	struct queue_stream stream;
	struct work w = { 0 };
	const char *conf = NULL;
	int ch, dead = 0, rc = EX_CONFIG;

	while ((ch = io_cli_next(argc, argv, "1c:lrvx", SYNOPSIS)) != -1)
		switch (ch) {
		case '1':
			w.once = 1;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'l':
		case 'r':
		case 'x':
			if (dead != 0)
				io_cli_usage(SYNOPSIS, 0);
			dead = ch;
			break;
		case 'v':
			w.verbose = 1;
			break;
		}
	if ((argc > optind) != (dead == 'r' || dead == 'x'))
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&w.cf, conf) == -1 ||
	    conf_file_need(&w.cf, &w.cf.cache_url) == -1 || (dead == 0 &&
	    conf_file_need(&w.cf, &w.cf.rw_url) == -1))
		return EX_CONFIG;
	obs_batch_init(&w.batch);
	w.batch.rules = ichnaea_rules(w.cf.http_strict);
	w.batch.forget_after = w.cf.work_optout_reports;
	base_arena_init(&w.line);
	store_export_init(&w.exports);
	w.statsd = dead ? NULL : net_statsd_open(&w.cf);
	stream.name = w.cf.queue_stream;
	stream.redis = queue_redis_new(w.cf.cache_url, REDIS_MS);
	queue_consumer_init(&w.consumer, &stream, QUEUE_GROUP_INTERNAL);
	if (stream.redis != NULL && dead != 0)
		rc = dead == 'l' ? work_dead(&w, dead, all, 1) :
		    work_dead(&w, dead, argv + optind, argc - optind);
	else if (stream.redis != NULL) {
		catch_signals();
		rc = work_run(&w);
	}
	queue_redis_free(stream.redis);
	net_statsd_free(w.statsd);
	store_export_done(&w.exports);
	obs_batch_done(&w.batch);
	base_arena_done(&w.line);
	conf_file_end(&w.cf);
	return rc;
}
