/* SPDX-License-Identifier: ISC */
/*
 * Looking at a database, and running what plan.c makes of it.  One loc-db at
 * a time works on a database: a lock of the server's keeps others waiting, and
 * goes with its connection, whatever happens to the program.
 *
 * Ichnaea's databases are known by their revision, ours by the table
 * loc_version; anything else that has tables is UNKNOWN, and is never written
 * to.  One that is newer than this program is left alone as well, since nobody
 * here knows what its version means.
 *
 * What is read stays in one arena with the plan.  Memory that runs short is
 * noted and makes the whole reading fail at its end: a plan from half of what
 * there is would make things that exist.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "store/db.h"
#include "store/error.h"
#include "store/plan.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/table.h"

#define LEN(array)	(sizeof(array) / sizeof((array)[0]))
#define LOCK_S		(7 * 86400)	/* longer than any migration */

/* Ichnaea's chain of 2016, then the one of 2023, which starts over at 0. */
static const char *const revisions[] = {
	"4b11500c9014", "fdd0b256cecc", "e23ba53ab89b", "88d1704f1aef",
	"27400b0c8b42", "4255b858a37e", "6ec824122610", "000000000000",
	"1bdf1028a085", "385f842b2526", "cad2875fd8cb", "d2d9ecb12edc",
	"73c5f5ae5b23", "30a4df7eafd5", "5797389a3842", "138cb0d71dfb",
	"a0ee5e10f44b", STORE_SCHEMA_REVISION
};

/* A look at a database. */
struct look {
	struct store_db		*db;
	struct store_schema	*s;
	int			 failed;	/* memory was short */
};

int64_t
store_schema_latest(void)
{
	return store_plan_latest();
}

/*
 * Cleared memory of the schema's arena; a failure is noted in L, and callbacks
 * go on without it.
 */
static void *
get_zeros(struct look *l, size_t len)
{
	void *p = base_arena_calloc(&l->s->arena, 1, len);

	if (p == NULL)
		l->failed = 1;
	return p;
}

static char *
copy_text(struct look *l, const char *text)
{
	char *p = base_arena_strndup(&l->s->arena, text, strlen(text));

	if (p == NULL)
		l->failed = 1;
	return p;
}

/*
 * The number of rows is InnoDB's estimate, which may be far off, and is NULL
 * for views.  The list keeps the order of the query, which is that of names.
 */
static int
on_schema_table(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema_table **end, *t;
	struct look *l = arg;

	if ((t = get_zeros(l, sizeof(*t))) == NULL ||
	    (t->name = copy_text(l, field[0])) == NULL)
		return 0;
	t->role = store_plan_role(t->name);
	t->is_guess = 1;
	if (field[1] != NULL)
		base_num_i64(field[1], flen[1], &t->rows);
	if (field[2] != NULL && strcmp(field[3], "0") == 0)
		t->no_rollback = copy_text(l, field[2]);
	for (end = &l->s->table; *end != NULL; end = &(*end)->next)
		;
	*end = t;
	return 0;
}

/*
 * Put a column or an index in front of its list: on_index() relies on the last
 * one being the first.
 */
static struct store_schema_found *
push_found(struct look *l, struct store_schema_found **list, char **field)
{
	struct store_schema_found *f;

	if ((f = get_zeros(l, sizeof(*f))) == NULL ||
	    (f->table = copy_text(l, field[0])) == NULL ||
	    (f->name = copy_text(l, field[1])) == NULL ||
	    (f->type = copy_text(l, field[2])) == NULL)
		return NULL;
	f->next = *list;
	return *list = f;
}

/*
 * Keep what a comparison with the description needs.  Whether the default NULL
 * is NULL or a text depends on the version of MariaDB; both are no default
 * here.
 */
static int
on_schema_column(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema_found *f;
	struct look *l = arg;

	(void)flen;
	if ((f = push_found(l, &l->s->column, field)) == NULL)
		return 0;
	f->not_null = strcmp(field[3], "NO") == 0;
	/* MariaDB writes the default NULL as text. */
	if (field[4] != NULL && strcmp(field[4], "NULL") != 0)
		f->def = copy_text(l, field[4]);
	f->is_made = *field[5] != '\0';
	return 0;
}

/*
 * The columns of an index come one by one, in its order, and are joined to
 * "a,b", which is how store/table.c describes them.
 */
