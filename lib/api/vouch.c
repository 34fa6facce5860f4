/* SPDX-License-Identifier: ISC */
/*
 * What is known of the trust in one station and in the companies of a question,
 * for the operator who asks why a network answers or does not.  A contest is
 * shown in numbers and days only: where its witnesses say that the station is
 * may be the new home of somebody who has moved.
 */
#include <stdio.h>
#include <string.h>

#include "api/vouch.h"
#include "base/civil.h"
#include "json/write.h"
#include "locate/mac.h"
#include "locate/query.h"
#include "station/trust.h"

#define WORDS	256	/* bytes of the line for people */

/* A day since 1970, as a date. */
static void
show_day(struct json_write *w, const char *name, int64_t day)
{
	char text[BASE_CIVIL_TIME_LEN + 1];

	base_civil_format_time(text, day * BASE_CIVIL_DAY_S, 'T');
	*strchr(text, 'T') = '\0';
	json_write_text(w, name, text);
}

/* No place: it may be that of somebody who has moved. */
static void
show_contest(struct json_write *w, const struct station_trust *t)
{
	const struct station_trust_contest *c = &t->contest;

	json_write_object(w, "contest");
	json_write_i64(w, "here", c->here);
	json_write_i64(w, "all", c->all);
	json_write_i64(w, "agree", c->agree);
	json_write_i64(w, "need", station_trust_need(t->votes));
	json_write_i64(w, "days", c->days);
	show_day(w, "first", c->first);
	show_day(w, "last", c->last);
	json_write_end(w);
}

void
api_vouch_state(struct json_write *w, const struct station_trust *t,
    int64_t today)
{
	json_write_i64(w, "votes", t->votes);
	json_write_i64(w, "days", t->days);
	json_write_i64(w, "moves", t->moves);
	if ((t->flags & STATION_TRUST_ADOPTED) != 0)
		json_write_bool(w, "adopted", 1);
	if ((t->flags & STATION_TRUST_HIDDEN) != 0)
		json_write_bool(w, "hidden", 1);
	if ((t->flags & STATION_TRUST_OPTED_OUT) != 0)
		json_write_bool(w, "opted_out", 1);
	if (station_trust_is_doubtful(t, today))
		json_write_bool(w, "doubtful", 1);
	if (t->is_contested)
		show_contest(w, t);
}

/* Where in the question M is. */
static int64_t
index_of(const struct locate_mac_station *m, const struct locate_mac *heard)
{
	return m->heard - heard;
}

/* Stations that are left out are of no company, and linked with nobody. */
void
api_vouch_station(struct json_write *w, const struct locate_mac_station *m,
    const struct locate_mac_found *mf, const struct locate_mac *heard,
    double reach_m, int64_t today)
{
	const struct locate_mac_station *other;

	api_vouch_state(w, &m->trust, today);
	json_write_i64(w, "marks", (int64_t)m->nmark);
	if (m->company == -1)
		return;
	json_write_i64(w, "company", m->company);
	json_write_array(w, "linked");
	for (other = mf->at; other < mf->at + mf->n; other++)
		if (other != m && other->company != -1 &&
		    locate_company_linked(m, other, reach_m))
			json_write_i64(w, NULL, index_of(other, heard));
	json_write_end(w);
}

/* Company NUMBER of C: its members by where they are in the question. */
static void
show_company(struct json_write *w, const struct locate_companies *c,
    int number, const struct locate_mac_found *mf,
    const struct locate_mac *heard)
{
	const struct locate_company *one = &c->at[number];
	size_t i;

	json_write_object(w, NULL);
	json_write_array(w, "members");
	for (i = 0; i < mf->n; i++)
		if (mf->at[i].company == number)
			json_write_i64(w, NULL, index_of(&mf->at[i], heard));
	json_write_end(w);
	json_write_f7(w, "share", (double)one->members / (double)c->sources);
	if (one->why != LOCATE_COMPANY_ANSWERS)
		json_write_text(w, "why",
		    locate_company_why_name(one->why));
	json_write_end(w);
}

/*
 * Append "; N others are ..." to TEXT, unless N is 0.  Nobody is another if none
 * ANSWER.
 */
static void
add_words(char text[WORDS], size_t answer, size_t n, const char *one,
    const char *many)
{
	const char *others = answer == 0 ? "" : n == 1 ? "other " : "others ";
	size_t len = strlen(text);

	if (n > 0)
		snprintf(text + len, WORDS - len, "; %zu %s%s", n, others,
		    n == 1 ? one : many);
}

/*
 * How many sources there are of each fate, in words that a person reads.  The
 * companies that answer are counted as one: there are seldom two.
 */
static void
show_words(struct json_write *w, const struct locate_companies *c,
    const char *what)
{
	size_t n[LOCATE_COMPANY_WHYS] = { 0 }, answer, i;
	char text[WORDS];

	for (i = 0; i < c->n; i++)
		n[c->at[i].why] += c->at[i].members;
	answer = n[LOCATE_COMPANY_ANSWERS];
	if (answer == 0)
		snprintf(text, sizeof(text), "none of %zu %s answer for each "
		    "other", c->sources, what);
	else
		snprintf(text, sizeof(text), "%zu of %zu %s were heard "
		    "together", answer, c->sources, what);
	add_words(text, answer, n[LOCATE_COMPANY_SHARE],
	    "is too small a part", "are too small a part");
	add_words(text, answer, n[LOCATE_COMPANY_DOUBTFUL],
	    "is doubtful", "have only doubtful ones to go with");
	add_words(text, answer, n[LOCATE_COMPANY_SIBLINGS],
	    "is a sibling of one device", "are siblings of one device");
	add_words(text, answer, n[LOCATE_COMPANY_ALONE],
	    "was never heard with these", "were never heard with these");
	json_write_text(w, "words", text);
}

void
api_vouch_companies(struct json_write *w, const struct locate_companies *c,
    const struct locate_mac_found *mf, const struct locate_mac *heard,
    const char *what)
{
	int i;

	if (c->sources == 0)
		return;
	json_write_array(w, "companies");
	for (i = 0; i < (int)c->n; i++)
		show_company(w, c, i, mf, heard);
	json_write_end(w);
	show_words(w, c, what);
}
