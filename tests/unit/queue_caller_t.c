/* SPDX-License-Identifier: ISC */
#include "queue/caller.h"
#include "tap.h"

static const struct {
	const char	*text, *address, *network;
	int		 known;
} cases[] = {
	{ "81.2.69.192", "81.2.69.192", "81.2.69.0", 1 },
	{ "::ffff:81.2.69.192", "81.2.69.192", "81.2.69.0", 1 },
	{ "2001:DB8:0:aaFF::1", "2001:db8:0:aaff::1", "2001:db8:0:aa00::",
	    1 },
	{ "2001:db8:1234:5678:9abc:def0:1234:5678",
	    "2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234:5600::",
	    1 },
	{ "::1", "::1", "::", 1 },
	{ "255.255.255.255", "255.255.255.255", "255.255.255.0", 1 },
	{ "127.0.0.1", "127.0.0.1", "127.0.0.0", 1 },
	{ "", "127.0.0.1", "127.0.0.0", 0 },
	{ "unknown", "127.0.0.1", "127.0.0.0", 0 },
	{ "1.2.3.4:80", "127.0.0.1", "127.0.0.0", 0 },
	{ "067.043.156.1", "127.0.0.1", "127.0.0.0", 0 },
	{ NULL, "127.0.0.1", "127.0.0.0", 0 }
};

int
main(void)
{
	struct queue_caller c;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		queue_caller_parse(&c, cases[i].text);
		is_int(c.known, cases[i].known, cases[i].text == NULL ?
		    "nothing" : cases[i].text);
		is_str(c.address, cases[i].address, "its address");
		is_str(c.network, cases[i].network, "its network");
	}
	return tap_done();
}
