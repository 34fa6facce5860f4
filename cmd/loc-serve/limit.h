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
 * May a call with the key of A, or with none, go on?  It is limited to its
 * client network, and if it is COUNTED to the calls of its key.  Returns 1,
 * or 0 with the refusal in RP.
 */
int	serve_limit_call(struct serve *s, const struct serve_access *a,
	    int counted, const struct http_request *rq, struct http_reply *rp);

/* The same for a heartbeat, which trusted proxies may ask for always. */
int	serve_limit_heartbeat(struct serve *s, const struct http_request *rq,
	    struct http_reply *rp);

#endif
