/* SPDX-License-Identifier: ISC */
/*
 * What claims to be encrypted with age, in pieces whose size the first byte
 * gives, read with the secret key of age's own tests.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "seal/bech32.h"
#include "seal/key.h"
#include "seal/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
count(void *arg, const void *data, size_t len)
{
	assert(data != NULL && len > 0 && len <= 65536);
	*(size_t *)arg += len;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char secret[] = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LX"
	    "YVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
	struct seal_key_list keys = { .n = 1 };
	struct seal_reader *r;
	size_t at, n, passed = 0, step;

	seal_bech32_decode(keys.key[0], "age-secret-key-", secret,
	    strlen(secret));
	if (len == 0 || (r = seal_reader_new(&keys, count, &passed)) == NULL)
		return 0;
	step = 1 + data[0];
	for (at = 1; at < len; at += n) {
		n = len - at < step ? len - at : step;
		seal_reader_add(r, data + at, n);
	}
	seal_reader_end(r);
	assert(passed <= len);
	return 0;
}
