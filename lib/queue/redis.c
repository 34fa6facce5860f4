/* SPDX-License-Identifier: ISC */
/*
 * One connection, used by one thread at a time, with hiredis's blocking
 * interface.
 *
 * Commands are only put into a buffer; asking for the first reply sends them.
 * "unread" counts the replies that are still to come, and a connection on
 * which anything fails is closed at once, with all of them: a reply that
 * arrived late would be taken for that of another command.  Nothing is sent
 * again here, as only callers know what may be done twice.
 *
 * Whoever connects says AUTH, if the address has a password, and SELECT.  Only
 * when SELECT was answered is the server there: one that hangs accepts
 * connections all the same, as the kernel does that for it, and one that is
 * loading its data, or wants a password, says so now.  A node of a Redis
 * Cluster is refused: it has only some of the keys, and what is done here with
 * several at once, in transactions and scripts, needs them all in one place.
 *
 * Warnings are for people, see base/outage.h.
 *
 * The name in the address is looked up, or Sentinels are asked for the primary,
 * with each connection.  After READONLY, which a former primary says, the
 * connection is dropped before the next command, so that the next one leads to
 * the new primary.
 */
#include <assert.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <hiredis/hiredis.h>

#include "base/outage.h"
#include "conf/url.h"
#include "io/outage.h"
#include "queue/dial.h"
#include "queue/redis.h"
#include "queue/sentinel.h"

#define DEFAULT_PORT	6379
#define MAX_ARGS	16
#define POLICY_LETTERS	"abcdefghijklmnopqrstuvwxyz-"

struct queue_redis {
	struct queue_dial line;		/* without .c: not connected */
	struct conf_url	 url;
	char		 where[320];	/* "[cache] cache_url HOST:PORT" */
	int		 timeout_ms;
	int		 quiet;		/* somebody else warns of losses */
	char		 failure[QUEUE_DIAL_WHY]; /* the last one's, or "" */
	struct base_outage outage;	/* what is told of them */
	int		 evicting;	/* has warned of that already */
	size_t		 unread;	/* replies to come */
	int		 demoted;	/* writes are for another server */
	char		 error[128];	/* of the server, the last one */
};

static unsigned
port_of(const struct conf_url *u)
{
	return u->host[0].port != 0 ? u->host[0].port : DEFAULT_PORT;
}

/* Name the server for messages. */
static void
set_server_name(struct queue_redis *r, const char *host, unsigned port)
{
	const char *form = "[cache] cache_url %s:%u";

	if (host == NULL)
		form = "[cache] cache_url %s";
	else if (strchr(host, ':') != NULL)
		form = "[cache] cache_url [%s]:%u";
	snprintf(r->where, sizeof(r->where), form, host == NULL ?
	    r->url.socket : host, port);
}

struct queue_redis *
queue_redis_new(const char *url, int timeout_ms)
{
	struct queue_redis *r;
	const char *why;

	assert(url != NULL);	/* conf_file_need() saw to that */
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		warn("redis");
		return NULL;
	}
	r->timeout_ms = timeout_ms;
	if ((why = conf_url_parse(&r->url, CONF_URL_REDIS, url)) == NULL) {
		if (r->url.service != NULL)
			snprintf(r->where, sizeof(r->where),
			    "[cache] cache_url %s", r->url.service);
		else
			set_server_name(r, r->url.socket != NULL ? NULL :
			    r->url.host[0].name, port_of(&r->url));
		return r;
	}
	warnx("[cache] cache_url: expected %s", why);
	queue_redis_free(r);
	return NULL;
}

/* What was sent and not answered is forgotten with the connection. */
static void
disconnect(struct queue_redis *r)
{
	queue_dial_end(&r->line);
	r->unread = 0;
	r->demoted = 0;
}

void
queue_redis_free(struct queue_redis *r)
{
	if (r == NULL)
		return;
	disconnect(r);
	conf_url_done(&r->url);
	free(r);
}

/* Close the connection, which has failed as WHY says. */
static void
lose_connection(struct queue_redis *r, const char *why)
{
	char failure[sizeof(r->failure)];

	strlcpy(failure, why, sizeof(failure));
	if (!r->quiet)
		io_outage_fails(&r->outage, r->where, failure);
	memcpy(r->failure, failure, sizeof(failure));
	disconnect(r);
}

/* The connection is good: the end of a row of failures, if there was one. */
static void
found_again(struct queue_redis *r)
{
	if (!r->quiet)
		io_outage_works(&r->outage, r->where);
	r->failure[0] = '\0';
}

void
queue_redis_drop(struct queue_redis *r, const char *why)
{
	lose_connection(r, why);
}

void
queue_redis_quiet(struct queue_redis *r)
{
	r->quiet = 1;
}

/*
 * While connecting, WHAT has been asked: give up unless the reply is there and
 * of TYPE.  Returns it, or NULL.
 */
static redisReply *
want_reply(redisReply *reply, int type, char why[QUEUE_DIAL_WHY])
{
	if (reply == NULL || reply->type == type)
		return reply;
	strlcpy(why, reply->type == REDIS_REPLY_ERROR ? reply->str :
	    "this is no Redis server", QUEUE_DIAL_WHY);
	freeReplyObject(reply);
	return NULL;
}

