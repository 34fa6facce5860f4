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
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "net/statsd.h"
#include "queue/keyday.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/usage.h"
#include "store/contest.h"
#include "store/db.h"
#include "store/key.h"
#include "store/keyday.h"
#include "store/mark.h"
#include "store/lease.h"
#include "store/stats.h"
#include "store/undo.h"

#include "calibrate.h"
#include "list.h"

#define SYNOPSIS \
	"[-hjnvV] [-c config] [job ...]\n" \
	"[-hjvV] [-c config] [-d days] calibrate [file ...]\n" \
	"-l [-hjV] [-c config] [-d days] [totals | regions | keys | " \
	"reasons | witnesses]\n" \
	CHECK_CLI_SYNOPSIS
#define USUAL_DAYS	7
#define MAX_DAYS	3650
#define REDIS_MS	2000
#define STAT_DAYS	730
#define MAP_DAYS	365
#define KEY_DAYS	400
#define LIST_DAYS	7
#define SALT_DAYS	3	/* of marks; see station/trust.h */
#define WITNESS_DAYS	30

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
	int64_t	contested, hidden;	/* -1: as regions */
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

/*
 * How many stations are contested, for loc-monitor, which is run too often to
 * read all of them itself.
 */
static int
do_contests(const struct run *r, struct result *res)
{
	struct store_contest_stations s;
	const struct {
		const char	*mark;
		const int64_t	*n;
	} counts[] = {
		{ STORE_MARK_CONTESTED, &s.contested },
		{ STORE_MARK_HIDDEN, &s.hidden },
		{ STORE_MARK_OPTED_OUT, &s.opted_out },
		{ STORE_MARK_PENDING, &s.pending }
	};
	char text[24];
	size_t i;

	if (store_contest_count(r->db, r->cf.trust_optout_votes,
	    r->cf.trust_optout_days, &s) == -1)
		return -1;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]) && !r->dry; i++) {
		snprintf(text, sizeof(text), "%lld",
		    (long long)*counts[i].n);
		if (store_mark_set(r->db, counts[i].mark, text) == -1)
			return -1;
	}
	res->contested = s.contested;
	res->hidden = s.hidden;
	return 0;
}

/*
 * Copy what Redis has counted of each key on DAY, all of it or nothing: calls,
 * and what was submitted.
 */
static int
copy_key_day(const struct run *r, struct queue_redis *redis, int64_t day)
{
	struct store_keyday_put put = { .db = r->db };
	struct queue_keyday *submitted = NULL;
	struct queue_usage *calls = NULL;
	size_t i, ncalls, nsubmitted;
	int rc = -1;

	if (queue_usage_calls(redis, NULL, day, &calls, &ncalls) == 0 &&
	    queue_keyday_read(redis, day, &submitted, &nsubmitted) == 0) {
		for (i = 0; i < ncalls && !r->dry; i++)
			if (store_key_check(calls[i].key))
				store_keyday_put(&put, day, calls[i].key,
				    calls[i].what, calls[i].today);
		for (i = 0; i < nsubmitted && !r->dry; i++)
			store_keyday_put(&put, day, submitted[i].key,
			    submitted[i].what, submitted[i].count);
		rc = store_keyday_end(&put);
	}
	free(calls);
	free(submitted);
	return rc;
}

/* Yesterday's, which is complete, and today's so far. */
static int
do_keys(const struct run *r, struct result *res)
{
	int64_t today = base_civil_day_of(r->now);
	struct queue_redis *redis;
	int rc = -1;

	if (r->cf.cache_url == NULL)
		return 0;
	if ((redis = queue_redis_new(r->cf.cache_url, REDIS_MS)) == NULL)
		return -1;
	if (copy_key_day(r, redis, today - 1) == 0 &&
	    copy_key_day(r, redis, today) == 0) {
		res->removed = store_keyday_trim(r->db, r->dry,
		    today - KEY_DAYS);
		rc = res->removed == -1 ? -1 : 0;
	}
	queue_redis_free(redis);
	return rc;
}

