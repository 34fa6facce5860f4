/* SPDX-License-Identifier: ISC */
/*
 * Everything is SipHash-2-4, which nobody can foretell without the secret, and
 * a letter in front keeps what is hashed for one purpose from ever being equal
 * to what is for another.
 *
 * The key of a day is made of the secret and the day, so that servers need not
 * agree on anything but the secret, and what is stored of a day is of no use on
 * another.  Of 65536 tags some hundred networks share each, which is enough to
 * tell votes apart and too few to find a client by.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/siphash.h"
#include "obs/witness.h"

#define SQUARE_DEG	0.02	/* side of the squares that marks are of */
#define MAX_SEED	512	/* bytes that go into a source */

void
obs_witness_write(uint8_t out[OBS_WITNESS_BYTES], const struct obs_witness *w)
{
	out[0] = w->class;
	base_bytes_put_le(out + 1, w->tag, 2);
	base_bytes_put_le(out + 3, w->source, 4);
}

void
obs_witness_read(struct obs_witness *w,
    const uint8_t bytes[OBS_WITNESS_BYTES])
{
	w->class = bytes[0] > OBS_WITNESS_ASKED ? OBS_WITNESS_PUBLIC :
	    bytes[0];
	w->tag = (uint16_t)base_bytes_get_le(bytes + 1, 2);
	w->source = (uint32_t)base_bytes_get_le(bytes + 3, 4);
}

int
obs_witness_is_none(const struct obs_witness *w)
{
	return w->class == OBS_WITNESS_PUBLIC && w->tag == 0 && w->source == 0;
}

static void
take_key(uint64_t key[2], const uint8_t bytes[OBS_WITNESS_SECRET])
{
	key[0] = base_bytes_get_le(bytes, 8);
	key[1] = base_bytes_get_le(bytes + 8, 8);
}

void
obs_witness_day(struct obs_witness_day *d,
    const uint8_t secret[OBS_WITNESS_SECRET], int64_t day)
{
	char seed[] = "witness0__";
	uint64_t key[2];

	take_key(key, secret);
	base_bytes_put_le((uint8_t *)seed + 8, (uint64_t)day, 2);
	d->day = day;
	d->key[0] = base_siphash(key, seed, 10);
	seed[7] = '1';
	d->key[1] = base_siphash(key, seed, 10);
}

void
obs_witness_address_of(struct obs_witness_address *a,
    const struct base_addr *from, unsigned bits4, unsigned bits6)
{
	int is_v4 = base_addr_is_v4(from);

	assert(bits4 <= 32 && bits6 <= 128);
	memset(a, 0, sizeof(*a));
	if (!from->is_known)
		return;
	a->len = is_v4 ? 4 : sizeof(a->byte);
	memcpy(a->byte, from->byte + sizeof(from->byte) - a->len, a->len);
	a->bits = is_v4 ? bits4 : bits6;
}

/* Bits beyond the network are zeros, up to a whole byte. */
uint16_t
obs_witness_network_tag(const struct obs_witness_day *d,
    const struct obs_witness_address *a)
{
	size_t len = (a->bits + 7) / 8;
	uint8_t seed[1 + 16] = "n";

	memcpy(seed + 1, a->byte, len);
	if (a->bits % 8 != 0)
		seed[len] &= (uint8_t)(0xff << (8 - a->bits % 8));
	return (uint16_t)base_siphash(d->key, seed, 1 + len);
}

/* Add TEXT at SEED + LEN, as much as there is room for.  The new length. */
static size_t
add_text(uint8_t seed[MAX_SEED], size_t len, const char *text)
{
	size_t n = strlen(text);

	if (n > MAX_SEED - len)
		n = MAX_SEED - len;
	memcpy(seed + len, text, n);
	return len + n;
}

uint16_t
obs_witness_key_tag(const struct obs_witness_day *d, const char *key)
{
	uint8_t seed[MAX_SEED] = "k";

	return (uint16_t)base_siphash(d->key, seed, add_text(seed, 1, key));
}

/* Of names that are longer than any program has only the beginning counts. */
uint32_t
obs_witness_source(const struct obs_witness_day *d,
    const struct obs_witness_address *a, const char *key, const char *agent)
{
	uint8_t seed[MAX_SEED] = "s";
	size_t len = 1 + a->len;

	memcpy(seed + 1, a->byte, a->len);
	seed[len] = '\0';
	len = add_text(seed, len + 1, key);
	if (len < MAX_SEED)
		seed[len++] = '\0';
	return (uint32_t)base_siphash(d->key, seed,
	    add_text(seed, len, agent == NULL ? "" : agent));
}

uint32_t
obs_witness_mark(const uint8_t salt[OBS_WITNESS_SECRET], uint32_t source,
    double lat, double lon)
{
	uint8_t seed[12];
	uint64_t key[2];

	take_key(key, salt);
	base_bytes_put_le(seed, source, 4);
	base_bytes_put_le(seed + 4,
	    (uint32_t)(int32_t)floor(lat / SQUARE_DEG), 4);
	base_bytes_put_le(seed + 8,
	    (uint32_t)(int32_t)floor(lon / SQUARE_DEG), 4);
	return (uint32_t)base_siphash(key, seed, sizeof(seed));
}
