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
