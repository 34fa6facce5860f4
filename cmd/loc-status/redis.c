/* SPDX-License-Identifier: ISC */
/*
 * Redis: whether it answers, may drop what is in it, keeps it, and has room.
 * All of that is in its INFO.
 */
#include <string.h>

#include "base/num.h"
#include "queue/redis.h"

#include "status.h"

/* The value of NAME in TEXT of LEN bytes, lines "name:value", or "". */
static const char *
value_of(char out[64], const char *text, size_t len, const char *name)
{
	const char *end = text + len, *p = text, *eol;
	size_t n = strlen(name), rest;

	*out = '\0';
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		if ((size_t)(eol - p) <= n || memcmp(p, name, n) != 0 ||
		    p[n] != ':')
			continue;
		rest = (size_t)(eol - p) - n - 1;
		if (rest > 0 && p[n + rest] == '\r')
			rest--;
		if (rest > 63)
			rest = 63;
		memcpy(out, p + n + 1, rest);
		out[rest] = '\0';
	}
	out[strcspn(out, "\r")] = '\0';
	return out;
}

static int64_t
number_of(const char *text, size_t len, const char *name)
{
	char word[64];
	int64_t v = 0;

	value_of(word, text, len, name);
	base_num_i64(word, strlen(word), &v);
	return v;
}

static void
check_policy(struct status *s, const char *text, size_t len)
{
	char policy[64];

	value_of(policy, text, len, "maxmemory_policy");
	if (strcmp(policy, "noeviction") == 0 || *policy == '\0')
		return;
	tell(s, "redis.policy", s->cf.queue_allow_eviction ? DEGRADED : BROKEN,
	    "CONFIG SET maxmemory-policy noeviction, and in its file",
	    "%s: maxmemory-policy is %s: it may drop reports",
	    queue_redis_where(s->redis), policy);
}

/*
 * Redis is never the record, so it need not keep anything; but one that wants
 * to and cannot soon refuses to write.
 */
static void
check_persistence(struct status *s, const char *text, size_t len)
{
	char aof[64], rdb[64];

	value_of(rdb, text, len, "rdb_last_bgsave_status");
	value_of(aof, text, len, "aof_last_write_status");
	if (strcmp(rdb, "err") == 0 || strcmp(aof, "err") == 0)
		tell(s, "redis.disk", BROKEN, "look at its disk and log",
		    "%s: it could not write to its disk",
		    queue_redis_where(s->redis));
}

static void
check_memory(struct status *s, const char *text, size_t len)
{
	int64_t max = number_of(text, len, "maxmemory");
	int64_t used = number_of(text, len, "used_memory");

	if (max == 0)
		max = number_of(text, len, "total_system_memory");
	if (max > 0)
		measure(s, "redis.memory", used * 100 / max, "%s: %lld of "
		    "%lld MB used", queue_redis_where(s->redis),
		    (long long)(used >> 20), (long long)(max >> 20));
}

void
check_redis(struct status *s)
{
	char role[64], version[64];
	struct queue_reply *info;
	const char *text, *words;
	size_t len;

	if (s->redis == NULL)
		return;
	info = queue_redis_run(s->redis, "INFO", NULL);
	text = queue_reply_text(info, &len);
	if (text == NULL) {
		words = said(s);
		tell(s, "redis", BROKEN, "is it up, and does it know the "
		    "account? See location.ini(5)", "%s", *words != '\0' ?
		    words : queue_redis_error(s->redis));
		queue_reply_free(info);
		return;
	}
	value_of(role, text, len, "role");
	value_of(version, text, len, "redis_version");
	if (strcmp(role, "slave") == 0)
		tell(s, "redis", BROKEN, "cache_url has to name the primary",
		    "%s: is a replica", queue_redis_where(s->redis));
	else if (number_of(text, len, "loading") == 1)
		tell(s, "redis", DEGRADED, "wait", "%s: is loading its data",
		    queue_redis_where(s->redis));
	else
		tell(s, "redis", FINE, NULL, "%s: %s",
		    queue_redis_where(s->redis), version);
	check_policy(s, text, len);
	check_persistence(s, text, len);
	check_memory(s, text, len);
	queue_reply_free(info);
}
