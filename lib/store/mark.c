/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/mark.h"
#include "store/retry.h"
#include "store/sql.h"

/* Where store_mark_get() leaves what it found. */
struct found {
	char	*value;
	size_t	 size;
	int	 n;
};

static int
on_value(void *arg, char **field, const unsigned long *flen)
{
	struct found *f = arg;

	(void)flen;		/* what we wrote has no zero byte */
	strlcpy(f->value, field[0], f->size);
	f->n++;
	return 0;
}

int
store_mark_get(struct store_db *db, const char *name, char *value,
    size_t size)
{
	struct found f = { .value = value, .size = size };
	struct base_buf b;
	int rc;

	assert(strlen(name) <= STORE_MARK_NAME_MAX && size > 0);
	*value = '\0';
	base_buf_init(&b);
	base_buf_str(&b, "SELECT value FROM loc_mark WHERE name = ");
	store_sql_quote(&b, name);
	rc = store_sql_query(db, &b, on_value, &f);
	base_buf_done(&b);
	assert(f.n <= 1);
	return rc == -1 ? -1 : f.n;
}

struct mark {
	const char	*name, *value;
};

/* One attempt, for store_retry(). */
static int
set_attempt(struct store_db *db, void *arg)
{
	const struct mark *m = arg;
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, "INSERT INTO loc_mark (name, value, time) VALUES (");
	store_sql_quote(&b, m->name);
	base_buf_chr(&b, ',');
	store_sql_quote(&b, m->value);
	base_buf_str(&b, ",UTC_TIMESTAMP()) ON DUPLICATE KEY UPDATE "
	    "value = VALUES(value), time = VALUES(time)");
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

int
store_mark_set(struct store_db *db, const char *name, const char *value)
{
	struct mark m = { name, value };

	assert(strlen(name) <= STORE_MARK_NAME_MAX &&
	    strlen(value) <= STORE_MARK_MAX);
	return store_retry(db, set_attempt, &m);
}

/* A clock that was set back leaves marks of the future: they are new. */
int
store_mark_age(struct store_db *db, const char *name, int64_t *age_s)
{
	struct base_buf b;
	int rc = -1;

	assert(strlen(name) <= STORE_MARK_NAME_MAX);
	base_buf_init(&b);
	base_buf_str(&b, "SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, time, "
	    "UTC_TIMESTAMP())) FROM loc_mark WHERE name = ");
	store_sql_quote(&b, name);
	if (base_buf_ok(&b))
		rc = store_db_get_i64(db, b.data, age_s, -1);
	base_buf_done(&b);
	return rc == -1 ? -1 : *age_s >= 0;
}
