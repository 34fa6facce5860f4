/* SPDX-License-Identifier: ISC */
/*
 * What moves house is a router and what hangs on it: so access points or
 * beacons of one or two devices that are far from where the cells are do not
 * answer; three devices do not move together.  Of two kinds that disagree the
 * one with more devices is right, and of two that agree the finer.
 *
 * An address answers only for nothing, or for a whole area; and scores decide
 * nothing but between us and a provider.
 */
#include <assert.h>
#include <stddef.h>

#include "locate/choose.h"
#include "locate/circle.h"
#include "locate/search.h"

#define FIRM_DEVICES	3	/* that nothing contradicts */
#define CELL_RADII	3.0	/* of the cells' accuracy that are no distance */

static double
apart_m(const struct locate_result *a, const struct locate_result *b)
{
	const struct locate_circle x = { a->lat, a->lon, a->accuracy_m };
	const struct locate_circle y = { b->lat, b->lon, b->accuracy_m };

	return locate_circle_apart_m(&x, &y);
}

/* R, with so many DEVICES, or NULL if CELL contradicts it. */
static const struct locate_result *
uncontradicted(const struct locate_result *r, size_t devices,
    const struct locate_result *cell, const struct locate_result **by)
{
	*by = NULL;
	if (r == NULL || cell == NULL || devices >= FIRM_DEVICES ||
	    apart_m(r, cell) <= r->accuracy_m + CELL_RADII * cell->accuracy_m)
		return r;
	*by = cell;
	return NULL;
}

/* The answer is R, alone. */
static void
answer_with(struct locate_search *s, const struct locate_result *r)
{
	s->best = r;
	s->group.n = 0;
	s->group.score = 0;
	if (r == NULL)
		return;
	s->group.at[s->group.n++] = (size_t)(r - s->list.at);
	s->group.score = r->score;
}

/*
 * Wifi and Bluetooth that contradict each other cannot both be right, and of
 * them the one with more devices is believed; where they agree the smaller
 * circle says more.  Cells are what is left, as their circles are the largest.
 */
void
locate_choose_own(struct locate_search *s, const struct locate_result *blue,
    const struct locate_result *wifi, const struct locate_result *cell)
{
	size_t blues = s->blue_support.devices, wifis =
	    s->wifi_support.devices;

	blue = uncontradicted(blue, blues, cell, &s->contradicts_blue);
	wifi = uncontradicted(wifi, wifis, cell, &s->contradicts_wifi);
	if (blue != NULL && wifi != NULL) {
		if (apart_m(wifi, blue) > wifi->accuracy_m + blue->accuracy_m) {
			if (blues > wifis) {
				s->contradicts_wifi = blue;
				wifi = NULL;
			} else {
				s->contradicts_blue = wifi;
				blue = NULL;
			}
		} else if (blue->accuracy_m <= wifi->accuracy_m)
			wifi = NULL;
		else
			blue = NULL;
	}
	s->own = blue != NULL ? blue : wifi != NULL ? wifi : cell;
	answer_with(s, s->own);
}

/*
 * An address says little, and often where a provider sits: it is taken if
 * nothing else is known, or if its circle is smaller than that of a vague guess
 * and meets it.
 */
void
locate_choose_address(struct locate_search *s)
{
	const struct locate_result *ip = &s->list.at[s->list.n - 1];

	assert(s->list.n > 0 && ip->source == LOCATE_RESULT_GEOIP);
	if (s->own == NULL || ((s->own->kind == LOCATE_RESULT_SITE ||
	    s->own->kind == LOCATE_RESULT_AREA) &&
	    ip->accuracy_m < s->own->accuracy_m &&
	    apart_m(s->own, ip) <= s->own->accuracy_m + ip->accuracy_m))
		answer_with(s, ip);
}

/*
 * What a provider says competes with our own answer by the same score that
 * Ichnaea used for it; what was decided between our own is not asked again.
 */
void
locate_choose_provider(struct locate_search *s)
{
	const struct locate_result *r = &s->list.at[s->list.n - 1];
	struct locate_result_list both = { .n = 0 };
	struct locate_result_group g;

	assert(s->list.n > 0 && r->source == LOCATE_RESULT_FALLBACK);
	if (s->own != NULL)
		locate_result_add(&both, s->own);
	locate_result_add(&both, r);
	if (both.at[locate_result_best(&both, &g)].source == r->source)
		answer_with(s, r);
}
