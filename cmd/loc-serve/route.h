/* SPDX-License-Identifier: ISC */
/* From the path of a request to its endpoint. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

struct http_reply;
struct http_request;

/* Answer a request; SERVE is a struct serve.  Called in many threads. */
void	serve_route(void *serve, const struct http_request *rq,
	    struct http_reply *rp);

#endif
