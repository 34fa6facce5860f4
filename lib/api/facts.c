/* SPDX-License-Identifier: ISC */
/*
 * Facts are made of a search after it is done, so that the search itself knows
 * nothing of metrics.  They are classes and counts on purpose: what is told to
 * operators ends in logs and graphs, where no place and no address belongs.
 *
 * How a source did is the class of its best result in the sense of the
 * question: the first that is as good as expected, or else the last looked at,
 * as Ichnaea counted.
 */
#include <assert.h>
#include <string.h>

#include "api/facts.h"
#include "geo/ip.h"
#include "geo/region.h"
#include "locate/query.h"
#include "locate/region.h"
#include "locate/search.h"

/* What was asked.  Nothing is known yet of how well it is answered. */
void
api_facts_query(struct api_facts *f, const struct locate_query *q)
{
	memset(f, 0, sizeof(*f));
	f->known = 1;
	f->sent.blue = q->sent_blue;
	f->sent.cell = q->sent_cell;
	f->sent.wifi = q->sent_wifi;
	f->valid.blue = q->nblue;
	f->valid.cell = q->ncell;
	f->valid.wifi = q->nwifi;
	f->has_ip = q->has_ip;
	if (q->ip != NULL)
		memcpy(f->region, q->ip->code, sizeof(f->region));
	f->expected = f->accuracy = LOCATE_RESULT_NONE;
}

/*
 * Classes are in ascending order of metres, so that a better answer than
 * expected is a hit, too.
 */
int
api_facts_hit(const struct api_facts *f,
    enum locate_result_class accuracy)
{
	return accuracy <= f->expected;
}

/* The words are those of Ichnaea's metrics, which dashboards go by. */
const char *
api_facts_status(const struct api_facts *f,
    enum locate_result_class accuracy)
{
	return api_facts_hit(f, accuracy) ? "hit" : "miss";
}

/* Our own stations and the address are searched alike for both answers. */
static void
begin_search(struct api_facts *f, const struct locate_query *q,
    enum locate_result_class expected)
{
	size_t i;

	f->expected = expected;
	for (i = 0; i < sizeof(f->source) / sizeof(f->source[0]); i++)
		f->source[i].accuracy = LOCATE_RESULT_NONE;
	f->source[LOCATE_RESULT_INTERNAL].searched =
	    locate_query_has_networks(q);
	f->source[LOCATE_RESULT_GEOIP].searched = q->ipf && q->has_ip;
}

/* One result of SOURCE, of class ACCURACY. */
static void
add_source(struct api_facts *f, enum locate_result_source source,
    enum locate_result_class accuracy)
{
	struct api_facts_source *to = &f->source[source];

	assert(source >= LOCATE_RESULT_INTERNAL &&
	    source <= LOCATE_RESULT_GEOIP);
	if (!to->found || !api_facts_hit(f, to->accuracy))
		to->accuracy = accuracy;
	to->found = 1;
}

/*
 * Somebody looks for a network if he names it beside others that are at as
 * many places as he can.  Five of them at most make it a question that would
 * answer, for API_FACTS_MOST, so that each place beyond one costs a fifth of
 * that: fewer in a question make it no cheaper, nor do some more that answer
 * elsewhere.  Who hears one network that has moved, beside others that answer,
 * asks only once.
 */
static int
worth(const struct locate_companies *c, enum locate_company_why why)
{
	int more = c->places == 0 ? 0 : (int)c->places - 1;

	if (why == LOCATE_COMPANY_ANSWERS && more == 1)
		return 0;
	if (why != LOCATE_COMPANY_ANSWERS &&
	    c->sources >= API_FACTS_SCATTERED)
		return API_FACTS_MOST;
	more *= API_FACTS_PLACE;
	return more < API_FACTS_MOST ? more : API_FACTS_MOST;
}

/*
 * Why the stations of a kind gave no position.  One alone could not have given
 * one to anybody, so that it says nothing of what strangers try.
 */
static enum locate_company_why
why_nothing(const struct locate_companies *c, int *scattered)
{
	enum locate_company_why why = locate_company_why(c);
	int n;

	if (c->sources < LOCATE_QUERY_MIN_MACS)
		return LOCATE_COMPANY_ANSWERS;
	n = worth(c, why);
	if (n > *scattered)
		*scattered = n;
	return why;
}

/* How the search for a position went, source by source. */
void
api_facts_search(struct api_facts *f, const struct locate_query *q,
    const struct locate_search *s, int asked)
{
	const struct locate_result *r = s->list.at;
	size_t i;

	begin_search(f, q, s->expected);
	f->why_blue = why_nothing(&s->blue_support.companies, &f->scattered);
	f->why_wifi = why_nothing(&s->wifi_support.companies, &f->scattered);
	f->source[LOCATE_RESULT_FALLBACK].searched = asked;
	for (i = 0; i < s->list.n; i++)
		add_source(f, r[i].source,
		    locate_result_class(r[i].accuracy_m));
	if (s->best != NULL) {
		f->accuracy = locate_result_class(s->best->accuracy_m);
		f->from = s->best->source;
	}
}

/* How far off a position is of which only the region is known. */
static enum locate_result_class
class_of_region(const struct locate_region_result *r)
{
	return locate_result_class(geo_region_radius_m(r->region));
}

/*
 * The same of a region.  All a region says of where somebody is counts as the
 * region's radius.
 */
void
api_facts_region(struct api_facts *f, const struct locate_query *q,
    const struct locate_region *s)
{
	size_t i;

	begin_search(f, q, locate_query_has_networks(q) ||
	    (q->ipf && q->has_ip) ? LOCATE_RESULT_LOW : LOCATE_RESULT_NONE);
	for (i = 0; i < s->n; i++)
		add_source(f, s->at[i].source, class_of_region(&s->at[i]));
	if (s->best != NULL) {
		f->accuracy = class_of_region(s->best);
		f->from = s->best->source;
	}
}
