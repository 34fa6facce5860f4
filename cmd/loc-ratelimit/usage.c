/* SPDX-License-Identifier: ISC */
/*
 * Calls and addresses of API keys, as servers count them in Redis, beside the
 * limits that the database has.  Without a database the counts are shown all
 * the same, and limits as not known.
 *
 * A key or path that does not exist has no counts, and neither has one that
 * was not used today.  As a slip of the pen should not look like a result,
 * such keys are looked up, and paths compared with those that are counted.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "io/cli.h"
#include "json/write.h"
#include "net/statsd.h"
#include "queue/usage.h"
#include "ratelimit.h"
#include "store/db.h"
#include "store/key.h"

#define NO_KEY		(-1)
#define UNKNOWN		(-2)

/*
 * Any account may read the limits; without one they are not known.  NULL comes
 * after a warning, and is taken by find_key_limit().
 */
static struct store_db *
open_limits_db(const struct ratelimit *r)
{
	int status;

	if (r->cf.ro_url != NULL)
		return store_db_open("ro_url", r->cf.ro_url, STORE_DB_STALE,
		    &status);
	return conf_file_need(&r->cf, &r->cf.rw_url) == -1 ? NULL :
	    store_db_open("rw_url", r->cf.rw_url, STORE_DB_CAUSAL, &status);
}

/*
 * Calls a day and path, 0: as many as it likes, NO_KEY or UNKNOWN.  A failure
 * is no reason to stop: counts are of use without limits.
 */
static int64_t
find_key_limit(struct store_db *db, const char *key)
{
	struct store_key k;
	int rc;

	if (db == NULL || (rc = store_key_get(db, key, &k)) == -1)
		return UNKNOWN;
	if (rc == 0)
		return NO_KEY;
	return k.maxreq > 0 ? k.maxreq : 0;
}

/* More calls than the limit are counted, as refused ones count, too. */
static int64_t
calls_left(int64_t calls, int64_t max)
{
	return calls < max ? max - calls : 0;
}

/* Begin a line of JSON about what a key has used. */
static void
begin_usage_line(struct json_write *w, struct base_buf *b,
    const struct queue_usage *u, const char *what)
{
	base_buf_init(b);
	json_write_begin(w, b);
	json_write_text(w, "key", u->key);
	json_write_text(w, what, u->what);
}

static void
end_usage_line(struct json_write *w)
{
	json_write_end(w);
	io_cli_line(w->b);
	base_buf_done(w->b);
}

/*
 * A counter with its limit MAX, as find_key_limit() has it.  The text has a
 * dash where there is no limit and a question mark where it is not known; the
 * line for programs has no such member in either case.
 */
static void
print_calls(const struct queue_usage *u, int64_t max, int json)
{
	struct json_write w;
	struct base_buf b;

	if (json) {
		begin_usage_line(&w, &b, u, "path");
		json_write_i64(&w, "calls", u->today);
		if (max > 0) {
			json_write_i64(&w, "limit", max);
			json_write_i64(&w, "left", calls_left(u->today, max));
		}
		end_usage_line(&w);
		return;
	}
	printf("%-40s %-20s %10" PRId64, u->key, u->what, u->today);
	if (max > 0)
		printf(" %10" PRId64 " %10" PRId64 "\n", max,
		    calls_left(u->today, max));
	else
		printf(" %10s %10s\n", max == 0 ? "-" : "?", "-");
}

/*
 * Addresses are estimates of Redis (HyperLogLog), right to about a per cent;
 * those of the week are not the sum of days.
 */
static void
print_addresses(const struct queue_usage *u, int json)
{
	struct json_write w;
	struct base_buf b;

	if (json) {
		begin_usage_line(&w, &b, u, "type");
		json_write_i64(&w, "addresses", u->today);
		json_write_i64(&w, "addresses_7d", u->week);
		end_usage_line(&w);
	} else
		printf("%-40s %-20s %10" PRId64 " %10" PRId64 "\n", u->key,
		    u->what, u->today, u->week);
}

/*
 * 1 if U is what we name it; others have no business in our output.  Redis may
 * be shared, and what anybody put under a name like ours could hold control
 * characters for the terminal.
 */
static int
is_our_counter(const struct queue_usage *u)
{
	return store_key_check(u->key) && u->what[strspn(u->what,
	    "._-0123456789abcdefghijklmnopqrstuvwxyz")] == '\0';
}

static void
print_head(void)
{
	printf("%-40s %-20s %10s %10s %10s\n", "key", "path", "calls",
	    "limit", "left");
}

/*
 * Most calls first, for eyes; ties in the order of keys and paths, so that two
 * runs can be compared.
 */
static int
cmp_calls(const void *a, const void *b)
{
	const struct queue_usage *x = a, *y = b;
	int c = (x->today < y->today) - (x->today > y->today);

	return c != 0 ? c : (c = strcmp(x->key, y->key)) != 0 ? c :
	    strcmp(x->what, y->what);
}

/*
 * Lines for programs stay in the order of keys and paths.  There the limit of
 * a key is looked up once for all its paths; in the order of calls a key may
 * come up again, and is looked up again.
 */
