/* SPDX-License-Identifier: ISC */
#include "queue/caller.h"
#include "tap.h"

static const struct {
	const char	*text, *address, *network;
} cases[] = {
	{ "81.2.69.192", "81.2.69.192", "81.2.69.0" },
	{ "::ffff:81.2.69.192", "81.2.69.192", "81.2.69.0" },
	{ "2001:DB8:0:aaFF::1", "2001:db8:0:aaff::1", "2001:db8:0:aa00::" },
	{ "2001:db8:1234:5678:9abc:def0:1234:5678",
	    "2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234:5600::" },
	{ "::1", "::1", "::" },
	{ "255.255.255.255", "255.255.255.255", "255.255.255.0" },
	{ "127.0.0.1", "127.0.0.1", "127.0.0.0" },
	{ "", "127.0.0.1", "" },
	{ "unknown", "127.0.0.1", "" }
};

int
main(void)
{
	struct queue_caller c;
	struct base_addr a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		base_addr_parse(&a, cases[i].text);
		queue_caller_set(&c, &a);
		is_str(c.address, cases[i].address, cases[i].text);
		is_str(c.network, cases[i].network, "its network");
	}
	return tap_done();
}
