/* SPDX-License-Identifier: ISC */
/* Numbers in foreign text: exact, locale-free, whole field or nothing. */
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

#endif
