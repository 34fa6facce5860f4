/* SPDX-License-Identifier: ISC */
/*
 * Both are 16 bytes that no statement may leave in a log of the server's where
 * it can be helped: they are made here, and read as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/sql.h"
#include "store/trust.h"

struct secret {
	uint8_t	*out;
	int	 found;
};

/* What has another length is none. */
static int
on_secret(void *arg, char **field, const unsigned long *flen)
{
	struct secret *s = arg;

	if (field[0] == NULL || flen[0] != OBS_WITNESS_SECRET)
		return 0;
	memcpy(s->out, field[0], OBS_WITNESS_SECRET);
	s->found = 1;
	return 0;
}

int
store_trust_secret(struct store_db *db, uint8_t secret[OBS_WITNESS_SECRET])
{
	static const char sql[] = "SELECT value FROM loc_meta "
	    "WHERE name = 'trust_secret'";
	struct secret s = { secret, 0 };

	if (store_db_query(db, sql, sizeof(sql) - 1, on_secret, &s) == -1)
		return -1;
	return s.found;
}

static int
read_salt(struct store_db *db, int64_t day, struct secret *s)
{
	char sql[80];
	int len;

	len = snprintf(sql, sizeof(sql), "SELECT salt FROM loc_trust_day "
	    "WHERE day = %lld", (long long)day);
	return store_db_query(db, sql, (size_t)len, on_secret, s);
}

static int
make_salt(struct store_db *db, int64_t day)
{
	uint8_t random[OBS_WITNESS_SECRET];
	struct base_buf b;
	int rc;

	arc4random_buf(random, sizeof(random));
	base_buf_init(&b);
	base_buf_fmt(&b, "INSERT IGNORE INTO loc_trust_day (day, salt) "
	    "VALUES (%lld,", (long long)day);
	store_sql_quote_bytes(&b, random, sizeof(random));
	base_buf_chr(&b, ')');
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

/* Of several workers that make it at once the first has made it for all. */
int
store_trust_salt(struct store_db *db, int64_t day, int make,
    uint8_t salt[OBS_WITNESS_SECRET])
{
	struct secret s = { salt, 0 };

	if (read_salt(db, day, &s) == -1)
		return -1;
	if (s.found || !make)
		return s.found;
	if (make_salt(db, day) == -1 || read_salt(db, day, &s) == -1)
		return -1;
	return s.found;
}
