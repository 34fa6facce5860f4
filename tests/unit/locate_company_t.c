/* SPDX-License-Identifier: ISC */
/*
 * Companies: the worked examples, the bounds of what links and answers, and
 * random worlds against the rules written down once more in the simplest way.
 */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/civil.h"
#include "base/num.h"
#include "geo/plane.h"
#include "locate/search.h"
#include "station/trust.h"

#define NOW	1795910400	/* 2026-11-29, noon */
#define TODAY	(NOW / BASE_CIVIL_DAY_S)
#define REACH_M	500.0
#define QUESTION_MAX	80

#include "chance.h"
#include "question.h"
#include "tap.h"

static struct base_arena arena;

/* Its state is ours: of VOTES votes, contested by ALL if that is not 0. */
static void
set_state(struct station_row *r, unsigned flags, int votes, int all,
    int agree, int days)
{
	struct station_trust t = { .flags = flags, .votes = votes, .days = 2,
	    .last = TODAY - 9 };

	if ((t.is_contested = all > 0))
		t.contest = (struct station_trust_contest){ .lat = NAN,
		    .lon = NAN, .all = all, .agree = agree, .days = days,
		    .first = TODAY - 8, .last = TODAY - 7 };
	station_trust_set(r, &t);
}

static void
add_mark(struct station_row *r, uint32_t mark)
{
	base_bytes_put_le(r->marks.byte + r->marks.len, mark, 4);
	r->marks.len = (uint8_t)(r->marks.len + 4);
}

/* The wifis of example E7 that WHICH names; X: some far away. */
static void
e7(struct question *w, const char *which)
{
	struct station_row *r;
	char mac[24];
	int x = 0;

	question_init(w);
	for (; *which != '\0'; which++) {
		switch (*which) {
		case 'A':
			r = question_wifi(w, "a82067000010", 51.5, -.1, -60, NOW);
			add_mark(r, 1);
			add_mark(r, 2);
			add_mark(r, 3);
			break;
		case 'B':
			r = question_wifi(w, "b0000000aa01", 51.501, -.1, -60, NOW);
			add_mark(r, 9);
			add_mark(r, 3);
			break;
		case 'C':
			r = question_wifi(w, "c0000000bb02", 51.5005, -.0985, -60, NOW);
			add_mark(r, 9);
			break;
		case 'D':
			r = question_wifi(w, "a82067000012", 51.5, -.1001, -60, NOW);
			add_mark(r, 1);
			add_mark(r, 2);
			add_mark(r, 3);
			break;
		case 'I':
			r = question_wifi(w, "020000000001", 51.5001, -.1, -60, NOW);
			add_mark(r, 77);
			break;
		case 'N':
			question_wifi(w, "d4112233aa01", 51.5, -.1, -60, NOW);
			continue;
		case 'M':
			r = question_wifi(w, "e0445566bb02", 51.501, -.1, -60, NOW);
			set_state(r, STATION_TRUST_ADOPTED, 3, 0, 0, 0);
			add_mark(r, 5);
			continue;
		default:
			snprintf(mac, sizeof(mac), "f0%02x00000000", ++x);
			r = question_wifi(w, mac, 48 + x * .1, 2, -60, NOW);
		}
		set_state(r, 0, 3, 0, 0, 0);
	}
}

static const struct locate_search *
search(struct question *w)
{
	static struct locate_search s;

	base_arena_reset(&arena);
	if (locate_search(&s, &w->q, &w->f, NOW, &arena) == -1)
		abort();
	return &s;
}

/* Who is used, by the last character of WHICH that stands for him. */
static const char *
used(struct question *w, const char *which, char text[QUESTION_MAX])
{
	const struct locate_search *s = search(w);
	const struct locate_mac_station *m;
	size_t i, k, n = 0;

	for (i = 0; i < w->q.nwifi; i++)
		for (k = 0; k < s->wifi.n; k++) {
			m = &s->wifi.at[k];
			if (m->used && m->heard == &w->wifi[i])
				text[n++] = which[i];
		}
	text[n] = '\0';
	return text;
}

