/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "store/db.h"
#include "store/optout.h"

/* Rows of one statement. */
#define MANY	1000

static int
is_usable(const struct base_buf *b)
{
	if (!base_buf_ok(b))
		warnx("database: out of memory");
	return base_buf_ok(b);
}

/* Count N opt-outs of one kind. */
static int
add(struct store_db *db, struct base_buf *b, const struct obs_optout *o,
    size_t n, int64_t now)
{
	char day[BASE_CIVIL_DATE_LEN];
	size_t i;

	base_civil_format_date(day, base_civil_day_of(now));
	base_buf_reset(b);
	base_buf_str(b, "INSERT INTO loc_optout "
	    "(kind, mac, `count`, `first`, `last`) VALUES ");
	for (i = 0; i < n; i++) {
		base_buf_fmt(b, "%s(%d,", i > 0 ? "," : "", o[i].kind);
		store_db_quote_bytes(b, o[i].mac, RADIO_MAC_LEN);
		base_buf_fmt(b, ",%u,'%s','%s')", o[i].n, day, day);
	}
	base_buf_fmt(b, " ON DUPLICATE KEY UPDATE "
	    "`count` = LEAST(`count` + VALUES(`count`), %u), "
	    "`last` = VALUES(`last`)", UINT32_MAX);
	return is_usable(b) ? store_db_run(db, b->data, b->len) : -1;
}

/* The networks of one kind that were found. */
struct found {
	uint8_t			 kind;
	struct obs_optout	*at;
	size_t			 n;
};

static int
on_mac(void *arg, char **field, const unsigned long *flen)
{
	struct found *f = arg;
	struct obs_optout *o = &f->at[f->n];

	if (flen[0] != RADIO_MAC_LEN)
		return -1;
	*o = (struct obs_optout){ .kind = f->kind };
	memcpy(o->mac, field[0], RADIO_MAC_LEN);
	f->n++;
	return 0;
}

/* Which of N networks of one kind have been spoken for by ENOUGH? */
static int
find(struct store_db *db, struct base_buf *b, const struct obs_optout *o,
    size_t n, int64_t enough, struct found *f)
{
	size_t i;

	base_buf_reset(b);
	base_buf_fmt(b, "SELECT mac FROM loc_optout WHERE kind = %d "
	    "AND `count` >= %lld AND mac IN ", o->kind, (long long)enough);
	for (i = 0; i < n; i++) {
		base_buf_chr(b, i > 0 ? ',' : '(');
		store_db_quote_bytes(b, o[i].mac, RADIO_MAC_LEN);
	}
	base_buf_chr(b, ')');
	f->kind = o->kind;
	return is_usable(b) ?
	    store_db_query(db, b->data, b->len, on_mac, f) : -1;
}

int
store_optout_count(struct store_db *db, const struct obs_optout *o, size_t n,
    int64_t enough, int64_t now, struct obs_optout *forget, size_t *nforget)
{
	struct found f = { .at = forget };
	struct base_buf b;
	size_t i, many;
	int rc = 0;

	base_buf_init(&b);
	for (i = 0; i < n && rc == 0; i += many) {
		for (many = 1; many < MANY && i + many < n &&
		    o[i + many].kind == o[i].kind; many++)
			;
		rc = add(db, &b, o + i, many, now);
		if (rc == 0 && enough > 0)
			rc = find(db, &b, o + i, many, enough, &f);
	}
	base_buf_done(&b);
	*nforget = obs_optout_merge(forget, f.n);
	return rc;
}
