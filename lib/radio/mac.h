/* SPDX-License-Identifier: ISC */
/* Addresses of wifi access points and Bluetooth beacons. */
#ifndef RADIO_MAC_H
#define RADIO_MAC_H

#include <stddef.h>
#include <stdint.h>

struct ichnaea_rules;

#define RADIO_MAC_LEN	6

/* The database splits addresses over this many tables of each kind. */
#define RADIO_MAC_SHARDS	16

/*
 * Read LEN bytes of text: 12 hex digits of either case once every ':', '-'
 * and '.' is taken out.  Returns 1, or 0 for anything else and for the
 * addresses of nobody: 000000000000, ffffffffffff, 01005e901000; unless
 * RULES take them also 020000000000, which Android and iOS tell instead of
 * others, and those that virtual routers have everywhere (VRRP, HSRP, GLBP).
 */
int	radio_mac_parse(uint8_t mac[RADIO_MAC_LEN], const char *text,
	    size_t len, const struct ichnaea_rules *rules);

/*
 * 1 if a network with this name of LEN bytes is not to be known: its owner
 * has put "_nomap" or "_optout" into it, anywhere and in any case.
 */
int	radio_mac_opts_out(const char *name, size_t len);

/* An address as a number; they have the order that memcmp() gives addresses. */
static inline uint64_t
radio_mac_number(const uint8_t mac[RADIO_MAC_LEN])
{
	return (uint64_t)((uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 |
	    (uint32_t)mac[2] << 8 | mac[3]) << 16 |
	    (uint64_t)((uint32_t)mac[4] << 8 | mac[5]);
}

/* The table of an address: its fifth hex digit. */
static inline int
radio_mac_shard(const uint8_t mac[RADIO_MAC_LEN])
{
	return mac[2] >> 4;
}

#endif
