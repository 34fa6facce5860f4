/* SPDX-License-Identifier: ISC */
/*
 * Which networks of a question vouch for each other.  Two are linked if they
 * were heard on one pass, which a mark that both rows have tells, and are not
 * radios of one device; linked ones are a company, and only a company answers.
 * What somebody has invented beside a real network was never heard together
 * with it, and so says nothing about where that is (loc-trust(7)).
 */
#ifndef LOCATE_COMPANY_H
#define LOCATE_COMPANY_H

#include <stddef.h>
#include <stdint.h>

struct locate_mac_station;

/* Of more sources only the best-known count. */
#define LOCATE_COMPANY_MAX	64

/* Why a company does not answer. */
enum locate_company_why {
	LOCATE_COMPANY_ANSWERS,
	LOCATE_COMPANY_ALONE,		/* one, linked with nobody */
	LOCATE_COMPANY_SIBLINGS,	/* one, but for others of its device */
	LOCATE_COMPANY_DOUBTFUL,	/* every link is to a doubtful one */
	LOCATE_COMPANY_SHARE		/* under a third of what is known */
};
#define LOCATE_COMPANY_WHYS	(LOCATE_COMPANY_SHARE + 1)

struct locate_company {
	size_t			members;
	enum locate_company_why	why;
};

/* The companies of a kind of network, in the order of their first members. */
struct locate_companies {
	struct locate_company	at[LOCATE_COMPANY_MAX];
	size_t			n;
	size_t			sources;	/* members of all */
	size_t			places;		/* a kilometre apart */
};

/* "alone", "siblings", "doubtful", "share"; of one that answers NULL. */
const char *locate_company_why_name(enum locate_company_why why);

/*
 * 1 if two addresses are likely to be of one device: but for the first byte,
 * which says whose the address is, and the last they are the same; or the
 * last three bytes, as a number, are near each other behind the same maker.
 */
int	locate_company_siblings(const uint8_t *a, const uint8_t *b);

/* 1 if A and B, not farther apart than REACH_M, vouch for each other. */
int	locate_company_linked(const struct locate_mac_station *a,
	    const struct locate_mac_station *b, double reach_m);

/*
 * Sort N sources, LOCATE_COMPANY_MAX at most, into companies: C becomes
 * these, and each source has its number as "company".
 */
void	locate_company_find(struct locate_companies *c,
	    struct locate_mac_station *const *s, size_t n, double reach_m);

/* 1 if company NUMBER, which may be -1, of C answers. */
int	locate_company_answers(const struct locate_companies *c, int number);

/*
 * Why no company of C answers: the reason of the one that came nearest to
 * doing so.  LOCATE_COMPANY_ANSWERS if one does, or if there is no source.
 */
enum locate_company_why locate_company_why(const struct locate_companies *c);

#endif
