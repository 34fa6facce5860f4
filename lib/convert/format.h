/* SPDX-License-Identifier: ISC */
/* The formats of recordings, and which one a file has. */
#ifndef CONVERT_FORMAT_H
#define CONVERT_FORMAT_H

#include <stddef.h>

struct convert_db;
struct convert_rows_format;
struct convert_xml_format;

enum convert_format_kind {
	CONVERT_FORMAT_ROWS,	/* lines of text */
	CONVERT_FORMAT_XML,
	CONVERT_FORMAT_JSON,
	CONVERT_FORMAT_DB,	/* of SQLite */
	CONVERT_FORMAT_ZIP	/* an archive of these */
};

struct convert_format {
	const char	*name;		/* what -f calls it */
	const char	*what;		/* what people call it */
	enum convert_format_kind kind;
	const struct convert_rows_format *rows;	/* the one of its kind */
	const struct convert_xml_format *xml;
	int		(*is_db)(struct convert_db *d);		/* NULL: none */
	void		(*read_db)(struct convert_db *d);	/* all of it */
	int		 mozstumbler;	/* for convert_body_new() */
};

extern const struct convert_format convert_format_table[];
extern const size_t convert_format_count;

/*
 * The format of a file that begins with LEN bytes of DATA; NULL if it is none
 * that we know.  Of a database it is one of kind DB, whichever: that is for
 * convert_format_of_db().
 */
const struct convert_format *convert_format_find(const char *data,
	    size_t len);

/* The format of D, or NULL. */
const struct convert_format *convert_format_of_db(struct convert_db *d);

#endif
