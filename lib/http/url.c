/* SPDX-License-Identifier: ISC */
#include <stdint.h>
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

int
http_url_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t ch, min;
	int n;

	while (*s != '\0') {
		n = *s < 0x80 ? 0 : *s < 0xc2 ? -1 : *s < 0xe0 ? 1 :
		    *s < 0xf0 ? 2 : *s < 0xf5 ? 3 : -1;
		if (n == -1)
			return 0;
		min = n == 3 ? 0x10000 : n == 2 ? 0x800 : 0;
		ch = n == 0 ? *s : *s & (0x3fu >> n);
		for (s++; n > 0; n--, s++) {
			if ((*s & 0xc0) != 0x80)
				return 0;
			ch = ch << 6 | (*s & 0x3f);
		}
		if (ch < min || ch > 0x10ffff || (ch & ~0x7ffu) == 0xd800)
			return 0;
	}
	return 1;
}
