/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
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

/* The first byte of all these is at most this, or ff. */
#define LAST_NOBODY	0x02

/*
 * Addresses as numbers of 48 bits, of which some are compared: some stand for
 * a whole range, and the list is short.
 */
static int
is_nobody(const uint8_t mac[RADIO_MAC_LEN],
    const struct ichnaea_rules *rules)
{
	uint64_t v = radio_mac_number(mac);
	size_t i;

	if (mac[0] > LAST_NOBODY && mac[0] != 0xff)
		return 0;
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if ((v & nobody[i].mask) == nobody[i].mac)
			return nobody[i].known || !rules->placeholders;
	return 0;
}

/* One more than the value of each hex digit of either case; 0: it is none. */
static const uint8_t digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11,
	['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16
};

static unsigned
digit_of(char c)
{
	return digits[(unsigned char)c];
}

/* "aa:bb:cc:dd:ee:ff" as nearly all clients write it.  Returns 1, or 0. */
static int
parse_pairs(uint8_t mac[RADIO_MAC_LEN], const char *text)
{
	unsigned hi, lo;
	int i;

	for (i = 0; i < RADIO_MAC_LEN; i++, text += 3) {
		hi = digit_of(text[0]);
		lo = digit_of(text[1]);
		if (hi == 0 || lo == 0 ||
		    (i < RADIO_MAC_LEN - 1 && text[2] != ':'))
			return 0;
		mac[i] = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	return 1;
}

/* With any of the usual separators anywhere, or none.  Returns 1, or 0. */
static int
parse_digits(uint8_t mac[RADIO_MAC_LEN], const char *text, size_t len)
{
	size_t i, n = 0;
	uint64_t v = 0;
	unsigned digit;

	for (i = 0; i < len; i++) {
		if (text[i] == ':' || text[i] == '-' || text[i] == '.')
			continue;
		digit = digit_of(text[i]);
		if (digit == 0 || ++n > 2 * RADIO_MAC_LEN)
			return 0;
		v = v << 4 | (digit - 1);
	}
	if (n < 2 * RADIO_MAC_LEN)
		return 0;
	base_bytes_put_be(mac, v, RADIO_MAC_LEN);
	return 1;
}

/* Clients write all of these, and a wrong one is still the same address. */
int
radio_mac_parse(uint8_t mac[RADIO_MAC_LEN], const char *text, size_t len,
    const struct ichnaea_rules *rules)
{
	assert(rules != NULL);
	return ((len == 3 * RADIO_MAC_LEN - 1 && parse_pairs(mac, text)) ||
	    parse_digits(mac, text, len)) && !is_nobody(mac, rules);
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
