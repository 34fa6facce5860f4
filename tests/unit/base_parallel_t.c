/* SPDX-License-Identifier: ISC */
#include "base/parallel.h"

#include <stdatomic.h>

#include "tap.h"

#define JOBS	10000

struct counts {
	atomic_int	job[JOBS], thread[4];
	size_t		stop_at;
};

static int
count_job(void *arg, unsigned thread, size_t job)
{
	struct counts *c = arg;

	atomic_fetch_add(&c->job[job], 1);
	atomic_fetch_add(&c->thread[thread], 1);
	return job == c->stop_at ? -1 : 0;
}

static int
done(struct counts *c, int times)
{
	int i, n = 0;

	for (i = 0; i < JOBS; i++)
		n += atomic_load(&c->job[i]) == times;
	return n;
}

int
main(void)
{
	static struct counts c;

	c.stop_at = JOBS;
	is_int(base_parallel_run(4, JOBS, count_job, &c), 0, "four threads");
	is_int(done(&c, 1), JOBS, "each job is done once");
	is_int(base_parallel_run(1, JOBS, count_job, &c), 0, "one thread");
	is_int(done(&c, 2), JOBS, "each job is done again");
	is_int(base_parallel_run(4, 0, count_job, &c), 0, "no jobs");
	is_int(base_parallel_run(4, 2, count_job, &c), 0,
	    "fewer jobs than threads");
	is_int(done(&c, 3), 2, "both are done");
	memset(&c, 0, sizeof(c));
	c.stop_at = 100;
	is_int(base_parallel_run(4, JOBS, count_job, &c), -1, "one fails");
	ok(done(&c, 1) >= 101 && done(&c, 1) < JOBS,
	    "all before it are done, and not all behind it");
	return tap_done();
}