/* Connect to what a Sentinel takes for the primary; it may be mistaken. */
static int
dial_named(struct queue_redis *r, const struct queue_sentinel *s,
    char why[QUEUE_DIAL_WHY])
{
	redisReply *role;
	int rc = -1;

	set_server_name(r, s->host, s->port);
	if (queue_dial_open(&r->line, &r->url, s->host, s->port,
	    r->timeout_ms, why) == -1 ||
	    queue_dial_login(&r->line, &r->url, why) == -1 ||
	    (role = want_reply(queue_dial_run(&r->line, why, "ROLE", NULL),
	    REDIS_REPLY_ARRAY, why)) == NULL)
		return -1;
	if (role->elements > 0 && role->element[0]->type ==
	    REDIS_REPLY_STRING && strcmp(role->element[0]->str, "master") == 0)
		rc = 0;
	else
		strlcpy(why, "is no primary, as Sentinel says",
		    QUEUE_DIAL_WHY);
	freeReplyObject(role);
	return rc;
}

/*
 * The first primary that a Sentinel names and that is one.  If there is none,
 * WHY is what was wrong with the last that was named.
 */
static int
dial_primary(struct queue_redis *r, char why[QUEUE_DIAL_WHY])
{
	struct queue_sentinel last = { "", 0 }, s;
	char refusal[QUEUE_DIAL_WHY];
	size_t i;

	for (i = 0; i < r->url.nhosts; i++) {
		if (queue_sentinel_ask(&s, &r->url, i, r->timeout_ms,
		    refusal) == -1) {
			if (last.port == 0)
				strlcpy(why, refusal, QUEUE_DIAL_WHY);
			continue;
		}
		if (s.port == last.port && strcmp(s.host, last.host) == 0)
			continue;
		if (dial_named(r, &s, why) == 0)
			return 0;
		queue_dial_end(&r->line);
		last = s;
	}
	return -1;
}

/* A server that does not tell what it is is given credit. */
static int
check_cluster(struct queue_redis *r, char why[QUEUE_DIAL_WHY])
{
	redisReply *info = queue_dial_run(&r->line, why, "INFO", "cluster",
	    NULL);
	int rc = 0;

	if (info == NULL)
		return -1;
	if (info->type == REDIS_REPLY_STRING &&
	    strstr(info->str, "cluster_enabled:1") != NULL) {
		strlcpy(why, "is a node of a Redis Cluster, which cannot be "
		    "used: take a single primary, with Sentinel if it is to "
		    "fail over", QUEUE_DIAL_WHY);
		rc = -1;
	}
	freeReplyObject(info);
	return rc;
}

/* SELECT also shows a server that wants a password, or is loading. */
static int
select_database(struct queue_redis *r, char why[QUEUE_DIAL_WHY])
{
	redisReply *reply;
	char db[16];

	snprintf(db, sizeof(db), "%u", r->url.db);
	reply = want_reply(queue_dial_run(&r->line, why, "SELECT", db, NULL),
	    REDIS_REPLY_STATUS, why);
	if (reply == NULL)
		return -1;
	freeReplyObject(reply);
	return 0;
}

/*
 * Tell the server which program this is, for those who look at its list of
 * clients, as loc-status does.  One that does not want to know is no worse.
 */
static int
tell_name(struct queue_redis *r, char why[QUEUE_DIAL_WHY])
{
	redisReply *reply = queue_dial_run(&r->line, why, "CLIENT", "SETNAME",
	    getprogname(), NULL);

	if (reply == NULL)
		return -1;
	freeReplyObject(reply);
	return 0;
}

int
queue_redis_connect(struct queue_redis *r)
{
	const struct conf_url *u = &r->url;
	char why[QUEUE_DIAL_WHY] = "";

	if (r->line.c != NULL)
		return 0;
	if ((u->service != NULL ? dial_primary(r, why) == -1 :
	    queue_dial_open(&r->line, u, u->socket != NULL ? NULL :
	    u->host[0].name, port_of(u), r->timeout_ms, why) == -1 ||
	    queue_dial_login(&r->line, u, why) == -1) ||
	    check_cluster(r, why) == -1 || select_database(r, why) == -1 ||
	    tell_name(r, why) == -1) {
		lose_connection(r, why);
		return -1;
	}
	found_again(r);
	return 0;
}

const char *
queue_redis_where(const struct queue_redis *r)
{
	return r->where;
}

/*
 * Told by the words of the last failure, as Redis has no numbers for them; a
 * Sentinel's are behind its name.
 */
int
queue_redis_status(const struct queue_redis *r)
{
	static const char *const denied[] = { "NOAUTH ", "NOPERM ",
	    "WRONGPASS ", "ERR invalid password", "ERR Client sent AUTH" };
	const char *said = r->failure, *name_end;
	size_t i;

	if (strncmp(said, "Sentinel ", 9) == 0 &&
	    (name_end = strstr(said, ": ")) != NULL)
		said = name_end + 2;
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (strncmp(said, denied[i], strlen(denied[i])) == 0)
			return EX_NOPERM;
	return EX_UNAVAILABLE;
}

