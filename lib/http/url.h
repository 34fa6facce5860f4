/* SPDX-License-Identifier: ISC */
/* The parts of a request's address as text. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stddef.h>

/*
 * Decode %HH in place and return the new length.  %00 stays as it is, so
 * that no text ends early; so does what is no %HH.
 */
size_t	http_url_unescape(char *s);

/*
 * The path in an address that may begin with http://HOST, and what follows it.
 * If there is none that is "", or the query with its mark.
 */
const char *http_url_path(const char *s);

/* Arguments of a query. */
struct http_url_arg {
	const char	*name, *value;
};

/* How many arguments http_url_query() may find in S. */
size_t	http_url_args(const char *s);

/*
 * Cut the query S, what stands behind the '?', into arguments in place and
 * decode them; '&' and ';' separate them, and '+' is a blank.  Returns how
 * many there are.
 */
size_t	http_url_query(char *s, struct http_url_arg *arg);

#endif
