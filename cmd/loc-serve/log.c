/* SPDX-License-Identifier: ISC */
/*
 * The log of requests: a line of JSON for each, in the form that Ichnaea's
 * log had.  It tells nothing of who asked, nor where they are.
 */
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
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

/*
 * The name of the host is looked up once.  If memory is short there is no log,
 * which is better than no service.
 */
void
serve_log_open(struct serve *s)
{
	char host[256] = "";

	if (!s->conf->log_requests)
		return;
	gethostname(host, sizeof(host) - 1);
	s->log_host = strdup(host);
}

/*
 * What all lines begin with, as Mozilla's tools expect it (mozlog, version
 * 2.0).  Severity 6 is that of information in syslog.
 */
static void
put_head(struct json_write *w, const char *host)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_write_i64(w, "Timestamp",
	    now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	json_write_text(w, "Type", "canonical-log-line");
	json_write_text(w, "Logger", "loc");
	json_write_text(w, "Hostname", host);
	json_write_text(w, "EnvVersion", "2.0");
	json_write_i64(w, "Severity", 6);
	json_write_i64(w, "Pid", getpid());
}

/*
 * In seconds, to a millisecond, written without floating point, so that the
 * digits are always three and never a neighbour of the true ones.
 */
static void
put_duration(struct json_write *w, int64_t us)
{
	int64_t ms = (us + 500) / 1000;

	json_write_value(w, "duration_s");
	base_buf_i64(w->b, ms / 1000);
	base_buf_chr(w->b, '.');
	base_buf_chr(w->b, (char)('0' + ms / 100 % 10));
	base_buf_chr(w->b, (char)('0' + ms / 10 % 10));
	base_buf_chr(w->b, (char)('0' + ms % 10));
}

static void
put_request(struct json_write *w, const struct serve_summary *rec,
    const char *method, int status, int64_t us)
{
	json_write_value(w, "msg");
	base_buf_chr(w->b, '"');
	base_buf_str(w->b, method);
	base_buf_chr(w->b, ' ');
	base_buf_str(w->b, rec->path);
	base_buf_str(w->b, " - ");
	base_buf_i64(w->b, status);
	base_buf_chr(w->b, '"');
	json_write_text(w, "http_method", method);
	json_write_text(w, "http_path", rec->path);
	json_write_i64(w, "http_status", status);
	put_duration(w, us);
}

/*
 * What was sent instead of a key may be anything, or somebody's: an address, a
 * token of another service.  It is scrubbed and cut, and told at all only
 * because whoever helps a client has to see its slip.
 */
static void
put_bad_key(struct json_write *w, const char *text, struct base_arena *a)
{
	char *copy = base_arena_strndup(a, text, strlen(text));

	if (copy == NULL)
		return;
	net_scrub(copy);
	if (strlen(copy) > BAD_KEY_LEN)
		copy[BAD_KEY_LEN] = '\0';
	json_write_text(w, "invalid_api_key", copy);
}

/*
 * What is known of a call of an API.  Counts are left out if it was not
 * counted, and quotas if the key has none.  Refused calls have a line, too.
 */
static void
put_call(struct json_write *w, const struct serve_summary *rec,
    struct base_arena *a)
{
	json_write_text(w, "api_key", rec->key);
	json_write_text(w, "api_path", rec->name);
	json_write_text(w, "api_type", rec->type);
	if (rec->unfit)
		json_write_bool(w, "api_key_allowed", 0);
	if (rec->outage)
		json_write_bool(w, "api_key_db_fail", 1);
	if (rec->bad_key != NULL && *rec->bad_key != '\0')
		put_bad_key(w, rec->bad_key, a);
	if (rec->count == 0)
		return;
	json_write_i64(w, "api_key_count", rec->count);
	if (rec->quota <= 0)
		return;
	json_write_i64(w, "rate_quota", rec->quota);
	json_write_i64(w, "rate_remaining", rec->count < rec->quota ?
	    rec->quota - rec->count : 0);
	json_write_bool(w, "rate_allowed", rec->count <= rec->quota);
}

/*
 * How many networks were sent, and how many of them could be used.  Never
 * which ones: that would tell where the client is.
 */
static void
put_query(struct json_write *w, const struct api_facts *f)
{
	json_write_text(w, "region", f->region[0] == '\0' ? NULL : f->region);
	json_write_i64(w, "blue", (int64_t)f->sent.blue);
	json_write_i64(w, "blue_valid", (int64_t)f->valid.blue);
	json_write_i64(w, "cell", (int64_t)f->sent.cell);
	json_write_i64(w, "cell_valid", (int64_t)f->valid.cell);
	json_write_i64(w, "wifi", (int64_t)f->sent.wifi);
	json_write_i64(w, "wifi_valid", (int64_t)f->valid.wifi);
	json_write_bool(w, "has_geoip", f->region[0] != '\0');
	json_write_bool(w, "has_ip", f->has_ip);
}

