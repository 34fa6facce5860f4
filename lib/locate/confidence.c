/* SPDX-License-Identifier: ISC */
/*
 * How errors are spread differs by the kind of result: half of them are within
 * a fifth of the radius for cells, within a third for wifi.  So there is one
 * row of quantiles for each, of the error divided by the radius for 95, and
 * between them straight lines.
 *
 * They were fitted on the recordings that the model was fitted on, with
 * answers from databases that lacked what was asked about: wifi with each of
 * 15 recordings left out once (719 answers), known cells with every other
 * minute of drives left out (2015), Bluetooth with every other 20 or 60 s of a
 * walk (204), sites (2647) and areas (1210) with a third of the recordings'
 * cells and a tenth of five countries' cells left out.  Each recording or
 * country weighs by the root of its answers.  Quantiles are divided by that
 * for 95, which is below 1 but for wifi: so what is cautious there is as
 * cautious everywhere, and nothing changes for who asks for 95.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "locate/confidence.h"
#include "locate/result.h"

#define POINTS	7
#define MIN_M	20.0	/* the best radius of MACs, at any confidence */

static const double point[POINTS] = { 50, 68, 80, 90, 95, 97, 99 };

/* Parts of the radius for 95 at these points. */
static const double part[][POINTS] = {
	[LOCATE_RESULT_BLUE] = { 0.32, 0.51, 0.69, 0.88, 1, 1.10, 1.30 },
	[LOCATE_RESULT_WIFI] = { 0.32, 0.46, 0.62, 0.84, 1, 1.40, 2.20 },
	[LOCATE_RESULT_CELL] = { 0.20, 0.34, 0.52, 0.79, 1, 1.17, 1.48 },
	[LOCATE_RESULT_AREA] = { 0.20, 0.40, 0.57, 0.76, 1, 1.20, 1.55 },
	[LOCATE_RESULT_SITE] = { 0.22, 0.37, 0.55, 0.73, 1, 1.44, 2.68 }
};

int
locate_confidence_or(int64_t percent, int otherwise)
{
	return percent >= LOCATE_CONFIDENCE_MIN &&
	    percent <= LOCATE_CONFIDENCE_MAX ? (int)percent : otherwise;
}

/* What lies at V between the points, of a row that is TO there. */
static double
between_points(const double *to, double v)
{
	size_t i;

	for (i = 1; i + 1 < POINTS && v > point[i]; i++)
		;
	return to[i - 1] + (to[i] - to[i - 1]) * (v - point[i - 1]) /
	    (point[i] - point[i - 1]);
}

double
locate_confidence_m(const struct locate_result *r, int percent)
{
	double radius;

	assert(percent >= LOCATE_CONFIDENCE_MIN &&
	    percent <= LOCATE_CONFIDENCE_MAX);
	if (percent == LOCATE_CONFIDENCE_USUAL ||
	    r->source != LOCATE_RESULT_INTERNAL)
		return r->accuracy_m;
	assert(part[r->kind][0] > 0);	/* own results are of these kinds */
	radius = r->accuracy_m * between_points(part[r->kind], percent);
	if (r->kind == LOCATE_RESULT_WIFI || r->kind == LOCATE_RESULT_BLUE)
		radius = fmax(radius, MIN_M);
	return locate_result_round(radius);
}
