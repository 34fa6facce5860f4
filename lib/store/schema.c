/* SPDX-License-Identifier: ISC */
/*
 * Tables are compared by columns and by what their indexes cover.  Missing
 * things are added; a column that is there with another type is changed in
 * our own tables, in Ichnaea's reported and left alone.  Nothing that holds
 * data is dropped: a retired table only goes when it is empty, and api_key is
 * copied before it loses columns.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/sql.h"

#define LEN(array)	(sizeof(array) / sizeof((array)[0]))
#define OLD_KEYS	"loc_old_api_key"
#define LOCK_S		(7 * 86400)	/* longer than any migration */

struct column {
	const char	*name;
	const char	*type;		/* with NOT NULL, if so */
	const char	*fill;		/* for rows that are there before */
};

struct index {
	const char	*name;		/* after the table's; NULL: primary */
	const char	*columns;	/* "a,b" */
	int		 unique;
};

struct shape {
	const struct column	*col;
	size_t			 ncol;
	const struct index	*idx;
	size_t			 nidx;
};

#define STATION_COLUMNS \
	{ "max_lat", "double", NULL }, { "min_lat", "double", NULL }, \
	{ "max_lon", "double", NULL }, { "min_lon", "double", NULL }, \
	{ "lat", "double", NULL }, { "lon", "double", NULL }, \
	{ "created", "datetime", NULL }, { "modified", "datetime", NULL }, \
	{ "radius", "int(10) unsigned", NULL }, \
	{ "region", "varchar(2)", NULL }, \
	{ "samples", "int(10) unsigned", NULL }, \
	{ "source", "tinyint(4)", NULL }, { "weight", "double", NULL }, \
	{ "last_seen", "date", NULL }, { "block_first", "date", NULL }, \
	{ "block_last", "date", NULL }, \
	{ "block_count", "tinyint(3) unsigned", NULL }
#define STATION_INDEXES \
	{ "_region_idx", "region", 0 }, \
	{ "_created_idx", "created", 0 }, \
	{ "_modified_idx", "modified", 0 }, \
	{ "_latlon_idx", "lat,lon", 0 }
#define AREA_ID_COLUMNS(lac) \
	{ "radio", "tinyint(4) NOT NULL", NULL }, \
	{ "mcc", "smallint(6) NOT NULL", NULL }, \
	{ "mnc", "smallint(6) NOT NULL", NULL }, \
	{ "lac", lac " unsigned NOT NULL", NULL }
#define CELL_COLUMNS(key, lac, cid) \
	STATION_COLUMNS, { "cellid", key " NOT NULL", NULL }, \
	AREA_ID_COLUMNS(lac), { "cid", cid " unsigned NOT NULL", NULL }, \
	{ "psc", "smallint(6)", NULL }
#define AREA_COLUMNS(key, lac) \
	{ "lat", "double", NULL }, { "lon", "double", NULL }, \
	{ "created", "datetime", NULL }, { "modified", "datetime", NULL }, \
	{ "areaid", key " NOT NULL", NULL }, AREA_ID_COLUMNS(lac), \
	{ "radius", "int(11)", NULL }, { "region", "varchar(2)", NULL }, \
	{ "avg_cell_radius", "int(10) unsigned", NULL }, \
	{ "num_cells", "int(10) unsigned", NULL }, \
	{ "last_seen", "date", NULL }

static const struct column mac_col[] = {
	STATION_COLUMNS, { "mac", "binary(6) NOT NULL", NULL }
};
static const struct index mac_idx[] = {
	{ NULL, "mac", 1 }, STATION_INDEXES
};

static const struct column cell_col[] = {
	CELL_COLUMNS("binary(11)", "smallint(5)", "int(10)")
}, cell_nr_col[] = {
	CELL_COLUMNS("binary(13)", "int(10)", "bigint(20)")
};
static const struct index cell_idx[] = {
	{ NULL, "cellid", 1 },
	{ "_cellid_unique", "radio,mcc,mnc,lac,cid", 1 }, STATION_INDEXES
};

