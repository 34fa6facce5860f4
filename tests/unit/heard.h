/* SPDX-License-Identifier: ISC */
/* A station, and what witnesses say of it: for the tests of trust. */
#ifndef HEARD_H
#define HEARD_H

#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "geo/plane.h"
#include "obs/weight.h"
#include "station/believe.h"
#include "station/row.h"

#define HEARD_DAY	20786	/* the first: 2026-11-29 */

/* Its centre is where things are; heard_init() makes it. */
static struct geo_plane heard_town;
static struct station_believe_rules heard_rules = { STATION_TRUST_OPEN, 50,
	20000, (HEARD_DAY + 800) * BASE_CIVIL_DAY_S };

static const struct radio_cell heard_cell = { .type = RADIO_CELL_LTE,
	.mcc = 262, .mnc = 1, .lac = 100, .cid = 1001,
	.psc = RADIO_CELL_UNKNOWN, .signal_dbm = -80,
	.asu = RADIO_CELL_UNKNOWN, .ta = RADIO_CELL_UNKNOWN };

struct heard {
	enum obs_kind		kind;
	uint8_t			key[RADIO_CELL_KEY_MAX];
	struct station_row	row;
	int			exists;
};

static inline void
heard_init(void)
{
	geo_plane_init(&heard_town, 48.10, 11.45);
}

/* Nobody has heard H yet. */
static inline void
heard_begin(struct heard *h, enum obs_kind kind)
{
	static const uint8_t mac[RADIO_MAC_LEN] = { 0xa8, 0x20, 0x66, 0, 0,
	    0x10 };

	memset(h, 0, sizeof(*h));
	station_row_init(&h->row);
	h->kind = kind;
	memcpy(h->key, mac, sizeof(mac));
	if (kind == OBS_CELL)
		radio_cell_key(h->key, &heard_cell);
}

/* H as it is heard at X, Y metres. */
static inline struct obs_obs
heard_at(const struct heard *h, double x, double y, int signal)
{
	struct obs_obs o = { .psc = -1, .kind = (uint8_t)h->kind,
	    .signal_dbm = h->kind == OBS_CELL ? (int16_t)signal :
	    OBS_NO_SIGNAL };

	memcpy(o.key, h->key, sizeof(o.key));
	geo_plane_from(&heard_town, x, y, &o.lat, &o.lon);
	o.weight = obs_weight(h->kind, h->kind == OBS_CELL ? RADIO_CELL_LTE :
	    RADIO_CELL_NONE, 10, NAN, RADIO_CELL_UNKNOWN, signal);
	o.peak_weight = h->kind == OBS_CELL ? 0 :
	    (float)obs_weight_peak(10, NAN, RADIO_CELL_UNKNOWN, signal);
	return o;
}

/* TAG, with ACCOUNT, has these N observations of H on DAY. */
static inline enum station_update_outcome
heard_say(struct heard *h, struct station_believe_account *account,
    int64_t day, unsigned tag, const struct obs_obs *o, size_t n)
{
	const struct station_believe_testimony w = { .obs = o, .n = n,
	    .day = day, .tag = tag };
	struct station_believe_told told;
	enum station_update_outcome out;

	out = station_believe(&h->row, h->exists, &w, &heard_rules, account,
	    &told);
	h->exists |= out != STATION_UPDATE_NONE;
	return out;
}

static inline struct station_trust
heard_trust(const struct heard *h)
{
	struct station_trust t;

	station_trust_get(&t, &h->row, h->kind);
	return t;
}

/* How far the row of H is from X, Y. */
static inline double
heard_off_m(const struct heard *h, double x, double y)
{
	double at_x, at_y;

	geo_plane_to(&heard_town, h->row.lat, h->row.lon, &at_x, &at_y);
	return hypot(at_x - x, at_y - y);
}

#endif
