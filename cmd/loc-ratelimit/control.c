/* SPDX-License-Identifier: ISC */
/*
 * The share of queries that is stored, and the controller that sets it.
 *
 * "run" is one step: read the length of InnoDB's history, the settings and
 * the state; decide whether anything may be stored; measure the backlog; let
 * the controller compute a rate; write it all.  queue/rate.c has the rules and
 * the transaction around them.
 *
 * The backlog is counted in observations, as the target of an Ichnaea
 * service is: so many submissions as have not been worked off, times what
 * the newest ones hold on average.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/cli.h"
#include "json/write.h"
#include "net/statsd.h"
#include "obs/batch.h"
#include "queue/batch.h"
#include "queue/group.h"
#include "queue/rate.h"
#include "queue/stream.h"
#include "ratelimit.h"
#include "store/db.h"
#include "store/stats.h"

/* To know what a submission holds: so many, or so much, of them. */
#define SAMPLE_ENTRIES	32
#define SAMPLE_BYTES	(4 << 20)

/*
 * The setting NAME, of LEN bytes, or -1 after a warning.  The state of the
 * controller is no setting: it is nobody's business but the controller's.
 */
static int
find_setting(const char *name, size_t len)
{
	int k;

	for (k = 0; k < QUEUE_RATE_SETTINGS; k++)
		if (strlen(queue_rate_name[k]) == len &&
		    strncmp(queue_rate_name[k], name, len) == 0)
			return k;
	warnx("%.*s: no such setting", (int)len, name);
	return -1;
}

/*
 * These two judge operands before anything is connected to, so that a slip of
 * the pen is told where Redis is away, too.
 */
int
ratelimit_control_is_name(const char *name)
{
	return find_setting(name, strlen(name)) != -1;
}

/* Switches are 0 or 1 in Redis; people may also write false or true. */
static int
parse_value(int k, const char *text, double *v, const char **why)
{
	if (k == QUEUE_RATE_ENABLED || k == QUEUE_RATE_PURGING) {
		if (strcmp(text, "true") == 0)
			text = "1";
		else if (strcmp(text, "false") == 0)
			text = "0";
	}
	return queue_rate_parse((enum queue_rate_key)k, text, v, why);
}

/*
 * This judges an assignment by itself.  Whether it fits the other settings
 * only Redis can tell, see settings_fit().
 */
int
ratelimit_control_is_assignment(const char *text)
{
	const char *eq = strchr(text, '='), *why;
	double v;
	int k;

	if (eq == NULL) {
		warnx("%s: expected name=value", text);
		return 0;
	}
	if ((k = find_setting(text, (size_t)(eq - text))) == -1)
		return 0;
	if (parse_value(k, eq + 1, &v, &why))
		return 1;
	warnx("%s: expected %s", text, why);
	return 0;
}

/* Append V so that it reads back the same, without a point if it is whole. */
static void
put_number(struct base_buf *b, double v)
{
	if (v == rint(v) && fabs(v) < 1e15)
		base_buf_i64(b, (int64_t)v);
	else
		base_buf_f64(b, v);
}

static void
put_setting(struct json_write *w, const char *name, double v)
{
	json_write_value(w, name);
	put_number(w->b, v);
}

/*
 * Settings as they hold, with defaults: all, or the one that ARG names.  One
 * that is not set and has no default is left out, and if it was the only one
 * asked for the exit status is 1.  Without -j a single value is printed bare,
 * for the shell.  The read leaves a WATCH behind, which ends with the
 * connection.
 */
