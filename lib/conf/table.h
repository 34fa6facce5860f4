/* SPDX-License-Identifier: ISC */
/* The keys of location.ini, one line each. */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum conf_table_type {
	CONF_TABLE_TEXT,	/* char * */
	CONF_TABLE_LIST,	/* char *, may have several lines */
	CONF_TABLE_DATABASE,	/* char *, a CONF_URL_DATABASE ... */
	CONF_TABLE_REDIS,
	CONF_TABLE_WEB,
	CONF_TABLE_DSN,
	CONF_TABLE_SECRET,	/* char *, for nobody else to see */
	CONF_TABLE_FILE,	/* char *, the path of what has the value of
				   the key whose name lacks the "_file" */
	CONF_TABLE_WORD,	/* char *, one of WORDS */
	CONF_TABLE_NUM,		/* int64_t; k, m and g multiply by 1024 */
	CONF_TABLE_BOOL		/* int: true/false, yes/no, on/off, 1/0 */
};

struct conf_table_key {
	const char		*section, *name;
	enum conf_table_type	 type;
	size_t			 offset;	/* in struct conf_file */
	const char		*def;		/* default, NULL: none */
	int64_t			 min, max;	/* of numbers */
	const char		*words;		/* "a, b, c", or NULL */
	int			 lazy;		/* of files: one that may not
						   be read is no fault yet */
};

extern const struct conf_table_key conf_table[];
extern const size_t conf_table_len;

#endif
