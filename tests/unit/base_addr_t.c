/* SPDX-License-Identifier: ISC */
/* Texts that are addresses, and what is written of them. */
#include "base/addr.h"
#include "tap.h"

static const struct {
	const char	*text, *again;	/* NULL: it is no address */
	int		 is_v4;
} cases[] = {
	{ "81.2.69.192", "81.2.69.192", 1 },
	{ "0.0.0.0", "0.0.0.0", 1 },
	{ "9.10.99.100", "9.10.99.100", 1 },
	{ "255.255.255.255", "255.255.255.255", 1 },
	{ "::ffff:81.2.69.192", "81.2.69.192", 1 },
	{ "::FFFF:5102:45c0", "81.2.69.192", 1 },
	{ "2a02:ffc0::", "2a02:ffc0::", 0 },
	{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", 0 },
	{ "2001:db8:1234:5678:9abc:def0:1234:5678",
	    "2001:db8:1234:5678:9abc:def0:1234:5678", 0 },
	{ "::", "::", 0 },
	{ "::1", "::1", 0 },
	{ "067.043.156.1", NULL, 0 }, { "1.2.3", NULL, 0 },
	{ "1.2.3.4.5", NULL, 0 }, { "1.2.3.256", NULL, 0 },
	{ "unknown", NULL, 0 }, { "", NULL, 0 }, { " 1.2.3.4", NULL, 0 },
	{ "1.2.3.4 ", NULL, 0 }, { "fe80::1%eth0", NULL, 0 },
	{ "1.2.3.4:80", NULL, 0 }, { "0x1.2.3.4", NULL, 0 },
	{ "[::1]", NULL, 0 }, { "12345::", NULL, 0 }
};

int
main(void)
{
	char out[BASE_ADDR_LEN];
	struct base_addr a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(base_addr_parse(&a, cases[i].text),
		    cases[i].again != NULL, cases[i].text);
		is_int(a.is_known, cases[i].again != NULL, "is known");
		is_int(base_addr_is_v4(&a), cases[i].is_v4, "is of IPv4");
		base_addr_format(out, &a);
		is_str(out, cases[i].again == NULL ? "" : cases[i].again,
		    "what is written of it");
	}
	base_addr_set_v4(&a, "\300\0\2\1");
	base_addr_format(out, &a);
	is_str(out, "192.0.2.1", "four bytes");
	return tap_done();
}