static const struct column area_col[] = {
	AREA_COLUMNS("binary(7)", "smallint(5)")
}, area_nr_col[] = {
	AREA_COLUMNS("binary(8)", "int(10)")
};
static const struct index area_idx[] = {
	{ NULL, "areaid", 1 },
	{ "_areaid_unique", "radio,mcc,mnc,lac", 1 },
	{ "_region_radio_idx", "region,radio", 0 },
	{ "_created_idx", "created", 0 },
	{ "_modified_idx", "modified", 0 },
	{ "_latlon_idx", "lat,lon", 0 }
};

static const struct column datamap_col[] = {
	{ "grid", "binary(8) NOT NULL", NULL },
	{ "created", "date", NULL }, { "modified", "date", NULL }
};
static const struct index datamap_idx[] = {
	{ NULL, "grid", 1 },
	{ "_created_idx", "created", 0 },
	{ "_modified_idx", "modified", 0 }
};

static const struct column stat_col[] = {
	{ "key", "tinyint(4) NOT NULL", NULL },
	{ "time", "date NOT NULL", NULL },
	{ "value", "bigint(20) unsigned", NULL }
};
static const struct index stat_idx[] = {
	{ NULL, "key,time", 1 }
};

static const struct column region_stat_col[] = {
	{ "region", "varchar(2) NOT NULL", NULL },
	{ "gsm", "int(10) unsigned", NULL },
	{ "wcdma", "int(10) unsigned", NULL },
	{ "lte", "int(10) unsigned", NULL },
	{ "blue", "bigint(20) unsigned", NULL },
	{ "wifi", "bigint(20) unsigned", NULL },
	{ "nr", "int(10) unsigned", NULL }	/* ours */
};
static const struct index region_stat_idx[] = {
	{ NULL, "region", 1 }
};

/* Before 2017 every key could use the region and submit APIs. */
static const struct column api_key_col[] = {
	{ "valid_key", "varchar(40) NOT NULL", NULL },
	{ "maxreq", "int(11)", NULL },
	{ "allow_fallback", "tinyint(1)", NULL },
	{ "allow_locate", "tinyint(1)", NULL },
	{ "allow_region", "tinyint(1)", "1" },
	{ "fallback_name", "varchar(40)", NULL },
	{ "fallback_schema", "varchar(64)", NULL },
	{ "fallback_url", "varchar(256)", NULL },
	{ "fallback_ratelimit", "int(11)", NULL },
	{ "fallback_ratelimit_interval", "int(11)", NULL },
	{ "fallback_cache_expire", "int(11)", NULL },
	{ "store_sample_locate", "tinyint(4)", "100" },
	{ "store_sample_submit", "tinyint(4)", "100" }
};
static const struct index api_key_idx[] = {
	{ NULL, "valid_key", 1 }
};
static const char *const retired_api_key_columns[] = {
	"shortname", "allow_transfer", "log_locate", "log_region",
	"log_submit"
};

static const struct column export_col[] = {
	{ "name", "varchar(40) NOT NULL", NULL },
	{ "batch", "int(11)", NULL }, { "schema", "varchar(32)", NULL },
	{ "url", "varchar(512)", NULL },
	{ "skip_keys", "varchar(1024)", NULL },
	{ "skip_sources", "varchar(64)", NULL }
};
static const struct index export_idx[] = {
	{ NULL, "name", 1 }
};

static const struct column alembic_col[] = {
	{ "version_num", "varchar(32) NOT NULL", NULL }
};
static const struct index alembic_idx[] = {
	{ NULL, "version_num", 1 }
};

static const struct column version_col[] = {
	{ "number", "int(11) NOT NULL", NULL },
	{ "name", "varchar(64) NOT NULL", NULL },
	{ "time", "datetime NOT NULL", NULL }
};
static const struct index version_idx[] = {
	{ NULL, "number", 1 }
};

/* Submissions that have been counted. */
static const struct column ledger_col[] = {
	{ "id", "binary(16) NOT NULL", NULL },
	{ "time", "datetime NOT NULL", NULL }
};
static const struct index ledger_idx[] = {
	{ NULL, "id", 1 }, { "_time_idx", "time", 0 }
};

/* Areas of which a cell changed. */
static const struct column dirty_col[] = {
	{ "areaid", "varbinary(8) NOT NULL", NULL }
};
static const struct index dirty_idx[] = {
	{ NULL, "areaid", 1 }
};

