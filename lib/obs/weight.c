/* SPDX-License-Identifier: ISC */
/*
 * A weight is the product of four factors, each 1 at its usual value and
 * falling with the root of what makes the observation worse: by how much the
 * position may be off, how long before or after it the network was heard, how
 * fast the device moved, and how strong the signal was.  The last one can be
 * above 1, as who hears a network well is near it.  Beyond a limit of the
 * first three an observation says nothing at all.  Limits and powers are
 * Ichnaea's.
 */
#include <math.h>

#include "obs/weight.h"

static const double max_accuracy_m[OBS_KINDS] = {
	[OBS_BLUE] = 100,
	[OBS_WIFI] = 200,
	[OBS_CELL] = 1000,
};

#define MIN_ACCURACY_M	10.0
#define MIN_AGE_MS	2000.0
#define MAX_AGE_MS	20000.0
#define GOOD_SPEED_MS	5.0
#define MAX_SPEED_MS	50.0

/* The usual signal of a radio weighs 1: SIGNAL + OFFSET is -100 there. */
static double
signal_weight(enum obs_kind kind, enum radio_cell_type type, int32_t signal)
{
	double q;
	int offset;

	if (kind == OBS_BLUE || signal == RADIO_CELL_UNKNOWN)
		return 1;
	if (kind == OBS_WIFI)
		offset = -20;
	else
		offset = type == RADIO_CELL_GSM ? -5 :
		    type == RADIO_CELL_WCDMA ? 0 : 5;
	q = 100.0 / (signal + offset);
	return q * q * (q * q);
}

/* Nothing compares with NaN, and what is not known is beyond no limit. */
enum obs_weight_limit
obs_weight_limit(enum obs_kind kind, double accuracy_m, double speed_ms,
    int32_t age_ms)
{
	if (fabs(accuracy_m) > max_accuracy_m[kind])
		return OBS_WEIGHT_ACCURACY;
	if (age_ms != RADIO_CELL_UNKNOWN && fabs((double)age_ms) > MAX_AGE_MS)
		return OBS_WEIGHT_AGE;
	if (fabs(speed_ms) > MAX_SPEED_MS)
		return OBS_WEIGHT_SPEED;
	return OBS_WEIGHT_FINE;
}

/* V, or MIN if it is less or not known: as fmax(3), which is no instruction. */
static double
at_least(double v, double min)
{
	return v > min ? v : min;
}

double
obs_weight(enum obs_kind kind, enum radio_cell_type type, double accuracy_m,
    double speed_ms, int32_t age_ms, int32_t signal_dbm)
{
	double accuracy = at_least(fabs(accuracy_m), MIN_ACCURACY_M);
	double age = MIN_AGE_MS, speed = fabs(speed_ms), weight;

	if (age_ms != RADIO_CELL_UNKNOWN)
		age = at_least(fabs((double)age_ms), MIN_AGE_MS);
	if (obs_weight_limit(kind, accuracy_m, speed_ms, age_ms) !=
	    OBS_WEIGHT_FINE)
		return 0;
	weight = sqrt(MIN_ACCURACY_M / accuracy) * sqrt(MIN_AGE_MS / age);
	if (speed > GOOD_SPEED_MS)
		weight *= sqrt(GOOD_SPEED_MS / speed);
	return weight * signal_weight(kind, type, signal_dbm);
}

/* Of the weight where it is loudest: what is usual, and what counts. */
#define PEAK_SIGNAL_DBM		(-80.0)
#define PEAK_MIN_DBM		(-95.0)
#define PEAK_MAX_DBM		(-50.0)
#define PEAK_UNKNOWN_DBM	(-90.0)
#define PEAK_10_DB		5.0	/* dB that are a factor of 10 */

/*
 * That accuracy counts as a variance, and a signal by its power squared, was
 * fitted on recordings of fourteen drives and walks, each left out once: from
 * 3 to 10 dB for a factor of ten the error hardly changes.
 */
double
obs_weight_peak(double accuracy_m, double speed_ms, int32_t age_ms,
    int32_t signal_dbm)
{
	double a = isnan(accuracy_m) ? MIN_ACCURACY_M : accuracy_m;
	double age = MIN_AGE_MS, s = PEAK_UNKNOWN_DBM;

	if (signal_dbm != RADIO_CELL_UNKNOWN)
		s = at_least(signal_dbm < PEAK_MAX_DBM ? signal_dbm :
		    PEAK_MAX_DBM, PEAK_MIN_DBM);
	if (age_ms != RADIO_CELL_UNKNOWN)
		age = at_least(fabs((double)age_ms), MIN_AGE_MS);
	return pow(10, (s - PEAK_SIGNAL_DBM) / PEAK_10_DB) *
	    (2 * MIN_ACCURACY_M * MIN_ACCURACY_M /
	    (MIN_ACCURACY_M * MIN_ACCURACY_M + a * a)) *
	    sqrt(MIN_AGE_MS / age) *
	    sqrt(GOOD_SPEED_MS / at_least(fabs(speed_ms), GOOD_SPEED_MS));
}