static void
test_examples(void)
{
	static const struct {
		const char		*which, *used;
		enum locate_company_why	 why;
	} t[] = {
		{ "AB", "AB", LOCATE_COMPANY_ANSWERS },
		{ "AC", "", LOCATE_COMPANY_ALONE },
		{ "ABC", "ABC", LOCATE_COMPANY_ANSWERS },
		{ "CBA", "CBA", LOCATE_COMPANY_ANSWERS },
		{ "AD", "", LOCATE_COMPANY_SIBLINGS },
		{ "ABD", "ABD", LOCATE_COMPANY_ANSWERS },
		{ "AI", "", LOCATE_COMPANY_ALONE },
		{ "ABI", "AB", LOCATE_COMPANY_ANSWERS },
		{ "ABxxxx", "AB", LOCATE_COMPANY_ANSWERS },
		{ "ABxxxxx", "", LOCATE_COMPANY_SHARE },
		{ "NM", "NM", LOCATE_COMPANY_ANSWERS },
		{ "NA", "", LOCATE_COMPANY_ALONE },
	};
	char text[QUESTION_MAX];
	struct question w;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		e7(&w, t[i].which);
		is_str(used(&w, t[i].which, text), t[i].used, t[i].which);
		is_int(locate_company_why(&search(&w)->wifi_support.companies),
		    t[i].why, "why not");
	}
	e7(&w, "NM");
	w.q.no_adopted = 1;
	is_str(used(&w, "NM", text), "", "who distrusts what he adopted");
	e7(&w, "AI");
	w.q.as_ichnaea = 1;
	ok(search(&w)->best != NULL, "Ichnaea believes everybody");
}

static void
test_siblings(void)
{
	static const struct {
		const char	*a, *b;
		int		 want;
	} t[] = {
		{ "a82067000010", "a82067000011", 1 },
		{ "a82067000010", "aa2067000014", 1 },
		{ "a82067000010", "a8206700004f", 1 },
		{ "a82067000010", "a82067000050", 1 },
		{ "a820670000ff", "a82067000102", 1 },
		{ "a82067000102", "a820670000ff", 1 },
		{ "a820670000c2", "a82067000101", 1 },
		{ "a820670000c1", "a82067000101", 0 },
		{ "a82067000010", "a82067000110", 0 },
		{ "a82067000010", "a82068000010", 0 },
		{ "a82067000010", "a82167000010", 0 },
	};
	uint8_t a[RADIO_MAC_LEN], b[RADIO_MAC_LEN];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_num_unhex(a, sizeof(a), t[i].a);
		base_num_unhex(b, sizeof(b), t[i].b);
		is_int(locate_company_siblings(a, b), t[i].want, t[i].b);
	}
}

/* What is contradicted: it does not vouch for another, but is vouched for. */
static void
test_doubtful(void)
{
	const struct locate_search *s;
	char text[QUESTION_MAX];
	struct question w;

	e7(&w, "AB");
	set_state(&w.wifis[0], 0, 3, 3, 6, 2);
	is_str(used(&w, "AB", text), "", "one of two is doubtful");
	s = search(&w);
	is_int(locate_company_why(&s->wifi_support.companies),
	    LOCATE_COMPANY_DOUBTFUL, "that is why");
	set_state(&w.wifis[0], 0, 3, 3, 7, 2);
	is_str(used(&w, "AB", text), "AB", "who agree are twice as many");
	set_state(&w.wifis[0], 0, 3, 2, 0, 2);
	is_str(used(&w, "AB", text), "AB", "who disagree are too few");
	set_state(&w.wifis[0], 0, 3, 3, 0, 1);
	is_str(used(&w, "AB", text), "AB", "... or of one day");
	e7(&w, "ABD");
	set_state(&w.wifis[0], 0, 3, 9, 0, 5);
	is_str(used(&w, "ABD", text), "ABD", "a company with a firm link");
	set_state(&w.wifis[1], 0, 3, 9, 0, 5);
	is_str(used(&w, "ABD", text), "", "... which it needs");
	e7(&w, "ABC");
	set_state(&w.wifis[0], STATION_TRUST_HIDDEN, 3, 9, 0, 5);
	is_str(used(&w, "ABC", text), "BC", "hidden ones are left out");
	w.wifis[0].block_last = TODAY;
	w.wifis[0].block_count = 1;
	is_str(used(&w, "ABC", text), "BC", "blocked, as others see it");
	s = search(&w);
	is_int((long long)s->wifi.n, 3, "but explained");
	set_state(&w.wifis[1], STATION_TRUST_OPTED_OUT, 3, 0, 0, 0);
	is_str(used(&w, "ABC", text), "", "so are those who opted out");
	w.q.as_ichnaea = 1;
	ok(search(&w)->best != NULL && search(&w)->wifi.n == 2,
	    "Ichnaea knows block columns alone");
}

