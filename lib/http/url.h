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

/* The path in an address that may begin with http://HOST. */
const char *http_url_path(const char *s);

#endif
