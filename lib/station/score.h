/* SPDX-License-Identifier: ISC */
/* How far a station can be trusted, from its history. */
#ifndef STATION_SCORE_H
#define STATION_SCORE_H

#include <stdint.h>

struct station_area;
struct station_row;

/*
 * 1 if the station is blocked on day TODAY: blocked today, yesterday or in
 * the future, or blocked at least once per 30 days of its age (rounded
 * half-even).
 */
int	station_score_blocked(const struct station_row *r, int64_t today);

/* Quality at second NOW: more samples, longer and more recent is better. */
double	station_score_row(const struct station_row *r, int64_t now);
double	station_score_area(const struct station_area *a, int64_t now);

#endif
