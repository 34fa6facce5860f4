/* SPDX-License-Identifier: ISC */
#include "net/scrub.h"

#include "tap.h"

static const char *const cases[][2] = {
	/* kept */
	{ "", "" },
	{ "Table 'location.api_key' doesn't exist", NULL },
	{ "redis: Connection refused", NULL },
	{ "errno 1205, try 3 of 3 took 12.5 s", NULL },
	{ "MariaDB 10.11.6 at 12:30:45 on 2023-12-31", NULL },
	{ "HTTP/1.1 503 from POST /v1/geolocate", NULL },
	{ "key is missing: wanted one", NULL },
	{ "lib/net/scrub.c:12: std::x", NULL },
	/* addresses */
	{ "from 81.2.69.192", "from *" },
	{ "81.2.69.192: refused", "* refused" },
	{ "81.2.69.192:3306.", "*" },
	{ "'ro'@'10.0.0.3'", "'ro'@'*'" },
	{ "[2001:db8::1]:80", "[*]:80" },
	{ "net fe80:: and ::1", "net * and *" },
	{ "::ffff:81.2.69.192", "*" },
	{ "loc:client:test:81.2.69.0", "*" },
	{ "ap 01:23:45:67:89:aB, 01-23-45-67-89-ab", "ap *, *" },
	{ "0123456789ab", "*" },
	{ "mac=0123.4567.89ab", "mac=*" },
	/* positions */
	{ "at 51.5142,-0.0931", "at *,*" },
	{ "{\"lat\": 51.51, \"lng\":-0.09}",
	    "{\"lat\": *, \"lng\"*}" },
	{ "lat:51.5142", "*" },
	/* keys and passwords */
	{ "/v1/geolocate?key=test&x=1", "/v1/geolocate?key=*&x=1" },
	{ "\"key\": \"abcd-efgh\"", "\"key\": \"*\"" },
	{ "API_KEY = 'abcd'", "API_KEY = '*'" },
	{ "key:abcd", "*" },
	{ "password=hunter2 token: x", "password=* token: *" },
	{ "mysql://rw:pass@word@db/location", "mysql://*db/location" },
	{ "https://user@host/", "https://*host/" },
	{ "redis://u:p/w?x#y@host:1/0 is down", "redis://*host:1/0 is down" },
	{ "id 6f1c0f5a9be84f0ab1a4d5c9ba1e8c3f", "id *" },
};

int
main(void)
{
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i][0]);
		net_scrub(text);
		is_str(text, cases[i][1] == NULL ? cases[i][0] : cases[i][1],
		    cases[i][0]);
	}
	return tap_done();
}
