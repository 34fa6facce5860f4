/* SPDX-License-Identifier: ISC */
#include "ichnaea/rules.h"

/*
 * Numbers of Ichnaea's are those of its schemas in 2023, which knew neither
 * NR nor the 6 GHz band; ours are limits of the radios themselves, beyond
 * which lib/radio knows nothing.
 */
static const struct ichnaea_rules own = {
	.refuse_bodies	= 0,
	.exact_radios	= 0,
	.new_radios	= 1,
	.new_members	= 1,
	.new_sources	= 1,
	.placeholders	= 0,
	.date_line	= 1,
	.opt_outs	= 1,
	.empty_members	= 0,
	.ask_users	= 1,
	.default_key	= 1,
	.need_all	= 0,
	.believe_all	= 0,
	.leftmost_client = 0,
	.six_ghz	= 1,
	.max_ta		= 3846,		/* of NR, the longest */
	.max_channel	= 233,
	.max_mhz	= 7125,		/* where the 6 GHz band ends */
};

static const struct ichnaea_rules ichnaea = {
	.refuse_bodies	= 1,
	.exact_radios	= 1,
	.new_radios	= 0,
	.new_members	= 0,
	.new_sources	= 0,
	.placeholders	= 1,
	.date_line	= 0,
	.opt_outs	= 0,
	.empty_members	= 1,
	.ask_users	= 0,
	.default_key	= 0,
	.need_all	= 1,
	.believe_all	= 1,
	.leftmost_client = 1,
	.six_ghz	= 0,
	.max_ta		= 63,
	.max_channel	= 199,
	.max_mhz	= 5999,
};

const struct ichnaea_rules *
ichnaea_rules(int strict)
{
	return strict ? &ichnaea : &own;
}