/* Networks named to be forgotten; kinds are of enum obs_kind. */
static const struct column optout_col[] = {
	{ "kind", "tinyint(4) NOT NULL", NULL },
	{ "mac", "binary(6) NOT NULL", NULL },
	{ "count", "int(10) unsigned NOT NULL", NULL },
	{ "first", "date NOT NULL", NULL }, { "last", "date NOT NULL", NULL }
};
static const struct index optout_idx[] = {
	{ NULL, "kind,mac", 1 }
};

#define SHAPE2(c, i)	{ c ## _col, LEN(c ## _col), i ## _idx, LEN(i ## _idx) }
#define SHAPE(x)	SHAPE2(x, x)
#define ALL_HEX		"0123456789abcdef"

/* loc_version is made first: it says whose the rest is. */
static const struct table {
	const char	*name;		/* followed by each of SUFFIXES */
	const char	*suffixes;
	struct shape	 shape;
	int		 is_ours;
} tables[] = {
	{ "loc_version", NULL, SHAPE(version), 1 },
	{ "alembic_version", NULL, SHAPE(alembic), 0 },
	{ "api_key", NULL, SHAPE(api_key), 0 },
	{ "export_config", NULL, SHAPE(export), 0 },
	{ "blue_shard_", ALL_HEX, SHAPE(mac), 0 },
	{ "wifi_shard_", ALL_HEX, SHAPE(mac), 0 },
	{ "cell_gsm", NULL, SHAPE(cell), 0 },
	{ "cell_wcdma", NULL, SHAPE(cell), 0 },
	{ "cell_lte", NULL, SHAPE(cell), 0 },
	{ "cell_nr", NULL, SHAPE2(cell_nr, cell), 1 },
	{ "cell_area", NULL, SHAPE(area), 0 },
	{ "cell_area_nr", NULL, SHAPE2(area_nr, area), 1 },
	{ "cell_area_dirty", NULL, SHAPE(dirty), 1 },
	{ "datamap_ne", NULL, SHAPE(datamap), 0 },
	{ "datamap_nw", NULL, SHAPE(datamap), 0 },
	{ "datamap_se", NULL, SHAPE(datamap), 0 },
	{ "datamap_sw", NULL, SHAPE(datamap), 0 },
	{ "stat", NULL, SHAPE(stat), 0 },
	{ "region_stat", NULL, SHAPE(region_stat), 0 },
	{ "loc_ledger", NULL, SHAPE(ledger), 1 },
	{ "loc_optout", NULL, SHAPE(optout), 1 },
};

static const char *const retired_tables[] = {
	"cell_area_ocid", "cell_gsm_ocid", "cell_lte_ocid", "cell_ocid",
	"cell_wcdma_ocid", "score", "user"
};

/* Ichnaea's chain of 2016, then the one of 2023, which starts over at 0. */
static const char *const revisions[] = {
	"4b11500c9014", "fdd0b256cecc", "e23ba53ab89b", "88d1704f1aef",
	"27400b0c8b42", "4255b858a37e", "6ec824122610", "000000000000",
	"1bdf1028a085", "385f842b2526", "cad2875fd8cb", "d2d9ecb12edc",
	"73c5f5ae5b23", "30a4df7eafd5", "5797389a3842", "138cb0d71dfb",
	"a0ee5e10f44b", STORE_SCHEMA_REVISION
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
};

/* A column or an index that is there. */
struct found {
	const char	*table, *name;
	char		*type;		/* of an index its columns: "a,b" */
	const char	*def;		/* a column's default, or NULL */
	int		 not_null;	/* or unique */
	struct found	*next;
};

/* A look at a database. */
struct look {
	struct store_db		*db;
	struct store_schema	*s;
	struct found		*column, *index;
	int			 short_of_memory;
};

int64_t
store_schema_latest(void)
{
	return LEN(versions);
}

static void *
get(struct look *l, size_t len)
{
	void *p = base_arena_calloc(&l->s->arena, 1, len);

	if (p == NULL)
		l->short_of_memory = 1;
	return p;
}

static char *
copy(struct look *l, const char *text)
{
	char *p = base_arena_strndup(&l->s->arena, text, strlen(text));

	if (p == NULL)
		l->short_of_memory = 1;
	return p;
}

