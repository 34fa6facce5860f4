/* SPDX-License-Identifier: ISC */
/*
 * Keys are few and rarely written, so every function is a statement of its
 * own.  The table's collation folds case and keys do not: whatever is looked
 * up is compared again here.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "obs/witness.h"
#include "store/db.h"
#include "store/key.h"
#include "store/sql.h"
#include "store/table.h"

/* The description of api_key. */
#define API_KEY		(&store_table[STORE_TABLE_API_KEY])

/* The bits of what is not in api_key, behind its columns. */
#define TRUST_BIT	(1u << API_KEY->ncol)
#define NOTE_BITS	(6u << API_KEY->ncol)

static int64_t *
num_of(const struct store_table_column *c, struct store_key *k)
{
	return (int64_t *)(void *)((char *)k + c->offset);
}

static char *
text_of(const struct store_table_column *c, struct store_key *k)
{
	return (char *)k + c->offset;
}

/*
 * Whoever asks with a text that is no key gets no answer from the database at
 * all, so that junk costs no round trip.
 */
int
store_key_check(const char *key)
{
	size_t len = strspn(key, "-0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return key[len] == '\0' && len >= 4 && len <= STORE_KEY_MAX;
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
	API_KEY->init(k);
	k->expires = STORE_KEY_NULL;
	store_key_rename(k, name);
	k->maxreq = 100;
	k->allow_fallback = 0;
	k->allow_locate = k->allow_region = 1;
	k->store_sample_locate = k->store_sample_submit = 100;
}

/*
 * Returns 1 if V is printable UTF-8 of at most MAX characters of up to 3
 * bytes.  The tables' utf8 has no longer ones, and under the strict mode the
 * server would refuse the row.
 */
static int
text_fits(const char *v, int64_t max)
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

/*
 * Find the column that ASSIGNMENT, "COLUMN=VALUE", is about; NULL: none.  The
 * key itself cannot be assigned to, as it is what finds the row.
 */
static const struct store_table_column *
find_column(const char *assignment, size_t len)
{
	const struct store_table_column *c;

	/* The first is the key itself. */
	for (c = API_KEY->col + 1; c < API_KEY->col + API_KEY->ncol; c++)
		if (strlen(c->name) == len &&
		    strncmp(c->name, assignment, len) == 0)
			return c;
	return NULL;
}

static int
is_web(const char *v)
{
	size_t scheme = strncmp(v, "https://", 8) == 0 ? 8 :
	    strncmp(v, "http://", 7) == 0 ? 7 : 0;

	return scheme > 0 && v[scheme + strcspn(v + scheme, " ")] == '\0' &&
	    strchr("/:?#", v[scheme]) == NULL;	/* nor the end */
}

/*
 * Check what else is expected of texts; NULL if V is so.  The database has no
 * such rules, so that rows which were written by hand may break them.
 */
static const char *
check_text(const struct store_table_column *c, const char *v)
{
	static const char *const schemas[] = { "ichnaea/v1", "combain/v1",
	    "googlemaps/v1", "unwiredlabs/v1" };
	size_t i;

	if (*v == '\0')
		return NULL;
	if (strcmp(c->name, "fallback_schema") == 0) {
		for (i = 0; i < 4 && strcmp(v, schemas[i]) != 0; i++)
			;
		if (i == 4)
			return "ichnaea/v1, combain/v1, googlemaps/v1 or "
			    "unwiredlabs/v1";
	}
	if (strcmp(c->name, "fallback_url") == 0 && !is_web(v))
		return "an address as https://HOST/PATH or http://HOST/PATH, "
		    "without blanks";
	return NULL;
}

static int
assign_text(const struct store_table_column *c, struct store_key *k,
    const char *v, char why[STORE_KEY_WHY_LEN])
{
	const char *what;

	if (!text_fits(v, c->max)) {
		snprintf(why, STORE_KEY_WHY_LEN, "up to %lld printable "
		    "characters", (long long)c->max);
		return -1;
	}
	if ((what = check_text(c, v)) != NULL) {
		strlcpy(why, what, STORE_KEY_WHY_LEN);
		return -1;
	}
	strlcpy(text_of(c, k), v, c->size);
	return 0;
}

/*
 * An empty value is NULL.  The limits are those of the column, so that there
 * is nothing for the server to refuse.
 */
static int
assign_num(const struct store_table_column *c, struct store_key *k,
    const char *v, char why[STORE_KEY_WHY_LEN])
{
	int is_bool = c->kind == STORE_TABLE_BOOL;
	int64_t n = STORE_KEY_NULL;

	if (is_bool && strcmp(v, "true") == 0)
		n = 1;
	else if (is_bool && strcmp(v, "false") == 0)
		n = 0;
	else if (*v != '\0' && (!base_num_i64(v, strlen(v), &n) ||
	    n < c->min || n > c->max)) {
		if (is_bool)
			strlcpy(why, "true or false, 1 or 0",
			    STORE_KEY_WHY_LEN);
		else
			snprintf(why, STORE_KEY_WHY_LEN, "a number from "
			    "%lld to %lld", (long long)c->min,
			    (long long)c->max);
		return -1;
	}
	*num_of(c, k) = n;
	return 0;
}

static const char *const trust_names[] = {
	[OBS_WITNESS_PUBLIC] = "public",
	[OBS_WITNESS_KEYED] = "keyed",
	[OBS_WITNESS_TRUSTED] = "trusted"
};
#define TRUSTS	(sizeof(trust_names) / sizeof(trust_names[0]))

const char *
store_key_trust_name(int64_t trust)
{
	assert(trust >= 0 && trust < (int64_t)TRUSTS);
	return trust_names[trust];
}

/* No value is that of whom nobody has said anything: public. */
static int
assign_trust(struct store_key *k, const char *v, char why[STORE_KEY_WHY_LEN])
{
	size_t i;

	if (*v == '\0')
		v = trust_names[OBS_WITNESS_PUBLIC];
	for (i = 0; i < TRUSTS; i++)
		if (strcmp(v, trust_names[i]) == 0) {
			k->trust = (int64_t)i;
			return (int)API_KEY->ncol;
		}
	strlcpy(why, "public, keyed or trusted", STORE_KEY_WHY_LEN);
	return -1;
}

static int
assign_note(struct store_key *k, const char *v, char why[STORE_KEY_WHY_LEN])
{
	if (!text_fits(v, STORE_KEY_NOTE_MAX)) {
		snprintf(why, STORE_KEY_WHY_LEN, "up to %d printable "
		    "characters", STORE_KEY_NOTE_MAX);
		return -1;
	}
	strlcpy(k->note, v, sizeof(k->note));
	return (int)API_KEY->ncol + 1;
}

static int
assign_expires(struct store_key *k, const char *v,
    char why[STORE_KEY_WHY_LEN])
{
	int64_t s;

	if (*v == '\0')
		k->expires = STORE_KEY_NULL;
	else if (strlen(v) == BASE_CIVIL_DATE_LEN - 1 &&
	    base_civil_parse(v, strlen(v), &s))
		k->expires = base_civil_day_of(s);
	else {
		strlcpy(why, "a day: YYYY-MM-DD", STORE_KEY_WHY_LEN);
		return -1;
	}
	return (int)API_KEY->ncol + 2;
}

int
store_key_expired(const struct store_key *k, int64_t today)
{
	return k->expires != STORE_KEY_NULL && today >= k->expires;
}

/* What is assigned to as if it were a column. */
static const struct {
	const char	*name;
	int		(*assign)(struct store_key *k, const char *v,
			    char why[STORE_KEY_WHY_LEN]);
} others[] = {
	{ STORE_KEY_TRUST, assign_trust }, { STORE_KEY_NOTE, assign_note },
	{ STORE_KEY_EXPIRES, assign_expires }
};
#define OTHERS	(sizeof(others) / sizeof(others[0]))

/*
 * K is changed only if the value is right.  The number that is returned is the
 * bit of store_key_update().
 */
int
store_key_assign(struct store_key *k, const char *assignment,
    char why[STORE_KEY_WHY_LEN])
{
	const char *eq = strchr(assignment, '=');
	const struct store_table_column *c;
	size_t i;
	int rc;

	if (eq == NULL) {
		strlcpy(why, "column=value", STORE_KEY_WHY_LEN);
		return -1;
	}
	for (i = 0; i < OTHERS; i++)
		if ((size_t)(eq - assignment) == strlen(others[i].name) &&
		    strncmp(assignment, others[i].name,
		    strlen(others[i].name)) == 0)
			return others[i].assign(k, eq + 1, why);
	if ((c = find_column(assignment, (size_t)(eq - assignment))) == NULL) {
		strlcpy(why, "a column of the table but valid_key",
		    STORE_KEY_WHY_LEN);
		return -1;
	}
	rc = c->kind == STORE_TABLE_TEXT ? assign_text(c, k, eq + 1, why) :
	    assign_num(c, k, eq + 1, why);
	return rc == -1 ? -1 : (int)(c - API_KEY->col);
}

/* "SELECT columns, trust, note, expires FROM api_key" */
static void
add_select(struct base_buf *b)
{
	base_buf_str(b, "SELECT ");
	store_table_read_list(b, API_KEY);
	base_buf_str(b, ", (SELECT t.trust FROM loc_key_trust AS t "
	    "WHERE t.valid_key = api_key.valid_key)"
	    ", (SELECT n.note FROM loc_key_note AS n "
	    "WHERE n.valid_key = api_key.valid_key)"
	    ", (SELECT n.expires FROM loc_key_note AS n "
	    "WHERE n.valid_key = api_key.valid_key) FROM api_key");
}

/*
 * The columns of the result are those of the table's description, as
 * add_select() asks for them by it, and three more.
 */
static void
read_row(struct store_key *k, char **field, const unsigned long *flen)
{
	int64_t s;
	size_t i;

	API_KEY->init(k);
	for (i = 0; i < API_KEY->ncol; i++)
		if (field[i] != NULL)
			store_table_take_text(API_KEY, &API_KEY->col[i],
			    field[i], flen[i], k);
	/* Whoever has no row there is a stranger, as is an odd number. */
	if (field[i] == NULL || !base_num_i64(field[i], flen[i], &k->trust) ||
	    k->trust < OBS_WITNESS_PUBLIC || k->trust > OBS_WITNESS_TRUSTED)
		k->trust = OBS_WITNESS_PUBLIC;
	if (field[i + 1] != NULL)
		strlcpy(k->note, field[i + 1], sizeof(k->note));
	k->expires = STORE_KEY_NULL;
	if (field[i + 2] != NULL &&
	    base_civil_parse(field[i + 2], flen[i + 2], &s))
		k->expires = base_civil_day_of(s);
}

/* Run the statement in B and release it. */
static int
run_buffer(struct store_db *db, struct base_buf *b)
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
on_key_row(void *arg, char **field, const unsigned long *flen)
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
read_key_rows(struct store_db *db, struct base_buf *b, struct reader *r)
{
	int rc = store_sql_query(db, b, on_key_row, r);

	base_buf_done(b);
	return rc;
}

/*
 * The collation may find a key that is spelled otherwise; on_key_row() does not
 * take it.
 */
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
	if (read_key_rows(db, &b, &r) == -1)
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
cmp_key_name(const void *name, const void *key)
{
	return strcmp(name, *(const char *const *)key);
}

/*
 * The row may be one that only the collation takes for the same; the search is
 * exact.
 */
static int
on_known_key(void *arg, char **field, const unsigned long *flen)
{
	struct known *k = arg;
	const char *const *at;

	(void)flen;
	at = bsearch(field[0], k->key, k->n, sizeof(*k->key), cmp_key_name);
	if (at != NULL)
		k->known[at - k->key] = 1;
	return 0;
}

/*
 * What can be no key is not asked for, so the others may be any text.  A list
 * that is too long for a statement becomes several.
 */
int
store_key_known(struct store_db *db, const char *const *key, size_t n,
    uint8_t *known)
{
	struct known k = { key, n, known };
	struct store_sql s = { .db = db, .between = ",", .tail = ")",
	    .head = "SELECT valid_key FROM api_key WHERE valid_key IN (",
	    .row = on_known_key, .arg = &k };
	struct base_buf *b;
	size_t i;

	memset(known, 0, n);
	for (i = 0; i < n; i++) {
		if (!store_key_check(key[i]))
			continue;
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
	return read_key_rows(db, &b, &r);
}

/*
 * Write how far K is believed: a key that nobody has said anything of has no
 * row there.
 */
static int
write_trust(struct store_db *db, const struct store_key *k)
{
	struct base_buf b;

	base_buf_init(&b);
	if (k->trust == OBS_WITNESS_PUBLIC) {
		base_buf_str(&b, "DELETE FROM loc_key_trust WHERE "
		    "valid_key = ");
		store_sql_quote(&b, k->valid_key);
	} else {
		base_buf_str(&b, "REPLACE INTO loc_key_trust "
		    "(valid_key, trust) VALUES (");
		store_sql_quote(&b, k->valid_key);
		base_buf_fmt(&b, ", %d)", (int)k->trust);
	}
	return run_buffer(db, &b);
}

/* The same of whose it is and until when. */
static int
write_note(struct store_db *db, const struct store_key *k)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct base_buf b;

	base_buf_init(&b);
	if (k->note[0] == '\0' && k->expires == STORE_KEY_NULL)
		base_buf_str(&b, "DELETE FROM loc_key_note WHERE "
		    "valid_key = ");
	else
		base_buf_str(&b, "REPLACE INTO loc_key_note "
		    "(valid_key, note, expires) VALUES (");
	store_sql_quote(&b, k->valid_key);
	if (k->note[0] != '\0' || k->expires != STORE_KEY_NULL) {
		base_buf_chr(&b, ',');
		store_sql_quote(&b, k->note[0] == '\0' ? NULL : k->note);
		base_buf_chr(&b, ',');
		if (k->expires != STORE_KEY_NULL)
			base_civil_format_date(day, k->expires);
		store_sql_quote(&b, k->expires == STORE_KEY_NULL ? NULL :
		    day);
		base_buf_chr(&b, ')');
	}
	return run_buffer(db, &b);
}

/*
 * The transaction is there for TELL: a random key that was stored but
 * never shown would be lost, and one that was shown must be stored.  Output
 * that fails ends the program before the COMMIT.  This is not repeated by
 * store_retry(), as TELL must not be called twice.
 */
int
store_key_insert(struct store_db *db, const struct store_key *k,
    void (*tell)(void *arg, const struct store_key *k), void *arg)
{
	struct base_buf b;
	size_t i;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, "INSERT INTO api_key (");
	store_table_write_list(&b, API_KEY);
	for (i = 0; i < API_KEY->ncol; i++) {
		base_buf_str(&b, i == 0 ? ") VALUES (" : ",");
		store_table_literal(&b, API_KEY, &API_KEY->col[i], k);
	}
	base_buf_chr(&b, ')');
	if (store_db_exec(db, "START TRANSACTION") == -1) {
		base_buf_done(&b);
		return -1;
	}
	if (run_buffer(db, &b) == -1) {
		rc = store_db_retry(db) == STORE_ERROR_DUPLICATE ? 0 : -1;
		store_db_rollback(db);
		return rc;
	}
	if (write_trust(db, k) == -1 || write_note(db, k) == -1) {
		store_db_rollback(db);
		return -1;
	}
	tell(arg, k);
	return store_db_exec(db, "COMMIT") == -1 ? -1 : 1;
}

