/* SPDX-License-Identifier: ISC */
/*
 * Names of places and of objects.  They are compared as texts, by commands that
 * look at each place once and by lists of thousands of keys; hence one spelling
 * for a place, and tests that look at the end of a key only.
 */
#include <assert.h>
#include <string.h>

#include "backup/place.h"
#include "base/num.h"
#include "base/uuid.h"

#define ENDING	".json.gz"

/*
 * Runs of slashes are one, as a part of a key without a name cannot be a
 * directory; so a place is written in one way only.
 *
 * What is in front of the first placeholder is the same for all objects, and
 * can be listed; what is behind it says where in the place each goes.
 */
int
backup_place_cut(struct backup_place *p, const char *url)
{
	const char *path = strstr(url, "://");
	size_t cut, head, n;
	char *out;

	head = path == NULL ? 0 : (size_t)(path + 3 - url);
	if (strlen(url) + 2 > sizeof(p->store))
		return -1;
	memcpy(p->store, url, head);
	out = p->store + head;
	for (url += head; *url != '\0'; url++)
		if (*url != '/' || out == p->store + head || out[-1] != '/')
			*out++ = *url;
	*out = '\0';
	cut = head + strcspn(p->store + head, "{");
	*p->path = '\0';
	if (p->store[cut] == '\0')
		return 0;
	while (cut > head && p->store[cut - 1] != '/')
		cut--;
	strlcpy(p->path, p->store + cut, sizeof(p->path));
	n = strlen(p->path);
	assert(n > 0);	/* there is a placeholder in it */
	if (p->path[n - 1] != '/')
		strlcat(p->path, "/", sizeof(p->path));
	/* The root keeps its slash. */
	if (cut - head > 1)
		cut--;
	p->store[cut] = '\0';
	return 0;
}

/*
 * The ending is ours and not in the row's URL, so that it tells what an object
 * is without reading it.
 */
int
backup_place_is_sealed(const char *key)
{
	size_t end = strlen(BACKUP_PLACE_SEALED), len = strlen(key);

	return len > end && strcmp(key + len - end, BACKUP_PLACE_SEALED) == 0;
}

/*
 * The name is a UUID of version 1, which has its time.
 *
 * A UUID survives copying, while the time that a store tells for an object is
 * that of the copy.
 */
int
backup_place_is_batch(const char *key, int64_t *made_s)
{
	const char *name = strrchr(key, '/');
	size_t len;

	name = name == NULL ? key : name + 1;
	len = strlen(name);
	if (backup_place_is_sealed(name))
		len -= strlen(BACKUP_PLACE_SEALED);
	return len == BASE_UUID_HEX - 1 + strlen(ENDING) &&
	    strncmp(name + BASE_UUID_HEX - 1, ENDING, strlen(ENDING)) == 0 &&
	    base_uuid_v1_time(name, made_s);
}
