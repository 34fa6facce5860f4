/* SPDX-License-Identifier: ISC */
/*
 * Each Sentinel may be asked: one that was parted from the others may be behind,
 * which shows when what it names is away, or does not call itself a primary.
 * They are asked for every new connection, for the last answer is of no worth
 * once the server that it named is gone.
 */
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/num.h"
#include "conf/url.h"
#include "queue/sentinel.h"

#define DEFAULT_PORT	26379

/* Sentinels may have the password of the servers, or none. */
static redisReply *
ask_one(struct queue_dial *d, const struct conf_url *u,
    char why[QUEUE_DIAL_WHY])
{
	static const char need[] = "NOAUTH";
	redisReply *r;
	int i;

	for (i = 0; i < 2; i++) {
		r = queue_dial_run(d, why, "SENTINEL",
		    "get-master-addr-by-name", u->service, NULL);
		if (r == NULL || r->type != REDIS_REPLY_ERROR || i == 1 ||
		    strncmp(r->str, need, sizeof(need) - 1) != 0)
			return r;
		freeReplyObject(r);
		if (u->password == NULL || queue_dial_login(d, u, why) == -1)
			break;
	}
	if (u->password == NULL)
		strlcpy(why, "NOAUTH Authentication required.",
		    QUEUE_DIAL_WHY);
	return NULL;
}

/* The answer is a host and a port, both as texts, or nil. */
static int
read_answer(struct queue_sentinel *s, const redisReply *r,
    const struct conf_url *u, char why[QUEUE_DIAL_WHY])
{
	int64_t port;

	if (r->type == REDIS_REPLY_NIL)
		snprintf(why, QUEUE_DIAL_WHY, "knows no primary %s",
		    u->service);
	else if (r->type == REDIS_REPLY_ERROR)
		strlcpy(why, r->str, QUEUE_DIAL_WHY);
	else if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 ||
	    r->element[0]->type != REDIS_REPLY_STRING ||
	    r->element[1]->type != REDIS_REPLY_STRING ||
	    strlcpy(s->host, r->element[0]->str, sizeof(s->host)) >=
	    sizeof(s->host) || !base_num_i64(r->element[1]->str,
	    (size_t)r->element[1]->len, &port) || port < 1 || port > 65535)
		strlcpy(why, "this is no Sentinel", QUEUE_DIAL_WHY);
	else {
		s->port = (unsigned)port;
		return 0;
	}
	return -1;
}

/* Say before WHY which of them it is about: the address names the primary. */
static void
name_sentinel(const struct conf_url_host *h, char why[QUEUE_DIAL_WHY])
{
	const char *form = strchr(h->name, ':') == NULL ?
	    "Sentinel %.50s:%u: %.120s" : "Sentinel [%.50s]:%u: %.120s";
	char was[QUEUE_DIAL_WHY];

	strlcpy(was, why, sizeof(was));
	snprintf(why, QUEUE_DIAL_WHY, form, h->name,
	    h->port != 0 ? h->port : DEFAULT_PORT, was);
}

int
queue_sentinel_ask(struct queue_sentinel *s, const struct conf_url *u,
    size_t i, int timeout_ms, char why[QUEUE_DIAL_WHY])
{
	const struct conf_url_host *h = &u->host[i];
	struct queue_dial d = { NULL, NULL };
	redisReply *r;
	int rc = -1;

	if (queue_dial_open(&d, u, h->name, h->port != 0 ? h->port :
	    DEFAULT_PORT, timeout_ms, why) == 0 &&
	    (r = ask_one(&d, u, why)) != NULL) {
		rc = read_answer(s, r, u, why);
		freeReplyObject(r);
	}
	queue_dial_end(&d);
	if (rc == -1)
		name_sentinel(h, why);
	return rc;
}
