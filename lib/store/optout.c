/* SPDX-License-Identifier: ISC */
/*
 * Opt-outs are counted and the networks found within the transaction of the
 * batch that they came with, so that a submission which comes twice speaks for
 * its networks once.  The table has a row for every network that was ever
 * named, which is never deleted: a network that was forgotten stays so.
 *
 * Both statements go by kind and address in ascending order, which is the
 * order of the primary key, so that two batches that name the same networks
 * wait for each other instead of blocking each other.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "store/db.h"
#include "store/optout.h"
#include "store/sql.h"

/*
 * Count N opt-outs of one kind.  The sum is kept at what the column holds, for
 * under the strict mode more than that would fail, and the batch with it, for
 * ever.
 */
static int
tally_optouts(struct store_db *db, const struct obs_optout *o, size_t n,
    int64_t now)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct store_sql s = { .db = db, .between = ",",
	    .head = "INSERT INTO loc_optout "
	    "(kind, mac, `count`, `first`, `last`) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE "
	    "`count` = LEAST(`count` + VALUES(`count`), 4294967295), "
	    "`last` = VALUES(`last`)" };
	struct base_buf *b;
	size_t i;

	base_civil_format_date(day, base_civil_day_of(now));
	for (i = 0; i < n; i++) {
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_buf_fmt(b, "(%d,", o[i].kind);
		store_sql_quote_bytes(b, o[i].mac, RADIO_MAC_LEN);
		base_buf_fmt(b, ",%u,'%s','%s')", o[i].n, day, day);
	}
	return store_sql_end(&s);
}

/* The networks of one kind that were found. */
struct found {
	uint8_t			 kind;
	struct obs_optout	*at;
	size_t			 n;
};

/*
 * There is room for every row, because only networks that were asked for are
 * found, each once.
 */
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

/*
 * Which of N networks of one kind have been spoken for by ENOUGH?  Their rows
 * are our own by now, but only a locking read shows them as they are in any
 * isolation.
 */
static int
find_enough(struct store_db *db, const struct obs_optout *o, size_t n,
    int64_t enough, struct found *f)
{
	char head[128];
	struct store_sql s = { .db = db, .head = head, .between = ",",
	    .tail = ") FOR UPDATE", .row = on_mac, .arg = f };
	struct base_buf *b;
	size_t i;

	snprintf(head, sizeof(head), "SELECT mac FROM loc_optout "
	    "WHERE kind = %d AND `count` >= %lld AND mac IN (", o->kind,
	    (long long)enough);
	f->kind = o->kind;
	for (i = 0; i < n; i++) {
		if ((b = store_sql_next(&s)) == NULL)
			break;
		store_sql_quote_bytes(b, o[i].mac, RADIO_MAC_LEN);
	}
	return store_sql_end(&s);
}

/*
 * The result of an IN list is in no order that could be relied on, and a long
 * list is asked for by several statements, so that what was found is sorted at
 * the end.
 */
int
store_optout_count(struct store_db *db, const struct obs_optout *o, size_t n,
    int64_t enough, int64_t now, struct obs_optout *forget, size_t *nforget)
{
	struct found f = { .at = forget };
	size_t i, many;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i += many) {
		for (many = 1; i + many < n &&
		    o[i + many].kind == o[i].kind; many++)
			;
		rc = tally_optouts(db, o + i, many, now);
		if (rc == 0 && enough > 0)
			rc = find_enough(db, o + i, many, enough, &f);
	}
	*nforget = obs_optout_merge(forget, f.n);
	return rc;
}
