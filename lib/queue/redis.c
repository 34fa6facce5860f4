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
 * loading its data, or wants a password, says so now.
 *
 * Warnings are for people: of a row of failures each new reason is told once,
 * and in the end for how long the server was away.
 *
 * The name in the address is looked up with each connection.  After READONLY,
 * which a former primary says, the connection is dropped before the next
 * command, so that a name that was moved leads to the new primary.
 */
#include <sys/time.h>

#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "conf/url.h"
#include "queue/redis.h"

#define DEFAULT_PORT	6379
#define MAX_ARGS	16
#define POLICY_LETTERS	"abcdefghijklmnopqrstuvwxyz-"
#define MAX_ELEMENTS	(1 << 22)	/* of an array in a reply */

struct queue_redis {
	redisContext	*c;		/* NULL: not connected */
	struct conf_url	 url;
	char		 where[192];	/* "[cache] cache_url HOST:PORT" */
	int		 timeout_ms;
	int		 quiet;		/* somebody else warns of losses */
	char		 failure[128];	/* of the last attempt, or "" */
	int64_t		 lost_ms;	/* when the first of them failed */
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
set_server_name(struct queue_redis *r)
{
	const struct conf_url *u = &r->url;

	if (u->socket != NULL)
		snprintf(r->where, sizeof(r->where), "[cache] cache_url %s",
		    u->socket);
	else
		snprintf(r->where, sizeof(r->where),
		    strchr(u->host[0].name, ':') == NULL ?
		    "[cache] cache_url %s:%u" : "[cache] cache_url [%s]:%u",
		    u->host[0].name, port_of(u));
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
		set_server_name(r);
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
	if (r->c != NULL)
		redisFree(r->c);
	r->c = NULL;
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

/*
 * Close the connection.  Of a row of failures each is warned of that is not
 * as the one before.
 */
static void
lose_connection(struct queue_redis *r, const char *why)
{
	char failure[sizeof(r->failure)];

	strlcpy(failure, why, sizeof(failure));
	if (!r->quiet && strcmp(failure, r->failure) != 0)
		warnx("%s: %s", r->where, failure);
	if (r->failure[0] == '\0')
		r->lost_ms = base_clock_mono_ms();
	memcpy(r->failure, failure, sizeof(failure));
	disconnect(r);
}

/* The connection is good: the end of a row of failures, if there was one. */
static void
found_again(struct queue_redis *r)
{
	if (r->failure[0] != '\0' && !r->quiet)
		warnx("%s: there again after %lld s", r->where,
		    (long long)(base_clock_mono_ms() - r->lost_ms) / 1000);
	r->failure[0] = '\0';
}

void
queue_redis_quiet(struct queue_redis *r)
{
	r->quiet = 1;
}

/* Run a command while connecting; its errors end the connection. */
static int
greet_server(struct queue_redis *r, const char *cmd, const char *arg1,
    const char *arg2)
{
	const char *argv[3] = { cmd, arg1, arg2 };
	redisReply *reply;
	int rc = -1;

	reply = redisCommandArgv(r->c, arg2 == NULL ? 2 : 3, argv, NULL);
	if (reply == NULL)
		lose_connection(r, r->c->errstr);
	else if (reply->type == REDIS_REPLY_STATUS)
		rc = 0;
	else
		lose_connection(r, reply->type == REDIS_REPLY_ERROR ?
		    reply->str : "this is no Redis server");
	if (reply != NULL)
		freeReplyObject(reply);
	return rc;
}

/* With a user it is one of Redis 6's, else the password of the server. */
static int
log_in(struct queue_redis *r)
{
	const struct conf_url *u = &r->url;

	if (u->user != NULL && *u->user != '\0')
		return greet_server(r, "AUTH", u->user, u->password);
	return u->password == NULL ? 0 :
	    greet_server(r, "AUTH", u->password, NULL);
}

/*
 * hiredis allocates as many elements as an array announces, before one of
 * them has come: its own functions, with a bound.
 */
static redisReplyObjectFunctions bounded;
static void *(*create_any_array)(const redisReadTask *, int);

static void *
create_array(const redisReadTask *task, int n)
{
	return n <= MAX_ELEMENTS ? create_any_array(task, n) : NULL;
}

static void
set_bounded(void)
{
	redisReader *reader = redisReaderCreate();

	if (reader == NULL)
		return;
	bounded = *reader->fn;
	create_any_array = bounded.createArray;
	bounded.createArray = create_array;
	redisReaderFree(reader);
}

int
queue_redis_connect(struct queue_redis *r)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct conf_url *u = &r->url;
	struct timeval tv = { r->timeout_ms / 1000,
	    r->timeout_ms % 1000 * 1000 };
	char db[16];

	if (r->c != NULL)
		return 0;
	r->c = u->socket != NULL ?
	    redisConnectUnixWithTimeout(u->socket, tv) :
	    redisConnectWithTimeout(u->host[0].name, (int)port_of(u), tv);
	if (r->c == NULL || r->c->err != 0) {
		lose_connection(r, r->c == NULL ? "out of memory" :
		    r->c->errstr);
		return -1;
	}
	/* Short of memory the bound is left out: this is the lesser evil. */
	pthread_once(&once, set_bounded);
	if (bounded.createArray != NULL)
		r->c->reader->fn = &bounded;
	redisSetTimeout(r->c, tv);
	if (u->socket == NULL)
		redisEnableKeepAlive(r->c);
	snprintf(db, sizeof(db), "%u", u->db);
	/* SELECT also shows a server that wants a password, or is loading. */
	if (log_in(r) == -1 || greet_server(r, "SELECT", db, NULL) == -1)
		return -1;
	found_again(r);
	return 0;
}

const char *
queue_redis_where(const struct queue_redis *r)
{
	return r->where;
}

/* Told by the words of the last failure, as Redis has no numbers for them. */
int
queue_redis_status(const struct queue_redis *r)
{
	static const char *const denied[] = { "NOAUTH ", "NOPERM ",
	    "WRONGPASS ", "ERR invalid password", "ERR Client sent AUTH" };
	size_t i;

	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (strncmp(r->failure, denied[i], strlen(denied[i])) == 0)
			return EX_NOPERM;
	return EX_UNAVAILABLE;
}

int
queue_redis_connected(const struct queue_redis *r)
{
	return r->c != NULL;
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
queue_redis_add(struct queue_redis *r, int n, const char *const *arg,
    const size_t *len)
{
	/* The name of the server may stand for another one by now. */
	if (r->demoted && r->unread == 0)
		disconnect(r);
	if (queue_redis_connect(r) == -1)
		return -1;
	if (redisAppendCommandArgv(r->c, n, (const char **)(uintptr_t)arg,
	    len) == REDIS_OK) {
		r->unread++;
		return 0;
	}
	lose_connection(r, r->c->errstr);
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

	if (r->c == NULL)
		return NULL;
	if (redisGetReply(r->c, &p) != REDIS_OK || (reply = p) == NULL) {
		lose_connection(r, r->c->errstr);
		return NULL;
	}
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
	if (queue_redis_add(r, n, arg, NULL) == -1)
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