/*
 * What is kept of witnesses goes when it is not needed any more: the salts of
 * marks first, as without them nobody can tell whose a mark is.  Stations that
 * were opted out lose their place at last.
 */
static int
do_trust(const struct run *r, struct result *res)
{
	int64_t ended, removed, today = base_civil_day_of(r->now);

	removed = store_stats_trim_trust(r->db, r->dry, today - SALT_DAYS,
	    today - WITNESS_DAYS - 1, r->now - r->cf.trust_undo_days *
	    BASE_CIVIL_DAY_S);
	if (removed == -1)
		return -1;
	ended = store_undo_end_optouts(r->db, r->dry, r->now -
	    r->cf.trust_optout_keep_days * BASE_CIVIL_DAY_S, r->now);
	if (ended == -1)
		return -1;
	res->removed = removed + ended;
	return 0;
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
	{ "ledger", "data.cleanup_ledger", do_ledger },
	{ "trust", "data.cleanup_trust", do_trust },
	{ "contests", "data.count_contests", do_contests },
	{ "keys", "data.key_days", do_keys }
};
#define JOBS	(sizeof(jobs) / sizeof(jobs[0]))

static const struct job *
find(const char *name)
{
	return IO_CLI_FIND(name, jobs);
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
	json_write_begin(&w, &b);
	json_write_text(&w, "job", j->name);
	json_write_text(&w, "state", state);
	if (res != NULL && res->regions != -1)
		json_write_i64(&w, "regions", res->regions);
	if (res != NULL)
		json_write_i64(&w, "removed", res->removed);
	if (res != NULL && res->contested != -1) {
		json_write_i64(&w, "contested", res->contested);
		json_write_i64(&w, "hidden", res->hidden);
	}
	json_write_end(&w);
	io_cli_last(&b);
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
		if (res != NULL && res->contested != -1)
			printf(", %lld contested, %lld hidden",
			    (long long)res->contested, (long long)res->hidden);
		putchar('\n');
	}
	io_cli_flush();
}

/*
 * Returns an exit status, which is EX_TEMPFAIL if the next run may do what this
 * one could not, and EX_OK if there was nothing to do.  The lease is one of the
 * database's, by the name of the job.  Who finds it taken leaves the work to
 * the other and is content, as a timer on a second host should not fail because
 * of the first.  A dry run takes it as well, but is not told to statsd: its
 * time says nothing of the work.
 */
static int
do_job(const struct run *r, const struct job *j, struct net_statsd *s)
{
	struct result res = { -1, 0, -1, -1 };
	int64_t start_ms = base_clock_mono_ms();
	enum store_lease_verdict verdict;
	struct store_lease *lease;
	int rc = -1, status;
	char name[STORE_LEASE_NAME_MAX + 1];

	snprintf(name, sizeof(name), "stats.%s", j->name);
	lease = store_lease_take(&(struct store_lease_wish){ "rw_url",
	    r->cf.rw_url, name, 0, NULL }, &verdict, &status);
	if (verdict == STORE_LEASE_BUSY) {
		print_job(r, j, "busy", NULL);
		return EX_OK;
	}
	if (lease != NULL) {
		store_db_set_guard(r->db, store_lease_guard(lease));
		rc = j->run(r, &res);
		status = store_db_status(r->db);
		store_db_set_guard(r->db, NULL);
	}
	store_lease_end(lease);
	if (rc == -1) {
		print_job(r, j, "failed", NULL);
		return status == EX_NOPERM ? EX_NOPERM : EX_TEMPFAIL;
	}
	if (!r->dry)
		net_statsd_time(s, "task",
		    (double)(base_clock_mono_ms() - start_ms), "task",
		    j->task, NULL);
	print_job(r, j, r->dry ? "dry" : res.regions == 0 ? "empty" : "done",
	    &res);
	return EX_OK;
}

/*
 * Do the jobs that are named, or all.  The time is asked for once, so all jobs
 * agree on what is old.  Returns an exit status: EX_TEMPFAIL if any job
 * failed, as the next run does what is left; unless the account may not.
 */
