/* SPDX-License-Identifier: ISC */
/* Replies that do not depend on the endpoint. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "api/error.h"

struct http_body_fault;
struct http_reply;

/*
 * Add the headers that are on all replies and, with CORS, those that allow
 * browsers to use an API from any page.
 */
void	serve_reply_init(struct http_reply *rp, int cors);

/* The body, JSON, is there. */
void	serve_reply_json(struct http_reply *rp, int status);

/* An error of the APIs; DETAILS is JSON or NULL. */
void	serve_reply_error(struct http_reply *rp, enum api_error e,
	    const char *details);

/* A body that cannot be read for FAULT. */
void	serve_reply_bad_body(struct http_reply *rp,
	    const struct http_body_fault *fault);

void	serve_reply_not_found(struct http_reply *rp);
void	serve_reply_not_allowed(struct http_reply *rp, const char *method,
	    const char *allow);

#endif
