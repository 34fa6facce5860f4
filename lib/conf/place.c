/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"
#include "conf/place.h"
#include "conf/table.h"

int
conf_place_add(struct conf_file *cf, size_t key, size_t at, unsigned line,
    const char *from)
{
	struct conf_place *p;
	char *copy = NULL;

	if (from != NULL && (copy = strdup(from)) == NULL)
		return -1;
	p = reallocarray(cf->place, cf->nplaces + 1, sizeof(*p));
	if (p == NULL) {
		free(copy);
		return -1;
	}
	cf->place = p;
	p[cf->nplaces++] = (struct conf_place){ .key = key, .at = at,
	    .line = line, .from = copy };
	return 0;
}

/*
 * Places of one key are in the order of the value, as lines only ever add to
 * its end, and come before one outside the file, which has all of the value.
 */
const struct conf_place *
conf_place_find(const struct conf_file *cf, size_t key, size_t at)
{
	const struct conf_place *found = NULL, *p;
	size_t i;

	for (i = 0; i < cf->nplaces; i++) {
		p = &cf->place[i];
		if (p->key == key && (p->at <= at || p->from != NULL))
			found = p;
	}
	return found;
}

void
conf_place_done(struct conf_file *cf)
{
	size_t i;

	for (i = 0; i < cf->nplaces; i++)
		free(cf->place[i].from);
	free(cf->place);
	cf->place = NULL;
	cf->nplaces = 0;
}

/* They are neighbours in the table, but any order would do. */
size_t
conf_place_file_key(size_t key)
{
	const struct conf_table_key *k = &conf_table[key];
	size_t i, len = strlen(k->name);

	for (i = 0; i < conf_table_len; i++)
		if (conf_table[i].type == CONF_TABLE_FILE &&
		    strcmp(conf_table[i].section, k->section) == 0 &&
		    strncmp(conf_table[i].name, k->name, len) == 0 &&
		    strcmp(conf_table[i].name + len, "_file") == 0)
			return i;
	return CONF_PLACE_NO_KEY;
}
