/* SPDX-License-Identifier: ISC */
/*
 * How much an observation says about where its station is: 1 for a good fix
 * and a usual signal, more near the station, less for vague, old or fast
 * ones, 0 if it says nothing.
 */
#ifndef OBS_WEIGHT_H
#define OBS_WEIGHT_H

#include <stdint.h>

#include "obs/batch.h"

/*
 * ACCURACY_M and SPEED_MS are NaN, AGE_MS and SIGNAL_DBM RADIO_CELL_UNKNOWN
 * where not known; what is known may have either sign.  TYPE counts for
 * cells only.
 */
double	obs_weight(enum obs_kind kind, enum radio_cell_type type,
	    double accuracy_m, double speed_ms, int32_t age_ms,
	    int32_t signal_dbm);

/*
 * The weight of an observation of a MAC in the mean of where it is loudest
 * (station/peak.h): 1 at -80 dBm and a fix of 10 m, and a hundred times as
 * much for 10 dB more.  Arguments are as above.
 */
double	obs_weight_peak(double accuracy_m, double speed_ms, int32_t age_ms,
	    int32_t signal_dbm);

/* The limit beyond which an observation has no weight, if any. */
enum obs_weight_limit {
	OBS_WEIGHT_FINE,
	OBS_WEIGHT_ACCURACY,
	OBS_WEIGHT_AGE,
	OBS_WEIGHT_SPEED
};
enum obs_weight_limit obs_weight_limit(enum obs_kind kind, double accuracy_m,
	    double speed_ms, int32_t age_ms);

#endif
