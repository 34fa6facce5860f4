/* SPDX-License-Identifier: ISC */
/*
 * The lines of an ini file, one by one.  This file knows their grammar and
 * nothing of the keys that we have, prints nothing and takes any bytes.
 *
 *	[section]
 *	name = value		; a comment
 *	name : value		# another one
 *	list = one two
 *	   three		# a line indented more goes on with the value
 *
 * It is the grammar of inih and of Python's configparser, which Ichnaea read
 * its file with.  Lines end with LF, CR LF or CR, may have any length, and may
 * follow a byte order mark.  Blanks around names and values do not count.  A
 * comment begins with '#' or ';', at the start of a line or of a value or
 * behind a blank, so a value cannot contain a blank that one of the two
 * follows.  Empty lines and comments may stand anywhere, also between the
 * lines of one value.
 */
#ifndef CONF_INI_H
#define CONF_INI_H

#include <stddef.h>

enum conf_ini_kind {
	CONF_INI_END,		/* there are no more lines */
	CONF_INI_SECTION,	/* SECTION has a new name */
	CONF_INI_KEY,		/* NAME and VALUE; VALUE may be empty */
	CONF_INI_MORE,		/* VALUE goes on with that of the last key */
	CONF_INI_BAD		/* VALUE says what was expected */
};

struct conf_ini {
	unsigned	 line;		/* number of the line, from 1 */
	const char	*section;	/* "" before the first one */
	const char	*name, *value;
	/* private */
	char		*next, *end;
	int		 in_value;	/* lines indented more go on with it */
	size_t		 indent;	/* of its key, in bytes */
};

/*
 * Begin with the LEN bytes at TEXT, which are written to and must be followed
 * by a byte of the caller's that may be written to as well.
 */
void	conf_ini_init(struct conf_ini *ini, char *text, size_t len);

/*
 * Go on to the next line that says something.  The texts point into the bytes
 * given to conf_ini_init() and are valid as long as these.
 */
enum conf_ini_kind conf_ini_next(struct conf_ini *ini);

#endif
