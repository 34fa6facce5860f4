/* SPDX-License-Identifier: ISC */
/* Replies that do not depend on the endpoint. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "api/error.h"

struct http_body_fault;
struct http_reply;
struct http_request;

/* The headers of all replies: whole lines. */
#define SERVE_REPLY_FIELDS \
	"Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n" \
	"X-Content-Type-Options: nosniff\r\n"

/* Add the headers that allow browsers to use an API from any page. */
void	serve_reply_cors(struct http_reply *rp);

/*
 * Add a header that tells clients more than the answer.  Pages that may use the
 * API may read it, too.
 */
void	serve_reply_extra(struct http_reply *rp, const char *name,
	    const char *value);

/* The body, JSON, is there. */
void	serve_reply_json(struct http_reply *rp, int status);

/* An error of the APIs; DETAILS is JSON or NULL. */
void	serve_reply_error(struct http_reply *rp, enum api_error e,
	    const char *details);

/* A body that cannot be read for FAULT. */
void	serve_reply_bad_body(struct http_reply *rp,
	    const struct http_body_fault *fault);

void	serve_reply_not_found(struct http_reply *rp);

/* RQ may only have the methods ALLOW. */
void	serve_reply_not_allowed(struct http_reply *rp,
	    const struct http_request *rq, const char *allow);

#endif
