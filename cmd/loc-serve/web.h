/* SPDX-License-Identifier: ISC */
/* The files of the website. */
#ifndef SERVE_WEB_H
#define SERVE_WEB_H

struct http_reply;
struct http_request;
struct serve;

/* Answer with the file that RQ asks for, or that there is none. */
void	serve_web(struct serve *s, const struct http_request *rq,
	    struct http_reply *rp);

#endif
