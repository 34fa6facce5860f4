/* SPDX-License-Identifier: ISC */
/*
 * Doubles: a whole number below 2^53 and a power of ten up to 22 are both
 * exact, so one multiplication or division rounds correctly (W. Clinger, "How
 * to read floating point numbers accurately", 1990).  Positions often have a
 * digit or two more, as programs print doubles; such are divided in integers.
 * The rest goes to strtod().  The locale of all programs is "C", so a point is
 * a point.
 */
#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define SMALL_DIGITS	18	/* so many always fit into 64 bits */

/*
 * Values beyond 64 bits saturate; no caller has a use for one, but each has a
 * range that it refuses them by.
 */
int
base_num_i64(const char *text, size_t len, int64_t *v)
{
	const char *end = text + len;
	uint64_t u = 0;
	int big = 0, neg = 0;

	if (text < end && (*text == '-' || *text == '+'))
		neg = *text++ == '-';
	if (text == end)
		return 0;
	if (end - text <= SMALL_DIGITS) {
		for (; text < end; text++) {
			if (*text < '0' || *text > '9')
				return 0;
			u = u * 10 + (uint64_t)(*text - '0');
		}
		*v = neg ? -(int64_t)u : (int64_t)u;
		return 1;
	}
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		if (u > (UINT64_MAX - 9) / 10)
			big = 1;
		else
			u = u * 10 + (uint64_t)(*text - '0');
	}
	if (big || u > (uint64_t)INT64_MAX)
		*v = neg ? INT64_MIN : INT64_MAX;
	else
		*v = neg ? -(int64_t)u : (int64_t)u;
	return 1;
}

/* By strtod(), which wants a NUL behind the text. */
static int
slow_f64(const char *text, size_t len, double *v)
{
	char tmp[128], *copy = tmp, *end;
	int ok;

	if (len >= sizeof(tmp) && (copy = malloc(len + 1)) == NULL)
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*v = strtod(copy, &end);
	ok = end == copy + len;
	if (copy != tmp)
		free(copy);
	return ok;
}

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/*
 * The eight digits at P as a number; UINT32_MAX if they are not all digits.
 * Neighbours are joined to numbers of two, four and eight digits (D. Lemire,
 * "Quickly parsing eight digits", 2018): the first byte is the lowest.
 */
static inline uint32_t
eight_digits(const char *p)
{
	uint64_t x;

	memcpy(&x, p, 8);
	x = le64toh(x);
	if (((x & EACH(0xf0)) | ((x + EACH(6)) & EACH(0xf0)) >> 4) !=
	    EACH(0x33))
		return UINT32_MAX;
	x -= EACH('0');
	x = x * 10 + (x >> 8);
	x = ((x & 0xff000000ff) * (100 + (UINT64_C(1000000) << 32)) +
	    (x >> 16 & 0xff000000ff) * (1 + (UINT64_C(10000) << 32))) >> 32;
	return (uint32_t)x;
}

/* Add the digits from P on to M.  Returns what is behind them. */
static inline const char *
gather_digits(const char *p, const char *end, uint64_t *m)
{
	uint32_t eight;

	for (; end - p >= 8 && (eight = eight_digits(p)) != UINT32_MAX; p += 8)
		*m = *m * 100000000 + eight;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		*m = *m * 10 + (uint64_t)(*p - '0');
	return p;
}

static const double pow10_f64[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
	1e21, 1e22 };

#ifdef __SIZEOF_INT128__
/*
 * M / 10^DIGITS, M not 0 and DIGITS up to 19, correctly rounded.  Both are
 * shifted up to the top of 64 bits, so that the quotient has 63 bits at least
 * and at most 64.  That is more than a double has, so whether there was a
 * remainder only matters as the lowest bit.
 */
