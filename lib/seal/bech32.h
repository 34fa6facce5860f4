/* SPDX-License-Identifier: ISC */
/*
 * Bech32 (BIP 173): bytes as text that people copy, with a name in front and
 * a checksum behind that finds what they mistype.
 */
#ifndef SEAL_BECH32_H
#define SEAL_BECH32_H

#include <stddef.h>

#define SEAL_BECH32_BYTES	32	/* what is encoded, always */
#define SEAL_BECH32_LEN		96	/* of the text, with its NUL */

/* Write DATA with the name NAME, in lower case, to OUT. */
void	seal_bech32_encode(char out[SEAL_BECH32_LEN], const char *name,
	    const unsigned char data[SEAL_BECH32_BYTES]);

/*
 * Read LEN characters of TEXT, all in one case, with the name NAME in lower
 * case.  Returns 1, or 0 if it is something else or mistyped.
 */
int	seal_bech32_decode(unsigned char data[SEAL_BECH32_BYTES],
	    const char *name, const char *text, size_t len);

#endif
