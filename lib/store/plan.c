/* SPDX-License-Identifier: ISC */
/*
 * What a database lacks is found by comparing what was found in it with the
 * description of all tables in table.c, by columns and by what indexes cover.
 * Missing things are added; a column that is there with another type is
 * changed in our own tables, and in Ichnaea's reported and left alone.
 * Nothing that holds data is dropped: a retired table only goes when it is
 * empty, and api_key is copied before it loses columns.
 *
 * DDL cannot be rolled back, so that every statement may run again, and a plan
 * that was interrupted half way is made anew and finishes the work.  The row
 * of loc_version is written last: whoever reads a version may rely on what
 * came before it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/plan.h"
#include "store/schema.h"
#include "store/table.h"

#define LEN(array)	(sizeof(array) / sizeof((array)[0]))
#define OLD_KEYS	"loc_old_api_key"

/* A plan that is being made. */
struct plan {
	struct store_schema	*s;
	int			 failed;	/* memory was short */
};

static const char *const retired_api_key_columns[] = {
	"shortname", "allow_transfer", "log_locate", "log_region",
	"log_submit"
};

static const char *const retired_tables[] = {
	"cell_area_ocid", "cell_gsm_ocid", "cell_lte_ocid", "cell_ocid",
	"cell_wcdma_ocid", "score", "user"
};

/*
 * Our own versions, numbered from 1, in the order in which they are reached.
 * SQL is what the tables above cannot say, or NULL; it runs once, and once
 * more if it was interrupted.
 */
static const struct {
	const char	*name;
	const char	*sql;
} versions[] = {
	{ "Ichnaea at " STORE_SCHEMA_REVISION,
	    "INSERT IGNORE INTO export_config (name, batch, `schema`) "
	    "VALUES ('internal', 100, 'internal')" },
	{ "loc_ledger, cell_area_dirty", NULL },
	{ "cell_nr, cell_area_nr", NULL },
	{ "loc_optout", NULL },
	{ "loc_mark", NULL },
	{ "peaks, places, centres", NULL },
	{ "api_key.confidence", NULL },
	{ "trust, marks, witnesses", STORE_PLAN_SECRET },
	{ "loc_key_note, loc_key_day", NULL },
	{ "loc_lease, cell_area_dirty.turn", NULL },
};

int64_t
store_plan_latest(void)
{
	return LEN(versions);
}

enum store_schema_role
store_plan_role(const char *name)
{
	size_t i;

	if (store_table_find(name) != NULL)
		return STORE_SCHEMA_NEEDED;
	for (i = 0; i < LEN(retired_tables); i++)
		if (strcmp(name, retired_tables[i]) == 0)
			return STORE_SCHEMA_RETIRED;
	return strcmp(name, OLD_KEYS) == 0 ? STORE_SCHEMA_RETIRED :
	    STORE_SCHEMA_FOREIGN;
}

/*
 * Append a text, made as by printf(), to a list.  The text is moved into the
 * arena, so that nothing of a plan has to be freed by itself.
 */
static void __attribute__((format(printf, 3, 4)))
add_item(struct plan *p, struct store_schema_item **list, const char *fmt,
    ...)
{
	struct store_schema_item *item;
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len == -1) {
		p->failed = 1;
		return;
	}
	item = base_arena_calloc(&p->s->arena, 1, sizeof(*item));
	if (item == NULL || (item->text = base_arena_strndup(&p->s->arena,
	    text, (size_t)len)) == NULL) {
		p->failed = 1;
		free(text);
		return;
	}
	free(text);
	while (*list != NULL)
		list = &(*list)->next;
	*list = item;
}