int
queue_redis_connected(const struct queue_redis *r)
{
	return r->line.c != NULL;
}

/*
 * The policy in the text of INFO, of a server that has no CONFIG.  The text is
 * lines "NAME:VALUE" for people; hiredis ends it with a NUL.
 */
static const char *
policy_of_info(const char *text, size_t *len)
{
	static const char name[] = "maxmemory_policy:";
	const char *p;

	if (text == NULL || (p = strstr(text, name)) == NULL)
		return NULL;
	p += sizeof(name) - 1;
	*len = strcspn(p, "\r\n");
	return p;
}

/* Keys may go by themselves, says POLICY of LEN bytes: fine only if FORCE. */
static enum queue_verdict
judge_policy(struct queue_redis *r, const char *policy, size_t len, int force)
{
	int good = policy == NULL || (len == 10 &&
	    strncmp(policy, "noeviction", len) == 0);

	if (policy == NULL)
		warnx("%s: cannot tell its maxmemory-policy; it must be "
		    "noeviction", r->where);
	else if (!good && !r->evicting)
		warnx("%s: maxmemory-policy is %.*s, expected noeviction: "
		    "it would drop reports", r->where,
		    (int)strspn(policy, POLICY_LETTERS), policy);
	r->evicting = !good;
	return good || force ? QUEUE_OK : QUEUE_REFUSED;
}

/* CONFIG may be forbidden, as hosted servers do; INFO says it, too. */
enum queue_verdict
queue_redis_check(struct queue_redis *r, int force)
{
	struct queue_reply *conf, *info = NULL;
	const char *policy;
	size_t len;
	enum queue_verdict v;

	if (queue_redis_connect(r) == -1 || (conf = queue_redis_run(r,
	    "CONFIG", "GET", "maxmemory-policy", NULL)) == NULL)
		return QUEUE_LOST;
	policy = queue_reply_text(queue_reply_at(conf, 1), &len);
	if (policy == NULL) {
		if ((info = queue_redis_run(r, "INFO", "memory",
		    NULL)) == NULL) {
			queue_reply_free(conf);
			return QUEUE_LOST;
		}
		policy = policy_of_info(queue_reply_text(info, &len), &len);
	}
	v = judge_policy(r, policy, len, force);
	queue_reply_free(conf);
	queue_reply_free(info);
	return v;
}

/*
 * Nothing is sent yet, unless this connects.  A connection to a former
 * primary is given up here, between commands, never in the middle of some
 * whose replies are still to be read.
 */
int
queue_redis_append(struct queue_redis *r, int n, const char *const *arg,
    const size_t *len)
{
	/* The name of the server may stand for another one by now. */
	if (r->demoted && r->unread == 0)
		disconnect(r);
	if (queue_redis_connect(r) == -1)
		return -1;
	if (redisAppendCommandArgv(r->line.c, n, (const char **)(uintptr_t)arg,
	    len) == REDIS_OK) {
		r->unread++;
		return 0;
	}
	lose_connection(r, r->line.c->errstr);
	return -1;
}

/* Remember an error for queue_redis_error(). */
static void
note_server_error(struct queue_redis *r, const char *text)
{
	if (strncmp(text, "READONLY", 8) == 0)
		r->demoted = 1;
	/* What is said of a transaction is not why it failed. */
	if (strncmp(text, "EXECABORT", 9) != 0)
		strlcpy(r->error, text, sizeof(r->error));
}

const char *
queue_redis_error(const struct queue_redis *r)
{
	return r->error;
}

/* Replies come in the order of commands; each call takes the next one. */
struct queue_reply *
queue_redis_get(struct queue_redis *r)
{
	redisReply *reply;
	void *p = NULL;

	if (r->line.c == NULL)
		return NULL;
	if (queue_dial_reply(&r->line, &p) == -1) {
		lose_connection(r, r->line.c->errstr);
		return NULL;
	}
	reply = p;
	assert(r->unread > 0);
	r->unread--;
	if (reply->type == REDIS_REPLY_ERROR)
		note_server_error(r, reply->str);
	return p;
}

struct queue_reply *
queue_redis_run(struct queue_redis *r, ...)
{
	const char *arg[MAX_ARGS];
	va_list ap;
	int n = 0;

	va_start(ap, r);
	while (n < MAX_ARGS && (arg[n] = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	assert(n > 0 && n < MAX_ARGS);
	if (queue_redis_append(r, n, arg, NULL) == -1)
		return NULL;
	return queue_redis_get(r);
}

enum queue_verdict
queue_redis_skip(struct queue_redis *r, int n)
{
	struct queue_reply *reply;
	enum queue_verdict v = QUEUE_OK;

	while (n-- > 0) {
		if ((reply = queue_redis_get(r)) == NULL)
			return QUEUE_LOST;
		if (queue_reply_error(reply) != NULL)
			v = QUEUE_REFUSED;
		queue_reply_free(reply);
	}
	return v;
}
