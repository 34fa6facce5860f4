/* SPDX-License-Identifier: ISC */
#include "geo/fields.h"
#include "tap.h"

static const struct {
	const char	*text;
	int		n;		/* of 2 at most */
	double		a, b;
} cases[] = {
	{ "51.5,-0.1", 2, 51.5, -0.1 }, { " 51.5 \t -0.1 ", 2, 51.5, -0.1 },
	{ "1e1, 2", 2, 10, 2 }, { "7", 1, 7, 0 }, { "", 0, 0, 0 },
	{ " ,\t", 0, 0, 0 }, { "1,2,3", -1, 0, 0 }, { "1;2", -1, 0, 0 },
	{ "a,b", -1, 0, 0 }, { "1,nan", -1, 0, 0 }, { "1,2x", -1, 0, 0 }
};

int
main(void)
{
	double v[3];
	size_t i;
	int n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = geo_fields_parse(cases[i].text, strlen(cases[i].text), v,
		    2);
		is_int(n, cases[i].n, cases[i].text);
		if (cases[i].n > 0)
			is_near(v[0], cases[i].a, 0, "the first");
		if (cases[i].n > 1)
			is_near(v[1], cases[i].b, 0, "the second");
	}
	is_int(geo_fields_parse("1,2,3,4", 5, v, 3), 3, "only what is given");
	return tap_done();
}
