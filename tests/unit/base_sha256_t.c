/* SPDX-License-Identifier: ISC */
/* Hashes of FIPS 180-4's examples, keyed ones of RFC 4231. */
#include "base/sha256.h"

#include "tap.h"

static const char *
hex(const unsigned char hash[BASE_SHA256_BYTES])
{
	static char text[BASE_SHA256_HEX];

	base_sha256_format(text, hash);
	return text;
}

static void
plain(void)
{
	static const struct {
		const char	*text, *want;
	} t[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" }
	};
	unsigned char hash[BASE_SHA256_BYTES];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		base_sha256(hash, t[i].text, strlen(t[i].text));
		is_str(hex(hash), t[i].want, t[i].text);
	}
}

/* Pieces of every length from 0 on hash as the whole does. */
static void
in_pieces(void)
{
	unsigned char hash[BASE_SHA256_BYTES], want[BASE_SHA256_BYTES];
	struct base_sha256_sum s;
	char text[5050];
	size_t at = 0, n;

	memset(text, 'p', sizeof(text));
	base_sha256(want, text, sizeof(text));
	base_sha256_init(&s);
	for (n = 0; n <= 100; at += n++)
		base_sha256_add(&s, text + at, n);
	base_sha256_end(&s, hash);
	ok(memcmp(hash, want, sizeof(hash)) == 0, "in pieces");
}

static void
keyed(void)
{
	static const char key2[] = "Jefe";
	unsigned char hash[BASE_SHA256_BYTES], key[131];

	memset(key, 0x0b, 20);
	base_sha256_hmac(hash, key, 20, "Hi There", 8);
	is_str(hex(hash), "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7", "a short key");
	base_sha256_hmac(hash, key2, 4, "what do ya want for nothing?", 28);
	is_str(hex(hash), "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843", "a word as key");
	memset(key, 0xaa, sizeof(key));
	base_sha256_hmac(hash, key, sizeof(key),
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54);
	is_str(hex(hash), "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54", "a key longer than a block");
	memset(key, 0x0b, 20);
	base_sha256_hmac(key, key, 20, "Hi There", 8);
	is_str(hex(key), "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7", "the result may be the key");
}

int
main(void)
{
	plain();
	in_pieces();
	keyed();
	return tap_done();
}
