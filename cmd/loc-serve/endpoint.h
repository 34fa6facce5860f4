/* SPDX-License-Identifier: ISC */
/*
 * The endpoints, which route.c calls for requests that may use them: each
 * answers a call.  Those that answer later owe a serve_route_finish().
 */
#ifndef SERVE_ENDPOINT_H
#define SERVE_ENDPOINT_H

#include "http/reply.h"

struct serve_call;

enum http_reply_when serve_locate(struct serve_call *c);
enum http_reply_when serve_submit(struct serve_call *c);
enum http_reply_when serve_transfer(struct serve_call *c);
enum http_reply_when serve_health_heartbeat(struct serve_call *c);
enum http_reply_when serve_health_lbheartbeat(struct serve_call *c);
enum http_reply_when serve_about_version(struct serve_call *c);
enum http_reply_when serve_about_contribute(struct serve_call *c);
enum http_reply_when serve_about_robots(struct serve_call *c);

#endif