static void __attribute__((format(printf, 3, 4)))
add(struct look *l, struct store_schema_item **list, const char *fmt, ...)
{
	struct store_schema_item *item;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	if (text == NULL || (item = get(l, sizeof(*item))) == NULL) {
		l->short_of_memory = 1;
		free(text);
		return;
	}
	item->text = copy(l, text);
	free(text);
	while (*list != NULL)
		list = &(*list)->next;
	*list = item;
}

/* The name of table I of an entry of tables[]. */
static int
table_name(char out[64], size_t entry, size_t i)
{
	const char *suffixes = tables[entry].suffixes;

	if (i >= (suffixes == NULL ? 1 : strlen(suffixes)))
		return 0;
	snprintf(out, 64, "%s%.*s", tables[entry].name, suffixes != NULL,
	    suffixes == NULL ? "" : suffixes + i);
	return 1;
}

static enum store_schema_role
role_of(const char *name)
{
	char known[64];
	size_t i, k;

	for (i = 0; i < LEN(tables); i++)
		for (k = 0; table_name(known, i, k); k++)
			if (strcmp(name, known) == 0)
				return STORE_SCHEMA_NEEDED;
	for (i = 0; i < LEN(retired_tables); i++)
		if (strcmp(name, retired_tables[i]) == 0)
			return STORE_SCHEMA_RETIRED;
	return strcmp(name, OLD_KEYS) == 0 ? STORE_SCHEMA_RETIRED :
	    STORE_SCHEMA_FOREIGN;
}

static int
on_table(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema_table **end, *t;
	struct look *l = arg;

	if ((t = get(l, sizeof(*t))) == NULL ||
	    (t->name = copy(l, field[0])) == NULL)
		return 0;
	t->role = role_of(t->name);
	t->is_guess = 1;
	if (field[1] != NULL)
		base_num_i64(field[1], flen[1], &t->rows);
	for (end = &l->s->table; *end != NULL; end = &(*end)->next)
		;
	*end = t;
	return 0;
}

static struct found *
push(struct look *l, struct found **list, char **field)
{
	struct found *f;

	if ((f = get(l, sizeof(*f))) == NULL ||
	    (f->table = copy(l, field[0])) == NULL ||
	    (f->name = copy(l, field[1])) == NULL ||
	    (f->type = copy(l, field[2])) == NULL)
		return NULL;
	f->next = *list;
	return *list = f;
}

static int
on_column(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;
	struct found *f;

	(void)flen;
	if ((f = push(l, &l->column, field)) == NULL)
		return 0;
	f->not_null = strcmp(field[3], "NO") == 0;
	/* MariaDB writes the default NULL as text. */
	if (field[4] != NULL && strcmp(field[4], "NULL") != 0)
		f->def = copy(l, field[4]);
	return 0;
}

/* The columns of an index come one by one, in its order. */
static int
on_index(void *arg, char **field, const unsigned long *flen)
{
	struct look *l = arg;
	struct found *f = l->index;
	size_t len;
	char *p;

	if (f == NULL || strcmp(f->table, field[0]) != 0 ||
	    strcmp(f->name, field[1]) != 0) {
		if ((f = push(l, &l->index, field)) != NULL)
			f->not_null = strcmp(field[3], "0") == 0;
		return 0;
	}
	len = strlen(f->type);
	if ((p = get(l, len + flen[2] + 2)) != NULL) {
		snprintf(p, len + flen[2] + 2, "%s,%s", f->type, field[2]);
		f->type = p;
	}
	return 0;
}

static const struct found *
find(const struct found *f, const char *table, const char *name)
{
	for (; f != NULL; f = f->next)
		if (strcmp(f->table, table) == 0 &&
		    strcasecmp(f->name, name) == 0)
			return f;
	return NULL;
}

