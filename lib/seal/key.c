/* SPDX-License-Identifier: ISC */
/*
 * Keys as text and as bytes.  Public ones are given in settings and may be
 * shown; secret ones come from a file only, never from an argument or a
 * variable, as others see those.  Whatever held a secret is wiped before it is
 * given back, and no message quotes a line of such a file: a typing error in a
 * key would put most of it into a log.
 *
 * Neighbours may rely on lists that are either complete or an error: a
 * recipient that is not understood must not lead to a backup that is encrypted
 * for the others only.
 */
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "seal/bech32.h"
#include "seal/key.h"

#define PUBLIC	"age"
#define SECRET	"age-secret-key-"
#define BLANKS	" \t\r\n"

/*
 * The texts of keys are made and read by seal/bech32.h in buffers of its own
 * sizes, which have to be those of the callers.
 */
_Static_assert(SEAL_KEY_BYTES == SEAL_BECH32_BYTES, "one size of keys");
_Static_assert(SEAL_KEY_TEXT == SEAL_BECH32_LEN, "one size of texts");

/*
 * A secret key in the place of a public one is told apart before anything else:
 * who mixes them up has to hear that this one is to be kept secret, rather than
 * that it is not understood.
 */
const char *
seal_key_public(struct seal_key_list *l, const char *text, const char **at)
{
	const char *p = text + strspn(text, BLANKS);
	size_t len;

	l->n = 0;
	for (; *p != '\0'; p += len + strspn(p + len, BLANKS)) {
		if (at != NULL)
			*at = p;
		if (l->n == SEAL_KEY_MAX)
			return "too many keys";
		len = strcspn(p, BLANKS);
		if (len > 15 && strncasecmp(p, SECRET, 15) == 0)
			return "that is a secret key: expected the public "
			    "one, age1...";
		if (!seal_bech32_decode(l->key[l->n++], PUBLIC, p, len))
			return "expected a public key of age, age1...";
	}
	if (at != NULL)
		*at = text;
	return l->n == 0 ? "expected a public key of age, age1..." : NULL;
}

/*
 * Read LINE, number N of PATH.  0, or -1 after a warning that hides it.
 *
 * Blank lines and comments are what age-keygen(1) and `loc-backup key' write
 * above the key.  What stands behind the first blank of a line is not looked
 * at.
 */
static int
add_secret(struct seal_key_list *l, const char *path, unsigned n,
    const char *line)
{
	line += strspn(line, BLANKS);
	if (*line == '#' || *line == '\0')
		return 0;
	if (l->n == SEAL_KEY_MAX) {
		warnx("%s:%u: too many keys", path, n);
		return -1;
	}
	if (!seal_bech32_decode(l->key[l->n++], SECRET, line,
	    strcspn(line, BLANKS))) {
		warnx("%s:%u: expected a secret key, AGE-SECRET-KEY-1...",
		    path, n);
		return -1;
	}
	return 0;
}

/*
 * A pipe has no mode to speak of: only of files it is known who reads them.
 *
 * The mode is that of the open file and not of its name, so that nobody can
 * exchange the file between the look and the reading.  A line that is too long
 * is cut, and then no key.
 */
static int
read_secrets(struct seal_key_list *l, const char *path, FILE *fp)
{
	char line[1024];
	struct stat st;
	unsigned n;
	int rc = 0;

	if (fstat(fileno(fp), &st) == -1) {
		warn("%s", path);
		return -1;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
		warnx("%s: others can use this secret key: chmod go= it",
		    path);
		return -1;
	}
	errno = 0;
	for (n = 1; rc == 0 && fgets(line, sizeof(line), fp) != NULL; n++)
		rc = add_secret(l, path, n, line);
	if (rc == 0 && ferror(fp)) {
		warn("%s", path);
		rc = -1;
	}
	sodium_memzero(line, sizeof(line));
	return rc;
}

/* Without a buffer of the library, which would keep the key. */
int
seal_key_open(struct seal_key_list *l, const char *path)
{
	FILE *fp;
	int rc;

	l->n = 0;
	if ((fp = fopen(path, "re")) == NULL) {
		warn("%s", path);
		return -1;
	}
	setvbuf(fp, NULL, _IONBF, 0);
	rc = read_secrets(l, path, fp);
	fclose(fp);
	if (rc == 0 && l->n == 0) {
		warnx("%s: expected a secret key, AGE-SECRET-KEY-1...", path);
		rc = -1;
	}
	if (rc == -1)
		seal_key_done(l);
	return rc;
}

/*
 * The compiler may not leave it out, as it may leave out a memset() of memory
 * that is read no more.
 */
void
seal_key_done(struct seal_key_list *l)
{
	sodium_memzero(l, sizeof(*l));
}

/*
 * Any 32 bytes are a secret key of X25519: the bits that the curve wants fixed
 * are set when the key is used (RFC 7748).  The secret one is written in
 * capitals, as age does, so that people see which one they have.
 */
void
seal_key_make(char secret[SEAL_KEY_TEXT], char public[SEAL_KEY_TEXT])
{
	unsigned char pk[SEAL_KEY_BYTES], sk[SEAL_KEY_BYTES];
	char *p;

	randombytes_buf(sk, sizeof(sk));
	crypto_scalarmult_base(pk, sk);
	seal_bech32_encode(secret, SECRET, sk);
	for (p = secret; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	seal_bech32_encode(public, PUBLIC, pk);
	sodium_memzero(sk, sizeof(sk));
}

void
seal_key_public_of(struct seal_key_list *public,
    const struct seal_key_list *secret)
{
	size_t i;

	for (i = 0; i < secret->n; i++)
		crypto_scalarmult_base(public->key[i], secret->key[i]);
	public->n = secret->n;
}

void
seal_key_format(char out[SEAL_KEY_TEXT], const struct seal_key_list *public,
    size_t i)
{
	assert(i < public->n);
	seal_bech32_encode(out, PUBLIC, public->key[i]);
}
