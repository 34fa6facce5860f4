/* SPDX-License-Identifier: ISC */
/* A rule that is the same in both sets is none. */
#include <stdint.h>

#include "ichnaea/rules.h"

#include "tap.h"

int
main(void)
{
	const int32_t *own = (const int32_t *)ichnaea_rules(0);
	const int32_t *old = (const int32_t *)ichnaea_rules(1);
	size_t i, n = sizeof(struct ichnaea_rules) / sizeof(*own);

	ok(ichnaea_rules(0) == ichnaea_rules(0) &&
	    ichnaea_rules(2) == ichnaea_rules(1), "two sets");
	for (i = 0; i < n; i++)
		ok(own[i] != old[i], "rule %zu makes a difference", i);
	return tap_done();
}
