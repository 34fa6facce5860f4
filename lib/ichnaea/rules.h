/* SPDX-License-Identifier: ISC */
/*
 * What `strict` in location.ini changes, each behaviour under a name of its
 * own.  The setting is turned into these rules once, where a program reads
 * its configuration; whatever behaves in two ways is handed the rules and
 * asks for its own member, and so knows nothing of strictness.
 *
 * The two sets are the table in lib/ichnaea/rules.c; loc-ichnaea(7) explains
 * it to operators.
 */
#ifndef ICHNAEA_RULES_H
#define ICHNAEA_RULES_H

#include <stdint.h>

struct ichnaea_rules {
	/* One bad field refuses a body; else it costs itself. */
	int	refuse_bodies;
	/* A query names radios in exactly Ichnaea's words. */
	int	exact_radios;
	/* Cells of NR, and what clients call NR, LTE-M and NB-IoT. */
	int	new_radios;
	/* Members that clients send today: "newRadioCellId", "pci" ... */
	int	new_members;
	/* Words of today for where a position is from. */
	int	new_sources;
	/* Numbers and addresses that stand for "unknown" are taken. */
	int	placeholders;
	/* Positions on the date line, at 180 degrees, are places. */
	int	date_line;
	/* Networks whose names ask for it are left out, and forgotten. */
	int	opt_outs;
	/* Reports have lists and positions of which nothing came. */
	int	empty_members;
	/* Queries are kept as reports only if their users agreed. */
	int	ask_users;
	/* Queries without a key may count as those of a default one. */
	int	default_key;
	/* The heartbeat is bad without servers that are not configured. */
	int	need_all;
	/* Whatever is reported or asked is believed, whoever says it. */
	int	believe_all;
	/* The leftmost address forwarded is the client's, whoever wrote it. */
	int	leftmost_client;
	/* Frequencies of wifi in the 6 GHz band have a channel. */
	int	six_ghz;
	/* The highest timing advance, channel and frequency of wifi. */
	int32_t	max_ta;
	int32_t	max_channel, max_mhz;
};

/* The rules if location.ini says STRICT, or not. */
const struct ichnaea_rules *ichnaea_rules(int strict);

#endif
