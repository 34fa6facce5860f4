/* SPDX-License-Identifier: ISC */
/*
 * Who has made an index: what is signed is its id, behind a word that says what
 * kind of thing it is the id of.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "seal/sign.h"

#include "index.h"

#define WORD	"loc-index 1 "
#define WORD_LEN (sizeof(WORD) - 1)

_Static_assert(SEAL_SIGN_PUBLIC == INDEX_FORMAT_SIGNER_LEN &&
    SEAL_SIGN_BYTES == INDEX_FORMAT_SIGNATURE_LEN, "one size of signatures");

static void
fill_message(uint8_t m[WORD_LEN + INDEX_FORMAT_ID_LEN],
    const uint8_t id[INDEX_FORMAT_ID_LEN])
{
	memcpy(m, WORD, WORD_LEN);
	memcpy(m + WORD_LEN, id, INDEX_FORMAT_ID_LEN);
}

int
index_sign(void *run, const uint8_t id[INDEX_FORMAT_ID_LEN],
    uint8_t signer[INDEX_FORMAT_SIGNER_LEN],
    uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN])
{
	uint8_t m[WORD_LEN + INDEX_FORMAT_ID_LEN];
	const struct index_run *r = run;

	fill_message(m, id);
	return seal_sign(r->cf.index_sign_key, m, sizeof(m), signer,
	    signature);
}

int
index_can_sign(const struct conf_file *cf)
{
	uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN];
	uint8_t signer[INDEX_FORMAT_SIGNER_LEN];

	return cf->index_sign_key == NULL || seal_sign(cf->index_sign_key,
	    WORD, WORD_LEN, signer, signature) == 0;
}

int
index_is_signed(const struct index_run *r, const struct index_file *f,
    const char *path)
{
	uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN];
	uint8_t signer[INDEX_FORMAT_SIGNER_LEN];
	uint8_t m[WORD_LEN + INDEX_FORMAT_ID_LEN], id[INDEX_FORMAT_ID_LEN];

	if (r->cf.index_verify_key == NULL)
		return 1;
	index_file_id(f, id);
	fill_message(m, id);
	if (!index_file_signed(f, signer, signature))
		warnx("%s: not signed", path);
	else if (!seal_sign_is_by(r->cf.index_verify_key, m, sizeof(m),
	    signer, signature))
		warnx("%s: not signed by one of the keys [index] verify_key",
		    path);
	else
		return 1;
	return 0;
}

int
index_keygen(struct index_run *r, char *const *word)
{
	char text[SEAL_SIGN_TEXT];

	(void)r;
	if (seal_sign_make(word[0], text) == -1)
		return EX_CANTCREAT;
	puts(text);
	return EX_OK;
}
