/* SPDX-License-Identifier: ISC */
/*
 * Counting reads one table after another, each as it is at that moment, and
 * holds no locks; the rows of region_stat are then written at once.  Old
 * rows are deleted in the order of an index, a few in a transaction, so that
 * nobody waits long for them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "radio/cell.h"
#include "store/db.h"
#include "store/retry.h"
#include "store/sql.h"
#include "store/stats.h"
#include "store/undo.h"
#include "store/update.h"

#define DELETE_ROWS	1000		/* in a transaction */
#define MAX_INT		4294967295	/* of an unsigned column */
#define MAX_KEYS	256		/* of counters: a tinyint */

/* What is counted: columns of region_stat. */
enum { GSM, WCDMA, LTE, NR, BLUE, WIFI, KINDS };

struct region {
	char	name[8];		/* two characters of utf8 */
	int64_t	n[KINDS];
};

struct regions {
	struct region	*list;
	size_t		 n, cap;
	int		 kind;		/* what is being counted */
	int		 dry;
	int64_t		 removed;
};

/*
 * Find the entry of NAME, which is new at times; NULL when memory is short.
 * Names of regions are compared without case, as the table's collation does;
 * there are about 250 of them, so that a list is enough.
 */
static struct region *
region_entry(struct regions *r, const char *name)
{
	struct region *more;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcasecmp(r->list[i].name, name) == 0)
			return &r->list[i];
	if (r->n == r->cap) {
		more = reallocarray(r->list, r->cap + 256, sizeof(*more));
		if (more == NULL) {
			warn("regions");
			return NULL;
		}
		r->list = more;
		r->cap += 256;
	}
	memset(&r->list[r->n], 0, sizeof(*r->list));
	strlcpy(r->list[r->n].name, name, sizeof(r->list->name));
	return &r->list[r->n++];
}

/*
 * Take a row: region, how many, radio (of areas).  A radio that is no longer
 * stored is not counted.
 */
static int
on_count(void *arg, char **field, const unsigned long *flen)
{
	static const int of_radio[RADIO_CELL_TYPES] = {
		[RADIO_CELL_GSM] = GSM, [RADIO_CELL_WCDMA] = WCDMA,
		[RADIO_CELL_LTE] = LTE, [RADIO_CELL_NR] = NR
	};
	struct regions *r = arg;
	struct region *g;
	int64_t n = 0, radio = 0;
	int kind = r->kind;

	if (kind == KINDS) {
		base_num_i64(field[2], flen[2], &radio);
		if (!radio_cell_is_stored((int)radio))
			return 0;
		kind = of_radio[radio];
	}
	if ((g = region_entry(r, field[0])) == NULL)
		return -1;
	if (field[1] != NULL)
		base_num_i64(field[1], flen[1], &n);
	g->n[kind] += n;
	return 0;
}

/*
 * Count all stations and cells by region, one table after another.  Cells are
 * not counted by themselves, as their areas know how many they have; what is
 * marked dirty meanwhile is counted the next time.  Networks of MACs have an
 * index on the region, which covers the query.
 */
static int
count_regions(struct store_db *db, struct regions *r)
{
	static const char *const areas[] = { "cell_area", "cell_area_nr" };
	char sql[160];
	int i, n;

	r->n = 0;
	r->kind = KINDS;
	for (i = 0; i < 2; i++) {
		n = snprintf(sql, sizeof(sql), "SELECT region, "
		    "SUM(num_cells), radio FROM %s WHERE region IS NOT NULL "
		    "GROUP BY region, radio", areas[i]);
		if (store_db_query(db, sql, (size_t)n, on_count, r) == -1)
			return -1;
	}
	for (i = 0; i < 32; i++) {
		r->kind = i < 16 ? BLUE : WIFI;
		n = snprintf(sql, sizeof(sql), "SELECT region, COUNT(*) "
		    "FROM %s_shard_%x WHERE region IS NOT NULL "
		    "GROUP BY region", i < 16 ? "blue" : "wifi",
		    (unsigned)i % 16);
		if (store_db_query(db, sql, (size_t)n, on_count, r) == -1)
			return -1;
	}
	return 0;
}

