/* SPDX-License-Identifier: ISC */
/*
 * Who owns a network can prove it to the operator, who gives out a code for its
 * address: with that in front of the _nomap at the end of its name, as in
 * myhome_ABCDEFGH_nomap, one report is enough to have it forgotten, if it comes
 * from a contributor with a key of his own.  A code is good for the week that
 * it is given out in, and the next.  Pure.
 */
#ifndef OBS_PROOF_H
#define OBS_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "obs/witness.h"
#include "radio/mac.h"

/* What codes are made with. */
struct obs_proof {
	uint8_t	secret[OBS_WITNESS_SECRET];
	int64_t	day;		/* since 1970 */
};

#define OBS_PROOF_CODE		8	/* characters of base32 (RFC 4648) */

/* The code of MAC in the week of P's day, NUL-terminated. */
void	obs_proof_code(char out[OBS_PROOF_CODE + 1], const struct obs_proof *p,
	    const uint8_t mac[RADIO_MAC_LEN]);

/* The first day on which that code is good no more. */
int64_t	obs_proof_end(const struct obs_proof *p);

/*
 * 1 if NAME, of LEN bytes, has the code of MAC, of this week or the last, in
 * front of _nomap or _optout.
 */
int	obs_proof_holds(const struct obs_proof *p,
	    const uint8_t mac[RADIO_MAC_LEN], const char *name, size_t len);

#endif
