/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "net/echo.h"
#include "tap.h"

static const char report[] = "{\"wifiAccessPoints\": [{\"macAddress\": "
    "\"a82066123456\", \"ssid\": \"Our \\\"House\\\"\"}, {\"ssid\": "
    "\"caf\303\251 noir\"}, {\"ssid\": \"503 Main Street\"}], "
    "\"position\": {\"latitude\": 51.50001, "
    "\"source\": \"gnss\"}, \"n\": \"ab\"}";

static const struct {
	const char	*why, *want;
} cases[] = {
	{ "", "" },
	{ "answered 400: no ssid", "answered 400: no ssid" },
	{ "bad a82066123456!", "bad *!" },
	{ "macAddress a82066123456", "macAddress *" },
	{ "Our \\\"House\\\" is odd", "* is odd" },
	/* as net_client_printable() shows it */
	{ "caf   noir is odd", "* is odd" },
	/* cut off in the middle */
	{ "what is a8206612", "what is *" },
	{ "what is Our", "what is *" },
	{ "what is Ou", "what is Ou" },
	{ "at 51.50001", "at *" },
	{ "gnss gnss", "* *" },
	/* the status is nobody's */
	{ "answered 503", "answered 503" },
	{ "answered 503: no", "answered 503: no" },
	{ "answered 404: 503", "answered 404: *" },
	{ "503", "*" },
	/* too short to say anything */
	{ "ab", "ab" }
};

int
main(void)
{
	char why[200];
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strlcpy(why, cases[i].why, sizeof(why));
		net_echo_hide(why, report, strlen(report));
		ok(strcmp(why, cases[i].want) == 0, "%s: %s", cases[i].why,
		    why);
	}
	/* Whatever is sent, and wherever it ends. */
	for (n = 0; n <= strlen(report); n++) {
		strlcpy(why, "Our a82066123456", sizeof(why));
		net_echo_hide(why, report, n);
		if (strstr(why, "a82066123456") != NULL)
			break;
	}
	ok(n > strlen(report), "what net_scrub() knows is always hidden");
	return tap_done();
}
