/* SPDX-License-Identifier: ISC */
/*
 * The model alone, to compare vouch with: it links this file's companies
 * instead of the library's, so that all networks of a question are one, and
 * rows are those of a world where everybody is believed.
 */
#define BELIEVE_ALL	1
#include "vouch.c"

#include "locate/company.h"
#include "locate/mac.h"

const char *
locate_company_why_name(enum locate_company_why why)
{
	(void)why;
	return NULL;
}

int
locate_company_siblings(const uint8_t *a, const uint8_t *b)
{
	(void)a;
	(void)b;
	return 0;
}

int
locate_company_linked(const struct locate_mac_station *a,
    const struct locate_mac_station *b, double reach_m)
{
	(void)a;
	(void)b;
	(void)reach_m;
	return 1;
}

void
locate_company_find(struct locate_companies *c,
    struct locate_mac_station *const *s, size_t n, double reach_m)
{
	size_t i;

	(void)reach_m;
	c->n = c->sources = n;
	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		s[i]->company = 0;
	c->n = 1;
	c->at[0] = (struct locate_company){ n, LOCATE_COMPANY_ANSWERS };
}

int
locate_company_answers(const struct locate_companies *c, int number)
{
	(void)c;
	return number == 0;
}

enum locate_company_why
locate_company_why(const struct locate_companies *c)
{
	(void)c;
	return LOCATE_COMPANY_ANSWERS;
}
