/* SPDX-License-Identifier: ISC */
/*
 * What a question was and how well it was answered, for the operators of the
 * service: counts and classes, and nothing that tells who asked or where.
 */
#ifndef API_FACTS_H
#define API_FACTS_H

#include <stddef.h>

#include "locate/company.h"
#include "locate/result.h"

struct locate_query;
struct locate_region;
struct locate_search;

struct api_facts {
	int	known;		/* 0: the body was refused, no more is set */
	/* entries as sent; then without what is unusable, repeated or alone */
	struct api_facts_count {
		size_t	blue, cell, wifi;
	}	sent, valid;	/* cells: valid ones have an id */
	int	has_ip;		/* the client's address is valid */
	char	region[3];	/* what GeoIP says of it; "": nothing */
	/* What the data could give; with NONE the rest means nothing. */
	enum locate_result_class expected;
	struct api_facts_source {
		int	searched;
		int	found;		/* there were results */
		/* Of the first as good as expected, else of the last. */
		enum locate_result_class accuracy;
	}	source[LOCATE_RESULT_GEOIP + 1];
	enum locate_result_class accuracy;	/* of the answer */
	enum locate_result_source from;		/* if there is one */
	/* Why two and more known networks of a kind gave no position. */
	enum locate_company_why	why_blue, why_wifi;
	/* How many questions it is worth to somebody who looks for a network. */
	int	scattered;	/* 0: no such question */
};

/*
 * So many known networks of a kind of which none is used are worth so many
 * questions.
 */
#define API_FACTS_SCATTERED	4
#define API_FACTS_MOST		20
#define API_FACTS_PLACE		4	/* the same, for each place beyond one */

/* Set the first part of F, to what Q is. */
void	api_facts_query(struct api_facts *f,
	    const struct locate_query *q);

/*
 * Set the second part, to how search S of the same Q went; ASKED: a provider
 * was asked, too.
 */
void	api_facts_search(struct api_facts *f,
	    const struct locate_query *q, const struct locate_search *s,
	    int asked);
void	api_facts_region(struct api_facts *f,
	    const struct locate_query *q, const struct locate_region *s);

/* 1 if an ACCURACY of F is as good as expected; the word for it. */
int	api_facts_hit(const struct api_facts *f,
	    enum locate_result_class accuracy);
const char *api_facts_status(const struct api_facts *f,
	    enum locate_result_class accuracy);

#endif
