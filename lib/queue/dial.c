/* SPDX-License-Identifier: ISC */
/*
 * hiredis allocates as many elements as an array announces, before one of them
 * has come, so that the reader gets hiredis's own functions with a bound.  Nor
 * does it mind that a server may have hung up when it is written to, by which a
 * program would be killed, and what the server said before is not read.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "conf/url.h"
#include "queue/dial.h"
#include "queue/tls.h"

#define MAX_ARGS	8
#define MAX_ELEMENTS	(1 << 22)	/* of an array in a reply */

static redisReplyObjectFunctions bounded;
static void *(*create_any_array)(const redisReadTask *, int);

static void *
create_array(const redisReadTask *task, int n)
{
	return n <= MAX_ELEMENTS ? create_any_array(task, n) : NULL;
}

/* What lost output does to a program is for io/cli.h. */
static void
set_up(void)
{
	redisReader *reader = redisReaderCreate();

	signal(SIGPIPE, SIG_IGN);
	if (reader == NULL)
		return;
	bounded = *reader->fn;
	create_any_array = bounded.createArray;
	bounded.createArray = create_array;
	redisReaderFree(reader);
}

/* The line is given up: the reason is kept before that, as it is in it. */
static int
fail_line(struct queue_dial *d, char why[QUEUE_DIAL_WHY])
{
	strlcpy(why, d->c != NULL ? d->c->errstr : "out of memory",
	    QUEUE_DIAL_WHY);
	queue_dial_end(d);
	return -1;
}

int
queue_dial_open(struct queue_dial *d, const struct conf_url *u,
    const char *host, unsigned port, int timeout_ms, char why[QUEUE_DIAL_WHY])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct timeval tv = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };

	assert(d->c == NULL && (host != NULL || u->socket != NULL));
	d->c = host == NULL ? redisConnectUnixWithTimeout(u->socket, tv) :
	    redisConnectWithTimeout(host, (int)port, tv);
	if (d->c == NULL || d->c->err != 0)
		return fail_line(d, why);
	/* Short of memory the bound is left out: this is the lesser evil. */
	pthread_once(&once, set_up);
	if (bounded.createArray != NULL)
		d->c->reader->fn = &bounded;
	redisSetTimeout(d->c, tv);
	if (host != NULL)
		redisEnableKeepAlive(d->c);
	if (host != NULL && u->secure &&
	    (d->tls = queue_tls_open(d->c, u, host)) == NULL)
		return fail_line(d, why);
	return 0;
}

void
queue_dial_end(struct queue_dial *d)
{
	queue_tls_end(d->tls);
	if (d->c != NULL)
		redisFree(d->c);
	d->tls = NULL;
	d->c = NULL;
}

/*
 * A server that takes no more clients says so and hangs up.  That shows when it
 * is written to, or it comes as the reply to what it has not read.
 */
static void
note_last_words(redisContext *c)
{
	char said[sizeof(c->errstr)];
	ssize_t n = recv(c->fd, said, sizeof(said) - 1, MSG_DONTWAIT);

	if (n <= 1 || said[0] != '-')
		return;
	said[n] = '\0';
	said[strcspn(said, "\r\n")] = '\0';
	strlcpy(c->errstr, said + 1, sizeof(c->errstr));
}

/* 1 if REPLY is no reply but the last words of the server, which C notes. */
static int
is_last_words(redisContext *c, const redisReply *reply)
{
	static const char words[] = "ERR max number of clients";

	if (reply->type != REDIS_REPLY_ERROR ||
	    strncmp(reply->str, words, sizeof(words) - 1) != 0)
		return 0;
	strlcpy(c->errstr, reply->str, sizeof(c->errstr));
	return 1;
}

int
queue_dial_reply(struct queue_dial *d, void **reply)
{
	*reply = NULL;
	if (d->tls != NULL)
		return queue_tls_reply(d->tls, d->c, reply);
	if (redisGetReply(d->c, reply) == REDIS_OK && *reply != NULL) {
		if (!is_last_words(d->c, *reply))
			return 0;
		freeReplyObject(*reply);
		*reply = NULL;
	} else if (d->c->err == REDIS_ERR_IO && errno == EPIPE)
		note_last_words(d->c);
	return -1;
}

redisReply *
queue_dial_run(struct queue_dial *d, char why[QUEUE_DIAL_WHY], ...)
{
	const char *arg[MAX_ARGS];
	void *reply = NULL;
	va_list ap;
	int n = 0;

	va_start(ap, why);
	while (n < MAX_ARGS && (arg[n] = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	assert(n > 0 && n < MAX_ARGS);
	if (redisAppendCommandArgv(d->c, n, (const char **)(uintptr_t)arg,
	    NULL) == REDIS_OK && queue_dial_reply(d, &reply) == 0)
		return reply;
	fail_line(d, why);
	return NULL;
}

/* With a user it is one of Redis 6's, else the password of the server. */
int
queue_dial_login(struct queue_dial *d, const struct conf_url *u,
    char why[QUEUE_DIAL_WHY])
{
	redisReply *reply;
	int named = u->user != NULL && *u->user != '\0', rc = -1;

	if (!named && u->password == NULL)
		return 0;
	reply = named ?
	    queue_dial_run(d, why, "AUTH", u->user, u->password, NULL) :
	    queue_dial_run(d, why, "AUTH", u->password, NULL);
	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_STATUS)
		rc = 0;
	else
		strlcpy(why, reply->type == REDIS_REPLY_ERROR ? reply->str :
		    "this is no Redis server", QUEUE_DIAL_WHY);
	freeReplyObject(reply);
	if (rc == -1)
		queue_dial_end(d);
	return rc;
}
