/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "http/accept.h"

#define BLANKS		" \t"
#define MOST		1000

/* How well RANGE, of LEN bytes, fits NAME; 0: not at all. */
static int
fit(const char *range, size_t len, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t type = slash == NULL ? 0 : (size_t)(slash + 1 - name);

	if (len == strlen(name) && strncasecmp(range, name, len) == 0)
		return 3;
	if (type > 0 && len == type + 1 && range[type] == '*' &&
	    strncasecmp(range, name, type) == 0)
		return 2;
	return type > 0 ? len == 3 && strncmp(range, "*/*", len) == 0 :
	    len == 1 && *range == '*';
}

/* "0.5" as 500.  What cannot be read does not count against NAME. */
static int
parse_weight(const char *s)
{
	int place = MOST, weight = 0;

	if (*s != '0')
		return MOST;
	if (*++s == '.')
		while (*++s >= '0' && *s <= '9')
			weight += (*s - '0') * (place /= 10);
	return weight;
}

/* The weight among the parameters from S to END. */
static int
find_weight(const char *s, const char *end)
{
	while ((s = memchr(s, ';', (size_t)(end - s))) != NULL) {
		s++;
		s += strspn(s, BLANKS);
		if (strncasecmp(s, "q=", 2) == 0)
			return parse_weight(s + 2);
	}
	return MOST;
}

int
http_accept_weight(const char *list, const char *name)
{
	int best = 0, most = 0, fits, weight;
	const char *end;

	for (; list != NULL && *list != '\0'; list = end) {
		list += strspn(list, BLANKS ",");
		end = list + strcspn(list, ",");
		fits = fit(list, strcspn(list, BLANKS ",;"), name);
		if (fits == 0 || fits < best)
			continue;
		weight = find_weight(list, end);
		if (fits > best || weight > most)
			most = weight;
		best = fits;
	}
	return most;
}
