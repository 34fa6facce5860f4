/* SPDX-License-Identifier: ISC */
/*
 * loc-stats - the periodic work on the tables of totals.
 *
 * Every job reads and writes the database only; what it was stopped at, or
 * what it could not do this time, the next run does.  Who finds a job in
 * somebody else's hands leaves it to them.
 *
 * Calibrating is none of these jobs: it reads reports, and changes nothing.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "net/statsd.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "store/db.h"
#include "store/stats.h"

#include "calibrate.h"

#define SYNOPSIS \
	"[-hjnvV] [-c config] [job ...]\n" \
	"[-hjvV] [-c config] [-d days] calibrate [file ...]"
#define USUAL_DAYS	7
#define MAX_DAYS	3650
#define REDIS_MS	2000
#define STAT_DAYS	730
#define MAP_DAYS	365

/*
 * What all jobs share.  They get it read-only: no job depends on what another
 * has done.
 */
struct run {
	struct conf_file	 cf;
	struct store_db		*db;
	int			 dry, json, verbose;
	int64_t			 now;		/* by the database's clock */
};

struct result {
	int64_t	regions;	/* -1: not a matter of this job */
	int64_t	removed;	/* rows */
};

/*
 * Ichnaea's page of regions is made anew from what the table says now.  A
 * failure is only warned of, as the work of the job is done by then.
 */
static void
forget_page(const struct run *r)
{
	struct queue_redis *redis;
	struct queue_reply *reply;

	if (r->cf.cache_url == NULL ||
	    (redis = queue_redis_new(r->cf.cache_url, REDIS_MS)) == NULL)
		return;
	reply = queue_redis_run(redis, "DEL", QUEUE_NAMES_REGIONS_PAGE, NULL);
	if (queue_reply_error(reply) != NULL)
		warnx("redis: DEL: %s", queue_reply_error(reply));
	queue_reply_free(reply);
	queue_redis_free(redis);
}

/*
 * Count stations by region.  If there is none at all the old rows stay, the
 * job is told of as empty, and the page is still right.
 */
static int
do_region(const struct run *r, struct result *res)
{
	struct store_stats_regions regions;

	if (store_stats_region(r->db, r->dry, &regions) == -1)
		return -1;
	res->regions = regions.regions;
	res->removed = regions.removed;
	if (!r->dry && regions.regions > 0)
		forget_page(r);
	return 0;
}

static int
do_stat(const struct run *r, struct result *res)
{
	res->removed = store_stats_trim_stat(r->db, r->dry,
	    base_civil_day_of(r->now) - STAT_DAYS);
	return res->removed == -1 ? -1 : 0;
}

/* Cells of the map live for a year after the last thing heard in them. */
static int
do_datamap(const struct run *r, struct result *res)
{
	res->removed = store_stats_trim_datamap(r->db, r->dry,
	    base_civil_day_of(r->now) - MAP_DAYS);
	return res->removed == -1 ? -1 : 0;
}

/*
 * As loc-work does it: a day more than it accepts, as clocks differ.  An entry
 * that is removed too early would let a submission be counted twice; one that
 * stays too long costs only room.
 */
static int
do_ledger(const struct run *r, struct result *res)
{
	res->removed = store_stats_trim_ledger(r->db, r->dry, r->now -
	    (r->cf.work_ledger_days + 1) * BASE_CIVIL_DAY_S);
	return res->removed == -1 ? -1 : 0;
}

/* In the order in which they run if none is named. */
static const struct job {
	const char	*name;
	const char	*task;		/* in metrics */
	int		(*run)(const struct run *, struct result *);
} jobs[] = {
	{ "region", "data.update_statregion", do_region },
	{ "stat", "data.cleanup_stat", do_stat },
	{ "datamap", "data.cleanup_datamap", do_datamap },
	{ "ledger", "data.cleanup_ledger", do_ledger }
};
#define JOBS	(sizeof(jobs) / sizeof(jobs[0]))

static const struct job *
find(const char *name)
{
	return io_cli_find(name, jobs, JOBS, sizeof(jobs[0]));
}

/*
 * A job as a line of JSON.  Members that it has no number for are left out, so
 * a 0 is always a count.
 */
static void
print_json(const struct job *j, const char *state, const struct result *res)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	json_write_object(&w, NULL);
	json_write_text(&w, "job", j->name);
	json_write_text(&w, "state", state);
	if (res != NULL && res->regions != -1)
		json_write_i64(&w, "regions", res->regions);
	if (res != NULL)
		json_write_i64(&w, "removed", res->removed);
	json_write_end(&w);
	io_cli_line(&b);
	base_buf_done(&b);
}

/*
 * Tell what became of a job; RES is NULL if it was not done.  Each line is
 * flushed, as the next job may take long.
 */
