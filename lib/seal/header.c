/* SPDX-License-Identifier: ISC */
/*
 * The header is text (age-encryption.org/v1):
 *
 *	age-encryption.org/v1
 *	-> X25519 SHARE
 *	BODY
 *	--- MAC
 *
 * with a stanza, the lines from "->" on, for each reader.  The key of the file
 * is 16 random bytes.  BODY is that key, encrypted with one that follows from
 * the X25519 of a throw-away secret, whose public half is SHARE, and the
 * reader's public key; so nobody can tell for whom it is.  MAC is keyed with
 * the key of the file and covers all before it.  Binary values are base64
 * without padding, and a body is broken into lines of 64 characters, the last
 * one shorter.  Stanzas of kinds that we do not know are passed over, as a
 * file may have readers of any kind.
 *
 * Behind the header come a nonce and the chunks: ChaCha20-Poly1305 of 64 KiB
 * each, with a counter as the nonce of each, whose last byte marks the last
 * chunk (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar).
 *
 * What is kept secret here is wiped by each function that has held it; a header
 * itself is public.  What is read may have been written by an attacker: lines
 * are looked at only within the given length, and each value has one spelling
 * that is accepted.
 */
#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "seal/header.h"

#define VERSION		"age-encryption.org/v1\n"
#define STANZA		"-> "
#define OURS		"-> X25519 "
#define FOOT		"---"
#define WRAP		64
#define FILE_KEY	16
#define BODY		(FILE_KEY + SEAL_HEADER_TAG)
#define MAC		crypto_auth_hmacsha256_BYTES
#define VARIANT		sodium_base64_VARIANT_ORIGINAL_NO_PADDING
#define TEXT_OF(n)	(((n) * 4 + 2) / 3)	/* characters of N bytes */

/*
 * HKDF (RFC 5869) with SHA-256, for 32 bytes: one block is enough.
 *
 * No salt stands for one of zeros, which an empty key of the HMAC is as well.
 */
static void
derive_hkdf_key(unsigned char out[SEAL_KEY_BYTES], const void *secret,
    size_t len, const void *salt, size_t saltlen, const char *info)
{
	static const unsigned char block = 1;
	unsigned char key[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state s;

	/* libsodium is told that no key is NULL, an empty one neither. */
	crypto_auth_hmacsha256_init(&s, salt == NULL ? &block : salt,
	    saltlen);
	crypto_auth_hmacsha256_update(&s, secret, len);
	crypto_auth_hmacsha256_final(&s, key);
	crypto_auth_hmacsha256_init(&s, key, sizeof(key));
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)info,
	    strlen(info));
	crypto_auth_hmacsha256_update(&s, &block, 1);
	crypto_auth_hmacsha256_final(&s, out);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(&s, sizeof(s));
}

/*
 * The MAC of a header: LEN bytes up to "---".
 *
 * The key follows from the key of the file, which only its readers have.  So
 * nobody else can add or remove a stanza unseen.
 */
static void
make_mac(unsigned char mac[MAC], const unsigned char file[FILE_KEY],
    const char *text, size_t len)
{
	unsigned char key[SEAL_KEY_BYTES];
	crypto_auth_hmacsha256_state s;

	derive_hkdf_key(key, file, FILE_KEY, NULL, 0, "header");
	crypto_auth_hmacsha256_init(&s, key, sizeof(key));
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, len);
	crypto_auth_hmacsha256_final(&s, mac);
	sodium_memzero(key, sizeof(key));
}

/*
 * The key that encrypts the key of the file, from the X25519 of SECRET and
 * POINT.  0, or -1: the point is none that an honest writer has.
 *
 * The salt has both public halves, of the file and of the reader, so that the
 * result belongs to this pair only.
 */
static int
make_wrap(unsigned char wrap[SEAL_KEY_BYTES], const unsigned char *secret,
    const unsigned char *point, const unsigned char *share,
    const unsigned char *reader)
{
	unsigned char salt[2 * SEAL_KEY_BYTES], shared[SEAL_KEY_BYTES];
	int rc = crypto_scalarmult(shared, secret, point);

	memcpy(salt, share, SEAL_KEY_BYTES);
	memcpy(salt + SEAL_KEY_BYTES, reader, SEAL_KEY_BYTES);
	derive_hkdf_key(wrap, shared, sizeof(shared), salt, sizeof(salt),
	    "age-encryption.org/v1/X25519");
	sodium_memzero(shared, sizeof(shared));
	return rc;
}

/*
 * The longest value that is written has 32 bytes, so a body is one line that is
 * shorter than WRAP, which is what ends it.
 */
static void
add_base64(struct base_buf *out, const unsigned char *data, size_t len)
{
	char text[TEXT_OF(64) + 1];

	assert(len <= 64);
	sodium_bin2base64(text, sizeof(text), data, len, VARIANT);
	base_buf_str(out, text);
}

/*
 * The stanza for a READER.  A public key with which nothing can be agreed on
 * is given a body of noise: nobody has the secret one to it.
 *
 * A nonce of zeros is safe, since the key that it is used with encrypts nothing
 * else.
 */
