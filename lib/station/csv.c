/* SPDX-License-Identifier: ISC */
/*
 * Lines are made by the million, so numbers are written by hand: a line costs
 * some 80 ns, which is less than the database needs to find its row.
 *
 * A coordinate is rounded to an integer of ten-millionths of a degree first,
 * half to even as rint() does it, and that is what is written: so there are
 * always seven decimals, and never a negative zero.
 */
#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "radio/csv.h"
#include "radio/mac.h"
#include "station/csv.h"

#define REST_HEADER	"lat,lon,max_lat,min_lat,max_lon,min_lon,radius," \
			"region,samples,source,weight,created,modified," \
			"last_seen,block_first,block_last,block_count\n"

/* Beyond it nothing is a coordinate, and digits would not fit. */
#define DEG_MAX		1000.0

#define EIGHT_DIGITS	100000000	/* numbers below have no more */

const char *
station_csv_header(enum station_csv_kind kind)
{
	switch (kind) {
	case STATION_CSV_PUBLIC:
		return RADIO_CSV_HEADER "\r\n";
	case STATION_CSV_CELL:
		return "radio,mcc,mnc,lac,cid,psc," REST_HEADER;
	default:
		return "mac," REST_HEADER;
	}
}

const char *
station_csv_radio(int type)
{
	switch (type) {
	case RADIO_CELL_GSM:
		return "GSM";
	case RADIO_CELL_WCDMA:
		return "UMTS";
	case RADIO_CELL_LTE:
		return "LTE";
	case RADIO_CELL_NR:
		return "NR";
	default:
		return "";
	}
}

static char *
put_csv_text(char *p, const char *s)
{
	while (*s != '\0')
		*p++ = *s++;
	return p;
}

/*
 * V, which is below 10^8, as the values of its eight digits, the first of them
 * in the lowest byte.  It is cut into halves, quarters and digits, all pieces
 * side by side: to divide by ten eight times takes several times as long, since
 * each division has to wait for the one before.
 */
static inline uint64_t
split_digits(uint64_t v)
{
	uint64_t hundreds, tens;

	assert(v < EIGHT_DIGITS);
	v = v / 10000 | v % 10000 << 32;
	hundreds = v * 10486 >> 20 & 0x7f0000007f;
	v = hundreds | (v - hundreds * 100) << 16;
	tens = v * 103 >> 10 & 0x000f000f000f000f;
	return tens | (v - tens * 10) << 8;
}

/*
 * Write the digits of SPLIT but for the first SKIP.  Always eight bytes are
 * written, which STATION_CSV_MAX has room for: how many of them count differs
 * from number to number, and a branch that cannot be foreseen costs more than
 * all else here.
 */
static inline char *
put_digits(char *p, uint64_t split, unsigned skip)
{
	uint64_t text = htole64((split | 0x3030303030303030) >> skip * 8);

	assert(skip < 8);
	memcpy(p, &text, sizeof(text));
	return p + 8 - skip;
}

/* The last bit that is set below keeps one digit of a zero. */
static inline char *
put_short_number(char *p, uint64_t v)
{
	uint64_t split = split_digits(v);

	return put_digits(p, split,
	    (unsigned)__builtin_ctzll(split | (uint64_t)1 << 56) / 8);
}

static char *
put_long_number(char *p, uint64_t v)
{
	p = v / EIGHT_DIGITS < EIGHT_DIGITS ?
	    put_short_number(p, v / EIGHT_DIGITS) :
	    put_long_number(p, v / EIGHT_DIGITS);
	return put_digits(p, split_digits(v % EIGHT_DIGITS), 0);
}

static inline char *
put_csv_number(char *p, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	if (v < 0)
		*p++ = '-';
	return u < EIGHT_DIGITS ? put_short_number(p, u) :
	    put_long_number(p, u);
}

/* A comma and V, or what stands for NULL. */
static char *
put_csv_field(char *p, int64_t v, const char *null)
{
	*p++ = ',';
	return v == STATION_ROW_NULL ? put_csv_text(p, null) :
	    put_csv_number(p, v);
}

/* A comma and degrees with seven decimals, or nothing for NULL. */
static char *
put_csv_degrees(char *p, double deg)
{
	int64_t v;

	*p++ = ',';
	if (!(fabs(deg) <= DEG_MAX))
		return p;
	if ((v = (int64_t)rint(deg * 1e7)) < 0) {
		*p++ = '-';
		v = -v;
	}
	p = put_short_number(p, (uint64_t)v / 10000000);
	put_digits(p, split_digits((uint64_t)v % 10000000), 0);
	*p = '.';		/* where the eighth digit was, a zero */
	return p + 8;
}

