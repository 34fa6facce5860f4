/* SPDX-License-Identifier: ISC */
/*
 * Signatures with Ed25519, by libsodium.  A key is one line of text: a word
 * that says whether it is public or secret, and 64 hexadecimal digits.  A
 * secret key is kept in a file of its own, which is made new and for its owner
 * alone, and which no message quotes.
 */
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "seal/sign.h"

#define PUBLIC	"ed25519-"
#define SECRET	"ed25519-secret-"
#define DIGITS	64
#define BLANKS	" \t\r\n"

_Static_assert(SEAL_SIGN_PUBLIC == crypto_sign_PUBLICKEYBYTES &&
    SEAL_SIGN_PUBLIC == crypto_sign_SEEDBYTES &&
    SEAL_SIGN_BYTES == crypto_sign_BYTES, "one size of keys");

/* 32 bytes from LEN of TEXT, a WORD and digits.  1 or 0. */
static int
parse_key(uint8_t out[SEAL_SIGN_PUBLIC], const char *word, const char *text,
    size_t len)
{
	size_t n = strlen(word), got;

	return len == n + DIGITS && memcmp(text, word, n) == 0 &&
	    sodium_hex2bin(out, SEAL_SIGN_PUBLIC, text + n, DIGITS, NULL,
	    &got, NULL) == 0 && got == SEAL_SIGN_PUBLIC;
}

void
seal_sign_format(char text[SEAL_SIGN_TEXT],
    const uint8_t signer[SEAL_SIGN_PUBLIC])
{
	memcpy(text, PUBLIC, sizeof(PUBLIC) - 1);
	sodium_bin2hex(text + sizeof(PUBLIC) - 1, DIGITS + 1, signer,
	    SEAL_SIGN_PUBLIC);
}

/* The file is made by us alone, so that no other can have it open. */
static int
write_secret(const char *path, const uint8_t seed[SEAL_SIGN_PUBLIC])
{
	char line[sizeof(SECRET) + DIGITS + 1];
	int fd, rc;

	memcpy(line, SECRET, sizeof(SECRET) - 1);
	sodium_bin2hex(line + sizeof(SECRET) - 1, DIGITS + 1, seed,
	    SEAL_SIGN_PUBLIC);
	line[sizeof(line) - 2] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd == -1 || write(fd, line, sizeof(line) - 1) !=
	    (ssize_t)sizeof(line) - 1 || fsync(fd) == -1 ? -1 : 0;
	if (rc == -1)
		warn("%s", path);
	if (fd != -1)
		close(fd);
	sodium_memzero(line, sizeof(line));
	return rc;
}

int
seal_sign_make(const char *path, char text[SEAL_SIGN_TEXT])
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t public[SEAL_SIGN_PUBLIC];
	int rc;

	if (sodium_init() == -1)
		return -1;
	randombytes_buf(seed, sizeof(seed));
	crypto_sign_seed_keypair(public, secret, seed);
	rc = write_secret(path, seed);
	seal_sign_format(text, public);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	return rc;
}

/* No message quotes what is in the file. */
static int
read_secret(const char *path, uint8_t seed[SEAL_SIGN_PUBLIC])
{
	char line[256];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC), good;

	if (fd != -1 && fstat(fd, &st) == 0)
		n = read(fd, line, sizeof(line));
	if (fd != -1)
		close(fd);
	if (n == -1) {
		warn("%s", path);
		return -1;
	}
	if (st.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH)) {
		warnx("%s: others may read it", path);
		sodium_memzero(line, sizeof(line));
		return -1;
	}
	while (n > 0 && strchr(BLANKS, line[n - 1]) != NULL)
		n--;
	good = parse_key(seed, SECRET, line, (size_t)n);
	sodium_memzero(line, sizeof(line));
	if (!good)
		warnx("%s: expected a line " SECRET "...", path);
	return good ? 0 : -1;
}

int
seal_sign(const char *path, const void *data, size_t len,
    uint8_t signer[SEAL_SIGN_PUBLIC], uint8_t signature[SEAL_SIGN_BYTES])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t seed[crypto_sign_SEEDBYTES];

	if (sodium_init() == -1 || read_secret(path, seed) == -1)
		return -1;
	crypto_sign_seed_keypair(signer, secret, seed);
	crypto_sign_detached(signature, NULL, data, len, secret);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	return 0;
}

const char *
seal_sign_check(const char *list, const char **at)
{
	uint8_t key[SEAL_SIGN_PUBLIC];
	const char *p = list + strspn(list, BLANKS);
	size_t len;

	for (; *p != '\0'; p += len + strspn(p + len, BLANKS)) {
		len = strcspn(p, BLANKS);
		*at = p;
		if (!parse_key(key, PUBLIC, p, len))
			return "a public key, " PUBLIC " and 64 digits";
	}
	return NULL;
}

int
seal_sign_is_by(const char *list, const void *data, size_t len,
    const uint8_t signer[SEAL_SIGN_PUBLIC],
    const uint8_t signature[SEAL_SIGN_BYTES])
{
	uint8_t key[SEAL_SIGN_PUBLIC];
	const char *p = list + strspn(list, BLANKS);
	size_t n;

	if (sodium_init() == -1)
		return 0;
	for (; *p != '\0'; p += n + strspn(p + n, BLANKS)) {
		n = strcspn(p, BLANKS);
		if (parse_key(key, PUBLIC, p, n) &&
		    memcmp(key, signer, sizeof(key)) == 0)
			return crypto_sign_verify_detached(signature, data,
			    len, signer) == 0;
	}
	return 0;
}
