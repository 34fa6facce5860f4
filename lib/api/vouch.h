/* SPDX-License-Identifier: ISC */
/*
 * The part of an explanation that tells who is believed: what witnesses have
 * said of a station, in numbers and without any place, and which stations
 * answer for each other.
 */
#ifndef API_VOUCH_H
#define API_VOUCH_H

#include <stddef.h>
#include <stdint.h>

#include "locate/company.h"
#include "obs/batch.h"

struct json_write;
struct locate_mac;
struct locate_mac_found;
struct locate_mac_station;
struct station_trust;

/* Write members that tell what T says on day TODAY. */
void	api_vouch_state(struct json_write *w, const struct station_trust *t,
	    int64_t today);

/*
 * The same of M, one of the stations MF of a question for HEARD, with those
 * that it is linked with if they are at most REACH_M away.
 */
void	api_vouch_station(struct json_write *w,
	    const struct locate_mac_station *m,
	    const struct locate_mac_found *mf, const struct locate_mac *heard,
	    double reach_m, int64_t today);

/*
 * Write the companies C of MF, whose networks are called WHAT ("wifis"), and
 * one line for people about them; nothing if there is no source.
 */
void	api_vouch_companies(struct json_write *w,
	    const struct locate_companies *c,
	    const struct locate_mac_found *mf, const struct locate_mac *heard,
	    const char *what);

#endif
