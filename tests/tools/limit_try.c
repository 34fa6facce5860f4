/* SPDX-License-Identifier: ISC */
/*
 * limit_try [-b] [-L limit] [-W window_s] [-d delay_ms] [-t threads] [-T ms]
 *     url
 *
 * Counts calls: each line of stdin is "TYPE KEY PATH CLIENT MAX [TIMES]" (a
 * client "-" is unknown, calls of a type "-" are not counted), answered by
 * "VERDICT COUNT", and what the network may still do, for the last of TIMES
 * calls; "alone-" before it says that Redis was not asked.  A line "sleep MS"
 * waits; with -t as many threads make the calls of a line, which then has no
 * answer.  With -b the calls of all lines before one that is "go" are asked for
 * together, and each of them has an answer.  On stderr a line says how long the
 * longest line of calls took, and the end.
 */
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "io/cli.h"
#include "queue/limit.h"

/* Calls that are asked for together, and what they point to. */
struct batch {
	struct queue_limit_ask	 ask[QUEUE_LIMIT_MAX];
	char			 text[QUEUE_LIMIT_MAX][3][300];
	size_t			 n;
};

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
answer(enum queue_limit_verdict v, const struct queue_limit_result *r)
{
	static const char *const word[] = { "ok", "over", "client" };
	char policy[QUEUE_LIMIT_HEADER_LEN], header[QUEUE_LIMIT_HEADER_LEN];

	printf("%s%s %" PRId64, r->alone ? "alone-" : "", word[v], r->count);
	if (r->limit > 0) {
		queue_limit_policy(policy, r);
		queue_limit_header(header, r);
		printf(" %s %s %" PRId64, policy, header, r->retry_s);
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
		answer(j->v, &j->result);
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

static const char *
keep(char copy[300], const char *text)
{
	if (text != NULL)
		strlcpy(copy, text, 300);
	return text == NULL ? NULL : copy;
}

/* Keep the calls of J for ask_together(). */
static void
add_to_batch(struct batch *b, const struct job *j)
{
	const struct queue_limit_call *c = &j->call;
	struct queue_limit_ask *a;
	int i;

	for (i = 0; i < j->times; i++) {
		if (b->n == QUEUE_LIMIT_MAX)
			errx(1, "too many calls at once");
		a = &b->ask[b->n];
		a->call = *c;
		a->call.type = keep(b->text[b->n][0], c->type);
		a->call.key = keep(b->text[b->n][1], c->key);
		a->call.path = keep(b->text[b->n][2], c->path);
		b->n++;
	}
}

static void
ask_together(struct queue_limit *l, struct batch *b)
{
	struct queue_limit_ask *ask[QUEUE_LIMIT_MAX];
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		if (!queue_limit_begin(l, &b->ask[i]))
			ask[n++] = &b->ask[i];
	if (n > 0)
		queue_limit_ask(l, ask, n);
	for (i = 0; i < b->n; i++)
		answer(b->ask[i].verdict, &b->ask[i].result);
	b->n = 0;
}

int
main(int argc, char *argv[])
{
	struct queue_limit_options o = { .timeout_ms = 100,
	    .connections = 4, .client_window_s = 60 };
	char type[16], key[64], path[300], client[80], line[512];
	static struct batch batch;
	struct job j = { .times = 1 };
	int batches = 0, ch, threads = 0;
	int64_t begun, longest = 0, ms;

	while ((ch = getopt(argc, argv, "L:W:bd:t:T:")) != -1)
		switch (ch) {
		case 'b':
			batches = 1;
			break;
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
		if (batches && strcmp(line, "go\n") == 0) {
			ask_together(j.l, &batch);
			continue;
		}
		j.times = 1;
		if (sscanf(line, "%15s %63s %299s %79s %" SCNd64 " %d", type,
		    key, path, client, &j.call.max, &j.times) < 5)
			errx(1, "%s", line);
		j.call.type = strcmp(type, "-") == 0 ? NULL : type;
		j.call.key = key;
		j.call.path = path;
		base_addr_parse(&j.call.client, client);
		begun = base_clock_mono_ms();
		if (batches)
			add_to_batch(&batch, &j);
		else
			run(&j, threads);
		ms = base_clock_mono_ms() - begun;
		longest = ms > longest ? ms : longest;
	}
	begun = base_clock_mono_ms();
	ask_together(j.l, &batch);
	queue_limit_free(j.l);
	fprintf(stderr, "longest %" PRId64 " ms, end %" PRId64 " ms\n",
	    longest, base_clock_mono_ms() - begun);
	return 0;
}
