/* SPDX-License-Identifier: ISC */
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
	if (scheme > 0 && (s = strchr(s + scheme, '/')) == NULL)
		s = "/";
	return s;
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
	char *next = s, *value;
	size_t n = 0;

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
	}
	return n;
}
