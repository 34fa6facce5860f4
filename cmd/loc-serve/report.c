/* SPDX-License-Identifier: ISC */
/* What the operators learn of requests: metrics, and faults to Sentry. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "net/sentry.h"
#include "net/statsd.h"

#include "serve.h"

#define SENTRY_WAIT_MS	1000	/* at the end, for what is queued */

void
report_open(struct serve *s)
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

void
report_close(struct serve *s)
{
	net_statsd_free(s->statsd);
	net_sentry_free(s->sentry, SENTRY_WAIT_MS);
}

void
report_call(struct serve *s, const char *name, const char *path,
    const char *key)
{
	char tag[NET_STATSD_PATH_LEN];

	if (s->statsd == NULL)
		return;
	net_statsd_path(tag, path);
	net_statsd_count(s->statsd, name, 1, "path", tag, "key", key, NULL);
}

void
report_request(struct serve *s, const char *path, const char *method,
    int status, int64_t ms)
{
	char code[16], lower[16], tag[NET_STATSD_PATH_LEN];
	size_t i;

	if (status >= 500)
		net_sentry_report(s->sentry, "error",
		    "a request could not be answered", path);
	if (s->statsd == NULL)
		return;
	net_statsd_path(tag, path);
	strlcpy(lower, method, sizeof(lower));
	for (i = 0; lower[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	snprintf(code, sizeof(code), "%d", status);
	net_statsd_time(s->statsd, "request.timing", (double)ms, "path", tag,
	    "method", lower, NULL);
	net_statsd_count(s->statsd, "request", 1, "path", tag, "method",
	    lower, "status", code, NULL);
}

void
report_batch(struct serve *s, const char *key)
{
	net_statsd_count(s->statsd, "data.batch.upload", 1, "key",
	    *key == '\0' ? NULL : key, NULL);
}

void
report_outage(struct serve *s, const char *what)
{
	net_sentry_report(s->sentry, "error", what, NULL);
}
