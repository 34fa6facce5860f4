/* SPDX-License-Identifier: ISC */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, nothing beyond U+10FFFF.
 * Surrogates are told apart from other faults, as JSON may name them alone.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum base_utf8_verdict {
	BASE_UTF8_OK,
	BASE_UTF8_SURROGATE,	/* well formed, but no character */
	BASE_UTF8_BAD_START,	/* no character starts with this byte */
	BASE_UTF8_BAD_REST,	/* the byte after USED ones does not follow */
	BASE_UTF8_CUT		/* the text ends within a character */
};

/* Bytes of a character at most. */
#define BASE_UTF8_MAX	4

/*
 * Decode the character at S, where LEN > 0 bytes are left, into *CODE.
 * *USED becomes its length, or how many bytes are to be skipped before
 * another may start.  *CODE is set for OK and SURROGATE only.
 */
enum base_utf8_verdict base_utf8_next(const void *s, size_t len,
	    uint32_t *code, size_t *used);

/* 1 if all LEN bytes of S are characters. */
int	base_utf8_check(const void *s, size_t len);

/* Encode CODE, which may be a surrogate.  Returns how many bytes it takes. */
size_t	base_utf8_put(char out[BASE_UTF8_MAX], uint32_t code);

#endif
