/* SPDX-License-Identifier: ISC */
/*
 * What is counted is found by SCAN over the names of all keys, which takes
 * Redis some milliseconds per thousand keys but never stops it for long; the
 * numbers are then read in pipelines.  While that goes on servers count on, so
 * a list is not the state of one moment; each of its numbers was true once.
 *
 * SCAN may name a key twice and names keys of days before, so names are sorted
 * and those that come again dropped.  Names that are not as ours, made by
 * somebody else in the same database, are passed over.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "queue/names.h"
#include "queue/redis.h"
#include "queue/usage.h"

#define WEEK		7		/* days */
#define PIPELINE	100		/* commands sent together */

const char *const queue_usage_paths[] = { "v1.geolocate", "v1.geosubmit",
    "v1.search", "v1.submit", "v2.geosubmit", NULL };

struct list {
	struct queue_usage	*at;
	size_t			 n, cap;
	int			 addresses;	/* not calls */
};

/* The part P as a string: 1, or 0 if it is too long for SIZE bytes. */
static int
copy_part(char *out, size_t size, const struct queue_names_part *p)
{
	if (p->len >= size)
		return 0;
	memcpy(out, p->at, p->len);
	out[p->len] = '\0';
	return 1;
}

/*
 * The fields of U that its NAME in Redis tells, with the day cut off.
 * Returns 0 if it is not such a name.
 */
static int
read_name(struct queue_usage *u, const char *name, int addresses)
{
	struct queue_names_part part[QUEUE_NAMES_PARTS];

	return strlen(name) < QUEUE_NAMES_LEN &&
	    queue_names_split(part, name) &&
	    copy_part(u->key, sizeof(u->key), &part[addresses]) &&
	    copy_part(u->what, sizeof(u->what), &part[!addresses]);
}

/* Add what NAME counts to the list ARG, without its numbers. */
static int
add_counter(void *arg, const char *name)
{
	struct queue_usage *more, *u;
	struct list *l = arg;

	if (l->n == l->cap) {
		more = reallocarray(l->at, 2 * l->cap + 64, sizeof(*more));
		if (more == NULL) {
			warn("redis");
			return -1;
		}
		l->at = more;
		l->cap = 2 * l->cap + 64;
	}
	u = &l->at[l->n];
	memset(u, 0, sizeof(*u));
	if (read_name(u, name, l->addresses))
		l->n++;
	return 0;
}

static int
cmp_usage(const void *a, const void *b)
{
	const struct queue_usage *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : strcmp(x->what, y->what);
}

/* Names that a scan or several days brought twice go. */
static void
sort_unique(struct list *l)
{
	size_t i, n = 0;

	if (l->n > 1)
		qsort(l->at, l->n, sizeof(*l->at), cmp_usage);
	assert(l->n <= l->cap);
	for (i = 0; i < l->n; i++)
		if (n == 0 || cmp_usage(&l->at[i], &l->at[n - 1]) != 0)
			l->at[n++] = l->at[i];
	l->n = n;
}

/*
 * Give names that match PATTERN, some of them twice, to EACH(ARG, name),
 * which returns 0 to go on or -1.
 */
static int
scan_names(struct queue_redis *redis, const char *pattern,
    int (*each)(void *arg, const char *name), void *arg)
{
	const struct queue_reply *names;
	struct queue_reply *reply;
	char cursor[32] = "0";
	const char *text;
	size_t i, len;
	int rc = 0;

	do {
		reply = queue_redis_run(redis, "SCAN", cursor, "MATCH",
		    pattern, "COUNT", "1000", NULL);
		if (queue_reply_check(reply, "[s*s]", "SCAN") != QUEUE_OK)
			rc = -1;
		names = queue_reply_at(reply, 1);
		for (i = 0; rc == 0 && i < queue_reply_count(names); i++) {
			text = queue_reply_text(queue_reply_at(names, i),
			    &len);
			if (text != NULL)
				rc = each(arg, text);
		}
		text = queue_reply_text(queue_reply_at(reply, 0), &len);
		strlcpy(cursor, text == NULL ? "0" : text, sizeof(cursor));
		queue_reply_free(reply);
	} while (rc == 0 && strcmp(cursor, "0") != 0);
	return rc;
}

/*
 * Set *N to the number that REPLY, to the command WHAT, is of SHAPE, and free
 * it.  Returns 0, or -1 after a warning.
 */
static int
take_usage_count(struct queue_reply *reply, const char *shape, const char *what,
    int64_t *n)
{
	int rc = queue_reply_check(reply, shape, what) == QUEUE_OK ? 0 : -1;

	*n = rc == 0 ? queue_reply_num(reply) : 0;
	queue_reply_free(reply);
	return rc;
}

static void
ask_calls(struct queue_redis *redis, const struct queue_usage *u,
    int64_t day)
{
	char name[QUEUE_NAMES_LEN];
	const char *get[2] = { "GET", name };

	queue_names_calls(name, u->key, u->what, day);
	queue_redis_append(redis, 2, get, NULL);
}