static int
cmp_region(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

/*
 * Write what was counted, region by region, in the order of names, so that two
 * that run at once do not block each other.  Radios have columns of 32 bits,
 * in which larger numbers stay at the limit.
 */
static int
upsert_regions(struct store_db *db, const struct regions *r)
{
	struct store_sql s = { .db = db, .between = ",",
	    .head = "INSERT INTO region_stat "
	    "(region, gsm, wcdma, lte, nr, blue, wifi) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE gsm = VALUES(gsm), "
	    "wcdma = VALUES(wcdma), lte = VALUES(lte), nr = VALUES(nr), "
	    "blue = VALUES(blue), wifi = VALUES(wifi)" };
	struct base_buf *b;
	int64_t n;
	size_t i;
	int k;

	for (i = 0; i < r->n; i++) {
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_buf_chr(b, '(');
		store_sql_quote(b, r->list[i].name);
		for (k = 0; k < KINDS; k++) {
			n = r->list[i].n[k];
			if (k <= NR && n > MAX_INT)
				n = MAX_INT;
			base_buf_fmt(b, ",%lld", (long long)n);
		}
		base_buf_chr(b, ')');
	}
	return store_sql_end(&s);
}

/*
 * Delete, or when dry count, the rows of other regions.  The list is never
 * empty, see count_and_write(): NOT IN () would be an error, and to delete all
 * rows the wrong thing.
 */
static int
remove_others(struct store_db *db, struct regions *r)
{
	struct base_buf b;
	size_t i;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, r->dry ? "SELECT COUNT(*)" : "DELETE");
	base_buf_str(&b, " FROM region_stat WHERE region NOT IN (");
	for (i = 0; i < r->n; i++) {
		if (i > 0)
			base_buf_chr(&b, ',');
		store_sql_quote(&b, r->list[i].name);
	}
	base_buf_chr(&b, ')');
	if (r->dry && base_buf_ok(&b))
		rc = store_db_get_i64(db, b.data, &r->removed, 0);
	else {
		rc = store_sql_run(db, &b);
		r->removed = (int64_t)store_db_affected(db);
	}
	base_buf_done(&b);
	return rc;
}

/*
 * A database without a single station is more likely a mistake than a fact,
 * and the old numbers stay.
 */
static int
count_and_write(struct store_db *db, void *arg)
{
	struct regions *r = arg;

	r->removed = 0;
	if (count_regions(db, r) == -1)
		return -1;
	if (r->n == 0)
		return 0;
	qsort(r->list, r->n, sizeof(*r->list), cmp_region);
	if (!r->dry && upsert_regions(db, r) == -1)
		return -1;
	return remove_others(db, r);
}

int
store_stats_region(struct store_db *db, int dry,
    struct store_stats_regions *result)
{
	struct regions r = { .dry = dry };
	int rc;

	rc = store_retry(db, count_and_write, &r);
	result->regions = (int64_t)r.n;
	result->removed = r.removed;
	free(r.list);
	return rc;
}

/* Rows to delete, or to count. */
struct trim {
	const char	*table, *where, *order;
	int		 dry;
	int64_t		 n;
};

/*
 * Delete one portion in a transaction of its own.  The order is that of an
 * index which the condition uses, so that few other rows are locked, and the
 * same ones are deleted by replicas that replay statements.
 */
static int
trim_some(struct store_db *db, void *arg)
{
	struct trim *t = arg;
	char sql[256];

	if (t->dry) {
		snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s WHERE %s",
		    t->table, t->where);
		return store_db_get_i64(db, sql, &t->n, 0);
	}
	if (store_db_execf(db, "DELETE FROM %s WHERE %s ORDER BY %s LIMIT %d",
	    t->table, t->where, t->order, DELETE_ROWS) == -1)
		return -1;
	t->n = (int64_t)store_db_affected(db);
	return 0;
}

/*
 * Returns how many, or -1.  A portion that is not full is the last one.  What
 * was deleted before a failure stays deleted.
 */
static int64_t
trim_all(struct store_db *db, struct trim *t)
{
	int64_t n = 0;

	do {
		if (store_retry(db, trim_some, t) == -1)
			return -1;
		n += t->n;
	} while (!t->dry && t->n == DELETE_ROWS);
	return n;
}

static int
make_today(struct store_db *db, void *arg)
{
	return store_update_days(db, *(const int64_t *)arg);
}

struct keys {
	int64_t	key[MAX_KEYS];
	size_t	n;
};

static int
on_stats_key(void *arg, char **field, const unsigned long *flen)
{
	struct keys *k = arg;

	if (k->n < MAX_KEYS)
		base_num_i64(field[0], flen[0], &k->key[k->n++]);
	return 0;
}

/*
 * Counters are looked for in the table and not taken from a list, for Ichnaea
 * may have left some that we do not know.
 */
