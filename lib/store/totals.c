/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/civil.h"
#include "base/num.h"
#include "store/db.h"
#include "store/totals.h"

/* Who wants rows. */
struct reader {
	int	(*day)(void *arg, int key, int64_t day, int64_t value);
	int	(*region)(void *arg, const struct store_totals_region *row);
	void	*arg;
};

/* A column as a number; NULL is 0, as Ichnaea's pages have it. */
static int64_t
number_of(char **field, const unsigned long *flen, int i)
{
	int64_t v = 0;

	if (field[i] != NULL)
		base_num_i64(field[i], flen[i], &v);
	return v;
}

static int
on_day(void *arg, char **field, const unsigned long *flen)
{
	const struct reader *r = arg;
	int64_t s;

	if (field[1] == NULL || !base_civil_parse(field[1], flen[1], &s))
		return 0;
	return r->day(r->arg, (int)number_of(field, flen, 0),
	    base_civil_day_of(s), number_of(field, flen, 2));
}

int
store_totals_days(struct store_db *db,
    int (*each)(void *arg, int key, int64_t day, int64_t value), void *arg)
{
	static const char sql[] = "SELECT `key`, `time`, value FROM stat "
	    "ORDER BY `key`, `time`";
	struct reader r = { .day = each, .arg = arg };

	return store_db_query(db, sql, strlen(sql), on_day, &r);
}

static int
on_region(void *arg, char **field, const unsigned long *flen)
{
	const struct reader *r = arg;
	const struct store_totals_region row = {
		.code = field[0],
		.gsm = number_of(field, flen, 1),
		.wcdma = number_of(field, flen, 2),
		.lte = number_of(field, flen, 3),
		.nr = number_of(field, flen, 4),
		.blue = number_of(field, flen, 5),
		.wifi = number_of(field, flen, 6)
	};

	return row.code == NULL ? 0 : r->region(r->arg, &row);
}

int
store_totals_regions(struct store_db *db,
    int (*each)(void *arg, const struct store_totals_region *row), void *arg)
{
	static const char sql[] = "SELECT region, gsm, wcdma, lte, nr, blue, "
	    "wifi FROM region_stat ORDER BY region";
	struct reader r = { .region = each, .arg = arg };

	return store_db_query(db, sql, strlen(sql), on_region, &r);
}
