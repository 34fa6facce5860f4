/* SPDX-License-Identifier: ISC */
/*
 * Calls of yesterday and of this month, which Redis has forgotten: loc-stats
 * copies what it counts into the database, so that the day it is run on is as
 * complete as its last run.
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
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "queue/usage.h"
#include "ratelimit.h"
#include "store/db.h"
#include "store/key.h"
#include "store/keyday.h"

/* Calls to one path with one key. */
struct sum {
	char	key[64], path[40];
	int64_t	yesterday, month;
};

struct past {
	const char	*key;		/* only this one, or NULL */
	int64_t		 today, first;	/* of the month */
	struct sum	*at;
	size_t		 n;
};

/* Rows come by day, so that each key and path comes once for each. */
static struct sum *
find_sum(struct past *p, const char *key, const char *path)
{
	struct sum *s;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->at[i].key, key) == 0 &&
		    strcmp(p->at[i].path, path) == 0)
			return &p->at[i];
	if ((s = reallocarray(p->at, p->n + 1, sizeof(*s))) == NULL)
		return NULL;
	p->at = s;
	s = &s[p->n++];
	memset(s, 0, sizeof(*s));
	strlcpy(s->key, key, sizeof(s->key));
	strlcpy(s->path, path, sizeof(s->path));
	return s;
}

static int
is_path(const char *what)
{
	const char *const *p;

	for (p = queue_usage_paths; *p != NULL; p++)
		if (strcmp(*p, what) == 0)
			return 1;
	return 0;
}

static int
on_day(void *arg, int64_t day, const char *key, const char *what,
    int64_t count)
{
	struct past *p = arg;
	struct sum *s;

	if (!is_path(what) || (p->key != NULL && strcmp(p->key, key) != 0))
		return 0;
	if ((s = find_sum(p, key, what)) == NULL)
		return -1;
	if (day == p->today - 1)
		s->yesterday = count;
	if (day >= p->first)
		s->month += count;
	return 0;
}

static int
cmp_sum(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->month != y->month ? (x->month < y->month) -
	    (x->month > y->month) : strcmp(x->key, y->key);
}

static void
print_sum(const struct sum *s, int json)
{
	struct json_write w;
	struct base_buf b;

	if (!json) {
		printf("%-40s %-20s %10" PRId64 " %10" PRId64 "\n", s->key,
		    s->path, s->yesterday, s->month);
		return;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "key", s->key);
	json_write_text(&w, "path", s->path);
	json_write_i64(&w, "yesterday", s->yesterday);
	json_write_i64(&w, "month", s->month);
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * Is there no API key P->KEY?  Nothing was found of it, so it may be a slip of
 * the pen; of one that was deleted there may be calls.
 */
static int
is_unknown_key(struct store_db *db, const struct past *p)
{
	struct store_key k;

	if (p->key == NULL || p->n > 0 || store_key_get(db, p->key, &k) != 0)
		return 0;
	warnx("%s: no such key", p->key);
	return 1;
}

/* On the first of a month yesterday is in another one. */
int
ratelimit_past_show(struct ratelimit *r, char *const *arg)
{
	struct past p = { .key = arg[0] };
	struct store_db *db;
	struct base_civil c;
	int rc = EX_CONFIG;
	int64_t from;
	size_t i;

	p.today = base_civil_day_of(base_clock_now_s());
	base_civil_split(&c, p.today * BASE_CIVIL_DAY_S);
	p.first = p.today - c.day + 1;
	from = p.first < p.today - 1 ? p.first : p.today - 1;
	if (conf_file_need(&r->cf, &r->cf.ro_url) == -1 ||
	    (db = store_db_open("ro_url", r->cf.ro_url, STORE_DB_STALE,
	    &rc)) == NULL)
		return rc;
	rc = EX_OK;
	if (store_keyday_list(db, from, p.today, on_day, &p) == -1)
		rc = store_db_status(db);
	else if (is_unknown_key(db, &p))
		rc = EX_DATAERR;
	store_db_free(db);
	if (rc == EX_OK && !r->json)
		printf("%-40s %-20s %10s %10s\n", "key", "path", "yesterday",
		    "month");
	if (p.n > 0)
		qsort(p.at, p.n, sizeof(*p.at), cmp_sum);
	for (i = 0; rc == EX_OK && i < p.n; i++)
		print_sum(&p.at[i], r->json);
	free(p.at);
	return rc;
}
