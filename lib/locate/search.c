/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "geo/ip.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"

/* The best class that the query's data could give. */
static enum locate_result_class
expected(const struct locate_query *q)
{
	if (q->nblue > 0 || q->nwifi > 0)
		return LOCATE_RESULT_HIGH;
	if (q->ncell > 0)
		return LOCATE_RESULT_MEDIUM;
	if (q->narea > 0 || (q->has_ip && q->ipf))
		return LOCATE_RESULT_LOW;
	return LOCATE_RESULT_NONE;
}

static void
choose(struct locate_search *s)
{
	int best = locate_result_best(&s->list, &s->group);

	s->best = best == -1 ? NULL : &s->list.at[best];
}

/*
 * The address; a fallback only if there was anything better to go by.
 * Returns 1 if it gave a result.
 */
static int
search_ip(const struct locate_query *q, struct locate_result_list *list)
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

int
locate_search(struct locate_search *s, const struct locate_query *q,
    const struct locate_found *f, int64_t now_s, struct base_arena *a)
{
	s->list.n = 0;
	s->expected = expected(q);
	if (locate_mac_search(&locate_mac_blue, q->blue, q->nblue, f->blue,
	    f->nblue, now_s, q->solver, &s->list, &s->blue, a) == -1 ||
	    locate_mac_search(&locate_mac_wifi, q->wifi, q->nwifi, f->wifi,
	    f->nwifi, now_s, q->solver, &s->list, &s->wifi, a) == -1 ||
	    locate_cell_search(q, f, now_s, &s->list, &s->cell, a) == -1)
		return -1;
	choose(s);
	s->own = s->best;
	if (search_ip(q, &s->list))
		choose(s);
	return 0;
}

void
locate_search_add(struct locate_search *s, const struct locate_result *r)
{
	locate_result_add(&s->list, r);
	choose(s);
}
