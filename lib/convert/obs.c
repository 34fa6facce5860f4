/* SPDX-License-Identifier: ISC */
/*
 * The row of which nothing is known yet, and what counts as an address:
 * columns of addresses hold names, operators and nothing at all in some files,
 * and a parser tells by these functions that it reads the wrong column.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "convert/obs.h"

/*
 * What is no number of its own stands for "not told": 0 is a good altitude, and
 * a good speed.
 */
void
convert_obs_init(struct convert_obs *o)
{
	static const struct convert_obs none = {
		.time_ms = CONVERT_OBS_NONE, .moment_ms = CONVERT_OBS_NONE,
		.lat_deg = NAN, .lon_deg = NAN,
		.accuracy_m = NAN, .altitude_m = NAN,
		.altitude_accuracy_m = NAN, .heading_deg = NAN,
		.pressure_hpa = NAN, .speed_ms = NAN,
		.position_age_ms = CONVERT_OBS_NONE,
		.radio = RADIO_CELL_NONE, .mcc = CONVERT_OBS_NONE,
		.mnc = CONVERT_OBS_NONE, .area = CONVERT_OBS_NONE,
		.cid = CONVERT_OBS_NONE, .psc = CONVERT_OBS_NONE,
		.asu = CONVERT_OBS_NONE, .ta = CONVERT_OBS_NONE,
		.serving = CONVERT_OBS_NONE, .channel = CONVERT_OBS_NONE,
		.mhz = CONVERT_OBS_NONE, .signal_dbm = CONVERT_OBS_NONE,
		.age_ms = CONVERT_OBS_NONE,
	};

	*o = none;
}

/*
 * Stricter than radio_mac_parse(), which takes separators anywhere: a column
 * that holds something else must be seen.
 */
int
convert_obs_mac(uint8_t mac[RADIO_MAC_LEN], const char *text, size_t len)
{
	size_t i;

	if (len == 12)
		return base_num_unhex(mac, RADIO_MAC_LEN, text);
	if (len != 17)
		return 0;
	for (i = 0; i < RADIO_MAC_LEN; i++)
		if (!base_num_unhex(mac + i, 1, text + 3 * i) ||
		    (i < 5 && text[3 * i + 2] != ':' &&
		    text[3 * i + 2] != '-'))
			return 0;
	return 1;
}

/*
 * The lowest bit of the first byte marks groups, all ones among them.  Many
 * writers put zeros where an address is not known.
 */
int
convert_obs_is_station(const uint8_t mac[RADIO_MAC_LEN])
{
	static const uint8_t zero[RADIO_MAC_LEN];

	return !(mac[0] & 1) && memcmp(mac, zero, RADIO_MAC_LEN) != 0;
}
