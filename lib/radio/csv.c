/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "radio/csv.h"

enum { RADIO, MCC, NET, AREA, CELL, UNIT, LON, LAT, RANGE, SAMPLES,
	CHANGEABLE, CREATED, UPDATED, NEEDED };

#define MAX_LAT		85.051		/* as in geo/dist.h */
#define SAMPLES_MAX	4294967295	/* int unsigned */
#define TIME_MAX	253402300799	/* the end of 9999 */

struct field {
	const char	*s;
	size_t		 len;
};

static const struct {
	const char	*name, *why;
} verdicts[RADIO_CSV_VERDICTS] = {
	[RADIO_CSV_OK] = { "ok", "nothing" },
	[RADIO_CSV_HEAD] = { "header", "a row, not a second header" },
	[RADIO_CSV_FIELDS] = { "fields", "13 fields or more" },
	[RADIO_CSV_QUOTED] = { "quoted", "fields without quotes" },
	[RADIO_CSV_RADIO] = { "radio", "radio GSM, UMTS, LTE or NR" },
	[RADIO_CSV_UNKNOWN] = { "unknown", "radio GSM, UMTS, LTE or NR" },
	[RADIO_CSV_NUMBER] = { "number", "a number in every field but radio" },
	[RADIO_CSV_MCC] = { "mcc", "mcc to be one in use" },
	[RADIO_CSV_NET] = { "net", "net from 0 to 999" },
	[RADIO_CSV_AREA] = { "area", "area from 1 to 65533, of NR to 16777213" },
	[RADIO_CSV_CELL] = { "cell",
	    "cell from 1 to 268435455, of NR to 68719476735" },
	[RADIO_CSV_POSITION] = { "position",
	    "lon within 180 and lat within 85.051 degrees" },
	[RADIO_CSV_RANGE] = { "range", "range not below 0" },
	[RADIO_CSV_SAMPLES] = { "samples", "samples from 0 to 4294967295" },
	[RADIO_CSV_TIME] = { "time", "created and updated since 1970" },
};

const char *
radio_csv_name(enum radio_csv_verdict v)
{
	return verdicts[v].name;
}

const char *
radio_csv_why(enum radio_csv_verdict v)
{
	return verdicts[v].why;
}

static size_t
split(struct field *f, size_t max, const char *line, size_t len)
{
	const char *comma, *end = line + len;
	size_t n = 0;

	while (n < max) {
		if ((comma = memchr(line, ',', (size_t)(end - line))) == NULL)
			comma = end;
		f[n].s = line;
		f[n++].len = (size_t)(comma - line);
		if (comma == end)
			break;
		line = comma + 1;
	}
	return n;
}

static enum radio_cell_type
radio_of(const struct field *f)
{
	return radio_cell_type_of_word(f->s, f->len, 0);
}

/* An integer into *V, EMPTY when there is no text.  1 or 0. */
static int
num(const struct field *f, int64_t *v, int64_t empty)
{
	if (f->len == 0) {
		*v = empty;
		return 1;
	}
	return base_num_i64(f->s, f->len, v);
}

static int32_t
narrow(int64_t v)
{
	return v < -1 || v > INT32_MAX ? -1 : (int32_t)v;
}

enum radio_csv_verdict
radio_csv_parse(struct radio_csv_row *row, const char *line, size_t len,
    int (*mcc_valid)(int mcc))
{
	struct field f[NEEDED];
	struct radio_cell *c = &row->cell;
	int64_t area, mcc, net, unit;
	enum radio_cell_verdict v;

	if (len >= 6 && strncasecmp(line, "radio,", 6) == 0)
		return RADIO_CSV_HEAD;
	if (memchr(line, '"', len) != NULL)
		return RADIO_CSV_QUOTED;
	if (split(f, NEEDED, line, len) < NEEDED)
		return RADIO_CSV_FIELDS;
	if ((c->type = radio_of(&f[RADIO])) == RADIO_CELL_NONE)
		return RADIO_CSV_UNKNOWN;
	if (!radio_cell_is_stored(c->type))
		return RADIO_CSV_RADIO;
	if (!num(&f[MCC], &mcc, -1) || !num(&f[NET], &net, -1) ||
	    !num(&f[AREA], &area, -1) || !num(&f[CELL], &c->cid, -1) ||
	    !num(&f[UNIT], &unit, -1) ||
	    !num(&f[RANGE], &row->range_m, 0) ||
	    !num(&f[SAMPLES], &row->samples, 0) ||
	    !num(&f[CREATED], &row->created, RADIO_CSV_NO_TIME) ||
	    !num(&f[UPDATED], &row->updated, RADIO_CSV_NO_TIME) ||
	    !base_num_f64(f[LON].s, f[LON].len, &row->lon) ||
	    !base_num_f64(f[LAT].s, f[LAT].len, &row->lat))
		return RADIO_CSV_NUMBER;
	c->mcc = narrow(mcc);
	c->mnc = narrow(net);
	c->lac = narrow(area);
	c->psc = narrow(unit);
	c->signal_dbm = c->asu = c->ta = RADIO_CELL_UNKNOWN;
	if ((v = radio_cell_check(c, mcc_valid(c->mcc), 0)) != RADIO_CELL_OK)
		return !mcc_valid(c->mcc) ? RADIO_CSV_MCC :
		    c->mnc < 0 || c->mnc > RADIO_CELL_MNC_MAX ?
		    RADIO_CSV_NET : v == RADIO_CELL_BAD ? RADIO_CSV_AREA :
		    RADIO_CSV_CELL;
	if (!(fabs(row->lat) <= MAX_LAT) || !(fabs(row->lon) <= 180))
		return RADIO_CSV_POSITION;
	if (row->range_m < 0)
		return RADIO_CSV_RANGE;
	if (row->range_m > RADIO_CSV_RANGE_MAX_M)
		row->range_m = RADIO_CSV_RANGE_MAX_M;
	if (row->samples < 0 || row->samples > SAMPLES_MAX)
		return RADIO_CSV_SAMPLES;
	if ((row->created != RADIO_CSV_NO_TIME && row->created < 0) ||
	    (row->updated != RADIO_CSV_NO_TIME && row->updated < 0) ||
	    row->created > TIME_MAX || row->updated > TIME_MAX)
		return RADIO_CSV_TIME;
	return RADIO_CSV_OK;
}

int
radio_csv_plausible(const char *line, size_t len)
{
	struct field f[NEEDED];
	int64_t v;
	int i;

	if (split(f, NEEDED, line, len) < NEEDED ||
	    radio_of(&f[RADIO]) == RADIO_CELL_NONE)
		return 0;
	for (i = MCC; i <= CELL; i++)
		if (!num(&f[i], &v, 0))
			return 0;
	return 1;
}
