/* SPDX-License-Identifier: ISC */
/* The log of requests. */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <stdint.h>

struct http_reply;
struct http_request;
struct serve;
struct serve_summary;

/* Prepare what all lines of S have in common, if there is to be a log. */
void	serve_log_open(struct serve *s);

/* Write the line of a request and its reply, which took US. */
void	serve_log_request(struct serve *s, const struct serve_summary *rec,
	    const struct http_request *rq,
	    const struct http_reply *rp, int64_t us);

#endif