static void
show_calls(const struct ratelimit *r, struct queue_usage *u, size_t n)
{
	struct store_db *db = n > 0 ? open_limits_db(r) : NULL;
	int64_t max = UNKNOWN;
	size_t i;

	if (!r->json) {
		print_head();
		if (n > 0)
			qsort(u, n, sizeof(*u), cmp_calls);
	}
	for (i = 0; i < n; i++) {
		if (!is_our_counter(&u[i]))
			continue;
		if (i == 0 || strcmp(u[i].key, u[i - 1].key) != 0)
			max = find_key_limit(db, u[i].key);
		print_calls(&u[i], max, r->json);
	}
	store_db_free(db);
}

/*
 * Is there no API key KEY?  Nothing is counted of it, so it may be a slip of
 * the pen.  If the database does not say, it is not.
 */
static int
is_unknown_key(const struct ratelimit *r, const char *key)
{
	struct store_db *db = open_limits_db(r);
	int64_t max = find_key_limit(db, key);

	store_db_free(db);
	if (max == NO_KEY)
		warnx("%s: no such key", key);
	return max == NO_KEY;
}

static void
show_addresses(const struct ratelimit *r, const struct queue_usage *u,
    size_t n)
{
	size_t i;

	if (!r->json)
		printf("\n%-40s %-20s %10s %10s\n", "key", "type",
		    "addresses", "in 7 days");
	for (i = 0; i < n; i++)
		if (is_our_counter(&u[i]))
			print_addresses(&u[i], r->json);
}

/*
 * Nothing is printed before all is read, so that a failure in the middle is
 * not taken for the end of a list.  Only a key without any count is looked up
 * for that alone: one that was deleted today may still have some.
 */
int
ratelimit_usage_show(struct ratelimit *r, char *const *arg)
{
	int64_t day = base_civil_day_of(base_clock_now_s());
	struct queue_usage *addresses = NULL, *calls = NULL;
	size_t naddresses, ncalls;
	int rc = EX_UNAVAILABLE;

	if (queue_usage_calls(r->redis, arg[0], day, &calls, &ncalls) == -1 ||
	    queue_usage_addresses(r->redis, arg[0], day, &addresses,
	    &naddresses) == -1)
		goto out;
	rc = EX_DATAERR;
	if (arg[0] != NULL && ncalls == 0 && naddresses == 0 &&
	    is_unknown_key(r, arg[0]))
		goto out;
	show_calls(r, calls, ncalls);
	show_addresses(r, addresses, naddresses);
	rc = EX_OK;
out:
	free(calls);
	free(addresses);
	return rc;
}

/*
 * Calls to "/v1/geolocate" are counted as those to "v1.geolocate"; either form
 * is taken.  Returns 0, or -1 after a warning if calls to PATH are not
 * counted.
 */
static int
set_path(struct queue_usage *u, const char *path)
{
	const char *const *known = queue_usage_paths;
	char tag[NET_STATSD_PATH_LEN];

	net_statsd_path(tag, path);
	strlcpy(u->what, tag, sizeof(u->what));
	for (; *known != NULL; known++)
		if (strcmp(*known, tag) == 0)
			return 0;
	warnx("%s: calls to that are not counted; those to v1.geolocate, "
	    "v1.search, v1.submit, v1.geosubmit and v2.geosubmit are", path);
	return -1;
}

/*
 * Exit status 1 says that one more call would be refused.  Here, unlike in
 * show, a limit that is not known is a failure: an answer without it would be
 * a guess.  The call that asks is not counted.
 */
int
ratelimit_usage_check(struct ratelimit *r, char *const *arg)
{
	int64_t day = base_civil_day_of(base_clock_now_s()), max;
	struct queue_usage u = { .week = 0 };
	struct store_db *db;

	strlcpy(u.key, arg[0], sizeof(u.key));
	if (set_path(&u, arg[1]) == -1)
		return EX_DATAERR;
	if ((db = open_limits_db(r)) == NULL)
		return EX_UNAVAILABLE;
	max = find_key_limit(db, u.key);
	store_db_free(db);
	if (max == UNKNOWN)
		return EX_UNAVAILABLE;
	if (max == NO_KEY) {
		warnx("%s: no such key", u.key);
		return EX_DATAERR;
	}
	if (queue_usage_get(r->redis, u.key, u.what, day, &u.today) == -1)
		return EX_UNAVAILABLE;
	if (!r->json)
		print_head();
	print_calls(&u, max, r->json);
	return max > 0 && u.today >= max;
}

/*
 * Of a key that was deleted there may be counts, too.  Counters are reset one
 * by one, which is not atomic; a failure leaves some as they were, and the
 * command may be repeated.  Calls that servers have counted but not yet sent
 * to Redis are added to the new count.
 */
int
ratelimit_usage_reset(struct ratelimit *r, char *const *arg)
{
	int64_t day = base_civil_day_of(base_clock_now_s());
	struct queue_usage one = { .week = 0 }, *u = NULL;
	size_t i, n;
	int rc = EX_OK;

	if (arg[1] != NULL && set_path(&one, arg[1]) == -1)
		return EX_DATAERR;
	if (queue_usage_calls(r->redis, arg[0], day, &u, &n) == -1)
		return EX_UNAVAILABLE;
	if (n == 0 && is_unknown_key(r, arg[0]))
		rc = EX_DATAERR;
	for (i = 0; i < n && rc == EX_OK; i++)
		if ((arg[1] == NULL || strcmp(u[i].what, one.what) == 0) &&
		    queue_usage_reset(r->redis, u[i].key, u[i].what, day) ==
		    -1)
			rc = EX_UNAVAILABLE;
	free(u);
	return rc;
}
