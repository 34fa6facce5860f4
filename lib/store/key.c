/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "store/db.h"
#include "store/key.h"
#include "store/sql.h"

#define TEXT(f, chars)	{ #f, STORE_KEY_TEXT_COLUMN, \
	offsetof(struct store_key, f), 0, chars }
#define INT(f, max)	{ #f, STORE_KEY_INT_COLUMN, \
	offsetof(struct store_key, f), 0, max }
#define BOOL(f)		{ #f, STORE_KEY_BOOL_COLUMN, \
	offsetof(struct store_key, f), 0, 1 }

const struct store_key_column store_key_column[] = {
	TEXT(valid_key, STORE_KEY_MAX), INT(maxreq, INT32_MAX),
	BOOL(allow_fallback), BOOL(allow_locate), BOOL(allow_region),
	TEXT(fallback_name, 40), TEXT(fallback_schema, 64),
	TEXT(fallback_url, 256), INT(fallback_ratelimit, INT32_MAX),
	INT(fallback_ratelimit_interval, INT32_MAX),
	INT(fallback_cache_expire, INT32_MAX),
	INT(store_sample_locate, 100), INT(store_sample_submit, 100)
};
const size_t store_key_columns =
    sizeof(store_key_column) / sizeof(store_key_column[0]);

static int64_t *
num(const struct store_key_column *c, struct store_key *k)
{
	return (int64_t *)((char *)k + c->offset);
}

static char *
text(const struct store_key_column *c, struct store_key *k)
{
	return (char *)k + c->offset;
}

int
store_key_check(const char *key)
{
	size_t len = strspn(key, "-0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return key[len] == '\0' && len >= 4 && len <= STORE_KEY_MAX;
}

static void
set_null(struct store_key *k)
{
	size_t i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < store_key_columns; i++)
		if (store_key_column[i].kind != STORE_KEY_TEXT_COLUMN)
			*num(&store_key_column[i], k) = STORE_KEY_NULL;
}

void
store_key_rename(struct store_key *k, const char *name)
{
	if (name != NULL)
		strlcpy(k->valid_key, name, sizeof(k->valid_key));
	else
		base_uuid_v4(k->valid_key);
}

void
store_key_init(struct store_key *k, const char *name)
{
	set_null(k);
	store_key_rename(k, name);
	k->maxreq = 100;
	k->allow_fallback = 0;
	k->allow_locate = k->allow_region = 1;
	k->store_sample_locate = k->store_sample_submit = 100;
}

/* 1 if V is printable UTF-8 of at most MAX characters of up to 3 bytes. */
static int
fits(const char *v, int64_t max)
{
	size_t left, used;
	uint32_t code;
	int64_t n = 0;

	for (left = strlen(v); left > 0; left -= used, v += used)
		if (base_utf8_next(v, left, &code, &used) != BASE_UTF8_OK ||
		    code < 0x20 || code == 0x7f || code > 0xffff || ++n > max)
			return 0;
	return 1;
}

static const char *
assign_text(const struct store_key_column *c, char *out, const char *v)
{
	static const char *const schemas[] = { "ichnaea/v1", "combain/v1",
	    "googlemaps/v1", "unwiredlabs/v1" };
	size_t i;

	if (!fits(v, c->max))
		return c->max == 40 ? "up to 40 printable characters" :
		    c->max == 64 ? "up to 64 printable characters" :
		    "up to 256 printable characters";
	if (strcmp(c->name, "fallback_schema") == 0 && *v != '\0') {
		for (i = 0; i < 4 && strcmp(v, schemas[i]) != 0; i++)
			;
		if (i == 4)
			return "ichnaea/v1, combain/v1, googlemaps/v1 or "
			    "unwiredlabs/v1";
	}
	if (strcmp(c->name, "fallback_url") == 0 && *v != '\0' &&
	    strncmp(v, "https://", 8) != 0 && strncmp(v, "http://", 7) != 0)
		return "an address that starts with https:// or http://";
	strlcpy(out, v, STORE_KEY_TEXT((size_t)c->max));
	return NULL;
}

