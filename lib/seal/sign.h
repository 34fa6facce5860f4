/* SPDX-License-Identifier: ISC */
/*
 * Signatures (Ed25519) that everybody can check who knows a public key.  Keys
 * are text: "ed25519-" and 64 hexadecimal digits, and secret ones, which are in
 * a file of their own, "ed25519-secret-" and as many.
 */
#ifndef SEAL_SIGN_H
#define SEAL_SIGN_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_SIGN_PUBLIC	32	/* bytes */
#define SEAL_SIGN_BYTES		64
#define SEAL_SIGN_TEXT		73	/* of a public key, with NUL */

/*
 * Write a new secret key to the file PATH, which is not there yet, for its
 * owner alone; TEXT is its public key.  Returns 0, or -1 after a warning.
 */
int	seal_sign_make(const char *path, char text[SEAL_SIGN_TEXT]);

/*
 * Sign LEN bytes at DATA with the secret key in the file PATH.  Returns 0, or
 * -1 after a warning.
 */
int	seal_sign(const char *path, const void *data, size_t len,
	    uint8_t signer[SEAL_SIGN_PUBLIC],
	    uint8_t signature[SEAL_SIGN_BYTES]);

/*
 * 1 if LIST, public keys with blanks between them, has SIGNER, and SIGNATURE is
 * its of LEN bytes at DATA; else 0.
 */
int	seal_sign_is_by(const char *list, const void *data, size_t len,
	    const uint8_t signer[SEAL_SIGN_PUBLIC],
	    const uint8_t signature[SEAL_SIGN_BYTES]);

/* NULL, or what was expected of LIST at *AT. */
const char *seal_sign_check(const char *list, const char **at);

void	seal_sign_format(char text[SEAL_SIGN_TEXT],
	    const uint8_t signer[SEAL_SIGN_PUBLIC]);

#endif