int
ratelimit_control_get(struct ratelimit *r, char *const *arg)
{
	int k, only = arg[0] != NULL ? find_setting(arg[0], strlen(arg[0])) :
	    -1;
	struct queue_rate rate;
	struct json_write w;
	struct base_buf b;
	int found = 0;
	double v;

	if (queue_rate_read(r->redis, &rate) != QUEUE_OK)
		return EX_UNAVAILABLE;
	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	if (r->json)
		json_write_object(&w, NULL);
	for (k = 0; k < QUEUE_RATE_SETTINGS; k++) {
		if ((only != -1 && k != only) || !queue_rate_value(&rate,
		    (enum queue_rate_key)k, &v))
			continue;
		found = 1;
		if (r->json) {
			put_setting(&w, queue_rate_name[k], v);
			continue;
		}
		if (only == -1)
			base_buf_fmt(&b, "%-27s ", queue_rate_name[k]);
		put_number(&b, v);
		io_cli_line(&b);
		base_buf_reset(&b);
	}
	if (r->json) {
		json_write_end(&w);
		io_cli_line(&b);
	}
	base_buf_done(&b);
	return !found;
}

/*
 * What must hold between settings, after those that were given together were
 * put in: so they may be given in any order.  1, or 0 after a warning.
 */
static int
settings_fit(const struct queue_rate *r)
{
	double enabled, max, min, target;

	if (!queue_rate_value(r, QUEUE_RATE_ENABLED, &enabled))
		enabled = 0;
	if (enabled > 0 && !queue_rate_value(r, QUEUE_RATE_TARGET, &target)) {
		warnx("%s: needs a %s above 0",
		    queue_rate_name[QUEUE_RATE_ENABLED],
		    queue_rate_name[QUEUE_RATE_TARGET]);
		return 0;
	}
	if (queue_rate_value(r, QUEUE_RATE_TRX_MIN, &min) &&
	    queue_rate_value(r, QUEUE_RATE_TRX_MAX, &max) && max <= min) {
		warnx("%s: expected a whole number above %s, %.0f",
		    queue_rate_name[QUEUE_RATE_TRX_MAX],
		    queue_rate_name[QUEUE_RATE_TRX_MIN], min);
		return 0;
	}
	return 1;
}

/*
 * All assignments, or none if they do not fit together.  The settings are
 * watched from the read on, so what is judged is what the write adds to: if a
 * controller's step comes in between, nothing is written and the command may
 * be repeated.
 */
int
ratelimit_control_set(struct ratelimit *r, char *const *arg)
{
	struct queue_rate rate;
	const char *eq;
	double v;
	int k;

	if (queue_rate_read(r->redis, &rate) != QUEUE_OK)
		return EX_UNAVAILABLE;
	for (; *arg != NULL; arg++) {
		/* They were checked before Redis was connected to. */
		eq = strchr(*arg, '=');
		assert(eq != NULL);
		k = find_setting(*arg, (size_t)(eq - *arg));
		assert(k != -1);
		parse_value(k, eq + 1, &v, NULL);
		queue_rate_put_num(&rate, (enum queue_rate_key)k, v);
	}
	if (!settings_fit(&rate))
		return EX_USAGE;
	switch (queue_rate_write(r->redis, &rate)) {
	case QUEUE_OK:
		return EX_OK;
	case QUEUE_CHANGED:
		warnx("somebody else is changing the settings: try again");
		return EX_TEMPFAIL;
	default:
		return EX_UNAVAILABLE;
	}
}

/*
 * One step.
 */

/*
 * One step on its way from reading to writing.  What it does not get to stays
 * at 0, which print_step() and send_metrics() must not take for a measurement:
 * that is what the flags are for.
 */
struct step {
	struct queue_rate	rate;
	int			enabled, purging;
	int			counted;	/* the backlog is known */
	double			backlog;	/* observations */
	int64_t			history;	/* -1: not known */
};

/*
 * Observations of a submission on average, as far as the newest ones tell: so
 * many of them, or until so many bytes were read.  0 if there is none.  To
 * count all that wait would read the whole stream at every step; the newest
 * are taken as they are what will have to be worked off, and what the rate
 * applies to.  Returns 0, or -1 after a warning.
 */
