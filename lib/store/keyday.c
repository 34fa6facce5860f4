/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "store/db.h"
#include "store/keyday.h"

void
store_keyday_put(struct store_keyday_put *p, int64_t day, const char *key,
    const char *what, int64_t count)
{
	char date[BASE_CIVIL_DATE_LEN];
	struct base_buf *b;

	if (!p->begun) {
		p->sql = (struct store_sql){ .db = p->db, .between = ",",
		    .head = "INSERT INTO loc_key_day "
		    "(day, valid_key, what, `count`) VALUES ",
		    .tail = " ON DUPLICATE KEY UPDATE "
		    "`count` = GREATEST(`count`, VALUES(`count`))" };
		p->begun = 1;
	}
	if ((b = store_sql_next(&p->sql)) == NULL)
		return;
	base_civil_format_date(date, day);
	base_buf_fmt(b, "('%s',", date);
	store_sql_quote(b, key);
	base_buf_chr(b, ',');
	store_sql_quote(b, what);
	base_buf_fmt(b, ",%lld)", (long long)count);
}

int
store_keyday_end(struct store_keyday_put *p)
{
	return p->begun ? store_sql_end(&p->sql) : 0;
}

struct reader {
	int	(*each)(void *arg, int64_t day, const char *key,
		    const char *what, int64_t count);
	void	*arg;
};

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	const struct reader *r = arg;
	int64_t count, s;

	if (!base_civil_parse(field[0], flen[0], &s) ||
	    !base_num_i64(field[3], flen[3], &count))
		return -1;
	return r->each(r->arg, base_civil_day_of(s), field[1], field[2],
	    count);
}

int
store_keyday_list(struct store_db *db, int64_t from, int64_t to,
    int (*each)(void *arg, int64_t day, const char *key, const char *what,
    int64_t count), void *arg)
{
	char first[BASE_CIVIL_DATE_LEN], last[BASE_CIVIL_DATE_LEN];
	struct reader r = { each, arg };
	struct base_buf b;
	int rc;

	base_civil_format_date(first, from);
	base_civil_format_date(last, to);
	base_buf_init(&b);
	base_buf_fmt(&b, "SELECT day, valid_key, what, `count` "
	    "FROM loc_key_day WHERE day BETWEEN '%s' AND '%s' "
	    "ORDER BY day, valid_key, what", first, last);
	rc = store_sql_query(db, &b, on_row, &r);
	base_buf_done(&b);
	return rc;
}

/* Some at a time, so that no transaction is long. */
int64_t
store_keyday_trim(struct store_db *db, int dry, int64_t day)
{
	char date[BASE_CIVIL_DATE_LEN], sql[128];
	int64_t n = 0, removed = 0;

	base_civil_format_date(date, day);
	if (dry) {
		snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM loc_key_day "
		    "WHERE day < '%s'", date);
		return store_db_get_i64(db, sql, &n, 0) == -1 ? -1 : n;
	}
	do {
		if (store_db_execf(db, "DELETE FROM loc_key_day "
		    "WHERE day < '%s' LIMIT 10000", date) == -1)
			return -1;
		n = (int64_t)store_db_affected(db);
		removed += n;
	} while (n > 0);
	return removed;
}
