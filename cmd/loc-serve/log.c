/* SPDX-License-Identifier: ISC */
/*
 * The log of requests: a line of JSON for each, in the form that Ichnaea's
 * log had.  It tells nothing of who asked, nor where they are.
 */
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/sign.h"
#include "http/reply.h"
#include "http/request.h"
#include "io/logger.h"
#include "json/doc.h"
#include "json/write.h"
#include "net/scrub.h"

#include "log.h"
#include "request.h"
#include "serve.h"

#define LINE_BYTES	1536	/* of most lines; all are below PIPE_BUF */
#define BAD_KEY_LEN	40	/* what is told of what is no key */

void
serve_log_open(struct serve *s)
{
	struct base_buf b;
	char host[256] = "";

	if (!s->conf->log_requests)
		return;
	gethostname(host, sizeof(host) - 1);
	base_buf_init(&b);
	base_buf_str(&b, ", \"Type\": \"canonical-log-line\", "
	    "\"Logger\": \"loc\", \"Hostname\": ");
	json_write_cstr(&b, host);
	base_buf_fmt(&b, ", \"EnvVersion\": \"2.0\", \"Severity\": 6, "
	    "\"Pid\": %ld, \"Fields\": {", (long)getpid());
	s->log_head = b.data;
}

/* What comes before the value of a member that is not the first. */
#define NAME(name)	", \"" name "\": "

static void
put_str(struct base_buf *b, const char *name, const char *value)
{
	base_buf_str(b, name);
	if (value == NULL)
		base_buf_str(b, "null");
	else
		json_write_cstr(b, value);
}

static void
put_num(struct base_buf *b, const char *name, int64_t value)
{
	base_buf_str(b, name);
	base_buf_i64(b, value);
}

static void
put_bool(struct base_buf *b, const char *name, int value)
{
	base_buf_str(b, name);
	base_buf_str(b, value ? "true" : "false");
}

/* In seconds, to a millisecond. */
static void
put_duration(struct base_buf *b, int64_t us)
{
	int64_t ms = (us + 500) / 1000;

	base_buf_str(b, NAME("duration_s"));
	base_buf_i64(b, ms / 1000);
	base_buf_chr(b, '.');
	base_buf_chr(b, (char)('0' + ms / 100 % 10));
	base_buf_chr(b, (char)('0' + ms / 10 % 10));
	base_buf_chr(b, (char)('0' + ms % 10));
}

static void
put_request(struct base_buf *b, const struct serve_summary *rec,
    const char *method, int status, int64_t us)
{
	base_buf_str(b, "\"msg\": \"");
	base_buf_str(b, method);
	base_buf_chr(b, ' ');
	base_buf_str(b, rec->path);
	base_buf_str(b, " - ");
	base_buf_i64(b, status);
	base_buf_chr(b, '"');
	put_str(b, NAME("http_method"), method);
	put_str(b, NAME("http_path"), rec->path);
	put_num(b, NAME("http_status"), status);
	put_duration(b, us);
}

/* What was sent instead of a key may be anything, or somebody's. */
static void
put_bad_key(struct base_buf *b, const char *text, struct base_arena *a)
{
	char *copy = base_arena_strndup(a, text, strlen(text));

	if (copy == NULL)
		return;
	net_scrub(copy);
	if (strlen(copy) > BAD_KEY_LEN)
		copy[BAD_KEY_LEN] = '\0';
	put_str(b, NAME("invalid_api_key"), copy);
}

static void
put_call(struct base_buf *b, const struct serve_summary *rec,
    struct base_arena *a)
{
	put_str(b, NAME("api_key"), rec->key);
	put_str(b, NAME("api_path"), rec->name);
	put_str(b, NAME("api_type"), rec->type);
	if (rec->unfit)
		put_bool(b, NAME("api_key_allowed"), 0);
	if (rec->outage)
		put_bool(b, NAME("api_key_db_fail"), 1);
	if (rec->bad_key != NULL && *rec->bad_key != '\0')
		put_bad_key(b, rec->bad_key, a);
	if (rec->count == 0)
		return;
	put_num(b, NAME("api_key_count"), rec->count);
	if (rec->quota <= 0)
		return;
	put_num(b, NAME("rate_quota"), rec->quota);
	put_num(b, NAME("rate_remaining"), rec->count < rec->quota ?
	    rec->quota - rec->count : 0);
	put_bool(b, NAME("rate_allowed"), rec->count <= rec->quota);
}

static void
put_query(struct base_buf *b, const struct api_facts *f)
{
	put_str(b, NAME("region"), f->region[0] == '\0' ? NULL : f->region);
	put_num(b, NAME("blue"), (int64_t)f->sent.blue);
	put_num(b, NAME("blue_valid"), (int64_t)f->valid.blue);
	put_num(b, NAME("cell"), (int64_t)f->sent.cell);
	put_num(b, NAME("cell_valid"), (int64_t)f->valid.cell);
	put_num(b, NAME("wifi"), (int64_t)f->sent.wifi);
	put_num(b, NAME("wifi_valid"), (int64_t)f->valid.wifi);
	put_bool(b, NAME("has_geoip"), f->region[0] != '\0');
	put_bool(b, NAME("has_ip"), f->has_ip);
}

