/* SPDX-License-Identifier: ISC */
/*
 * The model's radii hold in 95 of 100 cases, and its results are compared by
 * these.  Who asks for another confidence gets another radius around the same
 * place.
 */
#ifndef LOCATE_CONFIDENCE_H
#define LOCATE_CONFIDENCE_H

#include <stdint.h>

struct locate_result;

/* Percent that may be asked for, and what is meant where nobody does. */
#define LOCATE_CONFIDENCE_MIN	50
#define LOCATE_CONFIDENCE_MAX	99
#define LOCATE_CONFIDENCE_USUAL	95

/* PERCENT if it is one that may be asked for, else OTHERWISE. */
int	locate_confidence_or(int64_t percent, int otherwise);

/*
 * The radius of R, a result of the model, an address or a provider, within
 * which the device is in PERCENT of 100 cases.  Of an address or a provider
 * nothing is known but the one radius.
 */
double	locate_confidence_m(const struct locate_result *r, int percent);

#endif
