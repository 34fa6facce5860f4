/* SPDX-License-Identifier: ISC */
#include "base/uuid.h"
#include "tap.h"

int
main(void)
{
	char a[BASE_UUID_HEX], b[BASE_UUID_HEX];

	/* The example of RFC 9562, appendix A.1: 2022-02-22 19:22:22 UTC. */
	base_uuid_v1(a, 16455577420000000);
	base_uuid_v1(b, 16455577420000000);
	ok(strncmp(a, "c232ab009414" "11ec", 16) == 0, "time and version: %s",
	    a);
	is_int((long long)strspn(a, "0123456789abcdef"), 32, "32 digits");
	ok(strchr("89ab", a[16]) != NULL, "the variant");
	ok(strchr("13579bdf", a[21]) != NULL, "the node is no address");
	ok(strcmp(a, b) != 0, "two at once differ");
	return tap_done();
}