int
store_key_assign(struct store_key *k, const char *assignment,
    const char **why)
{
	const char *eq = strchr(assignment, '='), *v;
	const struct store_key_column *c;
	int64_t n;
	size_t i;

	*why = "column=value";
	if (eq == NULL)
		return -1;
	for (i = 1; i < store_key_columns; i++)
		if (strlen(store_key_column[i].name) ==
		    (size_t)(eq - assignment) &&
		    strncmp(store_key_column[i].name, assignment,
		    (size_t)(eq - assignment)) == 0)
			break;
	*why = "a column of the table but valid_key";
	if (i == store_key_columns)
		return -1;
	c = &store_key_column[i];
	v = eq + 1;
	if (c->kind == STORE_KEY_TEXT_COLUMN) {
		*why = assign_text(c, text(c, k), v);
		return *why == NULL ? (int)i : -1;
	}
	if (*v == '\0')
		n = STORE_KEY_NULL;
	else if (c->kind == STORE_KEY_BOOL_COLUMN && strcmp(v, "true") == 0)
		n = 1;
	else if (c->kind == STORE_KEY_BOOL_COLUMN && strcmp(v, "false") == 0)
		n = 0;
	else if (!base_num_i64(v, strlen(v), &n) || n < c->min ||
	    n > c->max) {
		*why = c->max == 1 ? "true or false, 1 or 0" : c->max == 100 ?
		    "a number from 0 to 100" :
		    "a number from 0 to 2147483647";
		return -1;
	}
	*num(c, k) = n;
	return (int)i;
}

/* "SELECT columns FROM api_key" */
static void
add_select(struct base_buf *b)
{
	size_t i;

	for (i = 0; i < store_key_columns; i++)
		base_buf_fmt(b, "%s%s", i == 0 ? "SELECT " : ",",
		    store_key_column[i].name);
	base_buf_str(b, " FROM api_key");
}

static void
read_row(struct store_key *k, char **field, const unsigned long *flen)
{
	const struct store_key_column *c;
	size_t i;

	set_null(k);
	for (i = 0; i < store_key_columns; i++) {
		c = &store_key_column[i];
		if (field[i] == NULL)
			continue;
		if (c->kind == STORE_KEY_TEXT_COLUMN)
			strlcpy(text(c, k), field[i],
			    STORE_KEY_TEXT((size_t)c->max));
		else
			base_num_i64(field[i], flen[i], num(c, k));
	}
}

static void
add_value(struct base_buf *b, const struct store_key_column *c,
    const struct store_key *k)
{
	const char *at = (const char *)k + c->offset;
	int64_t v;

	if (c->kind == STORE_KEY_TEXT_COLUMN) {
		store_sql_quote(b, *at == '\0' ? NULL : at);
		return;
	}
	v = *(const int64_t *)(const void *)at;
	if (v == STORE_KEY_NULL)
		base_buf_str(b, "NULL");
	else
		base_buf_i64(b, v);
}

/* Run the statement in B and release it. */
static int
run(struct store_db *db, struct base_buf *b)
{
	int rc = store_sql_run(db, b);

	base_buf_done(b);
	return rc;
}

struct reader {
	struct store_key	 key;
	const char		*want;		/* or NULL for all */
	int			 found;
	void			(*each)(void *, const struct store_key *);
	void			*arg;
};

/* The table's collation folds case; keys do not. */
static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	struct reader *r = arg;

	if (r->want != NULL && strcmp(field[0], r->want) != 0)
		return 0;
	read_row(&r->key, field, flen);
	r->found = 1;
	if (r->each != NULL)
		r->each(r->arg, &r->key);
	return 0;
}

static int
query(struct store_db *db, struct base_buf *b, struct reader *r)
{
	int rc = store_sql_query(db, b, on_row, r);

	base_buf_done(b);
	return rc;
}