static const struct store_schema_table *
find_table(const struct store_schema *s, const char *name)
{
	const struct store_schema_table *t;

	for (t = s->table; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static int
has_index(const struct look *l, const char *table, const struct index *i)
{
	const struct found *f;

	if (i->name == NULL)
		return find(l->index, table, "PRIMARY") != NULL;
	for (f = l->index; f != NULL; f = f->next)
		if (strcmp(f->table, table) == 0 && f->not_null == i->unique &&
		    strcmp(f->type, i->columns) == 0)
			return 1;
	return 0;
}

/* 1 if types are the same but for the width that MySQL 8 leaves out. */
static int
same_type(const struct found *f, const char *want)
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
	return strcmp(want + strlen(have), f->not_null ? " NOT NULL" : "")
	    == 0;
}

static void
add_columns(struct base_buf *b, const char *columns)
{
	for (; *columns != '\0'; columns++)
		if (*columns == ',')
			base_buf_str(b, "`, `");
		else
			base_buf_chr(b, *columns);
}

static void
add_index(struct base_buf *b, const char *table, const struct index *i)
{
	if (i->name == NULL)
		base_buf_str(b, "PRIMARY KEY (`");
	else {
		base_buf_str(b, i->unique ? "UNIQUE KEY `" : "KEY `");
		base_buf_fmt(b, "%s%s` (`", table, i->name);
	}
	add_columns(b, i->columns);
	base_buf_str(b, "`)");
}

static void
plan_create(struct look *l, const char *name, const struct shape *shape)
{
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	base_buf_fmt(&b, "CREATE TABLE IF NOT EXISTS `%s` (", name);
	for (i = 0; i < shape->ncol; i++)
		base_buf_fmt(&b, "`%s` %s, ", shape->col[i].name,
		    shape->col[i].type);
	for (i = 0; i < shape->nidx; i++) {
		base_buf_str(&b, i == 0 ? "" : ", ");
		add_index(&b, name, &shape->idx[i]);
	}
	base_buf_str(&b, ") ENGINE=InnoDB DEFAULT CHARSET=utf8 "
	    "COLLATE=utf8_general_ci");
	if (base_buf_ok(&b))
		add(l, &l->s->steps, "%s", b.data);
	else
		l->short_of_memory = 1;
	base_buf_done(&b);
}

/* 1 if TABLE has a row; -1 on failure. */
static int
has_rows(struct look *l, const char *table)
{
	char sql[128];
	int64_t one;

	snprintf(sql, sizeof(sql), "SELECT 1 FROM `%s` LIMIT 1", table);
	if (store_db_get_i64(l->db, sql, &one, 0) == -1)
		return -1;
	return (int)one;
}

/*
 * Columns of api_key that are no longer used are dropped by the next ALTER
 * TABLE, after the table was copied.
 */
static int
plan_retired_columns(struct look *l, struct base_buf *clauses)
{
	const char *name;
	size_t i;
	int rows;

	for (i = 0; i < LEN(retired_api_key_columns); i++) {
		name = retired_api_key_columns[i];
		if (find(l->column, "api_key", name) != NULL)
			base_buf_fmt(clauses, "%sDROP COLUMN `%s`",
			    clauses->len > 0 ? ", " : "", name);
	}
	if (clauses->len == 0)
		return 0;
	if ((rows = has_rows(l, "api_key")) == 1) {
		add(l, &l->s->steps, "CREATE TABLE IF NOT EXISTS `" OLD_KEYS
		    "` LIKE `api_key`");
		add(l, &l->s->steps, "INSERT IGNORE INTO `" OLD_KEYS
		    "` SELECT * FROM `api_key`");
	}
	return rows == -1 ? -1 : 0;
}

/* A column that is not there, or whose filling was interrupted. */
static void
plan_column(struct look *l, const char *name, const struct table *t,
    size_t i, struct base_buf *clauses, struct base_buf *defaults)
{
	const struct column *c = &t->shape.col[i];
	const struct found *f = find(l->column, name, c->name);
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
			    t->shape.col[i - 1].name);
	} else if (!same_type(f, c->type) && t->is_ours)
		base_buf_fmt(clauses, "%sMODIFY COLUMN `%s` %s", sep, c->name,
		    c->type);
	else if (!same_type(f, c->type))
		add(l, &l->s->differs, "%s.%s: %s%s, not %s", name, c->name,
		    f->type, f->not_null ? " NOT NULL" : "", c->type);
	if (c->fill != NULL && (f == NULL || f->def != NULL))
		base_buf_fmt(defaults, "%sALTER COLUMN `%s` SET DEFAULT NULL",
		    defaults->len > 0 ? ", " : "", c->name);
}

