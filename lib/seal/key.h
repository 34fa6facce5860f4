/* SPDX-License-Identifier: ISC */
/*
 * Keys of age (age-encryption.org/v1, X25519): a public one, age1..., to
 * which things are encrypted, and the secret one, AGE-SECRET-KEY-1..., with
 * which they are read again.  age-keygen(1) makes them, too.
 */
#ifndef SEAL_KEY_H
#define SEAL_KEY_H

#include <stddef.h>

#define SEAL_KEY_BYTES	32
#define SEAL_KEY_TEXT	96	/* either as text, with its NUL */
#define SEAL_KEY_MAX	16

/* Some public or some secret ones. */
struct seal_key_list {
	size_t		n;
	unsigned char	key[SEAL_KEY_MAX][SEAL_KEY_BYTES];
};

/*
 * Read the public keys in TEXT, one or more between blanks.  Returns NULL; or
 * what is wrong, in words, and *AT, which may be NULL, is where in TEXT.
 */
const char *seal_key_public(struct seal_key_list *l, const char *text,
	    const char **at);

/*
 * Read the secret keys in the file PATH, one a line; empty lines and those
 * that begin with '#' are passed over.  A file that others than its owner can
 * read is refused.  Returns 0, or -1 after a warning.
 */
int	seal_key_open(struct seal_key_list *l, const char *path);

/* Wipe them. */
void	seal_key_done(struct seal_key_list *l);

/* A new pair. */
void	seal_key_make(char secret[SEAL_KEY_TEXT], char public[SEAL_KEY_TEXT]);

/* The public keys of secret ones. */
void	seal_key_public_of(struct seal_key_list *public,
	    const struct seal_key_list *secret);

/* Key I of public ones as text. */
void	seal_key_format(char out[SEAL_KEY_TEXT],
	    const struct seal_key_list *public, size_t i);

#endif
