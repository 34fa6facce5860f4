/* SPDX-License-Identifier: ISC */
/*
 * A search collects results of every kind of network and chooses among them,
 * and does so again when the address, and later perhaps a provider, has
 * something to say.  The best of our own stations is remembered from before:
 * only that one may become a report, as an address or a provider says nothing
 * of where the networks are.
 *
 * Ichnaea let any number of results vote by their scores; the model has one of
 * each kind, see locate/choose.h.
 */
#include <assert.h>
#include <stddef.h>

#include "geo/ip.h"
#include "locate/choose.h"
#include "locate/circle.h"
#include "locate/cover.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

/*
 * The best class that the query's data could give.  It decides whether a
 * provider is asked, and what the operators are told was missed.
 */
static enum locate_result_class
class_expected(const struct locate_query *q)
{
	if (q->nblue > 0 || q->nwifi > 0)
		return LOCATE_RESULT_HIGH;
	if (q->ncell > 0)
		return LOCATE_RESULT_MEDIUM;
	if (q->narea > 0 || (q->has_ip && q->ipf))
		return LOCATE_RESULT_LOW;
	return LOCATE_RESULT_NONE;
}

/* Add R to the results.  Returns where it is. */
static const struct locate_result *
add_own(struct locate_search *s, const struct locate_result *r)
{
	locate_result_add(&s->list, r);
	return &s->list.at[s->list.n - 1];
}

/*
 * The model's results, at most one of each kind.  The cells come first, as
 * what they say supports stations of MACs that are near.
 */
static int
search_model(struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_arena *a)
{
	const struct locate_mac_ask blue = { &locate_mac_blue, q->blue,
	    q->nblue, f->blue, f->nblue, now_s, 1, q->no_adopted };
	const struct locate_mac_ask wifi = { &locate_mac_wifi, q->wifi,
	    q->nwifi, f->wifi, f->nwifi, now_s, 1, q->no_adopted };
	const struct locate_result *has_blue = NULL, *has_wifi = NULL;
	const struct locate_result *has_cell = NULL;
	struct locate_circle cells, *near = NULL;
	struct locate_result r;
	int rc;

	if ((rc = locate_cover_search(q, f, now_s, &r, &s->cell, a)) == -1)
		return -1;
	if (rc == 1) {
		cells = (struct locate_circle){ r.lat, r.lon, r.accuracy_m };
		near = &cells;
		has_cell = add_own(s, &r);
	}
	if ((rc = locate_support_search(&blue, &locate_support_blue, near, &r,
	    &s->blue_support, &s->blue, a)) == -1)
		return -1;
	if (rc == 1)
		has_blue = add_own(s, &r);
	if ((rc = locate_support_search(&wifi, &locate_support_wifi, near, &r,
	    &s->wifi_support, &s->wifi, a)) == -1)
		return -1;
	if (rc == 1)
		has_wifi = add_own(s, &r);
	locate_choose_own(s, has_blue, has_wifi, has_cell);
	return 0;
}

/* Let the results vote. */
static void
choose_best(struct locate_search *s)
{
	int best = locate_result_best(&s->list, &s->group);

	s->best = best == -1 ? NULL : &s->list.at[best];
}

/*
 * The address; a fallback only if there was anything better to go by.
 * Returns 1 if it gave a result.
 */
static int
search_address(const struct locate_query *q, struct locate_result_list *list)
{
	struct locate_result r = { .source = LOCATE_RESULT_GEOIP,
	    .kind = LOCATE_RESULT_IP };

	if (!q->ipf || q->ip == NULL)
		return 0;
	r.lat = q->ip->lat;
	r.lon = q->ip->lon;
	r.accuracy_m = q->ip->radius_m;
	r.score = q->ip->score;
	if (locate_query_has_networks(q))
		r.fallback = "ipf";
	locate_result_add(list, &r);
	return 1;
}

/* Ichnaea's results, any number of each kind. */
static int
search_ichnaea(struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_arena *a)
{
	const struct locate_mac_ask blue = { &locate_mac_blue, q->blue,
	    q->nblue, f->blue, f->nblue, now_s, 0, 0 };
	const struct locate_mac_ask wifi = { &locate_mac_wifi, q->wifi,
	    q->nwifi, f->wifi, f->nwifi, now_s, 0, 0 };

	if (locate_mac_search(&blue, &s->list, &s->blue, a) == -1 ||
	    locate_mac_search(&wifi, &s->list, &s->wifi, a) == -1 ||
	    locate_cell_search(q, f, now_s, &s->list, &s->cell, a) == -1)
		return -1;
	choose_best(s);
	s->own = s->best;
	return 0;
}

/*
 * The address is looked at last, as locate_choose_address() compares it with
 * what the networks gave.
 */
int
locate_search(struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_arena *a)
{
	s->list.n = 0;
	s->as_ichnaea = q->as_ichnaea;
	s->expected = class_expected(q);
	s->blue_support.devices = s->wifi_support.devices = 0;
	s->blue_support.companies.n = s->blue_support.companies.sources = 0;
	s->wifi_support.companies.n = s->wifi_support.companies.sources = 0;
	s->contradicts_blue = s->contradicts_wifi = NULL;
	if ((q->as_ichnaea ? search_ichnaea : search_model)(s, q, f, now_s,
	    a) == -1)
		return -1;
	if (search_address(q, &s->list)) {
		if (q->as_ichnaea)
			choose_best(s);
		else
			locate_choose_address(s);
	}
	return 0;
}

/*
 * A provider answers after our own search, so that its result is one more and
 * the choice is made anew.
 */
void
locate_search_add(struct locate_search *s, const struct locate_result *r)
{
	assert(r->source == LOCATE_RESULT_FALLBACK);
	locate_result_add(&s->list, r);
	if (s->as_ichnaea)
		choose_best(s);
	else
		locate_choose_provider(s);
}