static int
plan_alter(struct look *l, const char *name, const struct table *t)
{
	const struct shape *shape = &t->shape;
	struct base_buf clauses, defaults;
	int rc = 0;
	size_t i;

	base_buf_init(&clauses);
	base_buf_init(&defaults);
	if (shape->col == api_key_col)
		rc = plan_retired_columns(l, &clauses);
	for (i = 0; i < shape->ncol; i++)
		plan_column(l, name, t, i, &clauses, &defaults);
	for (i = 0; i < shape->nidx; i++)
		if (!has_index(l, name, &shape->idx[i])) {
			base_buf_str(&clauses, clauses.len > 0 ? ", ADD " :
			    "ADD ");
			add_index(&clauses, name, &shape->idx[i]);
		}
	if (!base_buf_ok(&clauses) || !base_buf_ok(&defaults))
		l->short_of_memory = 1;
	else {
		if (clauses.len > 0)
			add(l, &l->s->steps, "ALTER TABLE `%s` %s", name,
			    clauses.data);
		if (defaults.len > 0)
			add(l, &l->s->steps, "ALTER TABLE `%s` %s", name,
			    defaults.data);
	}
	base_buf_done(&clauses);
	base_buf_done(&defaults);
	return rc;
}

static int
plan_tables(struct look *l)
{
	const struct store_schema_table *t;
	char name[64];
	size_t i, k;
	int rows;

	for (i = 0; i < LEN(tables); i++)
		for (k = 0; table_name(name, i, k); k++)
			if (find_table(l->s, name) == NULL) {
				add(l, &l->s->missing, "%s", name);
				plan_create(l, name, &tables[i].shape);
			} else if (plan_alter(l, name, &tables[i]) == -1)
				return -1;
	for (t = l->s->table; t != NULL; t = t->next) {
		if (t->role != STORE_SCHEMA_RETIRED ||
		    strcmp(t->name, OLD_KEYS) == 0)
			continue;
		if ((rows = has_rows(l, t->name)) == -1)
			return -1;
		if (rows == 0)
			add(l, &l->s->steps, "DROP TABLE IF EXISTS `%s`",
			    t->name);
	}
	return 0;
}

static void
plan_versions(struct look *l)
{
	struct store_schema_item **steps = &l->s->steps;
	size_t i;

	if (l->s->revision[0] == '\0')
		add(l, steps, "INSERT IGNORE INTO alembic_version VALUES "
		    "('" STORE_SCHEMA_REVISION "')");
	else if (strcmp(l->s->revision, STORE_SCHEMA_REVISION) != 0)
		add(l, steps, "UPDATE alembic_version SET version_num = "
		    "'" STORE_SCHEMA_REVISION "'");
	for (i = (size_t)l->s->version; i < LEN(versions); i++) {
		if (versions[i].sql != NULL)
			add(l, steps, "%s", versions[i].sql);
		add(l, steps, "INSERT IGNORE INTO loc_version VALUES "
		    "(%zu, '%s', UTC_TIMESTAMP())", i + 1, versions[i].name);
	}
}

static int
on_revision(void *arg, char **field, const unsigned long *flen)
{
	struct store_schema *s = arg;

	(void)flen;
	strlcpy(s->revision, field[0], sizeof(s->revision));
	return 0;
}

static int
query(struct look *l, const char *sql,
    int (*row)(void *, char **, const unsigned long *), void *arg)
{
	return store_db_query(l->db, sql, strlen(sql), row, arg);
}

static int
read_state(struct look *l)
{
	struct store_schema *s = l->s;

	if (find_table(s, "alembic_version") != NULL && query(l,
	    "SELECT version_num FROM alembic_version", on_revision, s) == -1)
		return -1;
	if (find_table(s, "loc_version") != NULL && store_db_get_i64(l->db,
	    "SELECT MAX(number) FROM loc_version", &s->version, 0) == -1)
		return -1;
	return 0;
}

static enum store_schema_state
judge(const struct look *l)
{
	const struct store_schema *s = l->s;
	size_t i;

	if (s->version > store_schema_latest())
		return STORE_SCHEMA_NEWER;
	if (find_table(s, "loc_version") != NULL)
		return STORE_SCHEMA_OURS;
	if (s->table == NULL)
		return STORE_SCHEMA_EMPTY;
	for (i = 0; i < LEN(revisions); i++)
		if (strcmp(s->revision, revisions[i]) == 0)
			return STORE_SCHEMA_ICHNAEA;
	/* The release before the first revision we know by name. */
	if (s->revision[0] != '\0' && find_table(s, "wifi_shard_0") != NULL &&
	    find_table(s, "region_stat") != NULL &&
	    find(l->column, "region_stat", "blue") == NULL)
		return STORE_SCHEMA_ICHNAEA;
	return STORE_SCHEMA_UNKNOWN;
}

