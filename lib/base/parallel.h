/* SPDX-License-Identifier: ISC */
/* Jobs that do not depend on each other, done by a few threads. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

#define BASE_PARALLEL_MAX	256	/* threads */

/*
 * Call WORK(ARG, THREAD, JOB) once for every JOB below N, by up to THREADS
 * threads (1 to BASE_PARALLEL_MAX), numbered from 0, of which the caller is
 * one.  Jobs are begun in their order.  WORK returns 0, or -1 to have no
 * further job begun.  Returns 0 when all were done, or -1.
 */
int	base_parallel_run(unsigned threads, size_t n, int (*work)(void *arg,
	    unsigned thread, size_t job), void *arg);

#endif