static int
mean_observations(const struct queue_stream *s, double *obs)
{
	struct queue_id id = { UINT64_MAX, UINT64_MAX };
	uint64_t bytes = 0, total = 0;
	struct queue_batch got;
	struct obs_batch b;
	size_t more = 1;
	enum queue_verdict v = QUEUE_OK;
	int i, n = 0;

	obs_batch_init(&b);
	while (more > 0 && n < SAMPLE_ENTRIES && bytes < SAMPLE_BYTES) {
		v = queue_stream_newest_before(s, &id, &got);
		if (v != QUEUE_OK)
			break;
		if ((more = got.n) > 0) {
			id = got.entry[0].id;
			bytes += got.entry[0].len;
			n++;
			obs_batch_reset(&b);
			if (obs_batch_begin(&b, &got.entry[0].witness,
			    0) == 0)
				obs_batch_add(&b, "", 0,
				    got.entry[0].payload, got.entry[0].len);
			for (i = 0; i < OBS_KINDS; i++)
				total += b.counts.upload[i];
		}
		queue_batch_done(&got);
	}
	obs_batch_done(&b);
	*obs = n > 0 ? (double)total / n : 0;
	return v == QUEUE_OK ? 0 : -1;
}

/*
 * Submissions that are not done, times what one holds.  An empty queue needs
 * no sample.
 */
static int
count_backlog(const struct ratelimit *r, struct step *s)
{
	struct queue_stream stream = { r->redis, r->cf.queue_stream };
	int64_t n;
	double obs = 0;

	if (queue_group_lag(&stream, QUEUE_GROUP_INTERNAL, &n) != QUEUE_OK ||
	    (n > 0 && mean_observations(&stream, &obs) == -1))
		return -1;
	s->backlog = (double)n * obs;
	s->counted = 1;
	return 0;
}

/*
 * The transactions that InnoDB has yet to purge; not known without rw_url, or
 * to an account without the privilege, which is no failure.
 */
static int
read_history(const struct ratelimit *r, struct step *s)
{
	struct store_db *db;
	int rc = -1, status;

	if (r->cf.rw_url == NULL) {
		s->history = -1;
		return 0;
	}
	if ((db = store_db_open("rw_url", r->cf.rw_url, STORE_DB_CAUSAL,
	    &status)) != NULL &&
	    (rc = store_stats_history(db, &s->history)) == 0)
		s->history = -1;
	store_db_free(db);
	return rc == -1 ? -1 : 0;
}

/*
 * Everything that a step decides, without writing any of it, so that -n can
 * show it.  The history is read first, as it may take the database some time:
 * Redis is watched from queue_rate_read() on, and the less happens between
 * that and the write the fewer steps are lost to others.  While a purge is
 * waited for the controller does not run, so its terms do not wind up.
 */
static int
compute_step(struct ratelimit *r, struct step *s)
{
	if (read_history(r, s) == -1 ||
	    queue_rate_read(r->redis, &s->rate) != QUEUE_OK)
		return -1;
	s->enabled = queue_rate_check(&s->rate);
	if (!s->enabled)
		return 0;
	s->purging = s->history != -1 &&
	    queue_rate_purge(&s->rate, s->history);
	if (s->purging)
		return 0;
	if (count_backlog(r, s) == -1)
		return -1;
	queue_rate_control(&s->rate, s->backlog);
	return 0;
}

/* For eyes: with two decimals at most. */
static void
put_rounded(struct base_buf *b, double v)
{
	put_number(b, rint(v * 100) / 100);
}

/*
 * What the step did: members of an object, or words for eyes.  The rate comes
 * first, as it is what the step is about; a number that is not known is left
 * out.
 */
