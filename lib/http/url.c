/* SPDX-License-Identifier: ISC */
/*
 * A request's address is taken apart in the order that RFC 3986 wants: first
 * it is cut at its marks, then the pieces are decoded, so that a mark that was
 * encoded is part of a name.  A semicolon separates arguments like '&', as it
 * did for the server whose interface this is.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "http/url.h"

size_t
http_url_unescape(char *s)
{
	const char *from;
	char *to = s, byte;

	for (from = s; *from != '\0'; to++) {
		*to = *from++;
		if (*to == '%' && from[0] != '\0' && from[1] != '\0' &&
		    base_num_unhex(&byte, 1, from) && byte != '\0') {
			*to = byte;
			from += 2;
		}
	}
	*to = '\0';
	return (size_t)(to - s);
}

const char *
http_url_path(const char *s)
{
	size_t scheme;

	scheme = strncasecmp(s, "http://", 7) == 0 ? 7 :
	    strncasecmp(s, "https://", 8) == 0 ? 8 : 0;
	return scheme == 0 ? s : s + scheme + strcspn(s + scheme, "/?");
}

size_t
http_url_args(const char *s)
{
	size_t n = 1;

	for (; *(s += strcspn(s, "&;")) != '\0'; s++)
		n++;
	return n;
}

/* Decode an argument's name or value. */
static const char *
decode_arg(char *s)
{
	char *plus;

	for (plus = s; (plus = strchr(plus, '+')) != NULL; )
		*plus = ' ';
	http_url_unescape(s);
	return s;
}

size_t
http_url_query(char *s, struct http_url_arg *arg)
{
	size_t max = http_url_args(s), n = 0;
	char *next = s, *value;

	while (next != NULL) {
		s = next;
		if (*(next += strcspn(next, "&;")) == '\0')
			next = NULL;
		else
			*next++ = '\0';
		if (*s == '\0')
			continue;
		if ((value = strchr(s, '=')) != NULL)
			*value++ = '\0';
		arg[n].value = value == NULL ? "" : decode_arg(value);
		arg[n++].name = decode_arg(s);
		assert(n <= max);
	}
	return n;
}
