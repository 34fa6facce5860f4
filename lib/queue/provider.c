/* SPDX-License-Identifier: ISC */
/*
 * Kept answers and counts of calls, in the keys that Ichnaea used.  All of it
 * can be lost without harm: an answer that is not there is asked for again,
 * and while Redis is away nothing is asked at all, as the calls could not be
 * counted.  Each function is one round trip: commands are sent together and
 * their replies read afterwards.
 *
 * Nothing is warned of here: whoever asks for a provider reports to Sentry
 * what does not work, and goes on without an answer.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "queue/names.h"
#include "queue/provider.h"
#include "queue/redis.h"

#define NUM_LEN		24

/* The next reply, NULL if it is not of SHAPE. */
static struct queue_reply *
get_reply(struct queue_redis *r, const char *shape)
{
	struct queue_reply *q = queue_redis_get(r);

	if (queue_reply_has_shape(q, shape))
		return q;
	queue_reply_free(q);
	return NULL;
}

int
queue_provider_get(struct queue_redis *r,
    const struct queue_provider_key *key, size_t n,
    void (*found)(void *ctx, size_t i, const char *text, size_t len),
    void *ctx)
{
	const char *arg[1 + QUEUE_PROVIDER_KEYS] = { "MGET" }, *text;
	size_t i, len[1 + QUEUE_PROVIDER_KEYS] = { 4 }, size;
	struct queue_reply *q;

	assert(n > 0 && n <= QUEUE_PROVIDER_KEYS);
	for (i = 0; i < n; i++) {
		arg[1 + i] = key[i].data;
		len[1 + i] = key[i].len;
	}
	if (queue_redis_append(r, (int)n + 1, arg, len) == -1 ||
	    (q = get_reply(r, "*n")) == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		text = queue_reply_text(queue_reply_at(q, i), &size);
		if (text != NULL)
			found(ctx, i, text, size);
	}
	queue_reply_free(q);
	return 0;
}

/* The keys and their lives go in one round trip; all of them or some. */
int
queue_provider_set(struct queue_redis *r,
    const struct queue_provider_key *key, size_t n, const char *value,
    size_t len, int64_t expire_s)
{
	const char *arg[1 + 2 * QUEUE_PROVIDER_KEYS] = { "MSET" };
	size_t alen[1 + 2 * QUEUE_PROVIDER_KEYS] = { 4 }, i;
	char num[NUM_LEN];

	assert(n > 0 && n <= QUEUE_PROVIDER_KEYS);
	for (i = 0; i < n; i++) {
		arg[1 + 2 * i] = key[i].data;
		alen[1 + 2 * i] = key[i].len;
		arg[2 + 2 * i] = value;
		alen[2 + 2 * i] = len;
	}
	if (queue_redis_append(r, (int)(1 + 2 * n), arg, alen) == -1)
		return -1;
	alen[2] = (size_t)snprintf(num, sizeof(num), "%" PRId64, expire_s);
	for (i = 0; i < n; i++) {
		const char *expire[] = { "EXPIRE", key[i].data, num };
		size_t elen[] = { 6, key[i].len, alen[2] };

		if (queue_redis_append(r, 3, expire, elen) == -1)
			return -1;
	}
	return queue_redis_skip(r, (int)(1 + n)) == QUEUE_OK ? 0 : -1;
}

/*
 * Calls are counted in fixed intervals, as Ichnaea counts them, so up to twice
 * the limit may fall into a span of that length.  The count outlives its
 * interval by far, in case the clocks of servers differ.
 */
enum queue_provider_verdict
queue_provider_admit(struct queue_redis *r, const char *name, int64_t limit,
    int64_t interval_s, int64_t now_s)
{
	char key[QUEUE_NAMES_LEN], ttl[NUM_LEN];
	const char *incr[] = { "INCR", key };
	const char *expire[] = { "EXPIRE", key, ttl };
	struct queue_reply *q;
	int64_t count;

	assert(interval_s > 0);
	if (limit == 0)
		return QUEUE_PROVIDER_MAY;
	if (queue_names_provider(key, name, now_s / interval_s) == -1)
		return QUEUE_PROVIDER_FAILED;
	snprintf(ttl, sizeof(ttl), "%" PRId64, 5 * interval_s);
	if (queue_redis_append(r, 2, incr, NULL) == -1 ||
	    queue_redis_append(r, 3, expire, NULL) == -1)
		return QUEUE_PROVIDER_FAILED;
	q = get_reply(r, "i");
	count = queue_reply_num(q);
	queue_reply_free(q);
	if (queue_redis_skip(r, 1) != QUEUE_OK || count <= 0)
		return QUEUE_PROVIDER_FAILED;
	return count <= limit ? QUEUE_PROVIDER_MAY : QUEUE_PROVIDER_OVER;
}

int
queue_provider_sample_rate(struct queue_redis *r, double *percent)
{
	const char *const get[] = { "GET", QUEUE_NAMES_SAMPLE_RATE };
	struct queue_reply *q;
	const char *text;
	size_t len;

	if (queue_redis_append(r, 2, get, NULL) == -1 ||
	    (q = get_reply(r, "n")) == NULL)
		return -1;
	text = queue_reply_text(q, &len);
	if (text == NULL || !base_num_f64(text, len, percent))
		*percent = 100;
	queue_reply_free(q);
	return 0;
}
