/* SPDX-License-Identifier: ISC */
/*
 * Each pair of sources is looked at once, and companies are joined on the way
 * (union-find).  A pair is passed over where a link would neither join two
 * companies nor make one firm: so networks that all vouch for each other take
 * few comparisons of marks.  Where nobody is linked, a word in which each mark
 * sets a bit tells most pairs apart.
 *
 * A station that is doubtful may be a member, but two of them do not link, and
 * a company without a link between two others does not answer: to contradict
 * stations must not be a way to let them vouch for what somebody wants.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "geo/plane.h"
#include "locate/company.h"
#include "locate/mac.h"

#define SHARE		3	/* one in so many sources has to be a member */
#define NEAR_NUMBERS	64	/* apart, of radios of one device */
#define PLACE_M		1000.0	/* what is farther is another place */

/* A search for companies, on the stack; only what N need is ever set. */
struct finder {
	struct locate_mac_station *const *s;
	size_t		 n;
	size_t		 companies;	/* so far */
	double		 reach_sq;
	uint64_t	 bits[LOCATE_COMPANY_MAX];	/* of the marks */
	/* Of each source, one of its company that is before it, or itself. */
	int		 first[LOCATE_COMPANY_MAX];
	/* Of the first of a company: two who are not doubtful are linked. */
	int		 is_firm[LOCATE_COMPANY_MAX];
};

const char *
locate_company_why_name(enum locate_company_why why)
{
	static const char *const names[] = {
		[LOCATE_COMPANY_ANSWERS] = NULL,
		[LOCATE_COMPANY_ALONE] = "alone",
		[LOCATE_COMPANY_SIBLINGS] = "siblings",
		[LOCATE_COMPANY_DOUBTFUL] = "doubtful",
		[LOCATE_COMPANY_SHARE] = "share"
	};

	return names[why];
}

/* The bytes FROM to TO of an address as a number. */
static int32_t
bytes_of(const uint8_t *mac, int from, int to)
{
	uint32_t v = 0;

	for (; from <= to; from++)
		v = v << 8 | mac[from];
	return (int32_t)v;
}

int
locate_company_siblings(const uint8_t *a, const uint8_t *b)
{
	if (a[1] != b[1] || a[2] != b[2])
		return 0;
	return (a[3] == b[3] && a[4] == b[4]) ||
	    abs(bytes_of(a, 3, 5) - bytes_of(b, 3, 5)) < NEAR_NUMBERS;
}

/* 1 if both have a mark in common, as they then were heard on one pass. */
static int
share_mark(const struct locate_mac_station *a,
    const struct locate_mac_station *b)
{
	size_t i, j;

	for (i = 0; i < a->nmark; i++)
		for (j = 0; j < b->nmark; j++)
			if (a->mark[i] == b->mark[j])
				return 1;
	return 0;
}

/*
 * Nobody has heard stations together that were adopted with a database: they
 * vouch for each other until both have been heard again.
 */
static int
are_adopted(const struct locate_mac_station *a,
    const struct locate_mac_station *b)
{
	return a->is_adopted && b->is_adopted &&
	    (a->nmark == 0 || b->nmark == 0);
}

/* 1 if A and B are linked, unless they are radios of one device. */
static int
go_together(const struct locate_mac_station *a,
    const struct locate_mac_station *b, double reach_sq)
{
	const struct geo_plane at_a = { a->lat, a->lon, a->cos_lat };

	return !(a->is_doubtful && b->is_doubtful) &&
	    (are_adopted(a, b) || share_mark(a, b)) &&
	    geo_plane_sq_m(&at_a, b->lat, b->lon) <= reach_sq;
}

int
locate_company_linked(const struct locate_mac_station *a,
    const struct locate_mac_station *b, double reach_m)
{
	return !locate_company_siblings(a->row->key, b->row->key) &&
	    go_together(a, b, reach_m * reach_m);
}

/* The first of the company that I is in so far. */
static int
find_first(struct finder *f, int i)
{
	while (f->first[i] != i)
		i = f->first[i] = f->first[f->first[i]];
	return i;
}

/* Note in BITS which marks S may have. */
static uint64_t
bits_of(const struct locate_mac_station *s)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < s->nmark; i++)
		bits |= UINT64_C(1) << s->mark[i] % 64;
	return bits;
}