static double
divided(uint64_t m, int digits)
{
	uint64_t d = 1, q, rest;
	int i, up, up_d;

	for (i = 0; i < digits; i++)
		d *= 10;
	up = __builtin_clzll(m);
	up_d = __builtin_clzll(d);
	m <<= up;
	d <<= up_d;
	q = (uint64_t)(((unsigned __int128)m << 63) / d);
	rest = (m << 63) - q * d;
	return ldexp((double)(q | (rest != 0)), up_d - up - 63);
}
#endif

/*
 * TEXT with a point and without exponent, of 19 digits at most, which 64 bits
 * hold.  Returns 1, or 0 if it is another.
 */
static inline int
usual_f64(const char *text, size_t len, double *v)
{
	const char *end = text + len, *p = text + (*text == '-'), *point;
	uint64_t m = 0;
	int neg = *text == '-', digits;

	if (end - p > 20)
		return 0;
	point = gather_digits(p, end, &m);
	if (point == p || point == end || *point != '.' || point + 1 == end ||
	    gather_digits(point + 1, end, &m) != end)
		return 0;
	digits = (int)(end - point - 1);
	if (m >> 53 == 0)
		*v = (double)m / pow10_f64[digits];
#ifdef __SIZEOF_INT128__
	else
		*v = divided(m, digits);
#else
	else
		return 0;
#endif
	if (neg)
		*v = -*v;
	return 1;
}

/*
 * One pass over the text gathers its first 19 digits in M, which always fit,
 * and the power of ten that they are to be multiplied by.  "digits" becomes
 * 99 when some were left out, so that M is not the whole truth.
 */
int
base_num_f64(const char *text, size_t len, double *v)
{
	const char *p = text, *end = text + len;
	uint64_t m = 0;
	int digits = 0, exp10 = 0, e = 0, eneg = 0, neg = 0, any = 0;

	if (len > 0 && usual_f64(text, len, v))
		return 1;
	if (p < end && (*p == '-' || *p == '+'))
		neg = *p++ == '-';
	for (; p < end && *p >= '0' && *p <= '9'; p++, any = 1)
		if (digits < 19 && (m != 0 || *p != '0')) {
			m = m * 10 + (uint64_t)(*p - '0');
			digits++;
		} else if (m != 0)
			digits = 99;
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, any = 1) {
			if (digits >= 19) {
				digits = 99;
				continue;
			}
			m = m * 10 + (uint64_t)(*p - '0');
			if (m != 0)
				digits++;
			exp10--;
		}
	if (!any)
		return 0;
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '-' || *p == '+'))
			eneg = *p++ == '-';
		if (p == end)
			return 0;
		for (; p < end && *p >= '0' && *p <= '9'; p++)
			if (e < 10000)
				e = e * 10 + (*p - '0');
		exp10 += eneg ? -e : e;
	}
	if (p != end)
		return 0;
	if (m == 0 && digits < 99) {
		*v = neg ? -0.0 : 0.0;
		return 1;
	}
	/* Both M and the power are doubles without error. */
	if (m >> 53 == 0 && digits <= 19 && exp10 >= -22 && exp10 <= 22) {
		*v = (double)m;
		*v = exp10 < 0 ? *v / pow10_f64[-exp10] : *v *
		    pow10_f64[exp10];
		if (neg)
			*v = -*v;
		return 1;
	}
	return slow_f64(text, len, v);
}

/* The value of a hexadecimal digit, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Both cases are digits. */
int
base_num_unhex(void *out, size_t len, const char *text)
{
	unsigned char *p = out;
	int hi, lo;

	for (; len > 0; len--, text += 2) {
		if ((hi = hex_value(text[0])) < 0 ||
		    (lo = hex_value(text[1])) < 0)
			return 0;
		*p++ = (unsigned char)(hi << 4 | lo);
	}
	return 1;
}

char *
base_num_digits(char *out, unsigned v, int digits)
{
	int i;

	for (i = digits; i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);
	assert(v == 0);
	return out + digits;
}
