/* SPDX-License-Identifier: ISC */
/*
 * What is made of the configuration, at the start and whenever it is read
 * anew: all of it or nothing, so that a configuration that is bad anywhere
 * changes nothing.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ichnaea/rules.h"
#include "net/statsd.h"
#include "queue/redis.h"
#include "store/db.h"
#include "store/version.h"
#include "work.h"

int
work_open(struct work *w)
{
	struct queue_stream stream;
	struct conf_file *cf = &w->cf;

	obs_batch_init(&w->batch);
	obs_batch_init(&w->ahead.batch);
	base_aside_init(&w->ahead.aside);
	store_export_init(&w->exports);
	if (conf_file_open(cf, w->conf) == -1)
		return EX_CONFIG;
	w->batch_reports = cf->work_batch_reports;
	w->batch.rules = ichnaea_rules(cf->http_strict);
	w->how = (struct store_trust){
		.rules = {
			.mode = station_trust_mode_of(cf->trust_mode),
			.contradictions_day = cf->trust_contradictions_day,
			.new_day = cf->trust_new_day
		},
		.optout_votes = cf->trust_optout_votes,
		.optout_days = cf->trust_optout_days
	};
	w->trust = w->batch.rules->believe_all ? NULL : &w->how;
	if (conf_file_need(cf, &cf->cache_url) == -1 || (!w->letters &&
	    conf_file_need(cf, &cf->rw_url) == -1))
		return EX_CONFIG;
	stream.name = cf->queue_stream;
	stream.redis = queue_redis_new(cf->cache_url, WORK_REDIS_MS);
	queue_consumer_init(&w->consumer, &stream, QUEUE_GROUP_INTERNAL);
	if (stream.redis == NULL)
		return EX_CONFIG;
	if (w->letters)
		return EX_OK;
	w->reader = w->consumer;
	w->reader.stream.redis = queue_redis_new(cf->cache_url, WORK_REDIS_MS);
	if (w->reader.stream.redis == NULL)
		return EX_CONFIG;
	w->statsd = net_statsd_open(cf);
	w->db = store_db_new("rw_url", cf->rw_url, STORE_DB_CAUSAL);
	return w->db == NULL ? EX_CONFIG : EX_OK;
}

void
work_close(struct work *w)
{
	work_ahead_stop(w);
	work_in_flight_done(&w->in_flight);
	work_in_flight_done(&w->coming);
	store_db_free(w->db);
	net_statsd_free(w->statsd);
	queue_redis_free(w->consumer.stream.redis);
	queue_redis_free(w->reader.stream.redis);
	store_export_done(&w->exports);
	free(w->tally);
	obs_batch_done(&w->batch);
	obs_batch_done(&w->ahead.batch);
	base_aside_done(&w->ahead.aside);
	conf_file_end(&w->cf);
}

/* Say what was found; all of it is as the configuration wants it. */
static void
tell_found(struct work *w)
{
	warnx("%s, %s, %s, stream %s, group %s: ready", w->cf.path,
	    store_db_where(w->db), queue_redis_where(w->consumer.stream.redis),
	    w->consumer.stream.name, w->consumer.group);
}

/*
 * A server that does not let us in will not do so soon; one that is away may
 * be there in a moment.
 */
int
work_open_status(const struct work *w)
{
	if (queue_redis_status(w->consumer.stream.redis) == EX_NOPERM ||
	    (w->db != NULL && store_db_status(w->db) == EX_NOPERM))
		return EX_NOPERM;
	return EX_TEMPFAIL;
}

/*
 * A Redis that is away now may be the right one, but one that might drop
 * reports is not, nor a database of another version.
 */
static int
is_usable(struct work *w)
{
	return queue_redis_check(w->consumer.stream.redis,
	    w->cf.queue_allow_eviction) != QUEUE_REFUSED &&
	    store_version_check(w->db) != STORE_VERSION_WRONG;
}

void
work_leave(struct work *w)
{
	if (queue_redis_connected(w->consumer.stream.redis))
		queue_consumer_leave(&w->consumer);
}

/*
 * The new things are made beside the old ones, so for a moment there are two
 * of each.  Counts go on; everything else of W is as new.
 */
void
work_reopen(struct work *w)
{
	struct work new = {
		.conf = w->conf, .once = w->once, .verbose = w->verbose
	};

	work_signals_reload = 0;
	if (work_open(&new) != EX_OK ||
	    (!conf_file_same(&w->cf, &new.cf) && !is_usable(&new))) {
		warnx("going on with the old configuration");
		work_close(&new);
		return;
	}
	w->exports_ms = 0;		/* also look at the targets again */
	if (conf_file_same(&w->cf, &new.cf)) {
		work_close(&new);
		return;
	}
	work_leave(w);
	new.stats = w->stats;
	work_close(w);
	*w = new;
	if (w->trust != NULL)
		w->trust = &w->how;	/* it is in another place now */
	work_metrics_watch(w);
	if (w->verbose)
		tell_found(w);
}

/*
 * A server that is away may come back, unless nothing is waited for (-1); but
 * what is wrong with one that answers is for somebody to mend.
 */
int
work_open_check(struct work *w)
{
	struct base_clock_backoff pause = WORK_PAUSE;
	enum store_version_verdict version;
	enum queue_verdict v;

	for (;;) {
		v = queue_redis_check(w->consumer.stream.redis,
		    w->cf.queue_allow_eviction);
		if (v == QUEUE_REFUSED)
			return EX_CONFIG;
		version = v == QUEUE_OK ? store_version_check(w->db) :
		    STORE_VERSION_UNKNOWN;
		if (version == STORE_VERSION_WRONG)
			return EX_CONFIG;
		if (version == STORE_VERSION_OK)
			break;
		if (work_pause(w, &pause) == 0)
			continue;
		if (work_signals_stop)
			return EX_OK;
		if (w->once)
			return work_open_status(w);
		work_reopen(w);
	}
	if (w->verbose)
		tell_found(w);
	return EX_OK;
}
