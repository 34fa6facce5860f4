/* SPDX-License-Identifier: ISC */
/*
 * What is known of each radio stands in one table: the ranges of its fields,
 * how a signal follows from an ASU, and how wide its keys are.  Checking a
 * cell is comparing it with the row of its radio; what is out of range is not
 * known rather than wrong, but for the parts of its identity.
 *
 * Keys are what the database is ordered by.  The radio is their first byte
 * and says how long the rest is, so that cells of NR, with longer numbers,
 * are keys like the others; what a shorter key leaves over is zero.  A key
 * read from a database may have any first byte: then it is as long as those
 * of the older radios.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "ichnaea/rules.h"
#include "radio/cell.h"

#define GSM_CID_MAX	65535	/* above: a 3G cell misnamed */

/*
 * Ranges of 3GPP TS 27.007 8.5 (ASU), of TS 38.133 10.1.6 (signal of NR), of
 * TS 23.003 19.4.2 (identities: the highest LAC or TAC are reserved, as is
 * 0), of the timing advance of each radio and of what receivers report.
 * Android computes the ASU of NR as that of LTE.
 */
static const struct type {
	const char	*name;
	int		 asu_min, asu_max;
	int		 signal_min, signal_max;
	int		 factor, offset;	/* dBm: factor * asu + offset */
	int		 psc_max, ta_max;
	int		 lac_max;
	int64_t		 cid_max;
	size_t		 lac_len, cid_len;	/* bytes in keys */
} types[RADIO_CELL_TYPES] = {
	[RADIO_CELL_GSM] = { "gsm", 0, 31, -113, -51, 2, -113, 511, 63,
	    65533, 268435455, 2, 4 },
	[RADIO_CELL_CDMA] = { .name = "cdma", .lac_len = 2, .cid_len = 4 },
	[RADIO_CELL_WCDMA] = { "wcdma", -5, 91, -121, -25, 1, -116, 511, -1,
	    65533, 268435455, 2, 4 },
	[RADIO_CELL_LTE] = { "lte", 0, 97, -140, -43, 1, -140, 503, 1282,
	    65533, 268435455, 2, 4 },
	[RADIO_CELL_NR] = { "nr", 0, 97, -156, -31, 1, -140, 1007, 3846,
	    16777213, 68719476735, 3, 5 },
};

static const struct {
	const char		*word;
	enum radio_cell_type	 type;
	int			 is_new;	/* Ichnaea did not know it */
} words[] = {
	{ "gsm", RADIO_CELL_GSM, 0 }, { "cdma", RADIO_CELL_CDMA, 0 },
	{ "umts", RADIO_CELL_WCDMA, 0 }, { "wcdma", RADIO_CELL_WCDMA, 0 },
	{ "lte", RADIO_CELL_LTE, 0 },
	{ "nr", RADIO_CELL_NR, 1 }, { "5g", RADIO_CELL_NR, 1 },
	{ "ltem", RADIO_CELL_LTE, 1 }, { "lte-m", RADIO_CELL_LTE, 1 },
	{ "catm", RADIO_CELL_LTE, 1 }, { "catm1", RADIO_CELL_LTE, 1 },
	{ "cat-m1", RADIO_CELL_LTE, 1 }, { "nb", RADIO_CELL_LTE, 1 },
	{ "nbiot", RADIO_CELL_LTE, 1 }, { "nb-iot", RADIO_CELL_LTE, 1 },
};

/*
 * The one spelling that we write, exactly; words of clients are for
 * radio_cell_type_of_word().  No two begin alike, so one is compared at most.
 */
enum radio_cell_type
radio_cell_type_parse(const char *name, size_t len)
{
	int i;

	for (i = 0; i < RADIO_CELL_TYPES; i++)
		if (len > 0 && types[i].name[0] == name[0] &&
		    strlen(types[i].name) == len &&
		    memcmp(types[i].name, name, len) == 0)
			return (enum radio_cell_type)i;
	return RADIO_CELL_NONE;
}

const char *
radio_cell_type_name(enum radio_cell_type type)
{
	assert(type >= 0 && type < RADIO_CELL_TYPES);
	return types[type].name;
}

enum radio_cell_type
radio_cell_type_of_word(const char *word, size_t len,
    const struct ichnaea_rules *rules)
{
	size_t i;

	assert(rules != NULL);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len &&
		    (rules->new_radios || !words[i].is_new) &&
		    strncasecmp(words[i].word, word, len) == 0)
			return words[i].type;
	return RADIO_CELL_NONE;
}

/*
 * There is no table for CDMA; its word is read nevertheless, so that it can be
 * told from one that nobody knows.
 */
int
radio_cell_is_stored(int type)
{
	return type >= 0 && type < RADIO_CELL_TYPES &&
	    type != RADIO_CELL_CDMA;
}

/*
 * All ones of 16, 28, 31 and 32 bits: fields that were masked, and INT_MAX of
 * Android.  Ichnaea took those that are in range.  All ones of the 36 bits of
 * an NR cell is a number that may be given to one.
 */
static int
is_placeholder(int64_t cid)
{
	return cid == 65535 || cid == 268435455 || cid == INT32_MAX ||
	    cid == UINT32_MAX;
}

/*
 * In 64 bits, as an identity of NR has 36 and an unknown part is out of all
 * ranges.
 */
static int
is_part_within(int64_t v, int64_t min, int64_t max)
{
	return v >= min && v <= max;
}

int
radio_cell_is_nr_cid(int64_t cid)
{
	return is_part_within(cid, 1, types[RADIO_CELL_NR].cid_max) &&
	    !is_placeholder(cid);
}

