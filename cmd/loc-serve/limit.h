/* SPDX-License-Identifier: ISC */
/* The limits of calls. */
#ifndef SERVE_LIMIT_H
#define SERVE_LIMIT_H

struct conf_file;
struct http_reply;
struct http_request;
struct queue_limit;
struct serve;
struct serve_access;

/* The limits that CF names.  Returns NULL after a warning. */
struct queue_limit *serve_limit_new(const struct conf_file *cf);

/*
 * Count a call with the key of A.  Returns 1 if it may go on, or 0 with the
 * refusal in RP.
 */
int	serve_limit_pass(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);

#endif
