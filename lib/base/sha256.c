/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 itself comes from libcrypto, which has it in the instructions that
 * processors have for it: four times as fast as in C, which is felt where whole
 * exports and backups are hashed.  Its old functions are used, since those of
 * EVP need memory, and can fail.
 *
 * HMAC is made here of two passes.  Copies of a key, padded or not, are wiped
 * before they leave the stack.
 */
#include <stdint.h>
#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/sha256.h"

#define BLOCK	SHA256_CBLOCK

void
base_sha256(unsigned char out[BASE_SHA256_BYTES], const void *data,
    size_t len)
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, data, len);
	SHA256_Final(out, &ctx);
}

/* Its header stays out of ours, so that only base knows it. */
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct base_sha256_sum),
    "no room for libcrypto's context");

void
base_sha256_init(struct base_sha256_sum *s)
{
	SHA256_Init((SHA256_CTX *)s->state);
}

void
base_sha256_add(struct base_sha256_sum *s, const void *data, size_t len)
{
	SHA256_Update((SHA256_CTX *)s->state, data, len);
}

void
base_sha256_end(struct base_sha256_sum *s,
    unsigned char out[BASE_SHA256_BYTES])
{
	SHA256_Final(out, (SHA256_CTX *)s->state);
}

/* One of HMAC's two passes: the hash of the padded key and of DATA. */
static void
hash_keyed(unsigned char out[BASE_SHA256_BYTES],
    const unsigned char key[BLOCK], unsigned char pad, const void *data,
    size_t len)
{
	unsigned char block[BLOCK];
	SHA256_CTX ctx;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, block, BLOCK);
	SHA256_Update(&ctx, data, len);
	SHA256_Final(out, &ctx);
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
