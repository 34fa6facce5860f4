/* SPDX-License-Identifier: ISC */
/*
 * Reports: /v2/geosubmit, /v1/geosubmit, /v1/submit.  The reply says that
 * they are accepted only when they are on disk.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sha256.h"
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

#define MAX_NAME	255	/* bytes of an Idempotency-Key */

static enum obs_report_api
submit_api_of(const char *path)
{
	if (strcmp(path, "/v2/geosubmit") == 0)
		return OBS_REPORT_GEOSUBMIT2;
	return strcmp(path, "/v1/geosubmit") == 0 ? OBS_REPORT_GEOSUBMIT1 :
	    OBS_REPORT_SUBMIT1;
}

/*
 * A client that does not know whether its reports were accepted, as the reply
 * was lost, sends them again with the same Idempotency-Key.  The id of the
 * submission is a hash of that, keyed with the API key, so that no key says
 * anything about the reports of another; and of nothing else, so that all
 * servers make the same one.  It is in the ledger once the submission has
 * been counted, and one with an id that is there is skipped.
 *
 * Returns 0, or -1 if the header is there and cannot be a key.
 */
static int
name_submission(uint8_t id[SPOOL_RECORD_ID_LEN], const struct serve_access *a,
    const struct http_request *rq, int64_t now_ms)
{
	const char *name = http_request_field(rq, "Idempotency-Key");
	unsigned char hash[BASE_SHA256_BYTES];
	size_t len;

	if (name == NULL) {
		base_uuid_v7(id, now_ms);
		return 0;
	}
	len = strlen(name);
	if (len == 0 || len > MAX_NAME)
		return -1;
	base_sha256_hmac(hash, a->key, strlen(a->key), name, len);
	base_uuid_v8(id, hash);
	return 0;
}

/*
 * Is this submission kept, of which PERCENT are?  One that is sent again has
 * the same fate: its id decides, the last bytes of which are random.
 */
static int
is_sampled(const uint8_t id[SPOOL_RECORD_ID_LEN], int64_t percent)
{
	uint32_t draw;

	memcpy(&draw, id + SPOOL_RECORD_ID_LEN - sizeof(draw), sizeof(draw));
	return draw % 100 < percent;
}

/*
 * Put the reports on disk; else answer why not, and return -1.  It returns
 * when they have been synced, together with those of other threads that wait:
 * a reply that says that they are accepted is a promise.
 */
static int
spool_reports(struct serve *s, const struct serve_access *a,
    const struct obs_report *r, const uint8_t id[SPOOL_RECORD_ID_LEN],
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

	assert(r->n > 0 && r->lines->len > 0);
	memcpy(rec.id, id, sizeof(rec.id));
	if (spool_writer_append(s->spool, &rec) == 0)
		return 0;
	serve_reply_error(rp, errno == EFBIG ? API_ERROR_TOO_LARGE :
	    API_ERROR_UNAVAILABLE, NULL);
	return -1;
}

/*
 * A submission without any report that is worth keeping is accepted, too: it
 * is no fault of the client's, and there is nothing to put into the spool.
 */
static void
accept_reports(struct serve *s, const struct serve_access *a,
    const struct obs_report *r, const struct http_request *rq,
    struct http_reply *rp)
{
	uint8_t id[SPOOL_RECORD_ID_LEN];
	int keep;

	if (name_submission(id, a, rq, r->now_ms) == -1) {
		serve_reply_error(rp, API_ERROR_BAD_REQUEST, NULL);
		return;
	}
	keep = is_sampled(id, a->sample_submit);
	if (keep && r->n > 0 && spool_reports(s, a, r, id, rp) == -1)
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
	api_error_validation(&details, r->details);
	serve_reply_error(rp, API_ERROR_PARSE, details.data);
	base_buf_done(&details);
}

/*
 * Read reports and go on as they deserve.  A submission is taken or refused as
 * a whole, as its client could not tell which part to send again.
 */
static void
read_reports(struct serve *s, const struct serve_access *a,
    const struct json_doc *d, struct obs_report *r,
    const struct http_request *rq, struct http_reply *rp)
{
	switch (obs_report_body(r, d)) {
	case OBS_REPORT_OK:
		accept_reports(s, a, r, rq, rp);
		break;
	case OBS_REPORT_REFUSED:
		refuse_reports(r, rp);
		break;
	case OBS_REPORT_NOMEM:
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	}
}

/*
 * All that the body becomes lives in the arena and in two buffers, and is
 * gone when the reply has been written.
 */
void
serve_submit(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct base_buf details, lines;
	struct obs_report r = {
		.api = submit_api_of(rq->path),
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
		read_reports(s, a, &d, &r, rq, rp);
	else if (d.why == json_doc_nomem)
		serve_reply_error(rp, API_ERROR_UNAVAILABLE, NULL);
	else {
		api_error_json(&details, &d);
		serve_reply_error(rp, API_ERROR_PARSE, details.data);
	}
	base_buf_done(&details);
	base_buf_done(&lines);
}