static int
find_keys(struct store_db *db, void *arg)
{
	static const char sql[] = "SELECT DISTINCT `key` FROM stat";
	struct keys *k = arg;

	k->n = 0;
	return store_db_query(db, sql, sizeof(sql) - 1, on_stats_key, k);
}

/*
 * The primary key begins with the counter, so that each is trimmed by itself;
 * by time alone every portion would read the whole table.  Today's rows are
 * made first, as they go on from those that may be deleted now.  The time is
 * the server's, since that is the clock which all programs share.
 */
int64_t
store_stats_trim_stat(struct store_db *db, int dry, int64_t day)
{
	struct trim t = { .table = "stat", .order = "`time`", .dry = dry };
	char date[BASE_CIVIL_DATE_LEN], where[64];
	int64_t n, now, total = 0;
	struct keys k;
	size_t i;

	if (store_db_now(db, &now) == -1 ||
	    (!dry && store_retry(db, make_today, &now) == -1) ||
	    store_retry(db, find_keys, &k) == -1)
		return -1;
	base_civil_format_date(date, day);
	t.where = where;
	for (i = 0; i < k.n; i++) {
		snprintf(where, sizeof(where), "`key` = %d AND `time` < '%s'",
		    (int)k.key[i], date);
		if ((n = trim_all(db, &t)) == -1)
			return -1;
		total += n;
	}
	return total;
}

/*
 * The order by both columns is that of the index on the day, which has the
 * primary key behind it.
 */
int64_t
store_stats_trim_datamap(struct store_db *db, int dry, int64_t day)
{
	static const char *const tables[] = {
		"datamap_ne", "datamap_nw", "datamap_se", "datamap_sw"
	};
	struct trim t = { .order = "modified, grid", .dry = dry };
	char date[BASE_CIVIL_DATE_LEN], where[64];
	int64_t n, total = 0;
	size_t i;

	base_civil_format_date(date, day);
	snprintf(where, sizeof(where), "modified < '%s'", date);
	t.where = where;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		t.table = tables[i];
		if ((n = trim_all(db, &t)) == -1)
			return -1;
		total += n;
	}
	return total;
}

int64_t
store_stats_trim_ledger(struct store_db *db, int dry, int64_t before)
{
	struct trim t = { .table = "loc_ledger", .order = "`time`, id",
	    .dry = dry };
	char time[BASE_CIVIL_TIME_LEN], where[64];

	base_civil_format_time(time, before, ' ');
	snprintf(where, sizeof(where), "`time` < '%s'", time);
	t.where = where;
	return trim_all(db, &t);
}

int64_t
store_stats_trim_trust(struct store_db *db, int dry, int64_t salts,
    int64_t witnesses, int64_t undo)
{
	char time[BASE_CIVIL_TIME_LEN], where[3][96];
	struct trim t[] = {
		{ .table = "loc_trust_day", .order = "day" },
		{ .table = "loc_witness", .order = "day, tag" },
		{ .table = "loc_undo", .order = "`time`, id" }
	};
	int64_t n, total = 0;
	size_t i;

	base_civil_format_time(time, undo, ' ');
	snprintf(where[0], sizeof(where[0]), "day <= %lld",
	    (long long)salts);
	snprintf(where[1], sizeof(where[1]), "day <= %lld",
	    (long long)witnesses);
	snprintf(where[2], sizeof(where[2]), "`time` < '%s' AND what <> %d",
	    time, STORE_UNDO_OPTOUT);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		t[i].where = where[i];
		t[i].dry = dry;
		if ((n = trim_all(db, &t[i])) == -1)
			return -1;
		total += n;
	}
	return total;
}

/*
 * This table of InnoDB's needs the right PROCESS; an account without it gets
 * -1, and no warning.
 */
static int
get_history(struct store_db *db, void *arg)
{
	int64_t *length = arg;

	if (store_db_get_i64(db, "SELECT `count` "
	    "FROM information_schema.innodb_metrics "
	    "WHERE name = 'trx_rseg_history_len'", length, -1) == 0 ||
	    store_db_errno(db) == ER_SPECIFIC_ACCESS_DENIED_ERROR)
		return 0;
	return -1;
}

int
store_stats_history(struct store_db *db, int64_t *length)
{
	int rc;

	store_db_expect(db, ER_SPECIFIC_ACCESS_DENIED_ERROR);
	rc = store_retry(db, get_history, length);
	store_db_expect(db, 0);
	return rc == -1 ? -1 : *length >= 0;
}
