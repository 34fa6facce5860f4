/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 itself comes from libmd; the library has no HMAC, so that is made
 * here of two passes.  Copies of a key, padded or not, are wiped before they
 * leave the stack.
 */
#include <stdint.h>
#include <string.h>

#include <sha2.h>

#include "base/sha256.h"

#define BLOCK	SHA256_BLOCK_LENGTH

void
base_sha256(unsigned char out[BASE_SHA256_BYTES], const void *data,
    size_t len)
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, len);
	SHA256Final(out, &ctx);
}

/* The header of libmd stays out of ours, so that only base knows it. */
_Static_assert(sizeof(SHA2_CTX) <= sizeof(struct base_sha256_sum),
    "no room for libmd's context");

void
base_sha256_init(struct base_sha256_sum *s)
{
	SHA256Init((SHA2_CTX *)s->state);
}

void
base_sha256_add(struct base_sha256_sum *s, const void *data, size_t len)
{
	SHA256Update((SHA2_CTX *)s->state, data, len);
}

void
base_sha256_end(struct base_sha256_sum *s,
    unsigned char out[BASE_SHA256_BYTES])
{
	SHA256Final(out, (SHA2_CTX *)s->state);
}

/* One of HMAC's two passes: the hash of the padded key and of DATA. */
static void
hash_keyed(unsigned char out[BASE_SHA256_BYTES],
    const unsigned char key[BLOCK], unsigned char pad, const void *data,
    size_t len)
{
	unsigned char block[BLOCK];
	SHA2_CTX ctx;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	SHA256Init(&ctx);
	SHA256Update(&ctx, block, BLOCK);
	SHA256Update(&ctx, data, len);
	SHA256Final(out, &ctx);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&ctx, sizeof(ctx));
}

/* RFC 2104: a key that is longer than a block is replaced by its hash. */
void
base_sha256_hmac(unsigned char out[BASE_SHA256_BYTES], const void *key,
    size_t keylen, const void *data, size_t len)
{
	unsigned char inner[BASE_SHA256_BYTES], padded[BLOCK] = { 0 };

	if (keylen > BLOCK)
		base_sha256(padded, key, keylen);
	else
		memcpy(padded, key, keylen);
	hash_keyed(inner, padded, 0x36, data, len);
	hash_keyed(out, padded, 0x5c, inner, sizeof(inner));
	explicit_bzero(padded, sizeof(padded));
}

void
base_sha256_format(char out[BASE_SHA256_HEX],
    const unsigned char hash[BASE_SHA256_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < BASE_SHA256_BYTES; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * i] = '\0';
}
