/* SPDX-License-Identifier: ISC */
/*
 * What location-job has left of the last run of each job on this host.  What
 * programs have done on whatever host, cron or not, their marks in the database
 * tell: see do_marks().
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "check/jobs.h"
#include "json/doc.h"

#include "monitor.h"

/* All numbers that the program printed of its work. */
static void
tell_job_result(struct monitor *m, const struct json_doc *d, int result,
    const char *job, struct base_arena *a)
{
	const char *what;
	int64_t n;
	int k;

	if (result == -1 || json_doc_kind(d, result) != JSON_DOC_OBJECT)
		return;
	for (k = json_doc_first(d, result); k != -1; k = json_doc_next(d, k))
		if ((what = json_doc_string(d, k, a, NULL)) != NULL &&
		    check_jobs_number(d, result, what, &n))
			monitor_tell(m, &(struct gauge){ "job.result", n,
			    { "job", job, "what", what } });
}

/* The job of the text in D.  Times may be ahead of ours by a clock's fault. */
static void
tell_job(void *arg, const char *job, const struct json_doc *d,
    struct base_arena *a)
{
	struct monitor *m = arg;
	int64_t end, now = base_clock_now_s(), ok, start, status;

	if (check_jobs_number(d, 0, "status", &status))
		monitor_tell(m, &(struct gauge){ "job.status", status,
		    { "job", job } });
	if (check_jobs_number(d, 0, "start_s", &start) &&
	    check_jobs_number(d, 0, "end_s", &end))
		monitor_tell(m, &(struct gauge){ "job.duration_s",
		    end - start, { "job", job } });
	if (check_jobs_number(d, 0, "ok_s", &ok))
		monitor_tell(m, &(struct gauge){ "job.age_s",
		    now > ok ? now - ok : 0, { "job", job } });
	tell_job_result(m, d, json_doc_get(d, 0, "result"), job, a);
}

/* A host that runs no jobs is not at fault. */
int
monitor_jobs(struct monitor *m)
{
	int rc = check_jobs(tell_job, m);

	if (rc == 0)
		monitor_skip(m, "jobs", "there is no %s", check_jobs_dir());
	return rc == -1 ? -1 : 0;
}