static void
print_job(const struct run *r, const struct job *j, const char *state,
    const struct result *res)
{
	if (r->json)
		print_json(j, state, res);
	else if (r->dry || r->verbose) {
		printf("%s: %s", j->name, state);
		if (res != NULL && res->regions != -1)
			printf(", %lld regions", (long long)res->regions);
		if (res != NULL)
			printf(", %lld rows removed", (long long)res->removed);
		putchar('\n');
	}
	io_cli_flush();
}

/*
 * Returns 0, also if there was nothing to do, or -1.  The lock is one of the
 * database's, by the name of the job: it ends with our connection, however
 * that ends.  Who finds it taken leaves the work to the other and is content,
 * as a timer on a second host should not fail because of the first.  A dry run
 * takes it as well, but is not told to statsd: its time says nothing of the
 * work.
 */
static int
do_job(const struct run *r, const struct job *j, struct net_statsd *s)
{
	struct result res = { -1, 0 };
	int64_t start_ms = base_clock_mono_ms();
	int rc;

	if ((rc = store_stats_lock(r->db, j->name)) == 0) {
		print_job(r, j, "busy", NULL);
		return 0;
	}
	if (rc == 1) {
		rc = j->run(r, &res);
		store_stats_unlock(r->db, j->name);
	}
	if (rc == -1) {
		print_job(r, j, "failed", NULL);
		return -1;
	}
	if (!r->dry)
		net_statsd_time(s, "task",
		    (double)(base_clock_mono_ms() - start_ms), "task",
		    j->task, NULL);
	print_job(r, j, r->dry ? "dry" : res.regions == 0 ? "empty" : "done",
	    &res);
	return 0;
}

/*
 * Do the jobs that are named, or all.  The time is asked for once, so all jobs
 * agree on what is old.  Returns an exit status: EX_TEMPFAIL if any job
 * failed, as the next run does what is left.
 */
static int
run_jobs(struct run *r, char *const *name, int n)
{
	struct net_statsd *s = net_statsd_open(&r->cf);
	int i, rc = EX_OK;

	/* A clock that is wrong would delete what is not old. */
	if (store_db_now(r->db, &r->now) == -1) {
		warnx("%s: %s", store_db_where(r->db), store_db_error(r->db));
		rc = store_db_status(r->db);
		goto out;
	}
	for (i = 0; i < (n > 0 ? n : (int)JOBS); i++)
		if (do_job(r, n > 0 ? find(name[i]) : &jobs[i], s) == -1)
			rc = EX_TEMPFAIL;
out:
	net_statsd_free(s);
	return rc;
}

/*
 * Reports are many and the database does nothing but look, so that it may be a
 * replica, or one that was restored for this.
 */
static int
run_calibrate(const struct run *r, int64_t days, char *const *file, int n)
{
	struct calibrate_opts o = { .cf = &r->cf, .days = days,
	    .json = r->json, .verbose = r->verbose };
	int rc = EX_CONFIG;

	if (conf_file_need(&r->cf, &r->cf.ro_url) == 0 &&
	    (o.db = store_db_open("ro_url", r->cf.ro_url, &rc)) != NULL)
		rc = calibrate(&o, file, n);
	store_db_free(o.db);
	io_cli_flush();
	return rc;
}

/*
 * Without names all jobs are done, one after the other; one that fails does
 * not keep the next from its work.  Names are checked before the first job
 * begins.
 */
int
main(int argc, char *argv[])
{
	struct run r = { 0 };
	const char *conf = NULL;
	int ch, i, is_calibrate, rc;
	int64_t days = 0;

	while ((ch = io_cli_next(argc, argv, "c:d:jnv", SYNOPSIS)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'd':
			days = io_cli_num('d', optarg, 1, MAX_DAYS);
			break;
		case 'j':
			r.json = 1;
			break;
		case 'n':
			r.dry = 1;
			break;
		case 'v':
			r.verbose = 1;
			break;
		}
	is_calibrate = optind < argc && strcmp(argv[optind], "calibrate") == 0;
	if (is_calibrate ? r.dry : days > 0)
		io_cli_usage(SYNOPSIS, 0);
	for (i = optind; i < argc && !is_calibrate; i++)
		find(argv[i]);
	if (conf_file_open(&r.cf, conf) == -1)
		return EX_CONFIG;
	if (is_calibrate) {
		rc = run_calibrate(&r, days > 0 ? days : USUAL_DAYS,
		    argv + optind + 1, argc - optind - 1);
		conf_file_end(&r.cf);
		return rc;
	}
	rc = EX_CONFIG;
	if (conf_file_need(&r.cf, &r.cf.rw_url) == 0 &&
	    (r.db = store_db_open("rw_url", r.cf.rw_url, &rc)) != NULL)
		rc = run_jobs(&r, argv + optind, argc - optind);
	store_db_free(r.db);
	conf_file_end(&r.cf);
	return rc;
}
