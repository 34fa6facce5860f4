/* SPDX-License-Identifier: ISC */
/* What is the same on every server: versions and notices. */
#include "base/buf.h"
#include "http/reply.h"
#include "io/version.h"
#include "json/write.h"

#include "endpoint.h"
#include "reply.h"
#include "request.h"
#include "serve.h"

/*
 * These three ask no server and read nothing, so they answer whatever is down,
 * and need no key.
 */
void
serve_about_contribute(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	(void)s;
	(void)a;
	(void)rq;
	base_buf_str(rp->body, "{\"name\": \"loc\", \"description\": "
	    "\"Location service: where a device is, by the networks it "
	    "hears.\", \"repository\": {\"license\": \"ISC\"}, "
	    "\"keywords\": [\"C\", \"geolocation\", \"wifi\", \"cell\", "
	    "\"bluetooth\"]}");
	serve_reply_json(rp, 200);
}

void
serve_about_robots(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	static const char *const paths[] = { "/downloads", "/static/",
	    "/v1/", "/v2/", "/__heartbeat__", "/__lbheartbeat__",
	    "/__version__" };
	size_t i;

	(void)s;
	(void)a;
	(void)rq;
	base_buf_str(rp->body, "User-agent: *\n");
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		base_buf_fmt(rp->body, "Disallow: %s\n", paths[i]);
	rp->status = 200;
	http_reply_header(rp, "Content-Type", "text/plain; charset=UTF-8");
	http_reply_header(rp, "Cache-Control", "max-age=86400, public");
}

/*
 * The members are those that Mozilla's services have, also where we have
 * nothing to say: monitoring may look for them.
 */
void
serve_about_version(struct serve *s, const struct serve_access *a,
    const struct http_request *rq, struct http_reply *rp)
{
	struct json_write w;

	(void)s;
	(void)a;
	(void)rq;
	json_write_init(&w, rp->body, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_text(&w, "source", "unknown");
	json_write_text(&w, "version", LOC_VERSION);
	json_write_text(&w, "commit", *io_version_commit != '\0' ?
	    io_version_commit : "HEAD");
	json_write_text(&w, "build", "unknown");
	json_write_end(&w);
	serve_reply_json(rp, 200);
}