/*
 * A comma and V as the shortest digits that read back, without ".0"; 0 for
 * NULL.  Most weights are whole numbers.
 */
static char *
put_weight(char *p, double v)
{
	int n = 0, prec;

	*p++ = ',';
	if (!isfinite(v))
		return put_csv_number(p, 0);
	if (v == rint(v) && fabs(v) < 1e15)
		return put_csv_number(p, (int64_t)v);
	for (prec = 15; prec <= 17; prec++) {
		n = snprintf(p, 32, "%.*g", prec, v);
		if (strtod(p, NULL) == v)
			break;
	}
	return p + n;
}

/* Days are told as the second in which they begin. */
static char *
put_day(char *p, int64_t day)
{
	return put_csv_field(p, day == STATION_ROW_NULL ? day :
	    day * BASE_CIVIL_DAY_S, "");
}

/* The numbers of a cell behind its radio. */
static char *
put_identity(char *p, const struct radio_cell *c, int64_t psc)
{
	p = put_csv_field(p, c->mcc, "");
	p = put_csv_field(p, c->mnc, "");
	p = put_csv_field(p, c->lac, "");
	p = put_csv_field(p, c->cid, "");
	return put_csv_field(p, psc, "");
}

/* A published line; a negative radius would be nobody's. */
static char *
put_public(char *p, const struct station_row *r)
{
	struct radio_cell c;

	radio_cell_from_key(&c, r->key);
	p = put_csv_text(p, station_csv_radio(c.type));
	p = put_identity(p, &c, r->psc);
	p = put_csv_degrees(p, r->lon);
	p = put_csv_degrees(p, r->lat);
	p = put_csv_field(p, r->radius, "0");
	p = put_csv_field(p, r->samples, "0");
	p = put_csv_text(p, ",1");
	p = put_csv_field(p, r->created, "");
	p = put_csv_field(p, r->modified, "");
	return put_csv_text(p, ",\r\n");
}

/* The dump tool has names of its own for radios. */
static const char *
dump_radio(int type)
{
	return type == RADIO_CELL_WCDMA ? "WCDMA" : station_csv_radio(type);
}

static char *
put_mac(char *p, const uint8_t *mac)
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < RADIO_MAC_LEN; i++) {
		*p++ = digits[mac[i] >> 4];
		*p++ = digits[mac[i] & 15];
	}
	return p;
}

/* What stations of all kinds have. */
static char *
put_rest(char *p, const struct station_row *r)
{
	p = put_csv_degrees(p, r->lat);
	p = put_csv_degrees(p, r->lon);
	p = put_csv_degrees(p, r->max_lat);
	p = put_csv_degrees(p, r->min_lat);
	p = put_csv_degrees(p, r->max_lon);
	p = put_csv_degrees(p, r->min_lon);
	p = put_csv_field(p, r->radius, "0");
	*p++ = ',';
	p = put_csv_text(p, r->region);
	p = put_csv_field(p, r->samples, "0");
	p = put_csv_field(p, r->source, "");
	p = put_weight(p, r->weight);
	p = put_csv_field(p, r->created, "");
	p = put_csv_field(p, r->modified, "");
	p = put_day(p, r->last_seen);
	p = put_day(p, r->block_first);
	p = put_day(p, r->block_last);
	p = put_csv_field(p, r->block_count, "0");
	*p++ = '\n';
	return p;
}

size_t
station_csv_line(char out[STATION_CSV_MAX], enum station_csv_kind kind,
    const struct station_row *r)
{
	struct radio_cell c;
	char *p = out;

	switch (kind) {
	case STATION_CSV_PUBLIC:
		p = put_public(p, r);
		break;
	case STATION_CSV_CELL:
		radio_cell_from_key(&c, r->key);
		p = put_csv_text(p, dump_radio(c.type));
		p = put_rest(put_identity(p, &c, r->psc), r);
		break;
	case STATION_CSV_MAC:
		p = put_rest(put_mac(p, r->key), r);
		break;
	}
	assert(p > out && p <= out + STATION_CSV_MAX);
	return (size_t)(p - out);
}
