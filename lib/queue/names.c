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
#include "queue/names.h"

/* Did snprintf(), which returned LEN, write the whole name? */
static int
check_length(int len)
{
	return len >= 0 && len < QUEUE_NAMES_LEN ? 0 : -1;
}

int
queue_names_calls(char out[QUEUE_NAMES_LEN], const char *key,
    const char *path, int64_t day)
{
	struct base_civil c;

	base_civil_split(&c, day * BASE_CIVIL_DAY_S);
	return check_length(snprintf(out, QUEUE_NAMES_LEN,
	    "apilimit:%s:%s:%04d%02d%02d", key, path, c.year, c.month,
	    c.day));
}

int
queue_names_addresses(char out[QUEUE_NAMES_LEN], const char *type,
    const char *key, int64_t day)
{
	struct base_civil c;

	base_civil_split(&c, day * BASE_CIVIL_DAY_S);
	return check_length(snprintf(out, QUEUE_NAMES_LEN,
	    "apiuser:%s:%s:%04d-%02d-%02d", type, key, c.year, c.month,
	    c.day));
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
	return check_length(snprintf(out, QUEUE_NAMES_LEN,
	    "loc:client:%s:%s", key, network));
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
	return check_length(snprintf(out, QUEUE_NAMES_LEN,
	    "fallback_ratelimit:%s:%" PRId64, name, interval));
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
