/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/siphash.h"
#include "obs/proof.h"

#define WEEK_DAYS	7
#define CODE_BITS	5	/* of a character */

/* The code of MAC in WEEK. */
static void
make_code(char out[OBS_PROOF_CODE + 1], const struct obs_proof *p,
    int64_t week, const uint8_t mac[RADIO_MAC_LEN])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const uint64_t key[2] = { base_bytes_get_le(p->secret, 8),
	    base_bytes_get_le(p->secret + 8, 8) };
	uint8_t seed[6 + 2 + RADIO_MAC_LEN] = "optout";
	uint64_t hash;
	int i;

	base_bytes_put_le(seed + 6, (uint64_t)week, 2);
	memcpy(seed + 8, mac, RADIO_MAC_LEN);
	hash = base_siphash(key, seed, sizeof(seed));
	for (i = 0; i < OBS_PROOF_CODE; i++, hash >>= CODE_BITS)
		out[i] = digits[hash & ((1 << CODE_BITS) - 1)];
	out[i] = '\0';
}

static int64_t
week_of(const struct obs_proof *p)
{
	assert(p->day >= 0);
	return p->day / WEEK_DAYS;
}

void
obs_proof_code(char out[OBS_PROOF_CODE + 1], const struct obs_proof *p,
    const uint8_t mac[RADIO_MAC_LEN])
{
	make_code(out, p, week_of(p), mac);
}

int64_t
obs_proof_end(const struct obs_proof *p)
{
	return (week_of(p) + 2) * WEEK_DAYS;
}

/* 1 if the LEN bytes at NAME begin with WORD, in any case. */
static int
begins(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncasecmp(name, word, n) == 0;
}

int
obs_proof_holds(const struct obs_proof *p, const uint8_t mac[RADIO_MAC_LEN],
    const char *name, size_t len)
{
	char code[2][OBS_PROOF_CODE + 1];
	const char *end = name + len, *at = name, *rest;

	make_code(code[0], p, week_of(p), mac);
	make_code(code[1], p, week_of(p) - 1, mac);
	for (; (at = memchr(at, '_', (size_t)(end - at))) != NULL; at++) {
		rest = at + 1 + OBS_PROOF_CODE;
		if (end - at <= 1 + OBS_PROOF_CODE)
			return 0;
		if ((begins(at + 1, (size_t)(end - at - 1), code[0]) ||
		    begins(at + 1, (size_t)(end - at - 1), code[1])) &&
		    (begins(rest, (size_t)(end - rest), "_nomap") ||
		    begins(rest, (size_t)(end - rest), "_optout")))
			return 1;
	}
	return 0;
}