static const struct store_schema_table *
find_schema_table(const struct store_schema *s, const char *name)
{
	const struct store_schema_table *t;

	for (t = s->table; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

/*
 * Indexes are compared by what they cover, and not by name: an index that has
 * another name serves as well, and one more would only slow down every write.
 * A primary key is taken for right if there is one.
 */
static int
has_index(const struct store_schema *s, const char *table,
    const struct store_table_index *i)
{
	const struct store_schema_found *f;

	if (i->name == NULL)
		return store_schema_find(s->index, table, "PRIMARY") != NULL;
	for (f = s->index; f != NULL; f = f->next)
		if (strcmp(f->table, table) == 0 && f->not_null == i->unique &&
		    strcmp(f->type, i->columns) == 0)
			return 1;
	return 0;
}

/*
 * Returns 1 if types are the same but for the width that MySQL 8 leaves out.
 * The width of an integer is only for showing it, so that int(10) and int hold
 * the same; that of a varchar or binary is compared.
 */
static int
same_type(const struct store_schema_found *f, const char *want)
{
	const char *have = f->type;

	while (*have != '\0' && *have == *want) {
		if (*have == '(' && strstr(f->type, "int") != NULL)
			break;
		have++;
		want++;
	}
	if (strstr(f->type, "int") != NULL) {
		have += *have == '(' ? strcspn(have, ")") + 1 : 0;
		want += *want == '(' ? strcspn(want, ")") + 1 : 0;
	}
	if (strncmp(have, want, strlen(have)) != 0)
		return 0;
	want += strlen(have);
	if (strncmp(want, " NOT NULL", 9) == 0 &&
	    strcmp(want + 9, " AUTO_INCREMENT") == 0)
		return f->not_null;
	return strcmp(want, f->not_null ? " NOT NULL" : "") == 0;
}

/* Is NAME a column that T has, or that is about to go? */
static int
is_known(const struct store_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->ncol; i++)
		if (strcmp(t->col[i].name, name) == 0)
			return 1;
	for (i = 0; i < LEN(retired_api_key_columns); i++)
		if (t == &store_table[STORE_TABLE_API_KEY] &&
		    strcmp(retired_api_key_columns[i], name) == 0)
			return 1;
	return 0;
}

static void
plan_create(struct plan *p, const struct store_table *t)
{
	struct base_buf b;

	base_buf_init(&b);
	store_table_create(&b, t);
	if (base_buf_ok(&b))
		add_item(p, &p->s->steps, "%s", b.data);
	else
		p->failed = 1;
	base_buf_done(&b);
}

/*
 * Columns of api_key that are no longer used are dropped by the next ALTER
 * TABLE, after the table was copied.  The copy may have been made by a run
 * that was interrupted: it is then completed, and what is in it stays.
 */
static void
plan_retired_columns(struct plan *p, const struct store_schema_table *keys,
    struct base_buf *clauses)
{
	const char *name;
	size_t i;

	for (i = 0; i < LEN(retired_api_key_columns); i++) {
		name = retired_api_key_columns[i];
		if (store_schema_find(p->s->column, "api_key", name) != NULL)
			base_buf_fmt(clauses, "%sDROP COLUMN `%s`",
			    clauses->len > 0 ? ", " : "", name);
	}
	if (clauses->len == 0 || !keys->has_rows)
		return;
	add_item(p, &p->s->steps, "CREATE TABLE IF NOT EXISTS `" OLD_KEYS
	    "` LIKE `api_key`");
	add_item(p, &p->s->steps, "INSERT IGNORE INTO `" OLD_KEYS
	    "` SELECT * FROM `api_key`");
}

/*
 * Plan a column that is not there, or whose filling was interrupted.  A column
 * that old rows need a value in is added with that value as its default, which
 * fills them at once, and the default is then taken away: a default that is
 * still there says that this was not reached.
 */
static void
plan_column(struct plan *p, const struct store_table *t, size_t i,
    struct base_buf *clauses, struct base_buf *defaults)
{
	const struct store_table_column *c = &t->col[i];
	const struct store_schema_found *f = store_schema_find(p->s->column,
	    t->name, c->name);
	const char *sep = clauses->len > 0 ? ", " : "";

	if (f == NULL) {
		base_buf_fmt(clauses, "%sADD COLUMN `%s` %s", sep, c->name,
		    c->type);
		if (c->fill != NULL)
			base_buf_fmt(clauses, " DEFAULT %s", c->fill);
		if (i == 0)
			base_buf_str(clauses, " FIRST");
		else
			base_buf_fmt(clauses, " AFTER `%s`",
			    t->col[i - 1].name);
	} else if (!same_type(f, c->type) && t->is_ours)
		base_buf_fmt(clauses, "%sMODIFY COLUMN `%s` %s", sep, c->name,
		    c->type);
	else if (!same_type(f, c->type))
		add_item(p, &p->s->differs, "%s.%s: %s%s, not %s", t->name,
		    c->name, f->type, f->not_null ? " NOT NULL" : "",
		    c->type);
	if (c->fill != NULL && (f == NULL || f->def != NULL))
		base_buf_fmt(defaults, "%sALTER COLUMN `%s` SET DEFAULT NULL",
		    defaults->len > 0 ? ", " : "", c->name);
}

/*
 * Tell what somebody else has done to table T, which was FOUND, and by which a
 * worker would count reports twice or not at all.
 */
static void
plan_tell(struct plan *p, const struct store_table *t,
    const struct store_schema_table *found)
{
	const struct store_schema_found *f;

	if (found->no_rollback != NULL)
		add_item(p, &p->s->differs, "%s: engine %s has no "
		    "transactions, so that reports may count twice", t->name,
		    found->no_rollback);
	for (f = p->s->column; f != NULL; f = f->next)
		if (strcmp(f->table, t->name) == 0 && f->not_null &&
		    f->def == NULL && !f->is_made && !is_known(t, f->name))
			add_item(p, &p->s->differs, "%s.%s: NOT NULL without "
			    "a default, so that no row can be added", t->name,
			    f->name);
}

/*
 * Bring table T up to date, which was FOUND.  All changes of a table are one
 * ALTER TABLE, as each may copy it; the defaults are another one after it,
 * because they may only go when the rows have been filled.
 */
static void
plan_alter(struct plan *p, const struct store_table *t,
    const struct store_schema_table *found)
{
	struct base_buf clauses, defaults;
	size_t i;

	plan_tell(p, t, found);
	base_buf_init(&clauses);
	base_buf_init(&defaults);
	if (t == &store_table[STORE_TABLE_API_KEY])
		plan_retired_columns(p, found, &clauses);
	for (i = 0; i < t->ncol; i++)
		plan_column(p, t, i, &clauses, &defaults);
	for (i = 0; i < t->nidx; i++)
		if (!has_index(p->s, t->name, &t->idx[i])) {
			base_buf_str(&clauses, clauses.len > 0 ? ", ADD " :
			    "ADD ");
			store_table_index(&clauses, t, &t->idx[i]);
		}
	if (!base_buf_ok(&clauses) || !base_buf_ok(&defaults))
		p->failed = 1;
	else {
		if (clauses.len > 0)
			add_item(p, &p->s->steps, "ALTER TABLE `%s` %s",
			    t->name, clauses.data);
		if (defaults.len > 0)
			add_item(p, &p->s->steps, "ALTER TABLE `%s` %s",
			    t->name, defaults.data);
	}
	base_buf_done(&clauses);
	base_buf_done(&defaults);
}

/*
 * Make or change all that we need, in the order of the description, and then
 * drop what is retired and empty.  The copy of the API keys is never dropped:
 * it is what an administrator goes back to.
 */
static void
plan_tables(struct plan *p)
{
	const struct store_schema_table *f;
	const struct store_table *t;
	size_t i;

	for (i = 0; i < store_tables; i++) {
		t = &store_table[i];
		if ((f = find_schema_table(p->s, t->name)) == NULL) {
			add_item(p, &p->s->missing, "%s", t->name);
			plan_create(p, t);
		} else
			plan_alter(p, t, f);
	}
	for (f = p->s->table; f != NULL; f = f->next)
		if (f->role == STORE_SCHEMA_RETIRED && !f->has_rows &&
		    strcmp(f->name, OLD_KEYS) != 0)
			add_item(p, &p->s->steps, "DROP TABLE IF EXISTS `%s`",
			    f->name);
}

/*
 * These are the last steps, see the top of this file.  Ichnaea's revision is
 * set, too, to the one that its tables are now like.
 */
static void
plan_versions(struct plan *p)
{
	struct store_schema *s = p->s;
	size_t i;

	if (s->revision[0] == '\0')
		add_item(p, &s->steps, "INSERT IGNORE INTO alembic_version "
		    "VALUES ('" STORE_SCHEMA_REVISION "')");
	else if (strcmp(s->revision, STORE_SCHEMA_REVISION) != 0)
		add_item(p, &s->steps, "UPDATE alembic_version SET "
		    "version_num = '" STORE_SCHEMA_REVISION "'");
	assert(s->version >= 0 && s->version <= store_plan_latest());
	for (i = (size_t)s->version; i < LEN(versions); i++) {
		if (versions[i].sql != NULL)
			add_item(p, &s->steps, "%s", versions[i].sql);
		add_item(p, &s->steps, "INSERT IGNORE INTO loc_version "
		    "VALUES (%zu, '%s', UTC_TIMESTAMP())", i + 1,
		    versions[i].name);
	}
}

int
store_plan_make(struct store_schema *s)
{
	struct plan p = { s, 0 };

	assert(s->missing == NULL && s->differs == NULL);
	plan_tables(&p);
	plan_versions(&p);
	return p.failed ? -1 : 0;
}
