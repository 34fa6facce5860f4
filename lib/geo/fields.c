/* SPDX-License-Identifier: ISC */
/*
 * A few numbers in a text, such as a position that somebody has pasted,
 * whatever stands between them.
 */
#include "base/num.h"
#include "geo/fields.h"

/*
 * Any row of these parts two fields: people paste positions from everywhere.
 */
static int
is_gap(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/*
 * One field more than there is room for is an error, not the end: a third
 * number behind a position means that the text is something else.
 */
int
geo_fields_parse(const char *text, size_t len, double *v, int max)
{
	const char *end = text + len, *start;
	int n;

	for (n = 0;; n++) {
		while (text < end && is_gap(*text))
			text++;
		if (text == end)
			return n;
		for (start = text; text < end && !is_gap(*text);)
			text++;
		if (n == max ||
		    !base_num_f64(start, (size_t)(text - start), &v[n]))
			return -1;
	}
}
