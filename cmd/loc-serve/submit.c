/* SPDX-License-Identifier: ISC */
/*
 * Reports: /v2/geosubmit, /v1/geosubmit, /v1/submit.  The reply says that
 * they are accepted only when they are on disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "http/reply.h"
#include "http/request.h"
#include "json/doc.h"
#include "obs/report.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "endpoint.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

static enum obs_report_api
api_of(const char *path)
{
	if (strcmp(path, "/v2/geosubmit") == 0)
		return OBS_REPORT_GEOSUBMIT2;
	return strcmp(path, "/v1/geosubmit") == 0 ? OBS_REPORT_GEOSUBMIT1 :
	    OBS_REPORT_SUBMIT1;
}

/* Does this submission count? */
static int
sampled(int64_t percent)
{
	return percent > 0 && arc4random_uniform(100) < percent;
}

/* Put the reports on disk; else answer why not, and return -1. */
static int
spool(struct serve *s, const struct serve_access *a, const struct obs_report *r,
    struct http_reply *rp)
{
	struct spool_record rec = {
		.time_ms = r->now_ms,
		.count = (uint32_t)r->n,
		.key = a->key,
		.keylen = strlen(a->key),
		.payload = r->lines->data,
		.len = r->lines->len
	};

	base_uuid_v7(rec.id, rec.time_ms);
	if (spool_writer_append(s->spool, &rec) == 0)
		return 0;
	serve_reply_error(rp, errno == EFBIG ? API_ERROR_TOO_LARGE :
	    API_ERROR_UNAVAILABLE, NULL);
	return -1;
}

static void
accept_reports(struct serve *s, const struct serve_access *a,
    const struct obs_report *r, struct http_reply *rp)
{
	int keep = sampled(a->sample_submit);

	if (keep && r->n > 0 && spool(s, a, r, rp) == -1)
		return;
	if (keep)
		serve_metrics_batch(s, a->key, r);
	if (r->api == OBS_REPORT_SUBMIT1)
		rp->status = 204;
	else {
		base_buf_str(rp->body, "{}");
		serve_reply_json(rp, 200);
	}
}

static void
refuse_reports(const struct obs_report *r, struct http_reply *rp)
{
	struct base_buf details;

	base_buf_init(&details);
	base_buf_str(&details, "{\"validation\":");
	base_buf_add(&details, r->details->data, r->details->len);
	base_buf_chr(&details, '}');
	serve_reply_error(rp, API_ERROR_PARSE, details.data);
	base_buf_done(&details);
}

static void
read_reports(struct serve *s, const struct serve_access *a,
    const struct json_doc *d, struct obs_report *r, struct http_reply *rp)
{
	switch (obs_report_body(r, d)) {
	case OBS_REPORT_OK:
		accept_reports(s, a, r, rp);
		break;
	case OBS_REPORT_REFUSED:
		refuse_reports(r, rp);
		break;
	case OBS_REPORT_NOMEM:
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	}
}

void
serve_submit(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct base_buf details, lines;
	struct obs_report r = {
		.api = api_of(rq->path),
		.rules = s->rules,
		.now_ms = base_clock_now_ms(),
		.arena = rq->arena,
		.lines = &lines,
		.details = &details,
		.max_reports = (size_t)s->conf->http_max_reports,
		.max_networks = (size_t)s->conf->http_max_networks
	};
	struct json_doc d;

	base_buf_init(&details);
	base_buf_init(&lines);
	if (rq->len == 0)
		serve_reply_error(rp, API_ERROR_PARSE, NULL);
	else if (json_doc_parse(&d, rq->body, rq->len, rq->arena) == 0)
		read_reports(s, a, &d, &r, rp);
	else if (d.why == json_doc_nomem)
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	else {
		api_error_json(&details, &d);
		serve_reply_error(rp, API_ERROR_PARSE, details.data);
	}
	base_buf_done(&details);
	base_buf_done(&lines);
}
