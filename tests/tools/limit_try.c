/* SPDX-License-Identifier: ISC */
/*
 * limit_try [-L limit] [-W window_s] [-d delay_ms] [-t threads] [-T ms] url
 *
 * Counts calls: each line of stdin is "TYPE KEY PATH CLIENT MAX [TIMES]" (a
 * client "-" is unknown, calls of a type "-" are not counted), answered by
 * "VERDICT COUNT", and what the network may still do, for the last of TIMES
 * calls; "alone-" before it says that Redis was not asked.  A line "sleep MS" waits; with
 * -t as many threads make the calls of a line, which then has no answer.
 * On stderr a line says how long the longest line of calls took, and the end.
 */
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/cli.h"
#include "queue/limit.h"

struct job {
	struct queue_limit	*l;
	struct queue_limit_call	 call;
	int			 times;
	enum queue_limit_verdict v;
	struct queue_limit_result result;
};

static void *
work(void *arg)
{
	struct job *j = arg;
	int i;

	for (i = 0; i < j->times; i++)
		j->v = queue_limit_check(j->l, &j->call, &j->result);
	return NULL;
}

static void
answer(const struct job *j)
{
	static const char *const word[] = { "ok", "over", "client" };
	char policy[QUEUE_LIMIT_HEADER_LEN], header[QUEUE_LIMIT_HEADER_LEN];

	printf("%s%s %" PRId64, j->result.alone ? "alone-" : "", word[j->v],
	    j->result.count);
	if (j->result.limit > 0) {
		queue_limit_policy(policy, &j->result);
		queue_limit_header(header, &j->result);
		printf(" %s %s %" PRId64, policy, header, j->result.retry_s);
	}
	putchar('\n');
	fflush(stdout);
}

static void
run(struct job *j, int threads)
{
	struct job copy[64];
	pthread_t id[64];
	int i;

	if (threads == 0) {
		work(j);
		answer(j);
		return;
	}
	for (i = 0; i < threads; i++) {
		copy[i] = *j;
		if (pthread_create(&id[i], NULL, work, &copy[i]) != 0)
			errx(1, "no thread");
	}
	while (i-- > 0)
		pthread_join(id[i], NULL);
}

int
main(int argc, char *argv[])
{
	struct queue_limit_options o = { .timeout_ms = 100,
	    .connections = 4, .client_window_s = 60 };
	char type[16], key[64], path[300], client[80], line[512];
	struct job j = { .times = 1 };
	int ch, threads = 0;
	int64_t begun, longest = 0, ms;

	while ((ch = getopt(argc, argv, "L:W:d:t:T:")) != -1)
		switch (ch) {
		case 'L':
			o.client_limit = io_cli_num(ch, optarg, 0, 1000000);
			break;
		case 'W':
			o.client_window_s = io_cli_num(ch, optarg, 1, 86400);
			break;
		case 'd':
			o.delay_ms = (int)io_cli_num(ch, optarg, 0, 60000);
			break;
		case 't':
			threads = (int)io_cli_num(ch, optarg, 1, 64);
			break;
		case 'T':
			o.timeout_ms = (int)io_cli_num(ch, optarg, 1, 60000);
			break;
		default:
			return 64;
		}
	signal(SIGPIPE, SIG_IGN);
	o.url = argv[optind];
	if ((j.l = queue_limit_new(&o)) == NULL)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "sleep %" SCNd64, &ms) == 1) {
			usleep((useconds_t)ms * 1000);
			continue;
		}
		j.times = 1;
		if (sscanf(line, "%15s %63s %299s %79s %" SCNd64 " %d", type,
		    key, path, client, &j.call.max, &j.times) < 5)
			errx(1, "%s", line);
		j.call.type = strcmp(type, "-") == 0 ? NULL : type;
		j.call.key = key;
		j.call.path = path;
		j.call.client = strcmp(client, "-") == 0 ? NULL : client;
		begun = base_clock_mono_ms();
		run(&j, threads);
		ms = base_clock_mono_ms() - begun;
		longest = ms > longest ? ms : longest;
	}
	begun = base_clock_mono_ms();
	queue_limit_free(j.l);
	fprintf(stderr, "longest %" PRId64 " ms, end %" PRId64 " ms\n",
	    longest, base_clock_mono_ms() - begun);
	return 0;
}
