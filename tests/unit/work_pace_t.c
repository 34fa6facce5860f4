/* SPDX-License-Identifier: ISC */
/* The pace of loc-work, which is pure, though it is no library's. */
#include "../../cmd/loc-work/pace.c"

#include "tap.h"

int
main(void)
{
	is_int(work_pace(2000, 2000, 100, 1), 4000, "more waits: twice");
	is_int(work_pace(2000, 4000, 499, 1), 8000, "and again");
	is_int(work_pace(2000, 8000, 100, 1), 8000, "four times at most");
	is_int(work_pace(2000, 4000, 500, 1), 4000, "not if it takes long");
	is_int(work_pace(2000, 4000, 2000, 1), 4000, "that is borne");
	is_int(work_pace(2000, 4000, 2001, 1), 2000, "this is not");
	is_int(work_pace(2000, 2000, 60000, 1), 2000,
	    "never less than what is configured");
	is_int(work_pace(2000, 8000, 100, 0), 4000, "nothing waits: half");
	is_int(work_pace(2000, 2000, 100, 0), 2000, "but not less");
	is_int(work_pace(3, 5, 3000, 1), 3, "nor with odd numbers");
	is_int(work_pace(100000, 400000, 0, 1), 400000, "the largest");
	return tap_done();
}
