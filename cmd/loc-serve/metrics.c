/* SPDX-License-Identifier: ISC */
/*
 * What the operators learn of requests: metrics by statsd, faults by Sentry.
 * Both name no device and no place.  Tags have few values, as each value costs
 * the operators' database a series.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "net/sentry.h"
#include "obs/report.h"

#include "metrics.h"
#include "request.h"
#include "serve.h"

#define SENTRY_WAIT_MS	1000	/* at the end, for what is queued */

void
serve_metrics_open(struct serve *s)
{
	const struct conf_file *cf = s->conf;
	const struct net_sentry_options faults = {
		.dsn = cf->sentry_dsn,
		.app = "loc-serve",
		.release = LOC_VERSION,
		.environment = cf->sentry_environment
	};

	s->statsd = net_statsd_open(cf);
	if (cf->sentry_dsn != NULL)
		s->sentry = net_sentry_new(&faults);
}

/*
 * This is called when no request uses S any more.  What is queued for Sentry
 * is waited for only so long: a stop should not depend on another's server.
 */
void
serve_metrics_close(struct serve *s)
{
	net_statsd_free(s->statsd);
	net_sentry_free(s->sentry, SENTRY_WAIT_MS);
}

/*
 * KEY only where it is the key of a row: others have no end, and each value of
 * a tag costs the operators' database a series.  During an outage the key
 * cannot be known, so the call is not counted here; serve_metrics_request()
 * counts it.
 */
void
serve_metrics_call(struct serve *s, const char *counter,
    const struct serve_summary *rec)
{
	if (s->statsd == NULL || rec->outage)
		return;
	net_statsd_count(s->statsd, counter, 1, "path", rec->name, "key",
	    rec->unfit ? "invalid" : rec->key, NULL);
}

static const char *
how_many(size_t n)
{
	return n == 0 ? "none" : n == 1 ? "one" : "many";
}

/*
 * Why known networks of KIND gave no position, if they did not: an operator
 * sees whether people lose answers, or somebody looks for networks.
 */
static void
count_why(struct serve *s, const struct serve_summary *rec,
    enum locate_company_why why, const char *kind)
{
	static const char *const names[LOCATE_COMPANY_WHYS] = {
		[LOCATE_COMPANY_ALONE] = "locate.alone",
		[LOCATE_COMPANY_SIBLINGS] = "locate.siblings",
		[LOCATE_COMPANY_DOUBTFUL] = "locate.doubtful",
		[LOCATE_COMPANY_SHARE] = "locate.share"
	};

	if (names[why] != NULL)
		net_statsd_count(s->statsd, names[why], 1, "key", rec->key,
		    "type", kind, NULL);
}

/*
 * One search is counted three times: what was asked, what each source that
 * was asked knew, and what the client got in the end.
 */
void
serve_metrics_search(struct serve *s, const struct serve_summary *rec)
{
	static const char *const names[][3] = {
		{ "locate.query", "locate.source", "locate.result" },
		{ "region.query", "region.source", "region.result" }
	};
	const char *const *name = names[strcmp(rec->type, "region") == 0];
	const struct api_facts *f = &rec->facts;
	const char *expected = locate_result_class_name(f->expected);
	enum locate_result_source i;

	net_statsd_count(s->statsd, name[0], 1, "key", rec->key, "geoip",
	    f->has_ip ? NULL : "false", "blue", how_many(f->sent.blue), "cell",
	    how_many(f->valid.cell), "wifi", how_many(f->sent.wifi), NULL);
	count_why(s, rec, f->why_blue, "blue");
	count_why(s, rec, f->why_wifi, "wifi");
	if (f->scattered)
		net_statsd_count(s->statsd, "locate.scattered", 1, "key",
		    rec->key, NULL);
	for (i = LOCATE_RESULT_INTERNAL; i <= LOCATE_RESULT_GEOIP; i++)
		if (f->source[i].searched)
			net_statsd_count(s->statsd, name[1], 1, "key",
			    rec->key, "source", locate_result_source_name(i),
			    "accuracy", expected, "status",
			    api_facts_status(f, f->source[i].accuracy),
			    NULL);
	net_statsd_count(s->statsd, name[2], 1, "key", rec->key,
	    "fallback_allowed", rec->fallback_allowed ? "true" : "false",
	    "accuracy", expected, "status",
	    api_facts_status(f, f->accuracy), "source",
	    api_facts_hit(f, f->accuracy) ?
	    locate_result_source_name(f->from) : NULL, NULL);
}

void
serve_metrics_batch(struct serve *s, const char *key,
    const struct obs_report *r)
{
	const char *tag = *key == '\0' ? NULL : key;

	net_statsd_count(s->statsd, "data.batch.upload", 1, "key", tag, NULL);
	net_statsd_count(s->statsd, "data.batch.excess_report",
	    (int64_t)r->excess_reports, "key", tag, NULL);
	net_statsd_count(s->statsd, "data.batch.excess_network",
	    (int64_t)r->excess_networks, "key", tag, NULL);
}

/*
 * Times are in milliseconds.  The method is one of a few: serve_route() tells
 * of no others, so the values of the tag have an end.
 */
void
serve_metrics_request(struct serve *s, const struct serve_summary *rec,
    const char *method, int status, int64_t us)
{
	char code[4] = { (char)('0' + status / 100),
	    (char)('0' + status / 10 % 10), (char)('0' + status % 10), '\0' };
	char lower[16];
	size_t i;

	if (s->statsd == NULL)
		return;
	strlcpy(lower, method, sizeof(lower));
	for (i = 0; lower[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	net_statsd_time(s->statsd, "request.timing", rint((double)us / 1000),
	    "path", rec->name, "method", lower, NULL);
	net_statsd_count(s->statsd, "request", 1, "path", rec->name,
	    "method", lower, "status", code, NULL);
}

/*
 * WHAT is always in the same words, as Sentry groups by them.  A fault is
 * never told of who asked.
 */
void
serve_metrics_fault(struct serve *s, const char *what, const char *detail)
{
	net_sentry_report(s->sentry, "error", what, detail);
}
