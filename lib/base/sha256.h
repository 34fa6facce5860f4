/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 (FIPS 180-4, from libcrypto) and the keyed hash made of it (HMAC, RFC
 * 2104), as signatures of requests need them.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define BASE_SHA256_BYTES	32
#define BASE_SHA256_HEX		65	/* digits and their NUL */

/* The hash of LEN bytes. */
void	base_sha256(unsigned char out[BASE_SHA256_BYTES], const void *data,
	    size_t len);

/* The same of bytes that come in pieces; STATE holds its context. */
struct base_sha256_sum {
	uint64_t	state[14];
};
void	base_sha256_init(struct base_sha256_sum *s);
void	base_sha256_add(struct base_sha256_sum *s, const void *data,
	    size_t len);
void	base_sha256_end(struct base_sha256_sum *s,
	    unsigned char out[BASE_SHA256_BYTES]);

/* The hash of LEN bytes keyed with KEY.  OUT may be KEY. */
void	base_sha256_hmac(unsigned char out[BASE_SHA256_BYTES],
	    const void *key, size_t keylen, const void *data, size_t len);

/* HASH in lower case hexadecimal digits. */
void	base_sha256_format(char out[BASE_SHA256_HEX],
	    const unsigned char hash[BASE_SHA256_BYTES]);

#endif