int
store_key_get(struct store_db *db, const char *key, struct store_key *k)
{
	struct reader r = { .want = key };
	struct base_buf b;

	if (!store_key_check(key))
		return 0;
	base_buf_init(&b);
	add_select(&b);
	base_buf_str(&b, " WHERE valid_key = ");
	store_sql_quote(&b, key);
	if (query(db, &b, &r) == -1)
		return -1;
	if (r.found)
		*k = r.key;
	return r.found;
}

struct known {
	const char *const	*key;
	size_t			 n;
	uint8_t			*known;
};

static int
cmp_key(const void *name, const void *key)
{
	return strcmp(name, *(const char *const *)key);
}

static int
on_known(void *arg, char **field, const unsigned long *flen)
{
	struct known *k = arg;
	const char *const *at;

	(void)flen;
	at = bsearch(field[0], k->key, k->n, sizeof(*k->key), cmp_key);
	if (at != NULL)
		k->known[at - k->key] = 1;
	return 0;
}

int
store_key_known(struct store_db *db, const char *const *key, size_t n,
    uint8_t *known)
{
	struct known k = { key, n, known };
	struct store_sql s = { .db = db, .between = ",", .tail = ")",
	    .head = "SELECT valid_key FROM api_key WHERE valid_key IN (",
	    .row = on_known, .arg = &k };
	struct base_buf *b;
	size_t i;

	memset(known, 0, n);
	for (i = 0; i < n; i++) {
		if ((b = store_sql_next(&s)) == NULL)
			break;
		store_sql_quote(b, key[i]);
	}
	return store_sql_end(&s);
}

int
store_key_list(struct store_db *db,
    void (*each)(void *arg, const struct store_key *k), void *arg)
{
	struct reader r = { .each = each, .arg = arg };
	struct base_buf b;

	base_buf_init(&b);
	add_select(&b);
	base_buf_str(&b, " ORDER BY valid_key");
	return query(db, &b, &r);
}

int
store_key_insert(struct store_db *db, const struct store_key *k,
    void (*tell)(void *arg, const struct store_key *k), void *arg)
{
	struct base_buf b;
	size_t i;
	int rc;

	base_buf_init(&b);
	for (i = 0; i < store_key_columns; i++)
		base_buf_fmt(&b, "%s%s", i == 0 ? "INSERT INTO api_key (" :
		    ",", store_key_column[i].name);
	for (i = 0; i < store_key_columns; i++) {
		base_buf_str(&b, i == 0 ? ") VALUES (" : ",");
		add_value(&b, &store_key_column[i], k);
	}
	base_buf_chr(&b, ')');
	if (store_db_exec(db, "START TRANSACTION") == -1) {
		base_buf_done(&b);
		return -1;
	}
	if (run(db, &b) == -1) {
		rc = store_db_retry(db) == STORE_ERROR_DUPLICATE ? 0 : -1;
		store_db_rollback(db);
		return rc;
	}
	tell(arg, k);
	return store_db_exec(db, "COMMIT") == -1 ? -1 : 1;
}

int
store_key_update(struct store_db *db, const struct store_key *k,
    unsigned mask)
{
	const char *sep = "UPDATE api_key SET ";
	struct store_key old;
	struct base_buf b;
	size_t i;
	int rc;

	if ((rc = store_key_get(db, k->valid_key, &old)) != 1 || mask == 0)
		return rc;
	base_buf_init(&b);
	for (i = 1; i < store_key_columns; i++)
		if ((mask & 1u << i) != 0) {
			base_buf_fmt(&b, "%s%s = ", sep,
			    store_key_column[i].name);
			add_value(&b, &store_key_column[i], k);
			sep = ", ";
		}
	base_buf_str(&b, " WHERE valid_key = ");
	store_sql_quote(&b, k->valid_key);
	return run(db, &b) == -1 ? -1 : 1;
}
