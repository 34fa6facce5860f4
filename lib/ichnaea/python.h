/* SPDX-License-Identifier: ISC */
/*
 * What is wrong with a body, in the words of the Python libraries that
 * Ichnaea was made of.
 */
#ifndef ICHNAEA_PYTHON_H
#define ICHNAEA_PYTHON_H

#include <stddef.h>

struct base_buf;
struct json_doc;

/* What a bad value is not. */
enum ichnaea_python_kind {
	ICHNAEA_PYTHON_NUMBER,
	ICHNAEA_PYTHON_STRING,
	ICHNAEA_PYTHON_LIST,
	ICHNAEA_PYTHON_OBJECT,
	ICHNAEA_PYTHON_RADIO,	/* gsm, cdma, wcdma, lte */
	ICHNAEA_PYTHON_PERCENT,	/* as a confidence, which Ichnaea had not */
	ICHNAEA_PYTHON_PRESENT	/* it is mandatory */
};

/*
 * Append, as a JSON string, the message that V, the member NAME, is not of
 * KIND.  It shows V, up to a few hundred bytes of it.
 */
void	ichnaea_python_fault(struct base_buf *b, const struct json_doc *d,
	    int v, enum ichnaea_python_kind kind, const char *name);

/* Any of the messages below. */
#define ICHNAEA_PYTHON_LEN	160

/* Why D, which failed to be parsed, is no JSON. */
void	ichnaea_python_json(char text[ICHNAEA_PYTHON_LEN],
	    const struct json_doc *d);

/* What is wrong with a body that is to be gzip. */
enum ichnaea_python_gzip {
	ICHNAEA_PYTHON_NOT_GZIP,
	ICHNAEA_PYTHON_GZIP_CUT,	/* it ends too early */
	ICHNAEA_PYTHON_GZIP_CRC,
	ICHNAEA_PYTHON_GZIP_DATA	/* not deflate inside */
};

void	ichnaea_python_gzip(char text[ICHNAEA_PYTHON_LEN],
	    enum ichnaea_python_gzip fault);

/* A body that is to be ASCII has BYTE at AT. */
void	ichnaea_python_ascii(char text[ICHNAEA_PYTHON_LEN],
	    unsigned char byte, size_t at);

#endif
