/* SPDX-License-Identifier: ISC */
/*
 * loc-monitor - tell statsd how much waits, and how much is used.
 *
 * Reads what is in Redis, in the database, in the spool of this host and of
 * its jobs, and removes counters of addresses that are too old to be told of.
 * What cannot be read costs its own gauges only.
 *
 * It is run now and then by a timer and keeps no state, so a run that is
 * killed, or two at once, do no harm.  Names of gauges are Ichnaea's where
 * Ichnaea had them, so that dashboards go on.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/num.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "check/redis.h"
#include "http/listen.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "net/statsd.h"
#include "queue/batch.h"
#include "queue/dead.h"
#include "queue/group.h"
#include "queue/redis.h"
#include "queue/stream.h"
#include "queue/usage.h"
#include "spool/look.h"
#include "store/area.h"
#include "store/contest.h"
#include "store/db.h"
#include "store/health.h"
#include "store/mark.h"

#include "monitor.h"

#define SYNOPSIS	"[-hjvV] [-c config] [what ...]\n" \
			"-p [-hvV] [-c config] [-l address | -o file] " \
			"[what ...]\n" \
			CHECK_CLI_SYNOPSIS
#define REDIS_MS	5000

/* With -j: a line of JSON. */
static void
print(const struct gauge *g)
{
	struct json_write w;
	struct base_buf b;
	int i;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "name", g->name);
	json_write_i64(&w, "value", g->value);
	json_write_object(&w, "tags");
	for (i = 0; g->tag[i] != NULL; i += 2)
		json_write_text(&w, g->tag[i], g->tag[i + 1]);
	json_write_end(&w);
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * All gauges go through here.  With -j there is no statsd to send to (it is
 * NULL, which the call takes), and they are printed instead.  The tags that
 * are not used are NULL and end the list early.
 */
void
monitor_tell(struct monitor *m, const struct gauge *g)
{
	const char *const *t = g->tag;

	assert(t[6] == NULL);
	m->gauges++;
	if (m->json)
		print(g);
	if (m->samples != NULL)
		monitor_samples_add(m->samples, g);
	net_statsd_gauge(m->statsd, g->name, (double)g->value, t[0], t[1],
	    t[2], t[3], t[4], t[5], NULL);
}

/*
 * The calls of each key and path of today.  Keys without a call are left out,
 * so the number of gauges follows the use and not the table of keys.
 */
