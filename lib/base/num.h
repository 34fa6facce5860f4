/* SPDX-License-Identifier: ISC */
/*
 * Numbers in foreign text: exact, locale-free, whole field or nothing; and some
 * that we write often.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * All of TEXT as a decimal integer with an optional sign.  Values beyond 64
 * bits saturate at INT64_MIN / INT64_MAX.  Returns 1, or 0 if it is no
 * integer (empty, blanks, trailing text).
 */
int	base_num_i64(const char *text, size_t len, int64_t *v);

/*
 * All of TEXT as a decimal number with optional sign, fraction and exponent,
 * correctly rounded; too large becomes infinity.  "nan", "inf" and hex are
 * not numbers.  Returns 1 or 0.
 */
int	base_num_f64(const char *text, size_t len, double *v);

/* LEN bytes of OUT from 2 * LEN hex digits of either case.  1 or 0. */
int	base_num_unhex(void *out, size_t len, const char *text);

/*
 * Write V, from 0 to 10^DIGITS - 1, with so many digits, and without an end.
 * Returns where the next character goes.
 */
char	*base_num_digits(char *out, unsigned v, int digits);

#endif
