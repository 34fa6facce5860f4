/* SPDX-License-Identifier: ISC */
/*
 * What location-job has left of the last run of each job, in files NAME.json of
 * a directory of this host: when it was, with which exit status it ended, when
 * one last went well, and what the program counted.
 *
 * They are files, and no rows of the database, as some jobs have none, and the
 * rest are to be told of most when it is away.  What programs have done on
 * whatever host, cron or not, their marks in the database tell: see do_marks().
 */
#include <assert.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "json/doc.h"

#include "monitor.h"

#define DIRECTORY	"/var/lib/loc/jobs"
#define FILE_MAX	65536

/* Member NAME of the object OBJ, a whole number.  1, or 0: there is none. */
static int
get_job_number(const struct json_doc *d, int obj, const char *name, int64_t *n)
{
	int v = json_doc_get(d, obj, name);
	double value;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_INT ||
	    !json_doc_f64(d, v, &value) || value > 9e15 || value < -9e15)
		return 0;
	*n = (int64_t)value;
	return 1;
}

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
		    get_job_number(d, result, what, &n))
			monitor_tell(m, &(struct gauge){ "job.result", n,
			    { "job", job, "what", what } });
}

/* The job of the text in D.  Times may be ahead of ours by a clock's fault. */
static void
tell_job(struct monitor *m, const struct json_doc *d, const char *job,
    struct base_arena *a)
{
	int64_t end, now = base_clock_now_s(), ok, start, status;

	if (get_job_number(d, 0, "status", &status))
		monitor_tell(m, &(struct gauge){ "job.status", status,
		    { "job", job } });
	if (get_job_number(d, 0, "start_s", &start) &&
	    get_job_number(d, 0, "end_s", &end))
		monitor_tell(m, &(struct gauge){ "job.duration_s",
		    end - start, { "job", job } });
	if (get_job_number(d, 0, "ok_s", &ok))
		monitor_tell(m, &(struct gauge){ "job.age_s",
		    now > ok ? now - ok : 0, { "job", job } });
	tell_job_result(m, d, json_doc_get(d, 0, "result"), job, a);
}

/*
 * Read the file NAME in the directory DFD, which replaces another as a whole.
 * Returns its length, or -1 with errno set.
 */
static ssize_t
read_job(int dfd, const char *name, char text[FILE_MAX])
{
	ssize_t n, len = 0;
	int fd = openat(dfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return -1;
	while (len < FILE_MAX &&
	    (n = read(fd, text + len, FILE_MAX - (size_t)len)) != 0) {
		if (n == -1) {
			len = -1;
			break;
		}
		len += n;
	}
	close(fd);
	return len;
}

/* One that cannot be read costs its own gauges.  0, or -1 after a warning. */
static int
tell_job_file(struct monitor *m, int dfd, const char *name, char text[FILE_MAX])
{
	ssize_t len = read_job(dfd, name, text);
	struct base_arena a;
	struct json_doc d;
	char job[256];
	int rc = -1;

	if (len == -1) {
		warn("%s", name);
		return -1;
	}
	assert(strlen(name) > 5);
	snprintf(job, sizeof(job), "%.*s", (int)(strlen(name) - 5), name);
	base_arena_init(&a);
	if (json_doc_parse(&d, text, (size_t)len, &a) == -1)
		warnx("%s: %s", name, d.why);
	else if (json_doc_kind(&d, 0) != JSON_DOC_OBJECT)
		warnx("%s: expected an object", name);
	else {
		tell_job(m, &d, job, &a);
		rc = 0;
	}
	base_arena_done(&a);
	return rc;
}

/* NAME.json, and none that is being written. */
static int
is_job(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' &&
	    strcmp(e->d_name + len - 5, ".json") == 0;
}

/* In the order of names.  A host that runs no jobs is not at fault. */
int
monitor_jobs(struct monitor *m)
{
	const char *dir = getenv("LOC_JOBS");
	struct dirent **e;
	char *text;
	int dfd, i, n, rc = 0;

	if (dir == NULL || *dir == '\0')
		dir = DIRECTORY;
	dfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dfd == -1 && errno == ENOENT) {
		monitor_skip(m, "jobs", "there is no %s", dir);
		return 0;
	}
	if (dfd == -1 || (n = scandir(dir, &e, is_job, alphasort)) == -1) {
		warn("%s", dir);
		if (dfd != -1)
			close(dfd);
		return -1;
	}
	if ((text = malloc(FILE_MAX)) == NULL) {
		warn(NULL);
		rc = -1;
	}
	for (i = 0; i < n; i++) {
		if (text != NULL &&
		    tell_job_file(m, dfd, e[i]->d_name, text) == -1)
			rc = -1;
		free(e[i]);
	}
	free(e);
	free(text);
	close(dfd);
	return rc;
}
