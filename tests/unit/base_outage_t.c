/* SPDX-License-Identifier: ISC */
#include "base/outage.h"

#include "tap.h"

#define S	1000
#define CALM	BASE_OUTAGE_CALM_MS
#define REMIND	BASE_OUTAGE_REMIND_MS

/* Each step: at MS it fails because of CAUSE, or works (NULL): what is told? */
struct step {
	int64_t		 ms;
	const char	*cause;
	int		 told;
};

static void
tells(const char *name, const struct step *t)
{
	struct base_outage o = { 0 };
	int i, told, bad = 0;

	for (i = 0; t[i].ms != 0; i++) {
		told = t[i].cause == NULL ? base_outage_works(&o, t[i].ms) :
		    (int)base_outage_fails(&o, t[i].cause, t[i].ms);
		if (told != t[i].told)
			bad = i + 1;
	}
	ok(!bad, "%s", name);
	if (bad)
		printf("# step %d\n", bad);
}

static void
rows_of_failures(void)
{
	tells("what works is not told of", (struct step[]){
	    { 5, NULL, 0 }, { 6, NULL, 0 }, { 0 } });
	tells("a failure is told at once, its end, and nothing in between",
	    (struct step[]){ { 5, "a", BASE_OUTAGE_NEW }, { S, "a", 0 },
	    { 9 * S, "a", 0 }, { 10 * S, NULL, 1 }, { 11 * S, NULL, 0 },
	    { 0 } });
	tells("one that lasts is told again now and then", (struct step[]){
	    { 1, "a", BASE_OUTAGE_NEW }, { REMIND, "a", 0 },
	    { REMIND + 1, "a", BASE_OUTAGE_LASTS }, { 2 * REMIND - 5, "a", 0 },
	    { 2 * REMIND + 1, "a", BASE_OUTAGE_LASTS }, { 0 } });
	tells("what is tried seldom fails anew each time", (struct step[]){
	    { 1, "a", BASE_OUTAGE_NEW }, { REMIND + 1, "a", BASE_OUTAGE_NEW },
	    { 0 } });
	tells("another cause is told at once", (struct step[]){
	    { 1, "a", BASE_OUTAGE_NEW }, { 2, "b", BASE_OUTAGE_NEW },
	    { 3, "b", 0 }, { 4, NULL, 1 }, { 0 } });
	tells("the first cause is told soon if it is that again",
	    (struct step[]){ { 1, "a", BASE_OUTAGE_NEW },
	    { 2, "b", BASE_OUTAGE_NEW }, { 3, "a", 0 }, { CALM, "a", 0 },
	    { CALM + 1, "a", BASE_OUTAGE_LASTS }, { CALM + 2, "a", 0 },
	    { 0 } });
	tells("what has worked for a while fails anew", (struct step[]){
	    { 1, "a", BASE_OUTAGE_NEW }, { 2, NULL, 1 },
	    { CALM + 2, "a", BASE_OUTAGE_NEW }, { CALM + 3, NULL, 1 },
	    { 0 } });
	tells("if it fails again at once, that is told when it stays so",
	    (struct step[]){ { 1, "a", BASE_OUTAGE_NEW }, { 2, NULL, 1 },
	    { 3, "a", 0 }, { CALM, "a", 0 },
	    { CALM + 1, "a", BASE_OUTAGE_LASTS },
	    { CALM + 2, "a", 0 }, { CALM + 3, NULL, 1 }, { 0 } });
}

/* Whatever happens each second for an hour, few lines come of it. */
static void
lines_of_an_hour(void)
{
	struct base_outage o = { 0 };
	char cause[16];
	int i, lines = 0;

	for (i = 1; i <= 3600; i++) {
		lines += base_outage_fails(&o, "a", i * S) != BASE_OUTAGE_NONE;
		lines += base_outage_works(&o, i * S + S / 2);
	}
	ok(lines == 2 * 60, "failing and working by turns: %d lines", lines);
	is_int((long long)o.times, 3600, "each failure is counted");
	is_int(base_outage_s(&o, 3601 * S), 3600, "from the first on");
	memset(&o, 0, sizeof(o));
	for (lines = 0, i = 1; i <= 3600; i++)
		lines += base_outage_fails(&o, i % 2 ? "a" : "b", i * S) !=
		    BASE_OUTAGE_NONE;
	ok(lines == 2 * 60, "two causes by turns: %d lines", lines);
	memset(&o, 0, sizeof(o));
	for (lines = 0, i = 1; i <= 3600; i++) {
		snprintf(cause, sizeof(cause), "%d", i);
		lines += base_outage_fails(&o, cause, i * S) !=
		    BASE_OUTAGE_NONE;
	}
	ok(lines == BASE_OUTAGE_CAUSES * 60,
	    "always another cause: %d lines", lines);
}

int
main(void)
{
	rows_of_failures();
	lines_of_an_hour();
	return tap_done();
}