static int
do_limits(struct monitor *m)
{
	struct queue_usage *u;
	size_t i, n;

	if (queue_usage_calls(m->redis, NULL, m->day, &u, &n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (u[i].today > 0)	/* it is still there */
			monitor_tell(m, &(struct gauge){ "api.limit",
			    u[i].today, { "key", u[i].key, "path", u[i].what } });
	free(u);
	return 0;
}

/*
 * How many different addresses have used a key, today and in the seven days
 * that end today.  Other types than these two have no gauge.
 */
static void
tell_users(struct monitor *m, const struct queue_usage *u)
{
	const char *name;

	if (strcmp(u->what, "locate") == 0)
		name = "locate.user";
	else if (strcmp(u->what, "submit") == 0)
		name = "submit.user";
	else
		return;
	if (u->today > 0)
		monitor_tell(m, &(struct gauge){ name, u->today,
		    { "key", u->key, "interval", "1d" } });
	monitor_tell(m, &(struct gauge){ name, u->week,
	    { "key", u->key, "interval", "7d" } });
}

/*
 * Old counters are removed first, but a failure to do so does not keep the
 * others from being told of; it only makes the job fail in the end.
 */
static int
do_users(struct monitor *m)
{
	int64_t forgotten = queue_usage_forget(m->redis, m->day);
	struct queue_usage *u;
	size_t i, n;

	if (queue_usage_addresses(m->redis, NULL, m->day, &u, &n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		tell_users(m, &u[i]);
	free(u);
	if (m->verbose && forgotten > 0)
		warnx("%lld old counters removed", (long long)forgotten);
	return forgotten == -1 ? -1 : 0;
}

/* The length of a queue, with the tags that Ichnaea's queues had. */
static void
tell_queue(struct monitor *m, const char *name, const char *type, int64_t n)
{
	monitor_tell(m, &(struct gauge){ "queue", n, { "queue", name,
	    "queue_type", "data", "data_type", type } });
}

/*
 * Entries that group NAME has still to do are N, none of them before LOW.  The
 * age is that of the oldest of them, in seconds; it is what an alarm should
 * look at, as a length says nothing without the rate.  The time of an entry is
 * by the clock of the host that accepted it, so it may be ahead of ours: then
 * the age is 0.
 */
static int
tell_group(struct monitor *m, const struct queue_stream *s, const char *name,
    int64_t n, const struct queue_id *low)
{
	struct queue_batch b;
	int64_t age_ms = 0;

	tell_queue(m, name, strcmp(name, QUEUE_GROUP_INTERNAL) == 0 ?
	    "report" : "export", n);
	if (queue_stream_oldest_from(s, low, &b) != QUEUE_OK)
		return -1;
	if (b.n > 0)
		age_ms = base_clock_now_ms() - b.entry[0].time_ms;
	queue_batch_done(&b);
	monitor_tell(m, &(struct gauge){ "queue.age_s",
	    age_ms > 0 ? age_ms / 1000 : 0, { "queue", name } });
	return 0;
}

/*
 * Without its group everything waits for the database: loc-work has not been
 * started yet, or Redis has lost the group, and nobody is to mistake that for
 * an empty queue.  Where Redis cannot tell the lag of a group, the length of
 * the stream stands for it, which is never less.
 */
static int
tell_groups(struct monitor *m, const struct queue_stream *s,
    const struct queue_groups *g, int64_t length)
{
	const struct queue_id oldest = { 0, 0 };
	const struct queue_group *p;
	int rc = 0;
	size_t i;

	if (queue_groups_find(g, QUEUE_GROUP_INTERNAL) == NULL)
		rc = tell_group(m, s, QUEUE_GROUP_INTERNAL, length, &oldest);
	for (i = 0; rc == 0 && i < g->n; i++) {
		p = &g->at[i];
		if (p->exists)
			rc = tell_group(m, s, p->name, p->lag == -1 ?
			    length : p->lag, &p->low);
	}
	return rc;
}

/*
 * The lengths and ages of the stream's groups, and how many dead letters there
 * are.  If Redis goes away in the middle, the gauges told until then stand.
 */
static int
tell_stream(struct monitor *m)
{
	const struct queue_stream s = { m->redis, m->cf.queue_stream };
	struct queue_groups g;
	struct queue_state st;
	int64_t dead;
	int rc;

	if (queue_stream_state(&s, &st) != QUEUE_OK ||
	    queue_groups_read(&s, &g) != QUEUE_OK)
		return -1;
	rc = tell_groups(m, &s, &g, st.length);
	queue_groups_done(&g);
	if (queue_dead_count(&s, &dead) != QUEUE_OK)
		return -1;
	tell_queue(m, "dead", "dead", dead);
	return rc;
}

void
monitor_skip(const struct monitor *m, const char *what, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	if (!m->verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	warnx("%s: skipped: %s", what, why);
}

/*
 * A connection to URL, or NULL after a warning.  Timeouts are short: a monitor
 * that hangs with the server that it watches tells nobody.
 */
static struct store_db *
open_watched_db(const char *key, const char *url, enum store_db_reads reads)
{
	struct store_db *db = store_db_new(key, url, reads);

	if (db == NULL)
		return NULL;
	store_db_fail_fast(db);
	if (store_db_connect(db, 0) == 0)
		return db;
	store_db_free(db);
	return NULL;
}

/*
 * How many cell areas wait to be brought up to date.  They are counted on the
 * server that is written to, as a replica may be behind.
 */
static int
tell_areas(struct monitor *m)
{
	struct store_db *db;
	int64_t n;
	int rc = -1;

	if (m->cf.rw_url == NULL) {
		monitor_skip(m, "cellarea", "no rw_url in [database]");
		return 0;
	}
	if ((db = open_watched_db("rw_url", m->cf.rw_url,
	    STORE_DB_CAUSAL)) != NULL &&
	    (rc = store_area_dirty(db, &n)) == 0)
		tell_queue(m, "update_cellarea", "cellarea", n);
	store_db_free(db);
	return rc;
}

/*
 * Both are told of even if the first of them fails: one is in Redis and the
 * other in the database.
 */
static int
do_queues(struct monitor *m)
{
	int stream = tell_stream(m);

	return tell_areas(m) == -1 ? -1 : stream;
}

/*
 * A replica that does not run has no lag that means anything; its gauge stops,
 * and replica.running says why.
 */
static void
tell_replica(struct monitor *m, const struct store_health_replica *r)
{
	monitor_tell(m, &(struct gauge){ "replica.running", r->running,
	    { "host", r->host } });
	if (r->running)
		monitor_tell(m, &(struct gauge){ "replica.lag_s", r->lag_s,
		    { "host", r->host } });
	else
		monitor_tell(m, &(struct gauge){ "replica.waiting",
		    r->waiting, { "host", r->host } });
}

/*
 * When programs that are run again and again were last done with it, whatever
 * ran them: they note it in the database.  What never was has no gauge.
 */
static int
do_marks(struct monitor *m)
{
	static const struct {
		const char	*work, *kind;
	} marks[] = {
		{ "export", "full" }, { "export", "diff" },
		{ "import", "ocid" }, { "backup", "reports" },
		{ "backup", "verify" }, { "backup", "database" },
		{ "backup", "drill" }
	};
	char name[STORE_MARK_NAME_MAX + 1];
	struct store_db *db;
	int64_t age_s;
	size_t i;
	int rc = 0;

	if (m->cf.rw_url == NULL) {
		monitor_skip(m, "marks", "no rw_url in [database]");
		return 0;
	}
	if ((db = open_watched_db("rw_url", m->cf.rw_url,
	    STORE_DB_CAUSAL)) == NULL)
		return -1;
	for (i = 0; rc != -1 && i < sizeof(marks) / sizeof(marks[0]); i++) {
		snprintf(name, sizeof(name), "%s.%s", marks[i].work,
		    marks[i].kind);
		if ((rc = store_mark_age(db, name, &age_s)) == 1)
			monitor_tell(m, &(struct gauge){ "mark.age_s", age_s,
			    { "mark", name } });
	}
	store_db_free(db);
	return rc == -1 ? -1 : 0;
}

/* What loc-stats has counted last; what it has not yet has no gauge. */
static int
tell_contests(struct monitor *m, struct store_db *db)
{
	static const struct {
		const char	*mark, *gauge;
	} counts[] = {
		{ STORE_MARK_CONTESTED, "trust.contested" },
		{ STORE_MARK_HIDDEN, "trust.hidden" },
		{ STORE_MARK_OPTED_OUT, "trust.opted_out" },
		{ STORE_MARK_PENDING, "trust.optouts_pending" }
	};
	char text[STORE_MARK_MAX + 1];
	int64_t n;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if ((rc = store_mark_get(db, counts[i].mark, text,
		    sizeof(text))) == -1)
			return -1;
		if (rc == 1 && base_num_i64(text, strlen(text), &n))
			monitor_tell(m, &(struct gauge){ counts[i].gauge, n,
			    { NULL } });
	}
	return 0;
}

/*
 * How much is contested, how many witnesses there were today, and what the
 * busiest of them did: it is at its limit if somebody tries.
 */
static int
do_trust(struct monitor *m)
{
	struct store_contest_witnesses w;
	struct store_db *db;
	int rc;

	if (m->cf.rw_url == NULL) {
		monitor_skip(m, "trust", "no rw_url in [database]");
		return 0;
	}
	if ((db = open_watched_db("rw_url", m->cf.rw_url,
	    STORE_DB_CAUSAL)) == NULL)
		return -1;
	rc = tell_contests(m, db);
	if (rc == 0 && (rc = store_contest_witnesses(db, m->day, &w)) == 0) {
		monitor_tell(m, &(struct gauge){ "trust.witnesses", w.n,
		    { NULL } });
		monitor_tell(m, &(struct gauge){ "trust.contra", w.contra,
		    { NULL } });
		monitor_tell(m, &(struct gauge){ "trust.born", w.born,
		    { NULL } });
	}
	store_db_free(db);
	return rc;
}

/*
 * How far the server that loc-serve reads from is behind.  A server that is no
 * replica, or does not say, has no gauge and is no failure.
 */
static int
do_replica(struct monitor *m)
{
	struct store_health_replica r;
	struct store_db *db;
	int rc = 0;

	if (m->cf.ro_url == NULL) {
		monitor_skip(m, "replica", "no ro_url in [database]");
		return 0;
	}
	if ((db = open_watched_db("ro_url", m->cf.ro_url,
	    STORE_DB_STALE)) == NULL)
		return -1;
	switch (store_health_replica(db, &r)) {
	case STORE_HEALTH_REPLICA:
		tell_replica(m, &r);
		break;
	case STORE_HEALTH_NO_REPLICA:
		monitor_skip(m, "replica", "%s is none", store_db_where(db));
		break;
	case STORE_HEALTH_DENIED:
		monitor_skip(m, "replica", "%s: the account lacks REPLICA "
		    "MONITOR (loc-db users monitor grants it)",
		    store_db_where(db));
		break;
	case STORE_HEALTH_FAILED:
		rc = -1;
	}
	store_db_free(db);
	return rc;
}

/*
 * The spool of this host, by sizes of files only: nothing of it is read, so
 * this is cheap however much waits there.  A host without one is not at fault.
 */
static int
do_spool(struct monitor *m)
{
	struct spool_look size;
	char host[256] = "";
	int rc;

	if ((rc = spool_look_size(m->cf.spool_dir, &size)) != 1) {
		if (rc == 0)
			monitor_skip(m, "spool", "there is no %s",
			    m->cf.spool_dir);
		return rc;
	}
	gethostname(host, sizeof(host) - 1);
	monitor_tell(m, &(struct gauge){ "data.spool.bytes", size.bytes,
	    { "host", host } });
	monitor_tell(m, &(struct gauge){ "data.spool.waiting_bytes",
	    size.waiting, { "host", host } });
	monitor_tell(m, &(struct gauge){ "data.spool.bad_bytes", size.bad_bytes,
	    { "host", host } });
	monitor_tell(m, &(struct gauge){ "data.spool.max_bytes",
	    m->cf.spool_max_bytes, { "host", host } });
	return 0;
}

/*
 * In the order in which they run if none is named.  Tasks that Ichnaea had
 * keep its names in metrics.
 */
static const struct job {
	const char	*name;
	const char	*task;		/* in metrics */
	int		(*run)(struct monitor *);
} jobs[] = {
	{ "limits", "data.monitor_api_key_limits", do_limits },
	{ "users", "data.monitor_api_users", do_users },
	{ "queues", "data.monitor_queue_size", do_queues },
	{ "replica", "data.monitor_replica", do_replica },
	{ "spool", "data.monitor_spool", do_spool },
	{ "marks", "data.monitor_marks", do_marks },
	{ "trust", "data.monitor_trust", do_trust },
	{ "jobs", "data.monitor_jobs", monitor_jobs }
};
#define JOBS	(sizeof(jobs) / sizeof(jobs[0]))

static const struct job *
find_job(const char *name)
{
	return IO_CLI_FIND(name, jobs);
}

/* Is the Ith of the names one of those before it? */
static int
is_repeated(char *const *name, int i)
{
	int k;

	for (k = 0; k < i && strcmp(name[k], name[i]) != 0; k++)
		;
	return k < i;
}

/*
 * Do the jobs that are named, or all, each once: Prometheus refuses all that it
 * is given if a gauge is there twice.  One that fails costs its own gauges and
 * makes the exit status EX_UNAVAILABLE; only one that succeeded has its time
 * told, so a gap in the timings shows the failure.
 */
int
monitor_run(struct monitor *m, char *const *name, int n)
{
	const struct job *j;
	int64_t start_ms;
	int failed, i, rc = EX_OK;

	m->day = base_civil_day_of(base_clock_now_s());
	for (i = 0; i < (n > 0 ? n : (int)JOBS); i++) {
		if (n > 0 && is_repeated(name, i))
			continue;
		j = n > 0 ? find_job(name[i]) : &jobs[i];
		assert(j != NULL);
		start_ms = base_clock_mono_ms();
		failed = j->run(m) == -1;
		if (m->samples != NULL)
			monitor_tell(m, &(struct gauge){ "monitor.failed",
			    failed, { "what", j->name } });
		if (failed)
			rc = EX_UNAVAILABLE;
		else
			net_statsd_time(m->statsd, "task",
			    (double)(base_clock_mono_ms() - start_ms),
			    "task", j->task, NULL);
	}
	if (m->verbose)
		warnx("%u gauges", m->gauges);
	return rc;
}

/*
 * Can the name of the statsd host be resolved?  Gauges go by UDP, where
 * nothing ever fails, and they are all that this program is for: without this
 * test a wrong name would look like success for ever.
 */
static int
has_statsd(const struct conf_file *cf)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_DGRAM };
	struct addrinfo *res;
	int rc = getaddrinfo(cf->statsd_host, NULL, &hints, &res);

	if (rc == 0)
		freeaddrinfo(res);
	else
		warnx("[statsd] host %s: %s", cf->statsd_host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	return rc == 0;
}

/* What is opened because the configuration says so.  An exit status. */
static int
open_monitor(struct monitor *m)
{
	int direct = m->json || m->samples != NULL;

	if ((!direct && conf_file_need(&m->cf, &m->cf.statsd_host) == -1) ||
	    conf_file_need(&m->cf, &m->cf.cache_url) == -1 ||
	    (m->redis = queue_redis_new(m->cf.cache_url, REDIS_MS)) == NULL)
		return EX_CONFIG;
	if (!direct && !has_statsd(&m->cf))
		return EX_UNAVAILABLE;
	if (!direct)
		m->statsd = net_statsd_open(&m->cf);
	return EX_OK;
}

int
monitor_reload(struct monitor *m)
{
	struct monitor new = { .samples = m->samples, .conf = m->conf };

	if (conf_file_open(&new.cf, m->conf) == -1)
		return -1;
	if (open_monitor(&new) != EX_OK) {
		queue_redis_free(new.redis);
		conf_file_end(&new.cf);
		return -1;
	}
	queue_redis_free(m->redis);
	conf_file_end(&m->cf);
	m->cf = new.cf;
	m->redis = new.redis;
	return 0;
}

/*
 * Tell of N jobs, or of all; returns an exit status.  With -j and -p statsd is
 * not needed and not asked for.  Redis has to be configured even for jobs that
 * do not use it, so that faults of a configuration show whatever job is named.
 *
 * A server has threads, to which no signal is to be given.
 */
static int
monitor(struct monitor *m, const char *address, const char *path,
    char *const *name, int n)
{
	sigset_t set;
	int one, rc;

	if ((rc = open_monitor(m)) != EX_OK)
		return rc;
	if (address != NULL) {
		io_signals_hold(&set);
		signal(SIGPIPE, SIG_IGN);
		return monitor_prometheus_serve(m, address, name, n, &set);
	}
	rc = monitor_run(m, name, n);
	if (m->samples != NULL &&
	    (one = monitor_prometheus_print(m, path)) != EX_OK)
		rc = one;
	return rc;
}

static void
check_address(const char *where)
{
	const char *at, *why;

	if ((why = http_listen_check(where, &at)) != NULL)
		errx(EX_USAGE, "-l %s: expected %s", at, why);
}

/* What is printed for Prometheus does not go to statsd. */
static int
check_monitor_options(struct check_cli_asked *a)
{
	char *const *word;

	for (word = a->word; *word != NULL; word++)
		find_job(*word);
	if (a->arg['l'] != NULL)
		check_address(a->arg['l']);
	if (a->arg['p'] != NULL)
		a->needs &= ~(unsigned)CHECK_CLI_IF(CHECK_CLI_STATSD);
	return check_path_output(a->arg['o']);
}

static const struct check_cli checked = {
	.options = "c:jl:o:pv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_REDIS | CHECK_CLI_IF(CHECK_CLI_RW) |
	    CHECK_CLI_IF(CHECK_CLI_RO) | CHECK_CLI_IF(CHECK_CLI_STATSD) |
	    CHECK_CLI_WORDS,
	.database = check_database,
	.redis = check_redis,
	.given = check_monitor_options
};

/*
 * Names of jobs are checked before anything is read.  All jobs share one
 * notion of today, taken here, so that a run over midnight does not mix two
 * days.
 */
int
main(int argc, char *argv[])
{
	struct monitor m = { .json = 0 };
	const char *address, *path;
	struct io_cli cli;
	int i, rc;

	check_cli(&cli, argc, argv, &checked);
	m.conf = cli.arg['c'];
	m.json = cli.arg['j'] != NULL;
	if ((address = cli.arg['l']) != NULL)
		check_address(address);
	path = cli.arg['o'];
	if (cli.arg['p'] != NULL)
		m.samples = monitor_samples_new();
	m.verbose = cli.arg['v'] != NULL;
	if (m.samples != NULL ? m.json || (address != NULL && path != NULL) :
	    address != NULL || path != NULL)
		io_cli_usage(SYNOPSIS, 0);
	for (i = 0; i < cli.words; i++)
		find_job(cli.word[i]);
	if (conf_file_open(&m.cf, m.conf) == -1)
		return EX_CONFIG;
	rc = monitor(&m, address, path, cli.word, cli.words);
	io_cli_flush();
	net_statsd_free(m.statsd);
	queue_redis_free(m.redis);
	monitor_samples_free(m.samples);
	conf_file_end(&m.cf);
	return rc;
}