/* What is out of range is not known. */
static void
keep_within(int32_t *v, int32_t min, int32_t max)
{
	if (!is_part_within(*v, min, max))
		*v = RADIO_CELL_UNKNOWN;
}

/*
 * The order matters.  A signal that clients have put into the ASU is moved
 * first; numbers that stand for unknown are taken away before ranges are looked
 * at, of which some contain them; and the radio is corrected before its ranges
 * are used.  Members that are out of range become unknown, while a network or
 * an area that is makes the whole cell worthless.
 */
enum radio_cell_verdict
radio_cell_check(struct radio_cell *c, int mcc_valid,
    const struct ichnaea_rules *rules)
{
	const struct type *t;

	assert(rules != NULL);
	if (c->asu != RADIO_CELL_UNKNOWN && c->asu < -5 &&
	    (c->signal_dbm == RADIO_CELL_UNKNOWN || c->signal_dbm >= 0)) {
		c->signal_dbm = c->asu;
		c->asu = RADIO_CELL_UNKNOWN;
	}
	if (!radio_cell_is_stored(c->type) ||
	    (c->type == RADIO_CELL_NR && !rules->new_radios))
		return RADIO_CELL_BAD;
	/* Before a GSM cell is taken for one of 3G by its id. */
	if (!rules->placeholders && is_placeholder(c->cid))
		c->cid = RADIO_CELL_UNKNOWN;
	/* These are in range for NR only, and for WCDMA only. */
	if (!rules->placeholders && c->lac == 65535)
		c->lac = RADIO_CELL_UNKNOWN;
	if (!rules->placeholders && c->asu == -1)
		c->asu = RADIO_CELL_UNKNOWN;
	if (c->type == RADIO_CELL_GSM && c->cid > GSM_CID_MAX)
		c->type = RADIO_CELL_WCDMA;
	t = &types[c->type];
	keep_within(&c->psc, 0, t->psc_max);
	keep_within(&c->asu, t->asu_min, t->asu_max);
	keep_within(&c->signal_dbm, t->signal_min, t->signal_max);
	keep_within(&c->ta, 0, t->ta_max < rules->max_ta ? t->ta_max :
	    rules->max_ta);
	if (c->signal_dbm == RADIO_CELL_UNKNOWN &&
	    c->asu != RADIO_CELL_UNKNOWN)
		c->signal_dbm = t->factor * c->asu + t->offset;
	if (!is_part_within(c->cid, 1, t->cid_max))
		c->cid = RADIO_CELL_UNKNOWN;
	if (!mcc_valid || !is_part_within(c->mnc, 0, RADIO_CELL_MNC_MAX) ||
	    !is_part_within(c->lac, 1, t->lac_max))
		return RADIO_CELL_BAD;
	return c->cid == RADIO_CELL_UNKNOWN ? RADIO_CELL_AREA : RADIO_CELL_OK;
}

/* Nothing is of an unknown type, but a byte of a key may say so. */
static const struct type *
type_of(int type)
{
	return &types[type >= 0 && type < RADIO_CELL_TYPES ? type :
	    RADIO_CELL_CDMA];
}

/*
 * The type, MCC and MNC have five bytes in all keys; the rest is the radio's.
 */
size_t
radio_cell_area_len(int type)
{
	return 5 + type_of(type)->lac_len;
}

size_t
radio_cell_key_len(int type)
{
	return radio_cell_area_len(type) + type_of(type)->cid_len;
}

/* The key of C's area, with which that of C begins. */
static uint8_t *
put_area(uint8_t *p, const struct radio_cell *c)
{
	p = base_bytes_put_be(p, (uint64_t)c->type, 1);
	p = base_bytes_put_be(p, (uint64_t)c->mcc, 2);
	p = base_bytes_put_be(p, (uint64_t)c->mnc, 2);
	return base_bytes_put_be(p, (uint64_t)c->lac,
	    type_of(c->type)->lac_len);
}

/*
 * Zeros follow a key that is shorter than the longest, so that keys of all
 * radios can be compared and hashed in one length.
 */
void
radio_cell_key(uint8_t key[RADIO_CELL_KEY_MAX], const struct radio_cell *c)
{
	memset(key, 0, RADIO_CELL_KEY_MAX);
	base_bytes_put_be(put_area(key, c), (uint64_t)c->cid,
	    type_of(c->type)->cid_len);
}

void
radio_cell_area_key(uint8_t key[RADIO_CELL_AREA_MAX],
    const struct radio_cell *c)
{
	memset(key, 0, RADIO_CELL_AREA_MAX);
	put_area(key, c);
}

void
radio_cell_from_area_key(struct radio_cell *c, const uint8_t *key)
{
	memset(c, 0, sizeof(*c));
	c->type = key[0];
	c->mcc = (int32_t)base_bytes_get_be(key + 1, 2);
	c->mnc = (int32_t)base_bytes_get_be(key + 3, 2);
	c->lac = (int32_t)base_bytes_get_be(key + 5,
	    type_of(c->type)->lac_len);
	c->cid = RADIO_CELL_UNKNOWN;
	c->psc = c->signal_dbm = c->asu = c->ta = RADIO_CELL_UNKNOWN;
}

/*
 * The first byte may be any, see above: then the parts are read as those of the
 * older radios.
 */
void
radio_cell_from_key(struct radio_cell *c, const uint8_t *key)
{
	radio_cell_from_area_key(c, key);
	assert(radio_cell_key_len(c->type) <= RADIO_CELL_KEY_MAX);
	c->cid = (int64_t)base_bytes_get_be(key +
	    radio_cell_area_len(c->type), type_of(c->type)->cid_len);
}

/*
 * The first byte is the radio, so that keys of different radios differ before
 * their lengths do.
 */
int
radio_cell_same_area(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, radio_cell_area_len(a[0])) == 0;
}