/* Join I and J, I before J, if they are linked and that says anything new. */
static inline void
try_link(struct finder *f, int i, int j)
{
	const struct locate_mac_station *a = f->s[i], *b = f->s[j];
	int x = find_first(f, i), y = find_first(f, j);
	int is_firm = !a->is_doubtful && !b->is_doubtful;

	if (x == y && (f->is_firm[x] || !is_firm))
		return;
	if (((f->bits[i] & f->bits[j]) == 0 && !are_adopted(a, b)) ||
	    locate_company_siblings(a->row->key, b->row->key) ||
	    !go_together(a, b, f->reach_sq))
		return;
	if (y < x) {
		int other = x;

		x = y;
		y = other;
	}
	f->companies -= x != y;
	f->first[y] = x;
	f->is_firm[x] |= f->is_firm[y] | is_firm;
}

/* Try all pairs, until all are one company whose word counts. */
static void
link_all(struct finder *f)
{
	size_t i, j;

	for (i = 0; i < f->n; i++)
		for (j = i + 1; j < f->n; j++) {
			if (f->companies == 1 && f->is_firm[0])
				return;
			try_link(f, (int)i, (int)j);
		}
}

/* 1 if source I is alone only as those it goes with are of its device. */
static int
has_sibling(const struct finder *f, size_t i)
{
	size_t j;

	for (j = 0; j < f->n; j++)
		if (j != i && locate_company_siblings(f->s[i]->row->key,
		    f->s[j]->row->key) && go_together(f->s[i], f->s[j],
		    f->reach_sq))
			return 1;
	return 0;
}

/* Whether a company answers that begins with source I. */
static enum locate_company_why
judge(const struct finder *f, size_t i, size_t members)
{
	if (members == 1)
		return has_sibling(f, i) ? LOCATE_COMPANY_SIBLINGS :
		    LOCATE_COMPANY_ALONE;
	if (!f->is_firm[i])
		return LOCATE_COMPANY_DOUBTFUL;
	return members * SHARE < f->n ? LOCATE_COMPANY_SHARE :
	    LOCATE_COMPANY_ANSWERS;
}

/*
 * At how many places are the N sources?  Nobody is at several, so that many
 * are asked for by somebody who does not hear them.
 */
static size_t
count_places(struct locate_mac_station *const *s, size_t n)
{
	const struct locate_mac_station *at[LOCATE_COMPANY_MAX];
	struct geo_plane here;
	size_t i, k, places = 0;

	for (i = 0; i < n; i++) {
		here = (struct geo_plane){ s[i]->lat, s[i]->lon,
		    s[i]->cos_lat };
		for (k = 0; k < places && geo_plane_sq_m(&here, at[k]->lat,
		    at[k]->lon) > PLACE_M * PLACE_M; k++)
			;
		if (k == places)
			at[places++] = s[i];
	}
	return places;
}

/*
 * Of those that are joined the first in order is the one that find_first()
 * gives, as try_link() always keeps the smaller: so companies are numbered in
 * one pass.
 */
void
locate_company_find(struct locate_companies *c,
    struct locate_mac_station *const *s, size_t n, double reach_m)
{
	size_t of[LOCATE_COMPANY_MAX], i;
	struct finder f;
	int x;

	assert(n <= LOCATE_COMPANY_MAX);
	f.s = s;
	f.n = f.companies = n;
	f.reach_sq = reach_m * reach_m;
	for (i = 0; i < n; i++) {
		f.bits[i] = bits_of(s[i]);
		f.first[i] = (int)i;
		f.is_firm[i] = 0;
	}
	link_all(&f);
	c->n = 0;
	c->sources = n;
	c->places = count_places(s, n);
	for (i = 0; i < n; i++) {
		if ((x = find_first(&f, (int)i)) == (int)i) {
			of[c->n] = i;
			s[i]->company = (int)c->n;
			c->at[c->n++].members = 0;
		} else
			s[i]->company = s[x]->company;
		c->at[s[i]->company].members++;
	}
	for (i = 0; i < c->n; i++)
		c->at[i].why = judge(&f, of[i], c->at[i].members);
}

int
locate_company_answers(const struct locate_companies *c, int number)
{
	return number >= 0 && (size_t)number < c->n &&
	    c->at[number].why == LOCATE_COMPANY_ANSWERS;
}

/* The reasons stand in the order of how near to an answer they are. */
enum locate_company_why
locate_company_why(const struct locate_companies *c)
{
	enum locate_company_why why = LOCATE_COMPANY_ANSWERS;
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->at[i].why == LOCATE_COMPANY_ANSWERS)
			return LOCATE_COMPANY_ANSWERS;
		if (c->at[i].why > why)
			why = c->at[i].why;
	}
	return why;
}