static unsigned
draw(unsigned n)
{
	return (unsigned)upto((int)n);
}

static void
make_random(struct question *w)
{
	struct station_row *r;
	unsigned i, k, n = 2 + draw(draw(8) == 0 ? QUESTION_MAX - 2 : 9);
	unsigned marks = 1 + draw(3 * n);
	char mac[48];

	question_init(w);
	for (i = 0; i < n; i++) {
		snprintf(mac, sizeof(mac), "a820%02x%02x%02x%02x",
		    draw(3), draw(3), draw(2), i);
		r = question_wifi(w, mac, 51.5 + draw(100) * 1e-4, -.1, -60, NOW);
		if (draw(4) == 0)
			continue;
		set_state(r, draw(3) == 0 ? STATION_TRUST_ADOPTED : 0,
		    1 + (int)draw(9), draw(3) == 0 ? 1 + (int)draw(9) : 0,
		    (int)draw(9), (int)draw(4));
		for (k = draw(5); k > 0; k--)
			add_mark(r, draw(marks));
	}
}

/* By the rules, of N sources S: 1 if what the search found is what they say. */
static int
obeys_rules(const struct locate_mac_station *const *s, size_t n,
    const struct locate_companies *c)
{
	static char with[LOCATE_COMPANY_MAX][LOCATE_COMPANY_MAX];
	size_t i, j, k, members;
	int firm, answers;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			with[i][j] = i == j || locate_company_linked(s[i],
			    s[j], REACH_M);
	for (k = 0; k < n; k++)
		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				with[i][j] |= with[i][k] & with[k][j];
	for (i = 0; i < n; i++) {
		members = 0;
		firm = 0;
		for (j = 0; j < n; j++) {
			if (with[i][j] != (s[i]->company == s[j]->company))
				return 0;
			members += with[i][j] != 0;
			for (k = 0; k < n; k++)
				firm |= with[i][j] && j != k &&
				    !s[j]->is_doubtful && !s[k]->is_doubtful &&
				    locate_company_linked(s[j], s[k], REACH_M);
		}
		answers = members > 1 && firm && 3 * members >= n;
		if (answers != locate_company_answers(c, s[i]->company))
			return 0;
	}
	return c->sources == n;
}

static void
test_random(void)
{
	const struct locate_mac_station *s[LOCATE_COMPANY_MAX];
	const struct locate_search *found;
	const struct locate_mac_station *m;
	size_t i, n, answered = 0;
	struct question w;
	int round, bad = 0;

	for (round = 0; round < 4000; round++) {
		make_random(&w);
		found = search(&w);
		for (i = n = 0; i < found->wifi.n; i++) {
			m = &found->wifi.at[i];
			if (m->company != -1)
				s[n++] = m;
			bad += m->used && !locate_company_answers(
			    &found->wifi_support.companies, m->company);
		}
		bad += !obeys_rules(s, n, &found->wifi_support.companies);
		answered += found->best != NULL;
	}
	is_int(bad, 0, "random worlds obey the rules");
	ok(answered > 400 && answered < 3600, "%zu of 4000 are answered",
	    answered);
}

int
main(void)
{
	base_arena_init(&arena);
	test_examples();
	test_siblings();
	test_doubtful();
	test_random();
	base_arena_done(&arena);
	return tap_done();
}