#define NAMES(source)	{ NAME("source_" source "_accuracy"),		\
	NAME("source_" source "_accuracy_min"),				\
	NAME("source_" source "_status") }

static void
put_source(struct base_buf *b, const struct api_facts *f,
    enum locate_result_source source)
{
	static const char *const names[][3] = {
		[LOCATE_RESULT_INTERNAL] = NAMES("internal"),
		[LOCATE_RESULT_FALLBACK] = NAMES("fallback"),
		[LOCATE_RESULT_GEOIP] = NAMES("geoip")
	};
	const struct api_facts_source *from = &f->source[source];

	if (!from->searched)
		return;
	put_str(b, names[source][0], from->found ?
	    locate_result_class_name(from->accuracy) : NULL);
	put_str(b, names[source][1], locate_result_class_name(f->expected));
	put_str(b, names[source][2], api_facts_status(f, from->accuracy));
}

static void
put_search(struct base_buf *b, const struct serve_summary *rec)
{
	const struct api_facts *f = &rec->facts;

	put_source(b, f, LOCATE_RESULT_INTERNAL);
	put_source(b, f, LOCATE_RESULT_FALLBACK);
	put_source(b, f, LOCATE_RESULT_GEOIP);
	put_bool(b, NAME("fallback_allowed"), rec->fallback_allowed);
	put_str(b, NAME("accuracy"), locate_result_class_name(f->accuracy));
	put_str(b, NAME("accuracy_min"), locate_result_class_name(f->expected));
	put_str(b, NAME("result_status"), api_facts_status(f, f->accuracy));
}

/*
 * Signatures of answers: who gets the same answer to the same question again
 * shows the same, though nobody can tell from it what the answer was.
 */

/* A position, with its members in the order of their names. */
static void
put_sorted(struct base_buf *b, const struct base_buf *body,
    struct base_arena *a)
{
	static const char *const names[] = { "accuracy", "fallback",
	    "location" };
	const char *quote, *raw;
	struct json_doc d;
	size_t i, len;
	int v;

	if (json_doc_parse(&d, body->data, body->len, a) == -1)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((v = json_doc_get(&d, 0, names[i])) == -1)
			continue;
		quote = json_doc_kind(&d, v) == JSON_DOC_STRING ? "\"" : "";
		raw = json_doc_raw(&d, v, &len);
		base_buf_fmt(b, "%s\"%s\": %s", i == 0 ? "{" : ", ", names[i],
		    quote);
		base_buf_add(b, raw, len);
		base_buf_str(b, quote);
	}
	base_buf_chr(b, '}');
}

static void
put_signature(struct base_buf *b, const char *secret,
    const struct http_request *rq, const struct http_reply *rp)
{
	struct base_buf body, url;
	char sign[BASE_SIGN_LEN];

	base_buf_init(&body);
	base_buf_init(&url);
	put_sorted(&body, rp->body, rq->arena);
	http_request_url(rq, &url);
	if (base_buf_ok(&body) && base_buf_ok(&url)) {
		base_sign(sign, secret, "response-sig",
		    (const char *const []){ body.data == NULL ? "" :
		    body.data, rq->client, url.data == NULL ? "" :
		    url.data }, 3);
		put_str(b, NAME("api_response_sig"), sign);
	}
	base_buf_done(&body);
	base_buf_done(&url);
}

void
serve_log_request(struct serve *s, const struct serve_summary *rec,
    const struct http_request *rq, const struct http_reply *rp,
    int64_t us)
{
	const char *secret = s->conf->http_secret_key;
	struct timespec now;
	struct base_buf b;

	if (s->log_head == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	base_buf_init(&b);
	base_buf_room(&b, LINE_BYTES);
	base_buf_str(&b, "{\"Timestamp\": ");
	base_buf_i64(&b, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	base_buf_str(&b, s->log_head);
	put_request(&b, rec, rq->method, rp->status, us);
	if (rec->type != NULL)
		put_call(&b, rec, rq->arena);
	if (rec->facts.known)
		put_query(&b, &rec->facts);
	if (rec->searched)
		put_search(&b, rec);
	if (secret != NULL && rec->facts.known && rp->status == 200 &&
	    strcmp(rec->path, "/v1/geolocate") == 0)
		put_signature(&b, secret, rq, rp);
	base_buf_str(&b, "}}\n");
	if (base_buf_ok(&b))
		io_logger_line(s->log, b.data, b.len);
	base_buf_done(&b);
}
