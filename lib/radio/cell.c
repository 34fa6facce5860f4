/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "radio/cell.h"

/* Ranges of 3GPP TS 27.007 8.5 (ASU) and of what receivers report. */
static const struct bounds {
	const char	*name;
	int		 asu_min, asu_max;
	int		 signal_min, signal_max;
	int		 factor, offset;	/* dBm = factor * asu + offset */
} types[RADIO_CELL_TYPES] = {
	[RADIO_CELL_GSM] = { "gsm", 0, 31, -113, -51, 2, -113 },
	[RADIO_CELL_CDMA] = { .name = "cdma" },
	[RADIO_CELL_WCDMA] = { "wcdma", -5, 91, -121, -25, 1, -116 },
	[RADIO_CELL_LTE] = { "lte", 0, 97, -140, -43, 1, -140 },
};

enum radio_cell_type
radio_cell_type_parse(const char *name, size_t len)
{
	int i;

	for (i = 0; i < RADIO_CELL_TYPES; i++)
		if (strlen(types[i].name) == len &&
		    memcmp(types[i].name, name, len) == 0)
			return (enum radio_cell_type)i;
	return RADIO_CELL_NONE;
}

const char *
radio_cell_type_name(enum radio_cell_type type)
{
	return types[type].name;
}

static int
within(int32_t v, int32_t min, int32_t max)
{
	return v >= min && v <= max;
}

static void
keep_within(int32_t *v, int32_t min, int32_t max)
{
	if (!within(*v, min, max))
		*v = RADIO_CELL_UNKNOWN;
}

enum radio_cell_verdict
radio_cell_check(struct radio_cell *c, int mcc_valid)
{
	const struct bounds *b;

	if (c->asu != RADIO_CELL_UNKNOWN && c->asu < -5 &&
	    (c->signal_dbm == RADIO_CELL_UNKNOWN || c->signal_dbm >= 0)) {
		c->signal_dbm = c->asu;
		c->asu = RADIO_CELL_UNKNOWN;
	}
	if (c->type != RADIO_CELL_GSM && c->type != RADIO_CELL_WCDMA &&
	    c->type != RADIO_CELL_LTE)
		return RADIO_CELL_BAD;
	if (c->type == RADIO_CELL_GSM && c->cid > RADIO_CELL_GSM_CID_MAX)
		c->type = RADIO_CELL_WCDMA;
	b = &types[c->type];
	keep_within(&c->psc, 0, c->type == RADIO_CELL_LTE ? 503 : 511);
	keep_within(&c->asu, b->asu_min, b->asu_max);
	keep_within(&c->signal_dbm, b->signal_min, b->signal_max);
	keep_within(&c->ta, 0, c->type == RADIO_CELL_WCDMA ? -1 : 63);
	if (c->signal_dbm == RADIO_CELL_UNKNOWN &&
	    c->asu != RADIO_CELL_UNKNOWN)
		c->signal_dbm = b->factor * c->asu + b->offset;
	keep_within(&c->cid, 1, RADIO_CELL_CID_MAX);
	if (!mcc_valid || !within(c->mnc, 0, RADIO_CELL_MNC_MAX) ||
	    !within(c->lac, 1, RADIO_CELL_LAC_MAX))
		return RADIO_CELL_BAD;
	return c->cid == RADIO_CELL_UNKNOWN ? RADIO_CELL_AREA : RADIO_CELL_OK;
}

static void
put16(uint8_t *p, int32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
radio_cell_area_key(uint8_t key[RADIO_CELL_AREA_LEN],
    const struct radio_cell *c)
{
	key[0] = (uint8_t)c->type;
	put16(key + 1, c->mcc);
	put16(key + 3, c->mnc);
	put16(key + 5, c->lac);
}

void
radio_cell_key(uint8_t key[RADIO_CELL_KEY_LEN], const struct radio_cell *c)
{
	radio_cell_area_key(key, c);
	put16(key + 7, c->cid >> 16);
	put16(key + 9, c->cid);
}

void
radio_cell_from_key(struct radio_cell *c, const uint8_t *key, size_t len)
{
	memset(c, 0, sizeof(*c));
	c->type = key[0];
	c->mcc = key[1] << 8 | key[2];
	c->mnc = key[3] << 8 | key[4];
	c->lac = key[5] << 8 | key[6];
	c->cid = len < RADIO_CELL_KEY_LEN ? RADIO_CELL_UNKNOWN :
	    (int32_t)((uint32_t)key[7] << 24 | key[8] << 16 | key[9] << 8 |
	    key[10]);
	c->psc = c->signal_dbm = c->asu = c->ta = RADIO_CELL_UNKNOWN;
}
