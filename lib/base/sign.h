/* SPDX-License-Identifier: ISC */
/*
 * Signatures that only who knows a secret can make or check: equal things
 * have equal ones, and they tell nothing of what they sign.
 */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stddef.h>

/* 16 hexadecimal digits. */
#define BASE_SIGN_LEN	17

/*
 * Sign the N texts PART for the purpose PURPOSE, a word: with it as with
 * SECRET the signature of the same texts changes.  Texts are joined without
 * anything between them.
 */
void	base_sign(char out[BASE_SIGN_LEN], const char *secret,
	    const char *purpose, const char *const *part, size_t n);

#endif
