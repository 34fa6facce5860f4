/* SPDX-License-Identifier: ISC */
/*
 * What location-job has left of the last run of each job, in files NAME.json of
 * a directory of this host: when it was, with which exit status it ended, when
 * one last went well, and what the program counted.
 */
#ifndef CHECK_JOBS_H
#define CHECK_JOBS_H

#include <stdint.h>

struct base_arena;
struct json_doc;

/* Where they are: $LOC_JOBS, or what location-job uses without it. */
const char *check_jobs_dir(void);

/*
 * Give each job to EACH(ARG, ...), in the order of names, with its file, which
 * is an object; A is for strings and is emptied behind it.  Returns 1, 0 if
 * there is no such directory, or -1 after warnings: of a file that cannot be
 * read the others are given all the same.
 */
int	check_jobs(void (*each)(void *arg, const char *job,
	    const struct json_doc *d, struct base_arena *a), void *arg);

/* Member NAME of the object OBJ, a whole number.  1, or 0: there is none. */
int	check_jobs_number(const struct json_doc *d, int obj,
	    const char *name, int64_t *n);

#endif
