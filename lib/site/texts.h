/* SPDX-License-Identifier: ISC */
/*
 * The texts of the website in one language.  Pure.
 *
 *	# a comment
 *	map.title = Map
 *	map.about = A text of
 *	  two lines
 *
 * A line that begins with a blank goes on with the text before.  Texts are what
 * site/template.h takes: HTML, with tags.
 */
#ifndef SITE_TEXTS_H
#define SITE_TEXTS_H

#include <stddef.h>

struct site_texts {
	struct site_texts_row {
		const char	*name, *value;
	}	*row;			/* sorted */
	size_t	 n;
};

/*
 * Read TEXT, LEN bytes and a NUL, which is written to and must outlive T.
 * Returns 0; or -1 with *LINE the number of the line that is none, 0 if memory
 * is short.
 */
int	site_texts_open(struct site_texts *t, char *text, size_t len,
	    unsigned *line);
void	site_texts_end(struct site_texts *t);

/* The text NAME, or NULL. */
const char *site_texts_get(const struct site_texts *t, const char *name);

#endif