/* Send two PFCOUNTs: of the day, and of the week as one set. */
static void
ask_addresses(struct queue_redis *redis, const struct queue_usage *u,
    int64_t day)
{
	char name[WEEK][QUEUE_NAMES_LEN];
	const char *count[1 + WEEK] = { "PFCOUNT" };
	int i;

	for (i = 0; i < WEEK; i++) {
		queue_names_addresses(name[i], u->what, u->key, day - i);
		count[1 + i] = name[i];
	}
	queue_redis_append(redis, 2, count, NULL);
	queue_redis_append(redis, 1 + WEEK, count, NULL);
}

static int
read_addresses(struct queue_redis *redis, struct queue_usage *u)
{
	return take_usage_count(queue_redis_get(redis), "i", "PFCOUNT",
	    &u->today) | take_usage_count(queue_redis_get(redis), "i",
	    "PFCOUNT", &u->week);
}

/*
 * Read the numbers of all of L.  Every reply is read, even if one is odd, so
 * that the connection stays in step.
 */
static int
read_counts(struct queue_redis *redis, struct list *l, int64_t day)
{
	size_t end, first, i;
	int rc = 0;

	for (first = 0; first < l->n; first = end) {
		end = l->n - first < PIPELINE ? l->n : first + PIPELINE;
		for (i = first; i < end; i++)
			if (l->addresses)
				ask_addresses(redis, &l->at[i], day);
			else
				ask_calls(redis, &l->at[i], day);
		for (i = first; i < end; i++)
			rc |= l->addresses ?
			    read_addresses(redis, &l->at[i]) :
			    take_usage_count(queue_redis_get(redis), "n",
			    "GET", &l->at[i].today);
	}
	return rc;
}

/* Give what is in L to the caller; nothing if RC says that it failed. */
static int
hand_over_list(struct list *l, int rc, struct queue_usage **list, size_t *n)
{
	if (rc == -1) {
		free(l->at);
		l->at = NULL;
		l->n = 0;
	}
	*list = l->at;
	*n = l->n;
	return rc;
}

int
queue_usage_calls(struct queue_redis *redis, const char *key, int64_t day,
    struct queue_usage **list, size_t *n)
{
	struct list l = { 0 };
	char pattern[QUEUE_NAMES_LEN];
	int rc;

	queue_names_calls(pattern, key == NULL ? "*" : key, "*", day);
	if ((rc = scan_names(redis, pattern, add_counter, &l)) == 0) {
		sort_unique(&l);
		rc = read_counts(redis, &l, day);
	}
	return hand_over_list(&l, rc, list, n);
}

int
queue_usage_addresses(struct queue_redis *redis, const char *key,
    int64_t day, struct queue_usage **list, size_t *n)
{
	struct list l = { .addresses = 1 };
	char pattern[QUEUE_NAMES_LEN];
	size_t i, used = 0;
	int rc;

	queue_names_all_addresses(pattern, key == NULL ? "*" : key);
	if ((rc = scan_names(redis, pattern, add_counter, &l)) == 0) {
		sort_unique(&l);
		rc = read_counts(redis, &l, day);
	}
	/* Those of which nothing is counted are of days before. */
	for (i = 0; i < l.n; i++)
		if (l.at[i].week > 0)
			l.at[used++] = l.at[i];
	l.n = used;
	return hand_over_list(&l, rc, list, n);
}

struct forget {
	struct queue_redis	*redis;
	int64_t			 first;		/* day to be kept */
	int64_t			 removed;
};

/* Delete the addresses NAME if their day is before the one to be kept. */
static int
forget_name(void *arg, const char *name)
{
	struct queue_names_part part[QUEUE_NAMES_PARTS];
	struct forget *f = arg;
	int64_t removed, s;
	int rc;

	if (!queue_names_split(part, name) ||
	    !base_civil_parse(part[2].at, part[2].len, &s) ||
	    base_civil_day_of(s) >= f->first)
		return 0;
	rc = take_usage_count(queue_redis_run(f->redis, "DEL", name, NULL), "i",
	    "DEL", &removed);
	f->removed += removed;
	return rc;
}

int64_t
queue_usage_forget(struct queue_redis *redis, int64_t day)
{
	struct forget f = { redis, day - WEEK + 1, 0 };
	char pattern[QUEUE_NAMES_LEN];

	queue_names_all_addresses(pattern, "*");
	return scan_names(redis, pattern, forget_name, &f) == -1 ? -1 :
	    f.removed;
}

int
queue_usage_get(struct queue_redis *redis, const char *key,
    const char *path, int64_t day, int64_t *calls)
{
	char name[QUEUE_NAMES_LEN];

	queue_names_calls(name, key, path, day);
	return take_usage_count(queue_redis_run(redis, "GET", name, NULL), "n",
	    "GET", calls);
}

int
queue_usage_reset(struct queue_redis *redis, const char *key,
    const char *path, int64_t day)
{
	char name[QUEUE_NAMES_LEN];
	int64_t removed;

	queue_names_calls(name, key, path, day);
	return take_usage_count(queue_redis_run(redis, "DEL", name, NULL), "i",
	    "DEL", &removed);
}