#define NAMES(source)	{ "source_" source "_accuracy",		\
	"source_" source "_accuracy_min", "source_" source "_status" }

/* What one source said; a source that was not asked has no members. */
static void
put_source(struct json_write *w, const struct api_facts *f,
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
	json_write_text(w, names[source][0], from->found ?
	    locate_result_class_name(from->accuracy) : NULL);
	json_write_text(w, names[source][1],
	    locate_result_class_name(f->expected));
	json_write_text(w, names[source][2], api_facts_status(f,
	    from->accuracy));
}

static void
put_search(struct json_write *w, const struct serve_summary *rec)
{
	const struct api_facts *f = &rec->facts;

	put_source(w, f, LOCATE_RESULT_INTERNAL);
	put_source(w, f, LOCATE_RESULT_FALLBACK);
	put_source(w, f, LOCATE_RESULT_GEOIP);
	json_write_bool(w, "fallback_allowed", rec->fallback_allowed);
	json_write_text(w, "accuracy", locate_result_class_name(f->accuracy));
	json_write_text(w, "accuracy_min",
	    locate_result_class_name(f->expected));
	json_write_text(w, "result_status", api_facts_status(f, f->accuracy));
}

/*
 * Signatures of answers: who gets the same answer to the same question again
 * shows the same, though nobody can tell from it what the answer was.
 */

/*
 * A position, with its members in the order of their names, so that the
 * signature does not depend on the order in which we happen to write them.
 * The raw text of numbers is kept: to print them anew might change a digit and
 * with it the signature.
 */
static void
put_sorted(struct base_buf *b, const struct base_buf *body,
    struct base_arena *a)
{
	static const char *const names[] = { "accuracy", "fallback",
	    "location" };
	struct json_write w;
	struct json_doc d;
	const char *quote, *raw;
	size_t i, len;
	int v;

	if (json_doc_parse(&d, body->data, body->len, a) == -1)
		return;
	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((v = json_doc_get(&d, 0, names[i])) == -1)
			continue;
		quote = json_doc_kind(&d, v) == JSON_DOC_STRING ? "\"" : "";
		raw = json_doc_raw(&d, v, &len);
		json_write_value(&w, names[i]);
		base_buf_str(b, quote);
		base_buf_add(b, raw, len);
		base_buf_str(b, quote);
	}
	json_write_end(&w);
}

/*
 * Sign the answer, the client's address and the URL with a secret of the
 * configuration.  If memory is short the line goes without.
 */
static void
put_signature(struct json_write *w, const char *secret,
    const struct http_request *rq, const struct http_reply *rp)
{
	char sign[BASE_SIGN_LEN], client[BASE_ADDR_LEN];
	struct base_buf body, url;

	base_buf_init(&body);
	base_buf_init(&url);
	put_sorted(&body, rp->body, rq->arena);
	http_request_url(rq, &url);
	base_addr_format(client, &rq->client);
	if (base_buf_ok(&body) && base_buf_ok(&url)) {
		base_sign(sign, secret, "response-sig",
		    (const char *const []){ body.data == NULL ? "" :
		    body.data, client, url.data == NULL ? "" :
		    url.data }, 3);
		json_write_text(w, "api_response_sig", sign);
	}
	base_buf_done(&body);
	base_buf_done(&url);
}

/*
 * The line is made in a buffer of its own and handed to the logger whole: it
 * is below what a pipe takes at once, so lines of several threads, or of
 * several processes with one log, do not mix.
 */
void
serve_log_request(struct serve *s, const struct serve_summary *rec,
    const struct http_request *rq, const struct http_reply *rp,
    int64_t us)
{
	const char *secret = s->conf->http_secret_key;
	struct json_write w;
	struct base_buf b;

	if (s->log_host == NULL)
		return;
	base_buf_init(&b);
	base_buf_room(&b, LINE_BYTES);
	json_write_init(&w, &b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	put_head(&w, s->log_host);
	json_write_object(&w, "Fields");
	put_request(&w, rec, rq->method, rp->status, us);
	if (rec->type != NULL)
		put_call(&w, rec, rq->arena);
	if (rec->facts.known)
		put_query(&w, &rec->facts);
	if (rec->searched)
		put_search(&w, rec);
	if (secret != NULL && rec->facts.known && rp->status == 200 &&
	    strcmp(rec->path, "/v1/geolocate") == 0)
		put_signature(&w, secret, rq, rp);
	json_write_end(&w);
	json_write_end(&w);
	base_buf_chr(&b, '\n');
	if (base_buf_ok(&b))
		io_logger_line(s->log, b.data, b.len);
	base_buf_done(&b);
}
