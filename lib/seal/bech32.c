/* SPDX-License-Identifier: ISC */
/*
 * The checksum is a BCH code over digits of five bits, of which the name gives
 * the first.  Secrets pass through here, so what is left on the stack is
 * wiped.
 *
 * The format is Bech32 (BIP 173), here for 32 bytes only.  A single wrong
 * character is always found, and so are most errors of people who copy by hand;
 * a key that was read is therefore the one that was made.
 */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "seal/bech32.h"

#define CHECKSUM	6			/* digits of it */
/* 32 bytes are 52 digits, of which the last has four bits of filling. */
#define DIGITS		((SEAL_BECH32_BYTES * 8 + 4) / 5)
#define NAME_MAX_LEN	20

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/*
 * Take another digit into the remainder C.
 *
 * The generator's constants are those of BIP 173: multiples of the code's
 * polynomial for each of the five bits that are shifted out on the left.
 */
static uint32_t
add_digit(uint32_t c, unsigned digit)
{
	static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d,
	    0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = c >> 25;
	int i;

	c = (c & 0x1ffffff) << 5 ^ digit;
	for (i = 0; i < 5; i++)
		if (top >> i & 1)
			c ^= generator[i];
	return c;
}

/*
 * The remainder behind NAME: its high bits, a zero, and its low bits.
 *
 * So the checksum is another for each name, and a secret key cannot pass for a
 * public one.
 */
static uint32_t
begin_checksum(const char *name)
{
	uint32_t c = 1;
	const char *p;

	for (p = name; *p != '\0'; p++)
		c = add_digit(c, (unsigned char)*p >> 5);
	c = add_digit(c, 0);
	for (p = name; *p != '\0'; p++)
		c = add_digit(c, *p & 31);
	return c;
}

/*
 * Digits are taken from the left, most significant bits first.  Behind the last
 * byte zeros are taken in.
 */
void
seal_bech32_encode(char out[SEAL_BECH32_LEN], const char *name,
    const unsigned char data[SEAL_BECH32_BYTES])
{
	uint32_t bits = 0, c = begin_checksum(name);
	size_t i, n = 0;
	unsigned have = 0;

	assert(strlen(name) <= NAME_MAX_LEN);
	out += strlcpy(out, name, SEAL_BECH32_LEN);
	*out++ = '1';
	for (i = 0; n < DIGITS; n++) {
		if (have < 5) {
			bits = bits << 8 | (i < SEAL_BECH32_BYTES ? data[i] :
			    0);
			i++;
			have += 8;
		}
		have -= 5;
		c = add_digit(c, bits >> have & 31);
		*out++ = alphabet[bits >> have & 31];
	}
	for (i = 0; i < CHECKSUM; i++)
		c = add_digit(c, 0);
	c ^= 1;
	for (i = 0; i < CHECKSUM; i++)
		*out++ = alphabet[c >> 5 * (CHECKSUM - 1 - i) & 31];
	*out = '\0';
	sodium_memzero(&bits, sizeof(bits));
}

/*
 * LEN characters of TEXT in lower case; 0 if they are of both.
 *
 * Mixed case is refused by the standard, as it is a sign of a damaged text.
 */
static int
fold_case(char *out, const char *text, size_t len)
{
	int lower = 0, upper = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		lower |= islower((unsigned char)text[i]) != 0;
		upper |= isupper((unsigned char)text[i]) != 0;
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[len] = '\0';
	return !(lower && upper);
}

/*
 * The digits at P as bytes: 0 if one is none or bits are left over.
 *
 * The filling has to be zero, so that each key has one text.  The number of
 * digits is fixed, hence the assertion about the bytes.  Nothing may follow.
 */
static int
read_digits(unsigned char data[SEAL_BECH32_BYTES], const char *p, uint32_t c)
{
	uint32_t bits = 0;
	const char *at;
	unsigned have = 0;
	size_t i, n = 0;

	for (i = 0; i < DIGITS + CHECKSUM; i++) {
		if (p[i] == '\0' || (at = strchr(alphabet, p[i])) == NULL)
			return 0;
		c = add_digit(c, (unsigned)(at - alphabet));
		if (i >= DIGITS)
			continue;
		bits = bits << 5 | (uint32_t)(at - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			data[n++] = (unsigned char)(bits >> have);
		}
	}
	assert(n == SEAL_BECH32_BYTES);
	return p[i] == '\0' && c == 1 && (bits & ((1u << have) - 1)) == 0;
}

int
seal_bech32_decode(unsigned char data[SEAL_BECH32_BYTES], const char *name,
    const char *text, size_t len)
{
	char low[SEAL_BECH32_LEN];
	size_t n = strlen(name);
	int ok;

	ok = len < sizeof(low) && fold_case(low, text, len) &&
	    strncmp(low, name, n) == 0 && low[n] == '1' &&
	    read_digits(data, low + n + 1, begin_checksum(name));
	sodium_memzero(low, sizeof(low));
	return ok;
}
