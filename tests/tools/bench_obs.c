/* SPDX-License-Identifier: ISC */
/*
 * bench_obs - how fast report lines become sorted observations.
 *
 * Reads FILE into memory, then goes through it ROUNDS times in batches of
 * BATCH lines (1000) on one core, and prints the CPU time of the best round
 * and, for comparison, of parsing the same lines as JSON and nothing else.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/doc.h"
#include "obs/batch.h"

struct lines {
	struct base_buf	 text;		/* one after the other */
	size_t		*end;		/* of each in TEXT */
	size_t		 n, cap;
};

static double
cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
load(struct lines *l, const char *path)
{
	struct io_infile *f;
	struct io_infile_line line;
	int rc;

	if ((f = io_infile_open(path)) == NULL)
		exit(EX_NOINPUT);
	while ((rc = io_infile_next(f, &line)) == 1) {
		if (l->n == l->cap) {
			l->cap = l->cap == 0 ? 1024 : l->cap * 2;
			l->end = reallocarray(l->end, l->cap,
			    sizeof(*l->end));
			if (l->end == NULL)
				err(EX_OSERR, "%s", path);
		}
		base_buf_add(&l->text, line.text, line.len);
		l->end[l->n++] = l->text.len;
	}
	io_infile_end(f);
	if (rc == -1 || !base_buf_ok(&l->text) || l->n == 0)
		errx(EX_DATAERR, "%s: no lines", path);
}

static uint64_t
observe(const struct lines *l, struct obs_batch *b, size_t batch)
{
	const struct obs_witness nobody = { .class = OBS_WITNESS_PUBLIC };
	uint64_t n = 0;
	size_t from = 0, i;

	for (i = 0; i < l->n; i++) {
		if (i % batch == 0)
			obs_batch_reset(b);
		if (obs_batch_begin(b, &nobody, 0) == -1)
			err(EX_OSERR, NULL);
		obs_batch_add(b, "", 0, l->text.data + from,
		    l->end[i] - from);
		from = l->end[i];
		if (i % batch == batch - 1 || i == l->n - 1) {
			obs_batch_sort(b);
			n += b->n;
		}
	}
	return n;
}

static void
parse(const struct lines *l, struct base_arena *a)
{
	struct json_doc d;
	size_t from = 0, i;

	for (i = 0; i < l->n; i++) {
		base_arena_reset(a);
		json_doc_parse(&d, l->text.data + from, l->end[i] - from, a);
		from = l->end[i];
	}
}

int
main(int argc, char *argv[])
{
	struct base_arena a;
	struct lines l = { .n = 0 };
	struct obs_batch b;
	double best = 0, best_parse = 0, t;
	uint64_t n = 0;
	long long batch = 1000, i, rounds;

	if (argc < 3 || argc > 4)
		io_cli_usage("rounds file [batch]", 0);
	rounds = io_cli_num('n', argv[1], 1, 1000000);
	if (argc == 4)
		batch = io_cli_num('b', argv[3], 1, 1000000);
	base_buf_init(&l.text);
	base_arena_init(&a);
	obs_batch_init(&b);
	load(&l, argv[2]);
	for (i = 0; i < rounds; i++) {
		t = cpu_s();
		n = observe(&l, &b, (size_t)batch);
		t = cpu_s() - t;
		best = i == 0 || t < best ? t : best;
		t = cpu_s();
		parse(&l, &a);
		t = cpu_s() - t;
		best_parse = i == 0 || t < best_parse ? t : best_parse;
	}
	printf("{\"reports\": %zu, \"bytes\": %zu, \"observations\": %llu, "
	    "\"observations_per_s\": %.0f, \"us_per_observation\": %.3f, "
	    "\"of_which_json_us\": %.3f}\n", l.n, l.text.len,
	    (unsigned long long)n, (double)n / best, best * 1e6 / (double)n,
	    best_parse * 1e6 / (double)n);
	obs_batch_done(&b);
	base_arena_done(&a);
	base_buf_done(&l.text);
	free(l.end);
	io_cli_flush();
	return EX_OK;
}
