/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "station/trust.h"
#include "store/contest.h"
#include "store/db.h"
#include "store/row.h"

/* Numbers of one row, as many as are asked for; NULL counts as 0. */
struct numbers {
	int64_t	at[3];
	size_t	n;
};

static int
on_numbers(void *arg, char **field, const unsigned long *flen)
{
	struct numbers *n = arg;
	size_t i;

	for (i = 0; i < n->n; i++)
		if (field[i] == NULL ||
		    !base_num_i64(field[i], flen[i], &n->at[i]))
			n->at[i] = 0;
	return 0;
}

/* How many networks have votes to be opted out, but not VOTES on DAYS. */
static int
count_pending(struct store_db *db, int64_t votes, int64_t days, int64_t *n)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM loc_optout WHERE "
	    "votes > 0 AND (votes < %lld OR days < %lld)", (long long)votes,
	    (long long)days);
	return store_db_get_i64(db, sql, n, 0);
}

/*
 * There is no index for this, as nothing else asks and each would cost more
 * than the rows that it finds: most rows have no contest.
 */
int
store_contest_count(struct store_db *db, int64_t votes, int64_t days,
    struct store_contest_stations *s)
{
	struct numbers got = { .n = 3 };
	char sql[256];
	int len, table;

	memset(s, 0, sizeof(*s));
	for (table = 0; table < STORE_ROW_AREA; table++) {
		len = snprintf(sql, sizeof(sql), "SELECT SUM(LENGTH(trust) = "
		    "%d), SUM(ORD(SUBSTR(trust, 2, 1)) & %d <> 0), "
		    "SUM(ORD(SUBSTR(trust, 2, 1)) & %d <> 0 AND lat IS NOT "
		    "NULL) FROM %s WHERE trust IS NOT NULL",
		    STATION_TRUST_BYTES, STATION_TRUST_HIDDEN,
		    STATION_TRUST_OPTED_OUT, store_row_table_name(table));
		if (store_db_query(db, sql, (size_t)len, on_numbers,
		    &got) == -1)
			return -1;
		s->contested += got.at[0];
		s->hidden += got.at[1];
		s->opted_out += got.at[2];
	}
	return count_pending(db, votes, days, &s->pending);
}

int
store_contest_witnesses(struct store_db *db, int64_t day,
    struct store_contest_witnesses *w)
{
	struct numbers got = { .n = 3 };
	char sql[128];
	int len;

	len = snprintf(sql, sizeof(sql), "SELECT COUNT(*), MAX(contra), "
	    "MAX(born) FROM loc_witness WHERE day = %lld", (long long)day);
	if (store_db_query(db, sql, (size_t)len, on_numbers, &got) == -1)
		return -1;
	w->n = got.at[0];
	w->contra = got.at[1];
	w->born = got.at[2];
	return 0;
}
