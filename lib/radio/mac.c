/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/num.h"
#include "ichnaea/rules.h"
#include "radio/mac.h"

/* The first N bits of an address, as a mask of its 48. */
#define FIRST(n)	(0xffffffffffff & ~(0xffffffffffff >> (n)))

/*
 * Addresses that many have at once, so that they say nothing about where
 * somebody is: those that are MAC where MASK is set.
 */
static const struct {
	uint64_t	mac, mask;
	int		known;		/* Ichnaea refused it, too */
} nobody[] = {
	{ 0x000000000000, FIRST(48), 1 },
	{ 0xffffffffffff, FIRST(48), 1 },
	{ 0x01005e901000, FIRST(48), 1 }, /* of examples: RFC 7042 2.1.1 */
	{ 0x020000000000, FIRST(48), 0 }, /* what Android and iOS hide behind */
	{ 0x00005e000100, FIRST(40), 0 }, /* VRRP and CARP: RFC 5798 7.3 */
	{ 0x00005e000200, FIRST(40), 0 }, /* VRRP of IPv6 */
	{ 0x00000c07ac00, FIRST(40), 0 }, /* HSRP: RFC 2281 5.3 */
	{ 0x00000c9ff000, FIRST(36), 0 }, /* HSRP version 2 */
	{ 0x000573a00000, FIRST(36), 0 }, /* HSRP of IPv6 */
	{ 0x0007b4000000, FIRST(32), 0 }, /* GLBP */
};

/*
 * Addresses as numbers of 48 bits, of which some are compared: some stand for
 * a whole range, and the list is short.
 */
static int
is_nobody(const uint8_t mac[RADIO_MAC_LEN],
    const struct ichnaea_rules *rules)
{
	uint64_t v = base_bytes_get_be(mac, RADIO_MAC_LEN);
	size_t i;

	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if ((v & nobody[i].mask) == nobody[i].mac)
			return nobody[i].known || !rules->placeholders;
	return 0;
}

/*
 * Any of the usual separators may stand anywhere, or none: clients write all of
 * these, and a wrong one is still the same address.
 */
int
radio_mac_parse(uint8_t mac[RADIO_MAC_LEN], const char *text, size_t len,
    const struct ichnaea_rules *rules)
{
	char hex[2 * RADIO_MAC_LEN];
	size_t i, n = 0;

	assert(rules != NULL);
	for (i = 0; i < len; i++) {
		if (text[i] == ':' || text[i] == '-' || text[i] == '.')
			continue;
		if (n == sizeof(hex))
			return 0;
		hex[n++] = text[i];
	}
	return n == sizeof(hex) && base_num_unhex(mac, RADIO_MAC_LEN, hex) &&
	    !is_nobody(mac, rules);
}

/*
 * Names are cut, padded and put together by devices and by people ("_nomap "
 * and "home_optout_5G"), so the words count wherever they stand.
 */
int
radio_mac_opts_out(const char *name, size_t len)
{
	static const char *const words[] = { "_nomap", "_optout" };
	const char *end = name + len, *p = name;
	size_t i, n;

	while ((p = memchr(p, '_', (size_t)(end - p))) != NULL) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			n = strlen(words[i]);
			if ((size_t)(end - p) >= n &&
			    strncasecmp(p, words[i], n) == 0)
				return 1;
		}
		p++;
	}
	return 0;
}
