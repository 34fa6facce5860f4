/* SPDX-License-Identifier: ISC */
/*
 * The files of this host: settings, spool, GeoIP, site, and what jobs left.
 * check_conf() comes before all other checks, which find their servers and
 * files by it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/jobs.h"
#include "geoip/db.h"
#include "io/privs.h"
#include "io/version.h"
#include "spool/dir.h"

#include "status.h"

/* The first check, without which there are no others. */
void
check_conf(struct status *s)
{
	const char *path = conf_file_path(NULL);
	struct stat st;

	tell(s, "version", FINE, NULL, "loc %s%s%s", LOC_VERSION,
	    *io_version_commit == '\0' ? "" : ", commit ", io_version_commit);
	if (conf_file_open(&s->cf, NULL) == -1) {
		tell(s, "conf", BROKEN, "see location.ini(5)", "%s", said(s));
		return;
	}
	s->has_conf = 1;
	if (stat(path, &st) == -1)
		tell(s, "conf", BROKEN, "look at its disk", "%s: %s", path,
		    strerror(errno));
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		tell(s, "conf", DEGRADED, "chmod go-w", "%s: others than its "
		    "owner may write to it", path);
	else
		tell(s, "conf", FINE, NULL, "%s, mode %03o", path,
		    (unsigned)st.st_mode & 0777);
}

/* How many segments in FD belong to somebody else than OWNER? */
static int
count_strangers(int fd, uid_t owner)
{
	int n = 0, copy = dup(fd);
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (copy == -1 || (d = fdopendir(copy)) == NULL) {
		close(copy);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (spool_dir_is_segment(e->d_name, strlen(e->d_name)) &&
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_uid != owner)
			n++;
	closedir(d);
	return n;
}

/* Rights of the spool at FD, of the user that [http] user names, if any. */
static void
check_spool_rights(struct status *s, int fd)
{
	const char *dir = s->cf.spool_dir;
	struct io_privs p = { .uid = (uid_t)-1 };
	struct stat st;
	int n;

	if (fstat(fd, &st) == -1) {
		tell(s, "spool.files", BROKEN, "look at its disk", "%s: %s",
		    dir, strerror(errno));
		return;
	}
	if (s->cf.http_user != NULL &&
	    io_privs_find(&p, s->cf.http_user) == NULL && p.uid != st.st_uid)
		tell(s, "spool.files", BROKEN, "chown it to [http] user",
		    "%s does not belong to %s", dir, p.name);
	else if ((st.st_mode & S_IRWXO) != 0)
		tell(s, "spool.files", DEGRADED, "chmod o-rwx",
		    "%s: anybody may look at reports", dir);
	else if ((n = count_strangers(fd, st.st_uid)) > 0)
		tell(s, "spool.files", BROKEN, "chown them to the owner of "
		    "the spool", "%s: %d segments belong to others", dir, n);
	else
		tell(s, "spool.files", FINE, NULL, "%s, mode %03o", dir,
		    (unsigned)st.st_mode & 0777);
}

void
check_spool_files(struct status *s)
{
	int fd = open(s->cf.spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		tell(s, "spool.files", FINE, NULL, "there is no %s on this "
		    "host", s->cf.spool_dir);
	else if (fd == -1 && errno == EACCES)
		tell(s, "spool.files", DEGRADED, "run it as the service's user",
		    "%s: %s", s->cf.spool_dir, strerror(errno));
	else if (fd == -1)
		tell(s, "spool.files", BROKEN, "see [spool] dir", "%s: %s",
		    s->cf.spool_dir, strerror(errno));
	else {
		check_spool_rights(s, fd);
		close(fd);
	}
}

void
check_geoip(struct status *s)
{
	struct geoip_db *db;
	int64_t age_s;

	if (s->cf.geoip_path == NULL) {
		tell(s, "geoip", FINE, NULL, "no file is configured");
		return;
	}
	if ((db = geoip_db_map(s->cf.geoip_path)) == NULL) {
		tell(s, "geoip", BROKEN, "see [geoip] db_path", "%s",
		    said(s));
		return;
	}
	age_s = s->now_s - geoip_db_built_s(db);
	measure(s, "geoip.age", age_s, "%s, %lld days old", s->cf.geoip_path,
	    (long long)(age_s / 86400));
	geoip_db_free(db);
}

/* When something was written last is when the map was drawn. */
void
check_web(struct status *s)
{
	struct stat st;
	int64_t age_s;

	if (s->cf.web_dir != NULL && access(s->cf.web_dir, R_OK | X_OK) == -1)
		tell(s, "web", DEGRADED, "run loc-site, or location-site by "
		    "cron", "%s: %s", s->cf.web_dir, strerror(errno));
	else if (s->cf.web_dir != NULL)
		tell(s, "web", FINE, NULL, "%s", s->cf.web_dir);
	if (s->cf.web_datamap == NULL)
		return;
	if (strstr(s->cf.web_datamap, "://") != NULL)
		return;
	if (stat(s->cf.web_datamap, &st) == -1) {
		tell(s, "map", DEGRADED, "run loc-mapgen, or location-map by "
		    "cron", "%s: %s", s->cf.web_datamap, strerror(errno));
		return;
	}
	age_s = s->now_s - st.st_mtime;
	measure(s, "map.age", age_s, "%s, %lld days old", s->cf.web_datamap,
	    (long long)(age_s / 86400));
}

/* Of those that never went well the age is not known, but the status is. */
static void
on_job(void *arg, const char *job, const struct json_doc *d,
    struct base_arena *a)
{
	int64_t code = 0, ok_s = 0;
	struct status *s = arg;

	(void)a;
	check_jobs_number(d, 0, "status", &code);
	check_jobs_number(d, 0, "ok_s", &ok_s);
	if (code != 0)
		tell(s, "job", DEGRADED, "see the mail of cron, or the log",
		    "%s ended with status %lld", job, (long long)code);
	else
		tell(s, "job", FINE, NULL, "%s, done %lld h ago", job,
		    ok_s == 0 ? 0 : (long long)(s->now_s - ok_s) / 3600);
}

void
check_runs(struct status *s)
{
	if (check_jobs(on_job, s) == -1)
		tell(s, "job", DEGRADED, "run it as the service's user", "%s",
		    said(s));
}
