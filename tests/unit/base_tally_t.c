/* SPDX-License-Identifier: ISC */
#include "base/tally.h"

#include "tap.h"

int
main(void)
{
	struct base_tally *t = base_tally_new(100, 1000);
	char name[32];
	const char *s;
	int64_t sum;
	size_t i, len, right = 0;

	ok(base_tally_add(t, "b", 1, 2) && base_tally_add(t, "a", 1, 1) &&
	    base_tally_add(t, "b", 1, -5), "add");
	is_int((long long)base_tally_count(t), 2, "two names");
	s = base_tally_at(t, 0, &len, &sum);
	ok(len == 1 && sum == -3, "a sum");
	is_str(s, "b", "in order of arrival");
	ok(base_tally_add(t, "b\0c", 3, 7) && base_tally_count(t) == 3,
	    "any bytes");
	base_tally_reset(t);
	ok(base_tally_count(t) == 0 && base_tally_add(t, "a", 1, 4), "empty");
	base_tally_at(t, 0, &len, &sum);
	is_int(sum, 4, "nothing is left of before");

	base_tally_reset(t);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%zu", i % 150);
		right += base_tally_add(t, name, strlen(name), 1) ==
		    (i % 150 < 100);
	}
	is_int((long long)right, 300, "as many names as fit");
	for (i = right = 0; i < 100; i++) {
		s = base_tally_at(t, i, &len, &sum);
		right += atoi(s) == (int)i && sum == 2;
	}
	is_int((long long)right, 100, "their sums");
	base_tally_free(t);

	t = base_tally_new(100, 10);
	ok(base_tally_add(t, "123456789", 9, 1), "as many bytes as fit");
	ok(!base_tally_add(t, "", 0, 1), "and no more");
	base_tally_reset(t);
	ok(!base_tally_add(t, "1234567890", 10, 1), "too long");
	base_tally_free(t);
	base_tally_free(NULL);
	return tap_done();
}