/*
 * The key is read first, because WHERE folds case: it would change a key that
 * is spelled otherwise.  As the primary key folds case, too, both cannot
 * exist.
 */
int
store_key_update(struct store_db *db, const struct store_key *k,
    unsigned mask)
{
	const char *sep = "UPDATE api_key SET ";
	const struct store_table_column *c;
	struct store_key old;
	struct base_buf b;
	size_t i;
	int rc;

	if ((rc = store_key_get(db, k->valid_key, &old)) != 1 || mask == 0)
		return rc;
	if ((mask & TRUST_BIT) != 0 && write_trust(db, k) == -1)
		return -1;
	if ((mask & NOTE_BITS) != 0 && write_note(db, k) == -1)
		return -1;
	if ((mask & ~(TRUST_BIT | NOTE_BITS)) == 0)
		return 1;
	base_buf_init(&b);
	for (i = 1; i < API_KEY->ncol; i++)
		if ((mask & 1u << i) != 0) {
			c = &API_KEY->col[i];
			base_buf_fmt(&b, "%s%s = ", sep, c->name);
			store_table_literal(&b, API_KEY, c, k);
			sep = ", ";
		}
	base_buf_str(&b, " WHERE valid_key = ");
	store_sql_quote(&b, k->valid_key);
	return run_buffer(db, &b) == -1 ? -1 : 1;
}

static int
delete_from(struct store_db *db, const char *table, const char *key)
{
	struct base_buf b;

	base_buf_init(&b);
	base_buf_fmt(&b, "DELETE FROM %s WHERE valid_key = ", table);
	store_sql_quote(&b, key);
	return run_buffer(db, &b);
}

/* The key goes first: what is left of it after a crash is nobody's. */
int
store_key_delete(struct store_db *db, const char *key)
{
	struct store_key k;
	int rc;

	if ((rc = store_key_get(db, key, &k)) != 1)
		return rc;
	if (delete_from(db, "api_key", key) == -1 ||
	    delete_from(db, "loc_key_trust", key) == -1 ||
	    delete_from(db, "loc_key_note", key) == -1)
		return -1;
	return 1;
}