static int
on_index(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;
	struct store_schema_found *f = l->s->index;
	size_t len;
	char *p;

	if (f == NULL || strcmp(f->table, field[0]) != 0 ||
	    strcmp(f->name, field[1]) != 0) {
		if ((f = push_found(l, &l->s->index, field)) != NULL)
			f->not_null = strcmp(field[3], "0") == 0;
		return 0;
	}
	len = strlen(f->type);
	if ((p = get_zeros(l, len + flen[2] + 2)) != NULL) {
		snprintf(p, len + flen[2] + 2, "%s,%s", f->type, field[2]);
		f->type = p;
	}
	return 0;
}

const struct store_schema_found *
store_schema_find(const struct store_schema_found *f, const char *table,
    const char *name)
{
	for (; f != NULL; f = f->next)
		if (strcmp(f->table, table) == 0 &&
		    strcasecmp(f->name, name) == 0)
			return f;
	return NULL;
}

static int
has_table(const struct store_schema *s, const char *name)
{
	const struct store_schema_table *t;

	for (t = s->table; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return 1;
	return 0;
}

/*
 * Plans depend on whether there are rows in api_key and what is retired, which
 * the server's estimate does not tell: it may be 0 for a table that has some.
 */
static int
look_for_rows(struct look *l)
{
	struct store_schema_table *t;
	char sql[128];
	int64_t one;

	for (t = l->s->table; t != NULL; t = t->next) {
		if (t->role != STORE_SCHEMA_RETIRED &&
		    strcmp(t->name, "api_key") != 0)
			continue;
		snprintf(sql, sizeof(sql), "SELECT 1 FROM `%s` LIMIT 1",
		    t->name);
		if (store_db_get_i64(l->db, sql, &one, 0) == -1)
			return -1;
		t->has_rows = one != 0;
	}
	return 0;
}

/* There should be one row; of several the last counts. */
static int
on_schema_revision(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema *s = arg;

	(void)flen;
	strlcpy(s->revision, field[0], sizeof(s->revision));
	return 0;
}

static int
query_schema(struct look *l, const char *sql,
    int (*row)(void *, char **, const unsigned long *), void *arg)
{
	return store_db_query(l->db, sql, strlen(sql), row, arg);
}

/*
 * The tables are looked up in what was found instead of asking for them and
 * taking the error: an error would be warned of.
 */
static int
read_state(struct look *l)
{
	struct store_schema *s = l->s;

	if (has_table(s, "alembic_version") && query_schema(l,
	    "SELECT version_num FROM alembic_version", on_schema_revision,
	    s) == -1)
		return -1;
	if (has_table(s, "loc_version") && store_db_get_i64(l->db,
	    "SELECT MAX(number) FROM loc_version", &s->version, 0) == -1)
		return -1;
	return look_for_rows(l);
}

/*
 * Find out whose database it is.  Being newer comes first, for a version of
 * ours is all that is certain then.  A database with loc_version is ours even
 * if its plan was interrupted, since that table is the first to be made.
 */
static enum store_schema_state
judge_state(const struct store_schema *s)
{
	size_t i;

	if (s->version > store_schema_latest())
		return STORE_SCHEMA_NEWER;
	if (has_table(s, "loc_version"))
		return STORE_SCHEMA_OURS;
	if (s->table == NULL)
		return STORE_SCHEMA_EMPTY;
	for (i = 0; i < LEN(revisions); i++)
		if (strcmp(s->revision, revisions[i]) == 0)
			return STORE_SCHEMA_ICHNAEA;
	/* The release before the first revision we know by name. */
	if (s->revision[0] != '\0' && has_table(s, "wifi_shard_0") &&
	    has_table(s, "region_stat") &&
	    store_schema_find(s->column, "region_stat", "blue") == NULL)
		return STORE_SCHEMA_ICHNAEA;
	return STORE_SCHEMA_UNKNOWN;
}

/*
 * Read all of information_schema that concerns this database, in three
 * queries, and then what is in it.  Views are among the tables; they have no
 * role for us, unless they have the name of one of ours.
 */
static int
look_at_database(struct look *l)
{
	if (query_schema(l, "SELECT table_name, table_rows, engine, engine IN "
	    "(SELECT engine FROM information_schema.engines "
	    "WHERE transactions = 'YES') "
	    "FROM information_schema.tables WHERE table_schema = DATABASE() "
	    "ORDER BY table_name", on_schema_table, l) == -1 ||
	    query_schema(l, "SELECT table_name, column_name, column_type, "
	    "is_nullable, column_default, extra "
	    "FROM information_schema.columns "
	    "WHERE table_schema = DATABASE()", on_schema_column, l) == -1 ||
	    query_schema(l, "SELECT table_name, index_name, column_name, "
	    "non_unique FROM information_schema.statistics "
	    "WHERE table_schema = DATABASE() "
	    "ORDER BY table_name, index_name, seq_in_index", on_index,
	    l) == -1 || read_state(l) == -1)
		return -1;
	l->s->state = judge_state(l->s);
	return 0;
}

/*
 * Returns 1 when LOCK has it, after at most WAIT_S seconds; else 0 or -1.
 * Names of locks are the server's, so that the database is part of them; its
 * name is hashed, because MySQL takes no more than 64 characters.
 *
 * Nothing rests on this lock but that of two who are called at once on one
 * server the second waits instead of repeating what the first does: see
 * store_schema_apply(), and lib/dump/target.c for what is loaded.  A server
 * that has no such locks (Percona's cluster) is not asked twice.
 */
static int
get_schema_lock(struct store_db *lock, int wait_s)
{
	struct base_buf b;
	int64_t got = 0;
	int rc = -1;

	base_buf_init(&b);
	base_buf_str(&b, "SELECT GET_LOCK(CONCAT('loc-db.', MD5(");
	store_sql_quote(&b, store_db_name(lock));
	base_buf_fmt(&b, ")), %d)", wait_s);
	store_db_expect(lock, ER_UNKNOWN_ERROR);
	if (base_buf_ok(&b))
		rc = store_db_get_i64(lock, b.data, &got, 0);
	store_db_expect(lock, 0);
	base_buf_done(&b);
	if (rc == -1 && store_db_errno(lock) == ER_UNKNOWN_ERROR)
		return 1;
	return rc == -1 ? -1 : got == 1;
}

/*
 * The lock is held by a connection that does nothing else, for one that runs
 * the plan may be lost, and made again without the lock.  Servers end
 * connections that are silent for hours, so that this one asks them to wait
 * longer.
 */
int
store_schema_lock(struct store_db *lock)
{
	int rc;

	/* Not the database itself: it may have to be made first. */
	store_db_no_default(lock, 1);
	if (store_db_connect(lock, 0) == -1)
		return -1;
	if ((rc = get_schema_lock(lock, 0)) == 0) {
		warnx("%s: waiting for another loc-db", store_db_name(lock));
		rc = get_schema_lock(lock, LOCK_S);
	}
	/* We may be longer at work than the server bears silence. */
	if (rc == 1 &&
	    store_db_execf(lock, "SET wait_timeout = %d", LOCK_S) == 0)
		return 0;
	warnx("database: %s", rc == 0 ? "another loc-db does not end" :
	    store_db_error(lock));
	return -1;
}

/*
 * The database is not there: what makes it is the first step.  The plan is
 * made as for one without tables.  IF NOT EXISTS is for whoever makes it in
 * between.
 */
static int
begin_absent(struct look *l)
{
	struct store_schema_item *item = get_zeros(l, sizeof(*item));
	struct base_buf b;

	l->s->state = STORE_SCHEMA_ABSENT;
	base_buf_init(&b);
	base_buf_fmt(&b, "CREATE DATABASE IF NOT EXISTS `%s` "
	    "CHARACTER SET utf8 COLLATE utf8_general_ci",
	    store_db_name(l->db));
	if (base_buf_ok(&b) && item != NULL)
		item->text = copy_text(l, b.data);
	else
		l->failed = 1;
	base_buf_done(&b);
	l->s->steps = item;
	return 0;
}

/* A database that it is not ours to change has no plan. */
static int
is_planned(enum store_schema_state state)
{
	return state != STORE_SCHEMA_UNKNOWN && state != STORE_SCHEMA_NEWER;
}

/*
 * A failure to connect that says there is no such database is an answer: it is
 * to be made.  All other failures say nothing about what there is.
 */
struct store_schema *
store_schema_read(struct store_db *db)
{
	struct look l = { .db = db };
	int rc;

	if ((l.s = calloc(1, sizeof(*l.s))) == NULL) {
		warn("database");
		return NULL;
	}
	base_arena_init(&l.s->arena);
	if (store_db_connect(db, 1) == 0)
		rc = look_at_database(&l);
	else if (store_db_errno(db) == ER_BAD_DB_ERROR)
		rc = begin_absent(&l);
	else {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		rc = -1;
	}
	if (rc == 0 && (l.failed || (is_planned(l.s->state) &&
	    store_plan_make(l.s) == -1))) {
		warnx("database: out of memory");
		rc = -1;
	}
	if (rc == -1) {
		store_schema_free(l.s);
		return NULL;
	}
	return l.s;
}

void
store_schema_free(struct store_schema *s)
{
	if (s == NULL)
		return;
	base_arena_done(&s->arena);
	free(s);
}

/*
 * A count that has reached the limit says only that there are at least so
 * many; the server's guess stays if it is higher.
 */
static int
on_rows(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema *s = arg;
	struct store_schema_table *t;
	int64_t n;

	for (t = s->table; t != NULL; t = t->next)
		if (strcmp(t->name, field[0]) == 0 &&
		    base_num_i64(field[1], flen[1], &n)) {
			t->is_guess = n == STORE_SCHEMA_FEW;
			if (!t->is_guess || t->rows < n)
				t->rows = n;
		}
	return 0;
}

/*
 * To count a large table takes InnoDB minutes, so that counting ends at
 * STORE_SCHEMA_FEW rows, where the guess is good enough.  Tables of others may
 * be views over anything, and are not touched.
 */
int
store_schema_count(struct store_db *db, struct store_schema *s)
{
	struct store_sql list = { .db = db, .head = "", .tail = "",
	    .between = " UNION ALL ", .row = on_rows, .arg = s };
	const struct store_schema_table *t;
	struct base_buf *b;

	for (t = s->table; t != NULL; t = t->next) {
		if (t->role == STORE_SCHEMA_FOREIGN)
			continue;	/* perhaps no table at all */
		if ((b = store_sql_next(&list)) == NULL)
			break;
		base_buf_fmt(b, "SELECT '%s', COUNT(*) FROM (SELECT 1 FROM "
		    "`%s` LIMIT %d) AS some", t->name, t->name,
		    STORE_SCHEMA_FEW);
	}
	return store_sql_end(&list);
}

/*
 * The one step that holds something at random is shown as a server would make
 * it, and run with bytes of ours: nobody who reads what was run knows them.
 */
static int
run_step(struct store_db *db, const char *sql)
{
	const char *at = strstr(sql, STORE_PLAN_RANDOM);
	uint8_t random[16];
	struct base_buf b;
	int rc;

	if (strcmp(sql, STORE_PLAN_SECRET) != 0)
		return store_db_exec(db, sql);
	arc4random_buf(random, sizeof(random));
	base_buf_init(&b);
	base_buf_add(&b, sql, (size_t)(at - sql));
	store_sql_quote_bytes(&b, random, sizeof(random));
	base_buf_str(&b, at + strlen(STORE_PLAN_RANDOM));
	rc = store_sql_run(db, &b);
	explicit_bzero(random, sizeof(random));
	base_buf_done(&b);
	return rc;
}

/*
 * Statements are run one by one and without a transaction, as DDL commits by
 * itself.  After a failure those before it have been done; the next run makes
 * a new plan without them.
 *
 * A statement outlives a client that is killed, and columns that were not
 * there when the plan was made may come from such a one: an ALTER TABLE waits
 * for the one before it, and then has nothing to add.  So it is with another
 * loc-db at another node of a cluster, which store_schema_lock() does not keep
 * out: such statements run on all nodes in one order, and whoever comes second
 * finds it done, or was in the way of the first.
 */
int
store_schema_apply(struct store_db *db, const struct store_schema *s,
    void (*show)(const char *sql))
{
	const struct store_schema_item *step;
	int rc;

	for (step = s->steps; step != NULL; step = step->next) {
		if (show != NULL)
			show(step->text);
		/* Only the first statement may be about the database. */
		if (s->state == STORE_SCHEMA_ABSENT)
			store_db_no_default(db, step == s->steps);
		store_db_expect_done(db, 1);
		rc = run_step(db, step->text);
		store_db_expect_done(db, 0);
		if (rc == -1) {
			if (store_error_is_done(store_db_errno(db)) ||
			    store_db_retry(db) == STORE_ERROR_LOCK)
				return 1;
			if (store_db_retry(db) != STORE_ERROR_FATAL)
				warnx("%s: %s", store_db_where(db),
				    store_db_error(db));
			return -1;
		}
	}
	if (s->steps != NULL)
		store_db_warn_of_log(db);
	return 0;
}
