/* SPDX-License-Identifier: ISC */
/* From the path of a request to its endpoint. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "http/reply.h"

struct http_request;
struct serve_call;

/* Answer a request; SERVE is a struct serve.  Called in many threads. */
enum http_reply_when serve_route(void *serve, const struct http_request *rq,
	    struct http_reply *rp);

/*
 * An endpoint that answers later has answered C, from any thread.  All that
 * belongs to it is gone when this returns.
 */
void	serve_route_finish(const struct serve_call *c);

#endif
