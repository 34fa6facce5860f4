/* SPDX-License-Identifier: ISC */
/*
 * A name that is too long could be cut into that of another counter, so those
 * made of what clients or other tables say tell their callers.  Streams are
 * named by the administrator and feeds by ourselves: they are short.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/num.h"
#include "queue/names.h"

/*
 * Each call of an API has three of these names, so they are put together
 * without printf().
 *
 * OUT becomes PREFIX, then A and B, which a colon joins, then LAST.
 */
static int
join_parts(char out[QUEUE_NAMES_LEN], const char *prefix, const char *a,
    const char *b, const char *last)
{
	const char *part[] = { prefix, a, ":", b, last };
	size_t at = 0, i, len;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		len = strlen(part[i]);
		if (len >= QUEUE_NAMES_LEN - at) {
			memcpy(out + at, part[i], QUEUE_NAMES_LEN - 1 - at);
			out[QUEUE_NAMES_LEN - 1] = '\0';
			return -1;
		}
		memcpy(out + at, part[i], len);
		at += len;
	}
	out[at] = '\0';
	return 0;
}

/* A colon and the date of DAY, with DASH between its parts or '\0'. */
static void
put_date(char out[BASE_CIVIL_DATE_LEN + 1], int64_t day, char dash)
{
	struct base_civil c;

	base_civil_split(&c, day * BASE_CIVIL_DAY_S);
	*out++ = ':';
	out = base_num_digits(out, (unsigned)c.year % 10000, 4);
	if (dash != '\0')
		*out++ = dash;
	out = base_num_digits(out, (unsigned)c.month, 2);
	if (dash != '\0')
		*out++ = dash;
	*base_num_digits(out, (unsigned)c.day, 2) = '\0';
}

int
queue_names_calls(char out[QUEUE_NAMES_LEN], const char *key,
    const char *path, int64_t day)
{
	char date[BASE_CIVIL_DATE_LEN + 1];

	put_date(date, day, '\0');
	return join_parts(out, "apilimit:", key, path, date);
}

int
queue_names_addresses(char out[QUEUE_NAMES_LEN], const char *type,
    const char *key, int64_t day)
{
	char date[BASE_CIVIL_DATE_LEN + 1];

	put_date(date, day, '-');
	return join_parts(out, "apiuser:", type, key, date);
}

void
queue_names_all_addresses(char out[QUEUE_NAMES_LEN], const char *key)
{
	snprintf(out, QUEUE_NAMES_LEN, "apiuser:*:%s:*", key);
}

int
queue_names_network(char out[QUEUE_NAMES_LEN], const char *key,
    const char *network)
{
	return join_parts(out, "loc:client:", key, network, "");
}

void
queue_names_keyday(char out[QUEUE_NAMES_LEN], int64_t day)
{
	struct base_civil c;

	base_civil_split(&c, day * BASE_CIVIL_DAY_S);
	snprintf(out, QUEUE_NAMES_LEN, "loc:keyday:%04d%02d%02d", c.year,
	    c.month, c.day);
}

/* Parts may be empty; keys and paths that hold a colon cannot be ours. */
int
queue_names_split(struct queue_names_part part[QUEUE_NAMES_PARTS],
    const char *name)
{
	int i;

	if (*(name += strcspn(name, ":")) == '\0')
		return 0;
	for (i = 0; i < QUEUE_NAMES_PARTS; i++) {
		part[i].at = ++name;
		part[i].len = strcspn(name, ":");
		name += part[i].len;
		/* A colon ends every part but the last. */
		if ((*name == ':') != (i + 1 < QUEUE_NAMES_PARTS))
			return 0;
	}
	return 1;
}

int
queue_names_provider(char out[QUEUE_NAMES_LEN], const char *name,
    int64_t interval)
{
	int len = snprintf(out, QUEUE_NAMES_LEN, "fallback_ratelimit:%s:%"
	    PRId64, name, interval);

	return len >= 0 && len < QUEUE_NAMES_LEN ? 0 : -1;
}

void
queue_names_groups(char out[QUEUE_NAMES_LEN], const char *stream)
{
	snprintf(out, QUEUE_NAMES_LEN, "%s:groups", stream);
}

void
queue_names_dropped(char out[QUEUE_NAMES_LEN], const char *stream)
{
	snprintf(out, QUEUE_NAMES_LEN, "%s:dropped", stream);
}

void
queue_names_dead(char out[QUEUE_NAMES_LEN], const char *stream)
{
	snprintf(out, QUEUE_NAMES_LEN, "%s:dead", stream);
}

void
queue_names_letter(char out[QUEUE_NAMES_LETTER_LEN], const char *stream,
    const char *id)
{
	snprintf(out, QUEUE_NAMES_LETTER_LEN, "%s:dead:%s", stream, id);
}

void
queue_names_feed(char out[QUEUE_NAMES_LEN], const char *stream,
    const char *feed)
{
	snprintf(out, QUEUE_NAMES_LEN, "%s:feed:%s", stream, feed);
}
