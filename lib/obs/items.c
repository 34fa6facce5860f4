/* SPDX-License-Identifier: ISC */
/*
 * Report lines are JSON already, so a body of them is made by putting commas
 * between: nothing is parsed.  A position of null, which Ichnaea's rules have
 * us write, stands at the end of its line if it stands there at all, and can
 * be cut off as text; within a string that text would have backslashes.
 */
#include <string.h>

#include "base/buf.h"
#include "obs/items.h"

#define BEGIN		"{\"items\": ["
#define NO_POSITION	", \"position\": null}"

/*
 * The first line begins the body, so that whoever has nothing to send has
 * nothing to take back.  Empty lines add nothing, not even a comma.
 */
void
obs_items_add(struct base_buf *b, const char *lines, size_t len, int whole)
{
	const size_t none = sizeof(NO_POSITION) - 1;
	const char *end = lines + len, *lf, *p;
	size_t n;

	for (p = lines; p < end; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		if ((n = (size_t)(lf - p)) == 0)
			continue;
		base_buf_str(b, b->len == 0 ? BEGIN : ", ");
		if (!whole && n > none &&
		    memcmp(lf - none, NO_POSITION, none) == 0) {
			base_buf_add(b, p, n - none);
			base_buf_chr(b, '}');
		} else
			base_buf_add(b, p, n);
	}
}

/* No lines at all make an empty list, which is a body, too. */
void
obs_items_end(struct base_buf *b)
{
	base_buf_str(b, b->len == 0 ? BEGIN "]}" : "]}");
}
