/* SPDX-License-Identifier: ISC */
/*
 * The first digits of a SHA-512, as Ichnaea makes them.
 *
 * A secret behind the text, without HMAC, is what Ichnaea did in its log of
 * answers, and who joins old logs with new ones needs the same; that only the
 * first digits are given out keeps anybody from prolonging a text.
 */
#include <stdint.h>
#include <string.h>

#include <sha2.h>

#include "base/sign.h"

static void
add_text(SHA2_CTX *ctx, const char *text)
{
	SHA512Update(ctx, (const uint8_t *)text, strlen(text));
}

/*
 * The context holds the secret, so it is wiped; the digest is public as far as
 * it is used.
 */
void
base_sign(char out[BASE_SIGN_LEN], const char *secret, const char *purpose,
    const char *const *part, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[SHA512_DIGEST_LENGTH];
	SHA2_CTX ctx;
	size_t i;

	SHA512Init(&ctx);
	for (i = 0; i < n; i++)
		add_text(&ctx, part[i]);
	add_text(&ctx, purpose);
	add_text(&ctx, secret);
	SHA512Final(digest, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
	for (i = 0; i < BASE_SIGN_LEN - 1; i++)
		out[i] = hex[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	out[i] = '\0';
}
