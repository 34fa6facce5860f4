/* SPDX-License-Identifier: ISC */
/*
 * API keys as text, for files: a line "column=value" for each column that has a
 * value, as store_key_assign() takes it, and for trust and expires.  Whose a
 * key is stays in the database.
 */
#ifndef STORE_KEY_TEXT_H
#define STORE_KEY_TEXT_H

#include <stddef.h>

struct base_buf;
struct store_key;

/* Append the lines of K, without its name and its note. */
void	store_key_text_format(struct base_buf *b, const struct store_key *k);

/*
 * Set K to the key NAME with the lines of LEN bytes of TEXT.  Lines of columns
 * that are not known, or whose values are not, are passed over.
 */
void	store_key_text_parse(struct store_key *k, const char *name,
	    const char *text, size_t len);

#endif
