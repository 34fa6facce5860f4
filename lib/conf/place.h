/* SPDX-License-Identifier: ISC */
/* Where the values of settings were found, for messages. */
#ifndef CONF_PLACE_H
#define CONF_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define CONF_PLACE_NO_KEY	((size_t)-1)

struct conf_file;

/* Where from the byte at AT on a value of CF stands; see conf_place_add(). */
struct conf_place {
	size_t	 key;		/* in conf_table */
	size_t	 at;
	unsigned line;		/* of the file, or 0 and ... */
	char	*from;		/* ... "$NAME", or another file */
};

/*
 * From AT of the value of KEY on it stands in LINE or, if FROM is not NULL,
 * there (copied).  Returns 0, or -1 if memory is short.
 */
int	conf_place_add(struct conf_file *cf, size_t key, size_t at,
	    unsigned line, const char *from);

/*
 * The last place of KEY that begins at AT or before, borrowed; NULL: it has
 * none, as its value is the default.
 */
const struct conf_place *conf_place_find(const struct conf_file *cf,
	    size_t key, size_t at);

/* Release all of CF's. */
void	conf_place_done(struct conf_file *cf);

/*
 * The key of conf_table that names a file with the value of KEY, or
 * CONF_PLACE_NO_KEY.
 */
size_t	conf_place_file_key(size_t key);

#endif