static void
add_stanza(struct base_buf *out, const unsigned char *reader,
    const unsigned char file[FILE_KEY])
{
	static const unsigned char zero[SEAL_HEADER_CHUNK_NONCE];
	unsigned char once[SEAL_KEY_BYTES], share[SEAL_KEY_BYTES];
	unsigned char wrap[SEAL_KEY_BYTES], body[BODY];

	randombytes_buf(once, sizeof(once));
	crypto_scalarmult_base(share, once);
	if (make_wrap(wrap, once, reader, share, reader) == 0)
		crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file,
		    FILE_KEY, NULL, 0, NULL, zero, wrap);
	else
		randombytes_buf(body, sizeof(body));
	base_buf_str(out, OURS);
	add_base64(out, share, sizeof(share));
	base_buf_chr(out, '\n');
	add_base64(out, body, sizeof(body));
	base_buf_chr(out, '\n');
	sodium_memzero(once, sizeof(once));
	sodium_memzero(wrap, sizeof(wrap));
}

/*
 * The MAC covers the text up to and with the three dashes.  A buffer that is
 * short of memory is left as it is, and the caller sees that by base_buf_ok();
 * the key of the chunks is made all the same.
 */
void
seal_header_make(struct base_buf *out, const struct seal_key_list *to,
    unsigned char chunks[SEAL_KEY_BYTES])
{
	unsigned char file[FILE_KEY], mac[MAC], nonce[SEAL_HEADER_NONCE];
	size_t begin = out->len, i;

	assert(to->n > 0 && to->n <= SEAL_KEY_MAX);
	randombytes_buf(file, sizeof(file));
	randombytes_buf(nonce, sizeof(nonce));
	base_buf_str(out, VERSION);
	for (i = 0; i < to->n; i++)
		add_stanza(out, to->key[i], file);
	base_buf_str(out, FOOT);
	if (base_buf_ok(out)) {
		make_mac(mac, file, out->data + begin, out->len - begin);
		base_buf_chr(out, ' ');
		add_base64(out, mac, sizeof(mac));
		base_buf_chr(out, '\n');
		base_buf_add(out, nonce, sizeof(nonce));
	}
	derive_hkdf_key(chunks, file, sizeof(file), nonce, sizeof(nonce),
	    "payload");
	sodium_memzero(file, sizeof(file));
}

/*
 * Exactly N bytes of base64 in LEN characters, in its one spelling.
 *
 * sodium_base642bin() refuses filling bits that are not zero, and characters of
 * another alphabet; only the length is left to compare.
 */
static int
read_base64(unsigned char *out, size_t n, const char *text, size_t len)
{
	size_t got;

	return len == TEXT_OF(n) && sodium_base642bin(out, n, text, len, NULL,
	    &got, NULL, VARIANT) == 0 && got == n;
}

/* Header text that is being read. */
struct reading {
	const char	*p, *end;
	const struct seal_key_list *secret;
	unsigned char	 file[FILE_KEY];
	int		 found;		/* the key of the file */
};

/*
 * The line at P, which is moved behind it; NULL: it is not complete.
 *
 * MORE is the answer to an incomplete line, as the rest may not have come yet.
 * That the whole does not grow without end is seen to by seal_header_read().
 */
static const char *
take_header_line(struct reading *r, size_t *len)
{
	const char *line = r->p, *lf;

	if (r->p == r->end ||
	    (lf = memchr(r->p, '\n', (size_t)(r->end - r->p))) == NULL)
		return NULL;
	*len = (size_t)(lf - line);
	r->p = lf + 1;
	return line;
}

/*
 * Try all secret keys on a stanza with SHARE.  That it is for none of them is
 * no fault of it.
 *
 * The public half of each secret key is made anew for each stanza: a file has a
 * few stanzas, and this costs some tens of microseconds.
 */
static void
try_keys(struct reading *r, const unsigned char share[SEAL_KEY_BYTES],
    const unsigned char body[BODY])
{
	static const unsigned char zero[SEAL_HEADER_CHUNK_NONCE];
	unsigned char own[SEAL_KEY_BYTES], wrap[SEAL_KEY_BYTES];
	const unsigned char *secret;
	size_t i;

	for (i = 0; i < r->secret->n && !r->found; i++) {
		secret = r->secret->key[i];
		crypto_scalarmult_base(own, secret);
		if (make_wrap(wrap, secret, share, share, own) == 0 &&
		    crypto_aead_chacha20poly1305_ietf_decrypt(r->file, NULL,
		    NULL, body, BODY, NULL, 0, zero, wrap) == 0)
			r->found = 1;
		sodium_memzero(wrap, sizeof(wrap));
	}
}

/*
 * Is LINE a first line of a stanza: words of visible characters?
 *
 * The grammar of age is kept to the letter also for kinds that we do not know:
 * an implementation that reads more than others lets two programs see two
 * contents in one file.
 */
static int
is_stanza(const char *line, size_t len)
{
	size_t i;

	if (len <= strlen(STANZA) || strncmp(line, STANZA, 3) != 0 ||
	    line[len - 1] == ' ')
		return 0;
	for (i = 3; i < len; i++)
		if ((line[i] == ' ' && line[i - 1] == ' ') ||
		    line[i] < ' ' || line[i] > '~')
			return 0;
	return 1;
}

