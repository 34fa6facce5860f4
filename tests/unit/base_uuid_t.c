/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/uuid.h"
#include "tap.h"

int
main(void)
{
	static const char time_of_v7[] = "\x01\x7f\x22\xe2\x79\xb0";
	char a[BASE_UUID_HEX], b[BASE_UUID_HEX];
	char c[BASE_UUID_TEXT], d[BASE_UUID_TEXT];
	int64_t s = 0;
	uint8_t e[BASE_UUID_LEN], f[BASE_UUID_LEN], hash[BASE_UUID_LEN];

	memset(hash, 0xff, sizeof(hash));
	/* The example of RFC 9562, appendix A.1: 2022-02-22 19:22:22 UTC. */
	base_uuid_v1(a, 16455577420000000);
	base_uuid_v1(b, 16455577420000000);
	ok(strncmp(a, "c232ab009414" "11ec", 16) == 0, "time and version: %s",
	    a);
	is_int((long long)strspn(a, "0123456789abcdef"), 32, "32 digits");
	ok(strchr("89ab", a[16]) != NULL, "the variant");
	ok(strchr("13579bdf", a[21]) != NULL, "the node is no address");
	ok(strcmp(a, b) != 0, "two at once differ");
	is_int(base_uuid_v1_time(a, &s), 1, "one of version 1");
	is_int(s, 1645557742, "its time");
	is_int(base_uuid_v1_time("c232ab00941411ec9f6b0242ac120002.json", &s),
	    1, "something behind it");
	is_int(base_uuid_v1_time("c232ab00941441ec9f6b0242ac120002", &s), 0,
	    "version 4");
	is_int(base_uuid_v1_time("C232AB00941411EC9F6B0242AC120002", &s), 0,
	    "upper case");
	is_int(base_uuid_v1_time("c232ab00941411ec9f6b0242ac12000", &s), 0,
	    "too short");

	base_uuid_v4(c);
	base_uuid_v4(d);
	is_int((long long)strspn(c, "0123456789abcdef-"), 36, "36 characters");
	ok(c[8] == '-' && c[13] == '-' && c[18] == '-' && c[23] == '-',
	    "five groups: %s", c);
	ok(c[14] == '4' && strchr("89ab", c[19]) != NULL, "version, variant");
	ok(strcmp(c, d) != 0, "two of version 4 differ");

	/* The same time as of the example in appendix A.6. */
	base_uuid_v7(e, 0x017f22e279b0);
	base_uuid_v7(f, 0x017f22e279b0);
	ok(memcmp(e, time_of_v7, 6) == 0, "begins with its time");
	ok(e[6] >> 4 == 7 && e[8] >> 6 == 2, "version 7, variant");
	ok(memcmp(e, f, sizeof(e)) != 0, "two of one time differ");
	base_uuid_v7(f, 0x017f22e279b1);
	ok(memcmp(e, f, sizeof(e)) < 0, "a later one is larger");

	base_uuid_v8(e, hash);
	base_uuid_v8(f, hash);
	ok(e[6] >> 4 == 8 && e[8] >> 6 == 2, "version 8, variant");
	ok(memcmp(e, f, sizeof(e)) == 0, "always the same");
	ok(e[0] == 0xff && e[15] == 0xff && e[6] == 0x8f && e[8] == 0xbf,
	    "the rest is the hash");
	return tap_done();
}
