/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "radio/name.h"

#define NUMBERS	4	/* MCC, MNC, LAC, cell id */

void
radio_name_format(char out[RADIO_NAME_LEN], const struct radio_cell *c)
{
	int len;

	len = snprintf(out, RADIO_NAME_LEN, "%s-%d-%d-%d",
	    radio_cell_type_name((enum radio_cell_type)c->type), c->mcc,
	    c->mnc, c->lac);
	if (c->cid != RADIO_CELL_UNKNOWN)
		len += snprintf(out + len, RADIO_NAME_LEN - (size_t)len,
		    "-%lld", (long long)c->cid);
	assert(len < RADIO_NAME_LEN);
}

/* The greatest numbers that keys of TYPE have room for, but MCC and MNC. */
static void
find_limits(int64_t max[NUMBERS], int type)
{
	max[0] = 999;
	max[1] = RADIO_CELL_MNC_MAX;
	max[2] = type == RADIO_CELL_NR ? 0xffffff : 0xffff;
	max[3] = type == RADIO_CELL_NR ? 0xffffffffffLL : 0xffffffffLL;
}

/*
 * A sign or an empty field is refused: base_num_i64() takes signs, which are
 * no part of a name.
 */
enum radio_name_of
radio_name_parse(struct radio_cell *c, const char *text)
{
	size_t len = strcspn(text, "-");
	int64_t max[NUMBERS], v[NUMBERS];
	int n = 0;

	c->type = radio_cell_type_parse(text, len);
	if (!radio_cell_is_stored(c->type))
		return RADIO_NAME_NONE;
	find_limits(max, c->type);
	for (text += len; *text == '-' && n < NUMBERS; text += len, n++) {
		len = strcspn(++text, "-");
		if (strspn(text, "0123456789") < len ||
		    !base_num_i64(text, len, &v[n]) || v[n] > max[n])
			return RADIO_NAME_NONE;
	}
	if (*text != '\0' || n < NUMBERS - 1)
		return RADIO_NAME_NONE;
	c->mcc = (int32_t)v[0];
	c->mnc = (int32_t)v[1];
	c->lac = (int32_t)v[2];
	c->cid = n == NUMBERS ? v[3] : RADIO_CELL_UNKNOWN;
	c->psc = c->signal_dbm = c->asu = c->ta = RADIO_CELL_UNKNOWN;
	return n == NUMBERS ? RADIO_NAME_CELL : RADIO_NAME_AREA;
}
