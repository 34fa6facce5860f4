/* SPDX-License-Identifier: ISC */
/*
 * What a row of a recording says: where somebody was, when, and one network
 * that was heard there.  Parsers fill it in, in the units of a report;
 * convert/sink.h makes reports of it.
 */
#ifndef CONVERT_OBS_H
#define CONVERT_OBS_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "radio/cell.h"
#include "radio/mac.h"

/* A whole number that the row does not tell; other numbers are NAN then. */
#define CONVERT_OBS_NONE	INT64_MIN

struct convert_obs {
	/* The moment. */
	int64_t		 time_ms;	/* since 1970 in UTC */
	double		 lat_deg, lon_deg;
	double		 accuracy_m, altitude_m, altitude_accuracy_m;
	double		 heading_deg, pressure_hpa, speed_ms;
	int64_t		 position_age_ms;
	const char	*source;	/* a word of geosubmit, or NULL */
	/*
	 * Rows of one moment make one report: those with the same number here
	 * or, if that is 0, of the same time and position: the time in
	 * moment_ms, unless it is unknown, and BY_FIX also altitude and
	 * accuracy.
	 */
	uint64_t	 moment;
	int64_t		 moment_ms;
	int		 by_fix;
	/* The network. */
	enum obs_kind	 kind;
	uint8_t		 mac[RADIO_MAC_LEN];	/* not of cells */
	enum radio_cell_type radio;		/* this and these of cells */
	int64_t		 mcc, mnc, area, cid, psc, asu, ta, serving;
	int64_t		 channel, mhz;		/* of wifi */
	int64_t		 signal_dbm, age_ms;
	const char	*name;			/* borrowed */
	size_t		 name_len;
};

/* Nothing is known. */
void	convert_obs_init(struct convert_obs *o);

/*
 * Read LEN bytes of TEXT as an address: 12 hex digits, with colons or dashes
 * between the pairs or without.  Returns 1, or 0 if it is none.
 */
int	convert_obs_mac(uint8_t mac[RADIO_MAC_LEN], const char *text,
	    size_t len);

/* Can a station have this address?  Not zeros, nor one of a group. */
int	convert_obs_is_station(const uint8_t mac[RADIO_MAC_LEN]);

/* 1 for an address that its owner made up, as phones do. */
static inline int
convert_obs_is_local(const uint8_t mac[RADIO_MAC_LEN])
{
	return (mac[0] & 2) != 0;
}

/* V, or CONVERT_OBS_NONE if it is out of MIN to MAX. */
static inline int64_t
convert_obs_within(int64_t v, int64_t min, int64_t max)
{
	return v < min || v > max ? CONVERT_OBS_NONE : v;
}

#endif
