/* SPDX-License-Identifier: ISC */
/* What is the same on every server: versions and notices. */
#include "base/buf.h"
#include "http/reply.h"
#include "io/version.h"
#include "json/write.h"

#include "endpoint.h"
#include "reply.h"
#include "request.h"

/*
 * These three ask no server and read nothing, so they answer whatever is down,
 * and need no key.
 */
enum http_reply_when
serve_about_contribute(struct serve_call *c)
{
	base_buf_str(c->rp->body, "{\"name\": \"loc\", \"description\": "
	    "\"Location service: where a device is, by the networks it "
	    "hears.\", \"repository\": {\"license\": \"ISC\"}, "
	    "\"keywords\": [\"C\", \"geolocation\", \"wifi\", \"cell\", "
	    "\"bluetooth\"]}");
	serve_reply_json(c->rp, 200);
	return HTTP_REPLY_NOW;
}

enum http_reply_when
serve_about_robots(struct serve_call *c)
{
	static const char *const paths[] = { "/downloads", "/static/",
	    "/v1/", "/v2/", "/__heartbeat__", "/__lbheartbeat__",
	    "/__version__" };
	size_t i;

	base_buf_str(c->rp->body, "User-agent: *\n");
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		base_buf_fmt(c->rp->body, "Disallow: %s\n", paths[i]);
	c->rp->status = 200;
	http_reply_header(c->rp, "Content-Type", "text/plain; charset=UTF-8");
	http_reply_header(c->rp, "Cache-Control", "max-age=86400, public");
	return HTTP_REPLY_NOW;
}

/*
 * The members are those that Mozilla's services have, also where we have
 * nothing to say: monitoring may look for them.
 */
enum http_reply_when
serve_about_version(struct serve_call *c)
{
	struct json_write w;

	json_write_init(&w, c->rp->body, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_text(&w, "source", "unknown");
	json_write_text(&w, "version", LOC_VERSION);
	json_write_text(&w, "commit", *io_version_commit != '\0' ?
	    io_version_commit : "HEAD");
	json_write_text(&w, "build", "unknown");
	json_write_end(&w);
	serve_reply_json(c->rp, 200);
	return HTTP_REPLY_NOW;
}