static int
run_jobs(struct run *r, char *const *name, int n)
{
	struct net_statsd *s = net_statsd_open(&r->cf);
	int i, one, rc = EX_OK;

	/* A clock that is wrong would delete what is not old. */
	if (store_db_now(r->db, &r->now) == -1) {
		warnx("%s: %s", store_db_where(r->db), store_db_error(r->db));
		rc = store_db_status(r->db);
		goto out;
	}
	for (i = 0; i < (n > 0 ? n : (int)JOBS); i++)
		if ((one = do_job(r, n > 0 ? find(name[i]) : &jobs[i], s)) !=
		    EX_OK)
			rc = one;
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
	    (o.db = store_db_open("ro_url", r->cf.ro_url, STORE_DB_STALE,
	    &rc)) != NULL)
		rc = calibrate(&o, file, n);
	store_db_free(o.db);
	io_cli_flush();
	return rc;
}

/* Print what the tables of totals have; nothing is changed. */
static int
run_list(const struct run *r, const char *what, int64_t days)
{
	struct store_db *db = NULL;
	int rc = EX_CONFIG;

	if (conf_file_need(&r->cf, &r->cf.ro_url) == 0 &&
	    (db = store_db_open("ro_url", r->cf.ro_url, STORE_DB_STALE,
	    &rc)) != NULL &&
	    list_print(db, what, days, r->json) == -1) {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		rc = store_db_status(db);
	} else if (db != NULL)
		rc = EX_OK;
	store_db_free(db);
	io_cli_flush();
	return rc;
}

/* Words are checked as they are later; behind calibrate there are files. */
static int
check_stats_words(struct check_cli_asked *a)
{
	char *const *word = a->word;

	if (*word != NULL && a->arg['l'] == NULL &&
	    strcmp(*word, "calibrate") == 0)
		return check_path_inputs(word + 1);
	for (; *word != NULL; word++)
		if (a->arg['l'] != NULL)
			list_check(*word);
		else
			find(*word);
	return EX_OK;
}

static const struct check_cli checked = {
	.options = "c:d:jlnv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RW | CHECK_CLI_WORDS,
	.database = check_database,
	.given = check_stats_words
};

/*
 * Without names all jobs are done, one after the other; one that fails does
 * not keep the next from its work.  Names are checked before the first job
 * begins.
 */
int
main(int argc, char *argv[])
{
	struct run r = { 0 };
	int i, is_calibrate, lists, rc;
	struct io_cli cli;
	int64_t days;

	check_cli(&cli, argc, argv, &checked);
	days = io_cli_num_or(&cli, 'd', 1, MAX_DAYS, 0);
	r.json = cli.arg['j'] != NULL;
	lists = cli.arg['l'] != NULL;
	r.dry = cli.arg['n'] != NULL;
	r.verbose = cli.arg['v'] != NULL;
	is_calibrate = !lists && cli.words > 0 &&
	    strcmp(cli.word[0], "calibrate") == 0;
	if (is_calibrate || lists ? r.dry : days > 0)
		io_cli_usage(SYNOPSIS, 0);
	if (lists && (r.verbose || cli.words > 1))
		io_cli_usage(SYNOPSIS, 0);
	for (i = 0; i < cli.words && !is_calibrate; i++)
		if (lists)
			list_check(cli.word[i]);
		else
			find(cli.word[i]);
	if (conf_file_open(&r.cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	if (is_calibrate) {
		rc = run_calibrate(&r, days > 0 ? days : USUAL_DAYS,
		    cli.word + 1, cli.words - 1);
		conf_file_end(&r.cf);
		return rc;
	}
	rc = EX_CONFIG;
	if (lists) {
		rc = run_list(&r, cli.word[0], days > 0 ? days : LIST_DAYS);
		conf_file_end(&r.cf);
		return rc;
	}
	if (conf_file_need(&r.cf, &r.cf.rw_url) == 0 &&
	    (r.db = store_db_open("rw_url", r.cf.rw_url, STORE_DB_CAUSAL,
	    &rc)) != NULL)
		rc = run_jobs(&r, cli.word, cli.words);
	store_db_free(r.db);
	conf_file_end(&r.cf);
	return rc;
}
