/* SPDX-License-Identifier: ISC */
/*
 * Once memory was short the buffer takes nothing more until it is reset, so
 * that a text never lacks a piece in its middle.  There is always one byte of
 * room for the NUL behind the text.
 *
 * Numbers are written without printf() where it matters: a position in an
 * answer costs some 50 ns instead of a microsecond.
 */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void
base_buf_init(struct base_buf *b)
{
	memset(b, 0, sizeof(*b));
}

void
base_buf_done(struct base_buf *b)
{
	free(b->data);
	base_buf_init(b);
}

void
base_buf_reset(struct base_buf *b)
{
	b->len = 0;
	b->failed = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/*
 * The capacity doubles, so that a long text is copied a bounded number of
 * times; sizes near the end of the address space are refused before they
 * could wrap.
 */
char *
base_buf_grow(struct base_buf *b, size_t len)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;
	char *p = NULL;

	assert(b->len <= b->cap);
	if (b->failed)
		return NULL;
	if (len <= SIZE_MAX / 4 && b->len <= SIZE_MAX / 4) {
		while (cap - b->len <= len)
			cap *= 2;
		p = realloc(b->data, cap);
	}
	if (p == NULL) {
		b->failed = 1;
		return NULL;
	}
	b->data = p;
	b->cap = cap;
	return p + b->len;
}

/* The length is asked for first, so that the text is written in place. */
void
base_buf_fmt(struct base_buf *b, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = base_buf_room(b, (size_t)n)) == NULL) {
		b->failed = 1;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
base_buf_i64(struct base_buf *b, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char tmp[24], *p = tmp + sizeof(tmp);

	do {
		*--p = (char)('0' + u % 10);
	} while ((u /= 10) != 0);
	if (v < 0)
		*--p = '-';
	base_buf_add(b, p, (size_t)(tmp + sizeof(tmp) - p));
}

/* Two digits for each byte, of lower case. */
void
base_buf_hex(struct base_buf *b, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = data;
	char *p;
	size_t i;

	if (len > SIZE_MAX / 4 || (p = base_buf_room(b, 2 * len)) == NULL) {
		b->failed = 1;
		return;
	}
	for (i = 0; i < len; i++) {
		p[2 * i] = digits[s[i] >> 4];
		p[2 * i + 1] = digits[s[i] & 15];
	}
	p[2 * len] = '\0';
	b->len += 2 * len;
}

/*
 * A finite number in any size: as many digits are tried as it takes until the
 * text reads back.
 */
static void
add_shortest(struct base_buf *b, double v)
{
	char digits[40], *e, *p;
	int exp10, n, neg, prec;

	for (prec = 14; prec < 17; prec++) {
		snprintf(digits, sizeof(digits), "%.*e", prec, v);
		if (strtod(digits, NULL) == v)
			break;
	}
	/* "-d.ddde+XX": take the sign, the digits and the exponent apart. */
	neg = digits[0] == '-';
	p = digits + neg;
	e = strchr(p, 'e');
	exp10 = (int)strtol(e + 1, NULL, 10);
	*e = '\0';
	p[1] = p[0];		/* drop the point: d.ddd -> ddd */
	p++;
	n = (int)strlen(p);
	while (n > 1 && p[n - 1] == '0')
		n--;
	if (neg)
		base_buf_chr(b, '-');
	if (exp10 < -4 || exp10 >= 16) {
		base_buf_chr(b, p[0]);
		if (n > 1) {
			base_buf_chr(b, '.');
			base_buf_add(b, p + 1, (size_t)n - 1);
		}
		base_buf_fmt(b, "e%c%02d", exp10 < 0 ? '-' : '+', abs(exp10));
	} else if (exp10 < 0) {
		base_buf_add(b, "0.0000", (size_t)(1 - exp10));
		base_buf_add(b, p, (size_t)n);
	} else if (n <= exp10 + 1) {
		base_buf_add(b, p, (size_t)n);
		for (; n < exp10 + 1; n++)
			base_buf_chr(b, '0');
		base_buf_str(b, ".0");
	} else {
		base_buf_add(b, p, (size_t)exp10 + 1);
		base_buf_chr(b, '.');
		base_buf_add(b, p + exp10 + 1, (size_t)(n - exp10 - 1));
	}
}

/* |V| * 10^7 rounded as "%.7f" does, half to even, for |V| < 10^8. */
static uint64_t
tenth_millionths(double v)
{
	double scaled = fabs(v) * 1e7, err, r = rint(scaled);

	err = fma(fabs(v), 1e7, -scaled);	/* what the product lost */
	if (scaled - r == 0.5 && err > 0)
		r++;
	else if (scaled - r == -0.5 && err < 0)
		r--;
	return (uint64_t)r;
}

/*
 * A double holds 15 significant digits.  So of what is below 10^8, and has
 * seven decimals, these are the shortest text that reads back, but for zeros
 * at the end.  What has its first digit far behind the point wants an exponent,
 * and more digits than there are.
 */
static int
is_seven_decimals(double v, uint64_t *rest)
{
	if (!(fabs(v) < 1e8) || fabs(v) < 1e-3)
		return 0;
	*rest = tenth_millionths(v);
	return (double)*rest / 1e7 == fabs(v);
}

/*
 * The seven decimals are one integer, and are written from behind; one digit
 * behind the point stays.
 */
static void
add_decimals(struct base_buf *b, int neg, uint64_t rest)
{
	char tmp[8], *p;
	int i;

	if (neg)
		base_buf_chr(b, '-');
	base_buf_i64(b, (int64_t)(rest / 10000000));
	rest %= 10000000;
	tmp[0] = '.';
	for (i = 7; i > 0; i--, rest /= 10)
		tmp[i] = (char)('0' + rest % 10);
	for (p = tmp + 7; p > tmp + 1 && *p == '0'; p--)
		;
	base_buf_add(b, tmp, (size_t)(p + 1 - tmp));
}

/*
 * Python's repr(): shortest digits that read back, exponent form when the
 * decimal exponent is < -4 or >= 16, ".0" after integral values.
 */
void
base_buf_f64(struct base_buf *b, double v)
{
	uint64_t rest;

	if (isnan(v))
		base_buf_str(b, "NaN");
	else if (isinf(v))
		base_buf_str(b, v < 0 ? "-Infinity" : "Infinity");
	else if (is_seven_decimals(v, &rest))
		add_decimals(b, signbit(v), rest);
	else
		add_shortest(b, v);
}

/* What is too large for an integer, or so small, takes the slow way. */
void
base_buf_f7(struct base_buf *b, double v)
{
	char tmp[48];

	if (fabs(v) < 1e8 && (fabs(v) >= 1e-3 || v == 0)) {
		add_decimals(b, signbit(v), tenth_millionths(v));
		return;
	}
	if (isfinite(v) && fabs(v) < 1e22) {
		snprintf(tmp, sizeof(tmp), "%.7f", v);
		v = strtod(tmp, NULL);
	}
	base_buf_f64(b, v);
}
