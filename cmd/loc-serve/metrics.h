/* SPDX-License-Identifier: ISC */
/* What the operators learn of requests: metrics, and faults to Sentry. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdint.h>

struct obs_report;
struct serve;
struct serve_summary;

/* Begin to tell what the configuration of S wants to be told, and end. */
void	serve_metrics_open(struct serve *s);
void	serve_metrics_close(struct serve *s);

/*
 * Tell of a call of an API, which has a COUNTER; of a search; of reports that
 * were accepted; of a request with its reply and how long it took.
 */
void	serve_metrics_call(struct serve *s, const char *counter,
	    const struct serve_summary *rec);
void	serve_metrics_search(struct serve *s, const struct serve_summary *rec);
void	serve_metrics_batch(struct serve *s, const char *key,
	    const struct obs_report *r);
void	serve_metrics_request(struct serve *s, const struct serve_summary *rec,
	    const char *method, int status, int64_t us);

/* Tell of a fault: WHAT, always in the same words, with DETAIL or NULL. */
void	serve_metrics_fault(struct serve *s, const char *what,
	    const char *detail);

#endif
