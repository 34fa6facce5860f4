/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "radio/mac.h"

int
radio_mac_parse(uint8_t mac[RADIO_MAC_LEN], const char *text, size_t len)
{
	static const uint8_t nobody[][RADIO_MAC_LEN] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01, 0x00, 0x5e, 0x90, 0x10, 0x00 },	/* RFC 7042 2.1.1 */
	};
	char hex[2 * RADIO_MAC_LEN];
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == ':' || text[i] == '-' || text[i] == '.')
			continue;
		if (n == sizeof(hex))
			return 0;
		hex[n++] = text[i];
	}
	if (n != sizeof(hex) || !base_num_unhex(mac, RADIO_MAC_LEN, hex))
		return 0;
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if (memcmp(mac, nobody[i], RADIO_MAC_LEN) == 0)
			return 0;
	return 1;
}

int
radio_mac_opts_out(const char *name, size_t len)
{
	static const char *const ends[] = { "_nomap", "_optout" };
	size_t i, n;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i]);
		if (len >= n && strncasecmp(name + len - n, ends[i], n) == 0)
			return 1;
	}
	return 0;
}
