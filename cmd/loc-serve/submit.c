/* SPDX-License-Identifier: ISC */
/*
 * Reports: /v2/geosubmit, /v1/geosubmit, /v1/submit.  The reply says that
 * they are accepted only when they are on disk.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
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
#include "route.h"
#include "serve.h"
#include "witness.h"

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
name_submission(uint8_t id[SPOOL_RECORD_ID_LEN], const struct serve_call *c,
    int64_t now_ms)
{
	const char *name = http_request_field(c->rq, "Idempotency-Key");
	unsigned char hash[BASE_SHA256_BYTES];
	size_t len;

	if (name == NULL) {
		base_uuid_v7(id, now_ms);
		return 0;
	}
	len = strlen(name);
	if (len == 0 || len > MAX_NAME)
		return -1;
	base_sha256_hmac(hash, c->key, strlen(c->key), name, len);
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
 * A submission on its way, in the arena of its request: from the thread that
 * has read it to the one that has put it on disk, with those of others.
 */
struct submission {
	struct spool_writer_job	 job;		/* the first member */
	struct serve_call	*c;
	struct obs_report	 r;
	struct base_buf		 details, lines;	/* of R */
};

/*
 * A submission without any report that is worth keeping is accepted, too: it
 * is no fault of the client's, and there is nothing to put into the spool.
 */
static void
accept_reports(struct submission *m, int keep)
{
	if (keep)
		serve_metrics_batch(m->c->s, m->c->key, &m->r);
	if (m->r.api == OBS_REPORT_SUBMIT1)
		m->c->rp->status = 204;
	else {
		base_buf_str(m->c->rp->body, "{}");
		serve_reply_json(m->c->rp, 200);
	}
}

static void
end_submission(struct submission *m)
{
	base_buf_done(&m->details);
	base_buf_done(&m->lines);
}

/*
 * The reports have been synced, or cannot be, together with those of others
 * that wait for this thread.  A reply that says that they are accepted is a
 * promise, so this is the place to make it.
 */
static void
on_spooled(struct spool_writer_job *j)
{
	struct submission *m = (struct submission *)j;

	if (j->error == 0)
		accept_reports(m, 1);
	else
		serve_reply_error(m->c->rp, j->error == EFBIG ?
		    API_ERROR_TOO_LARGE : API_ERROR_UNAVAILABLE, NULL);
	end_submission(m);
	serve_route_finish(m->c);
}

/* Have the reports put on disk under ID. */
static void
spool_reports(struct submission *m, const uint8_t id[SPOOL_RECORD_ID_LEN])
{
	const struct serve_call *c = m->c;
	struct spool_record rec = {
		.time_ms = m->r.now_ms,
		.count = (uint32_t)m->r.n,
		.key = c->key,
		.keylen = strlen(c->key),
		.payload = m->lines.data,
		.len = m->lines.len
	};

	assert(m->r.n > 0 && m->lines.len > 0);
	memcpy(rec.id, id, sizeof(rec.id));
	if (c->s->witness != NULL)
		rec.witness = serve_witness_of(c->s->witness, c, m->r.now_ms);
	m->job.done = on_spooled;
	(c->in_group ? spool_writer_put : spool_writer_add)(c->s->spool,
	    &m->job, &rec);
}

/* All of it was read.  Keep it, if it is one of those that are kept. */
static enum http_reply_when
keep_reports(struct submission *m)
{
	uint8_t id[SPOOL_RECORD_ID_LEN];
	int keep;

	if (name_submission(id, m->c, m->r.now_ms) == -1) {
		serve_reply_error(m->c->rp, API_ERROR_BAD_REQUEST, NULL);
		return HTTP_REPLY_NOW;
	}
	keep = is_sampled(id, m->c->sample_submit);
	if (keep && m->r.n > 0) {
		spool_reports(m, id);
		return HTTP_REPLY_LATER;
	}
	accept_reports(m, keep);
	return HTTP_REPLY_NOW;
}

static void
refuse_reports(const struct submission *m)
{
	struct base_buf details;

	base_buf_init(&details);
	api_error_validation(&details, m->r.details);
	serve_reply_error(m->c->rp, API_ERROR_PARSE, details.data);
	base_buf_done(&details);
}

/*
 * What the body becomes, its JSON in memory of A.  Returns 1 if that is
 * reports, or 0 with the refusal written.
 */
static int
read_body(struct submission *m, struct base_arena *a)
{
	struct json_doc d;

	if (json_doc_parse(&d, m->c->rq->body, m->c->rq->len, a) == 0) {
		switch (obs_report_body(&m->r, &d)) {
		case OBS_REPORT_OK:
			return 1;
		case OBS_REPORT_REFUSED:
			refuse_reports(m);
			break;
		case OBS_REPORT_NOMEM:
			serve_reply_error(m->c->rp, API_ERROR_UNAVAILABLE,
			    NULL);
		}
	} else if (d.why == json_doc_nomem)
		serve_reply_error(m->c->rp, API_ERROR_UNAVAILABLE, NULL);
	else {
		api_error_json(&m->details, &d);
		serve_reply_error(m->c->rp, API_ERROR_PARSE, m->details.data);
	}
	return 0;
}

/*
 * The same in memory that is free again when the reports are lines: the thread
 * has it in its caches from one submission to the next, and it is not held
 * while they are put on disk.
 */
static int
read_reports(struct submission *m)
{
	struct base_arena a;
	int read;

	if (m->c->rq->len == 0) {
		serve_reply_error(m->c->rp, API_ERROR_PARSE, NULL);
		return 0;
	}
	base_arena_init(&a);
	m->r.arena = &a;
	read = read_body(m, &a);
	m->r.arena = NULL;
	base_arena_done(&a);
	return read;
}

/* A submission, of which nothing has been read yet; NULL: memory is short. */
static struct submission *
new_submission(struct serve_call *c)
{
	struct submission *m = base_arena_calloc(c->rq->arena, 1, sizeof(*m));
	const struct serve *s = c->s;

	if (m == NULL)
		return NULL;
	m->c = c;
	m->r.api = submit_api_of(c->rq->path);
	m->r.rules = s->rules;
	m->r.now_ms = base_clock_now_ms();
	m->r.lines = &m->lines;
	m->r.details = &m->details;
	m->r.max_reports = (size_t)s->conf->http_max_reports;
	m->r.max_networks = (size_t)s->conf->http_max_networks;
	m->r.orders = c->row != NULL && c->row->trust == OBS_WITNESS_TRUSTED;
	base_buf_init(&m->details);
	base_buf_init(&m->lines);
	return m;
}

/*
 * A submission is taken or refused as a whole, as its client could not tell
 * which part to send again.  What the body becomes lives in two buffers until
 * the reply has been written.
 */
enum http_reply_when
serve_submit(struct serve_call *c)
{
	struct serve_witness *witness = c->s->witness;
	struct submission *m;
	struct obs_proof proof;
	int read;

	if ((m = new_submission(c)) == NULL) {
		serve_reply_error(c->rp, API_ERROR_UNAVAILABLE, NULL);
		return HTTP_REPLY_NOW;
	}
	if (witness != NULL &&
	    serve_witness_proof(witness, c, m->r.now_ms, &proof))
		m->r.proof = &proof;
	read = read_reports(m);
	if (m->r.proof != NULL)
		explicit_bzero(&proof, sizeof(proof));
	m->r.proof = NULL;
	/* Others may have finished it already. */
	if (read && keep_reports(m) == HTTP_REPLY_LATER)
		return HTTP_REPLY_LATER;
	end_submission(m);
	return HTTP_REPLY_NOW;
}
