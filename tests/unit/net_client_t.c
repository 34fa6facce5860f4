/* SPDX-License-Identifier: ISC */
#include "net/client.h"

#include "tap.h"

int
main(void)
{
	static const struct {
		const char	*said, *want;
	} t[] = {
		{ "", "" },
		{ "slow down", "slow down" },
		{ "no\nloc-forward: all is well", "no loc-forward: all is well" },
		{ "\033[31mred\033[0m", " [31mred [0m" },
		{ "caf\xc3\xa9\r\n", "caf" },
		{ " \t\n", "" }
	};
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		strlcpy(text, t[i].said, sizeof(text));
		net_client_printable(text);
		is_str(text, t[i].want, t[i].want);
	}
	return tap_done();
}