/*
 * Is the LINE of a body well formed?
 *
 * A line with a carriage return, or with other characters than those of base64,
 * is none.
 */
static int
is_body(const char *line, size_t len)
{
	unsigned char bytes[WRAP];
	size_t n;

	return len <= WRAP && sodium_base642bin(bytes, sizeof(bytes), line,
	    len, NULL, &n, NULL, VARIANT) == 0 && TEXT_OF(n) == len;
}

/*
 * Read the stanza whose first line is LINE.
 *
 * A body ends with the first line that is shorter than 64 characters, which may
 * be empty.  Ours has one line, so that a longer one is damage.
 */
static enum seal_header_verdict
read_stanza(struct reading *r, const char *line, size_t len)
{
	size_t first = len, n, ours = strlen(OURS);
	unsigned char body[BODY], share[SEAL_KEY_BYTES];
	const char *args = line, *text;
	int lines = 0;

	if (!is_stanza(line, len))
		return SEAL_HEADER_DAMAGED;
	do {
		if ((text = take_header_line(r, &n)) == NULL)
			return SEAL_HEADER_MORE;
		if (!is_body(text, n))
			return SEAL_HEADER_DAMAGED;
		lines++;
	} while (n == WRAP);
	if (strncmp(args, OURS, ours) != 0)
		return SEAL_HEADER_OK;
	if (lines != 1 || !read_base64(body, sizeof(body), text, n) ||
	    !read_base64(share, sizeof(share), args + ours, first - ours))
		return SEAL_HEADER_DAMAGED;
	try_keys(r, share, body);
	return SEAL_HEADER_OK;
}

/*
 * Read the last line, which LINE is, and compare what it says of all.
 *
 * Without a key the MAC cannot be checked, so whether such a header is damaged
 * is not known.  The comparison takes the same time wherever the first
 * difference is.
 */
static enum seal_header_verdict
read_foot(struct reading *r, const char *text, const char *line, size_t len)
{
	unsigned char mac[MAC], want[MAC];
	size_t foot = strlen(FOOT);

	if (len <= foot || line[foot] != ' ' || !read_base64(mac, sizeof(mac),
	    line + foot + 1, len - foot - 1))
		return SEAL_HEADER_DAMAGED;
	if (!r->found)
		return SEAL_HEADER_NO_KEY;
	make_mac(want, r->file, text, (size_t)(line - text) + foot);
	return sodium_memcmp(mac, want, sizeof(mac)) == 0 ? SEAL_HEADER_OK :
	    SEAL_HEADER_DAMAGED;
}

/* Read all lines; see seal_header_read(). */
static enum seal_header_verdict
read_header_lines(struct reading *r)
{
	enum seal_header_verdict v;
	const char *line, *text = r->p;
	size_t len, n = (size_t)(r->end - r->p), version = strlen(VERSION);

	if (memcmp(text, VERSION, n < version ? n : version) != 0)
		return SEAL_HEADER_FOREIGN;
	if (n < version)
		return SEAL_HEADER_MORE;
	r->p += version;
	for (;;) {
		if ((line = take_header_line(r, &len)) == NULL)
			return SEAL_HEADER_MORE;
		if (len >= 3 && strncmp(line, FOOT, 3) == 0)
			return read_foot(r, text, line, len);
		if ((v = read_stanza(r, line, len)) != SEAL_HEADER_OK)
			return v;
	}
}

/*
 * A header that would be longer than SEAL_HEADER_MAX is called damaged, so that
 * a reader of an endless stream keeps no more than that.
 */
enum seal_header_verdict
seal_header_read(const char *text, size_t len,
    const struct seal_key_list *secret, size_t *end,
    unsigned char chunks[SEAL_KEY_BYTES])
{
	struct reading r = { .p = text, .end = text + len,
	    .secret = secret };
	enum seal_header_verdict v;

	if (len == 0)
		return SEAL_HEADER_MORE;
	v = read_header_lines(&r);
	if (v == SEAL_HEADER_OK && r.end - r.p < SEAL_HEADER_NONCE)
		v = SEAL_HEADER_MORE;
	if (v == SEAL_HEADER_MORE && len > SEAL_HEADER_MAX)
		v = SEAL_HEADER_DAMAGED;
	if (v == SEAL_HEADER_OK) {
		derive_hkdf_key(chunks, r.file, sizeof(r.file), r.p,
		    SEAL_HEADER_NONCE, "payload");
		*end = (size_t)(r.p - text) + SEAL_HEADER_NONCE;
	}
	sodium_memzero(r.file, sizeof(r.file));
	return v;
}

/* Eleven bytes are the counter, of which eight are enough. */
void
seal_header_nonce(unsigned char nonce[SEAL_HEADER_CHUNK_NONCE],
    unsigned long long n, int last)
{
	int i;

	memset(nonce, 0, SEAL_HEADER_CHUNK_NONCE);
	for (i = 10; i > 2; i--, n >>= 8)
		nonce[i] = (unsigned char)n;
	nonce[11] = last != 0;
}
