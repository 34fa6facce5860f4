/* SPDX-License-Identifier: ISC */
/* The value of one key of conf/table.h: from text, and back to text. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdio.h>

struct conf_file;
struct conf_table_key;

/* Enough for what conf_value_set() expects. */
#define CONF_VALUE_WHY_LEN	80

/* Where the value of K is in CF. */
void	*conf_value_field(const struct conf_file *cf,
	    const struct conf_table_key *k);

/* 1 if the value of K is a text: a char *, NULL when it is empty. */
int	conf_value_is_text(const struct conf_table_key *k);

/*
 * Set K from TEXT, a copy of which is kept.  Returns NULL, or what was
 * expected instead: a literal, or text in WHY.  It shows nothing of TEXT.
 */
const char *conf_value_set(struct conf_file *cf,
	    const struct conf_table_key *k, const char *text,
	    char why[CONF_VALUE_WHY_LEN]);

/* Append the words TEXT to K, a list.  The same. */
const char *conf_value_add(struct conf_file *cf,
	    const struct conf_table_key *k, const char *text);

/* 1 if the value of K holds what nobody else may know. */
int	conf_value_is_secret(const struct conf_file *cf,
	    const struct conf_table_key *k);

/* Print the value of K, with *** for what nobody else may know. */
void	conf_value_print(const struct conf_file *cf,
	    const struct conf_table_key *k, FILE *out);

/* Wipe and release the value of K. */
void	conf_value_done(struct conf_file *cf, const struct conf_table_key *k);

#endif