static void
print_step(const struct ratelimit *r, const struct step *s)
{
	const struct base_pid *p = &s->rate.pid;
	const struct {
		const char	*name;
		int		 known;
		double		 v;
	} number[] = {
		{ "rate", 1, s->rate.value[QUEUE_RATE_SAMPLE] },
		{ "target", s->enabled, p->target },
		{ "backlog", s->enabled && s->counted, s->backlog },
		{ "p_term", s->enabled, p->p_term },
		{ "i_term", s->enabled, p->i_term },
		{ "d_term", s->enabled, p->d_term },
		{ "history", s->history != -1, (double)s->history }
	};
	struct json_write w;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_COMPACT);
	if (r->json)
		json_write_object(&w, NULL);
	for (i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		if (number[i].known && r->json)
			put_setting(&w, number[i].name, number[i].v);
		else if (number[i].known) {
			base_buf_fmt(&b, "%s%s ", i == 0 ? "" : ", ",
			    number[i].name);
			put_rounded(&b, number[i].v);
		}
		if (i == 0 && r->json)
			json_write_bool(&w, "enabled", s->enabled);
	}
	if (r->json && s->enabled)
		json_write_bool(&w, "purging", s->purging);
	else if (s->purging)
		base_buf_str(&b, ", purging");
	if (r->json)
		json_write_end(&w);
	io_cli_last(&b);
}

/*
 * The gauges of a step that was written; terms only while it is enabled.  The
 * names are Ichnaea's.
 */
static void
send_metrics(const struct ratelimit *r, const struct step *s,
    int64_t start_ms)
{
	const double *v = s->rate.value;
	const struct {
		const char	*name;
		int		 send;
		double		 v;
	} gauges[] = {
		{ "trx_history.length", s->history != -1,
		    (double)s->history },
		{ "trx_history.min", s->enabled && s->history != -1,
		    v[QUEUE_RATE_TRX_MIN] },
		{ "trx_history.max", s->enabled && s->history != -1,
		    v[QUEUE_RATE_TRX_MAX] },
		{ "trx_history.purging", s->enabled && s->history != -1,
		    v[QUEUE_RATE_PURGING] },
		{ "rate_control.locate", 1, v[QUEUE_RATE_SAMPLE] },
		{ "rate_control.locate.target", s->enabled,
		    v[QUEUE_RATE_TARGET] },
		{ "rate_control.locate.kp", s->enabled, v[QUEUE_RATE_KP] },
		{ "rate_control.locate.ki", s->enabled, v[QUEUE_RATE_KI] },
		{ "rate_control.locate.kd", s->enabled, v[QUEUE_RATE_KD] },
		{ "rate_control.locate.pterm", s->enabled,
		    s->rate.pid.p_term },
		{ "rate_control.locate.iterm", s->enabled,
		    s->rate.pid.i_term },
		{ "rate_control.locate.dterm", s->enabled,
		    s->rate.pid.d_term }
	};
	struct net_statsd *to;
	size_t i;

	if ((to = net_statsd_open(&r->cf)) == NULL)
		return;
	for (i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		if (gauges[i].send)
			net_statsd_gauge(to, gauges[i].name, gauges[i].v,
			    NULL);
	net_statsd_time(to, "task",
	    (double)(base_clock_mono_ms() - start_ms), "task",
	    "data.rate_control", NULL);
	net_statsd_free(to);
}

/*
 * A step that came too late for its transaction is no failure: another has
 * just changed what it read, and the next step sees that.  It sends no metrics
 * either, or the gauges would tell of a rate that never held.
 */
int
ratelimit_control_run(struct ratelimit *r, char *const *arg)
{
	int64_t start_ms = base_clock_mono_ms();
	struct step s = { .enabled = 0 };
	enum queue_verdict v;

	(void)arg;
	if (compute_step(r, &s) == -1)
		return EX_UNAVAILABLE;
	if (!r->dry) {
		v = queue_rate_write(r->redis, &s.rate);
		if (v != QUEUE_OK && v != QUEUE_CHANGED)
			return EX_UNAVAILABLE;
		if (v == QUEUE_CHANGED) {
			if (r->json)
				puts("{\"busy\":true}");
			else if (r->verbose)
				puts("somebody else was faster");
			return EX_OK;
		}
		send_metrics(r, &s, start_ms);
	}
	if (r->json || r->verbose || r->dry)
		print_step(r, &s);
	return EX_OK;
}
