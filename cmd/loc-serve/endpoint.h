/* SPDX-License-Identifier: ISC */
/*
 * The endpoints, which route.c calls for requests that may use them: each
 * answers RQ, for which A says what it is allowed, in RP.
 */
#ifndef SERVE_ENDPOINT_H
#define SERVE_ENDPOINT_H

struct http_reply;
struct http_request;
struct serve;
struct serve_access;

void	serve_locate(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_submit(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_transfer(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_health_heartbeat(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_health_lbheartbeat(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_about_version(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_about_contribute(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);
void	serve_about_robots(struct serve *s, const struct serve_access *a,
	    const struct http_request *rq, struct http_reply *rp);

#endif
