/* SPDX-License-Identifier: ISC */
/*
 * They are files, and no rows of the database, as some jobs have none, and the
 * rest are to be told of most when it is away.  Another run replaces a file as
 * a whole, so that what is read is always of one run.
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
#include "check/jobs.h"
#include "json/doc.h"

#define DIRECTORY	"/var/lib/loc/jobs"
#define FILE_MAX	65536

const char *
check_jobs_dir(void)
{
	const char *dir = getenv("LOC_JOBS");

	return dir == NULL || *dir == '\0' ? DIRECTORY : dir;
}

int
check_jobs_number(const struct json_doc *d, int obj, const char *name,
    int64_t *n)
{
	int v = json_doc_get(d, obj, name);
	double value;

	if (v == -1 || json_doc_kind(d, v) != JSON_DOC_INT ||
	    !json_doc_f64(d, v, &value) || value > 9e15 || value < -9e15)
		return 0;
	*n = (int64_t)value;
	return 1;
}

/*
 * Read the file NAME in the directory DFD.  Returns its length, or -1 with
 * errno set.
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

struct reader {
	int	dfd;
	char	text[FILE_MAX];
	void	(*each)(void *arg, const char *job, const struct json_doc *d,
		    struct base_arena *a);
	void	*arg;
};

/* Returns 0, or -1 after a warning. */
static int
give_job(struct reader *r, const char *name)
{
	ssize_t len = read_job(r->dfd, name, r->text);
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
	if (json_doc_parse(&d, r->text, (size_t)len, &a) == -1)
		warnx("%s: %s", name, d.why);
	else if (json_doc_kind(&d, 0) != JSON_DOC_OBJECT)
		warnx("%s: expected an object", name);
	else {
		r->each(r->arg, job, &d, &a);
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

/* All files of DIR, which is open. */
static int
give_jobs(struct reader *r, const char *dir)
{
	struct dirent **e;
	int i, n, rc = 1;

	if ((n = scandir(dir, &e, is_job, alphasort)) == -1) {
		warn("%s", dir);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (give_job(r, e[i]->d_name) == -1)
			rc = -1;
		free(e[i]);
	}
	free(e);
	return rc;
}

int
check_jobs(void (*each)(void *arg, const char *job, const struct json_doc *d,
    struct base_arena *a), void *arg)
{
	const char *dir = check_jobs_dir();
	struct reader *r;
	int dfd, rc = -1;

	dfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dfd == -1) {
		if (errno == ENOENT)
			return 0;
		warn("%s", dir);
		return -1;
	}
	if ((r = malloc(sizeof(*r))) == NULL)
		warn(NULL);
	else {
		r->dfd = dfd;
		r->each = each;
		r->arg = arg;
		rc = give_jobs(r, dir);
	}
	free(r);
	close(dfd);
	return rc;
}
