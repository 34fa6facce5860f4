/* SPDX-License-Identifier: ISC */
/*
 * A connection to Redis.  Commands are appended to a buffer and sent together,
 * their replies read one by one; after an error the connection is closed, and
 * opened again with the next command.
 *
 * The files of this folder are of two halves, which share only the first group,
 * and do not know each other:
 *
 *	dial, tls, sentinel	making a connection, for this file
 *	command, reply, verdict	what is sent, what is answered, what came of it
 *	names			the names of all keys
 *
 *	stream, entry, batch,	the stream: what the feed does, what is in it
 *	id
 *	group, groups, lag	its consumer groups, and what they give up
 *	consumer, dead		what workers do; what they set aside
 *
 *	limit			whether a call may go on; it uses the next five
 *	count, gather, local,	calls counted in Redis at once, a little later,
 *	gcra, caller		or in memory; the limit of a client network
 *	usage			those counts, read
 *	keyday			what was submitted with each API key
 *	provider, rate		providers' answers; the share of queries stored
 *
 * To append a command, as hiredis says, is to put it into the buffer of the
 * connection; it is sent when a reply is asked for.
 */
#ifndef QUEUE_REDIS_H
#define QUEUE_REDIS_H

#include <stddef.h>
#include <stdint.h>

#include "queue/reply.h"
#include "queue/verdict.h"

struct queue_redis;

/*
 * Prepare a connection to URL, see location.ini(5).  TIMEOUT_MS bounds every
 * wait for the server, also that of a command that blocks there: a longer
 * block would end as a lost connection.  Messages call every URL "[cache]
 * cache_url", as there is one Redis.  Returns NULL after a warning if the URL
 * is none.
 */
struct queue_redis *queue_redis_new(const char *url, int timeout_ms);
void	queue_redis_free(struct queue_redis *r);

/*
 * Do not warn of losses: for one of many connections to the same server, of
 * which another one warns.
 */
void	queue_redis_quiet(struct queue_redis *r);

/*
 * Make sure of a connection.  Returns 0, or -1 after a warning, see
 * io/outage.h; a message says when the server is there again.
 */
int	queue_redis_connect(struct queue_redis *r);
int	queue_redis_connected(const struct queue_redis *r);

/*
 * Close the connection, with the replies to come, as one that was lost for the
 * reason WHY.
 */
void	queue_redis_drop(struct queue_redis *r, const char *why);

/* "[cache] cache_url HOST:PORT", borrowed, for messages. */
const char *queue_redis_where(const struct queue_redis *r);

/*
 * What a program that gives up because it could not connect exits with: 77
 * (EX_NOPERM) if the server wants another password or user, or else 69
 * (EX_UNAVAILABLE).
 */
int	queue_redis_status(const struct queue_redis *r);

/*
 * Connect, and make sure that the server never evicts keys by itself.
 * Returns QUEUE_OK; QUEUE_LOST if it cannot be reached; QUEUE_REFUSED if its
 * maxmemory-policy is not noeviction, after a warning (the first time in a
 * row), or if it does not tell its policy, after a warning each time; with
 * FORCE both are QUEUE_OK, too.
 */
enum queue_verdict queue_redis_check(struct queue_redis *r, int force);

/*
 * Append a command of N arguments; LEN NULL: C strings.  The arguments are
 * copied.  0 or -1.
 */
int	queue_redis_append(struct queue_redis *r, int n,
	    const char *const *arg, const size_t *len);

/*
 * The reply of the oldest command not replied to, sending what was
 * appended.  The caller frees it.  Returns NULL after a warning when the
 * connection is lost; all that was appended is then forgotten.  An error of
 * the server is a reply, see queue_reply_error().
 */
struct queue_reply *queue_redis_get(struct queue_redis *r);

/*
 * What the server refused last, and why: its words, or "" if it has refused
 * nothing yet.  A command that succeeds does not clear them.
 */
const char *queue_redis_error(const struct queue_redis *r);

/*
 * One command of at most 15 C strings, NULL at the end, and its reply.  No
 * replies may be owed, or it would be given the oldest of those.
 */
struct queue_reply *queue_redis_run(struct queue_redis *r, ...)
	    __attribute__((sentinel));

/* Read and drop N replies.  QUEUE_REFUSED if the server refused any of them. */
enum queue_verdict queue_redis_skip(struct queue_redis *r, int n);

#endif