static int
plan(struct look *l)
{
	if (plan_tables(l) == -1)
		return -1;
	plan_versions(l);
	return 0;
}

static int
look(struct look *l)
{
	if (query(l, "SELECT table_name, table_rows "
	    "FROM information_schema.tables WHERE table_schema = DATABASE() "
	    "ORDER BY table_name", on_table, l) == -1 ||
	    query(l, "SELECT table_name, column_name, column_type, "
	    "is_nullable, column_default FROM information_schema.columns "
	    "WHERE table_schema = DATABASE()", on_column, l) == -1 ||
	    query(l, "SELECT table_name, index_name, column_name, non_unique "
	    "FROM information_schema.statistics "
	    "WHERE table_schema = DATABASE() "
	    "ORDER BY table_name, index_name, seq_in_index", on_index,
	    l) == -1 || read_state(l) == -1)
		return -1;
	l->s->state = judge(l);
	if (l->s->state == STORE_SCHEMA_UNKNOWN ||
	    l->s->state == STORE_SCHEMA_NEWER)
		return 0;
	return plan(l);
}

/* Returns 1 when LOCK has it, after at most WAIT_S seconds; else 0 or -1. */
static int
get_lock(struct store_db *lock, int wait_s)
{
	struct base_buf b;
	int64_t got = 0;
	int rc = -1;

	base_buf_init(&b);
	base_buf_str(&b, "SELECT GET_LOCK(CONCAT('loc-db.', MD5(");
	store_sql_quote(&b, store_db_name(lock));
	base_buf_fmt(&b, ")), %d)", wait_s);
	if (base_buf_ok(&b))
		rc = store_db_get_i64(lock, b.data, &got, 0);
	base_buf_done(&b);
	return rc == -1 ? -1 : got == 1;
}

int
store_schema_lock(struct store_db *lock)
{
	int rc;

	/* Not the database itself: it may have to be made first. */
	store_db_no_default(lock, 1);
	if (store_db_connect(lock, 0) == -1)
		return -1;
	if ((rc = get_lock(lock, 0)) == 0) {
		warnx("%s: waiting for another loc-db", store_db_name(lock));
		rc = get_lock(lock, LOCK_S);
	}
	/* We may be longer at work than the server bears silence. */
	if (rc == 1 &&
	    store_db_execf(lock, "SET wait_timeout = %d", LOCK_S) == 0)
		return 0;
	warnx("database: %s", rc == 0 ? "another loc-db does not end" :
	    store_db_error(lock));
	return -1;
}

struct store_schema *
store_schema_read(struct store_db *db)
{
	struct look l = { .db = db };
	int rc = 0;

	if ((l.s = calloc(1, sizeof(*l.s))) == NULL) {
		warn("database");
		return NULL;
	}
	base_arena_init(&l.s->arena);
	if (store_db_connect(db, 1) == 0)
		rc = look(&l);
	else if (store_db_errno(db) == ER_BAD_DB_ERROR) {
		l.s->state = STORE_SCHEMA_ABSENT;
		add(&l, &l.s->steps, "CREATE DATABASE IF NOT EXISTS `%s` "
		    "CHARACTER SET utf8 COLLATE utf8_general_ci",
		    store_db_name(db));
		rc = plan(&l);
	} else {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		rc = -1;
	}
	if (l.short_of_memory) {
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

int
store_schema_apply(struct store_db *db, const struct store_schema *s,
    void (*show)(const char *sql))
{
	const struct store_schema_item *step;

	for (step = s->steps; step != NULL; step = step->next) {
		if (show != NULL)
			show(step->text);
		/* Only the first statement may be about the database. */
		if (s->state == STORE_SCHEMA_ABSENT)
			store_db_no_default(db, step == s->steps);
		if (store_db_exec(db, step->text) == -1) {
			if (store_db_retry(db) != STORE_ERROR_FATAL)
				warnx("%s: %s", store_db_where(db), store_db_error(db));
			return -1;
		}
	}
	if (s->steps != NULL)
		store_db_warn_of_log(db);
	return 0;
}
