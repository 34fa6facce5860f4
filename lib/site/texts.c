/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "site/texts.h"

static int
cmp_row(const void *a, const void *b)
{
	const struct site_texts_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Cut blanks off the end of S. */
static void
trim(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' ||
	    s[n - 1] == '\r'))
		s[--n] = '\0';
}

/*
 * LINE begins a text.  Returns 0, or -1 if it is "NAME = TEXT" in no way; a
 * name of nothing would be found by nobody.
 */
static int
add_row(struct site_texts *t, char *line)
{
	struct site_texts_row *more;
	char *value = strchr(line, '=');

	if (value == NULL)
		return -1;
	*value++ = '\0';
	trim(line);
	if (*line == '\0')
		return -1;
	if (t->n % 64 == 0) {
		more = reallocarray(t->row, t->n + 64, sizeof(*more));
		if (more == NULL)
			return -1;
		t->row = more;
	}
	value += strspn(value, " \t");
	t->row[t->n++] = (struct site_texts_row){ line, value };
	return 0;
}

/*
 * The lines of one text stay what they are, with their ends, as HTML does not
 * mind: so nothing has to be moved, and only the last of them is cut.
 */
int
site_texts_open(struct site_texts *t, char *text, size_t len, unsigned *line)
{
	char *next = text, *p, *last = NULL;

	*t = (struct site_texts){ NULL, 0 };
	*line = 0;
	if (strlen(text) != len)
		return -1;
	while ((p = strsep(&next, "\n")) != NULL) {
		++*line;
		if (*p == ' ' || *p == '\t') {
			if (last != NULL)
				p[-1] = '\n';
			continue;
		}
		last = NULL;
		if (*p == '\0' || *p == '\r' || *p == '#')
			continue;
		if (add_row(t, p) == -1) {
			site_texts_end(t);
			return -1;
		}
		last = p;
	}
	if (t->n > 0)
		qsort(t->row, t->n, sizeof(*t->row), cmp_row);
	return 0;
}

void
site_texts_end(struct site_texts *t)
{
	free(t->row);
	*t = (struct site_texts){ NULL, 0 };
}

const char *
site_texts_get(const struct site_texts *t, const char *name)
{
	const struct site_texts_row key = { name, NULL }, *row = NULL;

	if (t->n > 0)
		row = bsearch(&key, t->row, t->n, sizeof(key), cmp_row);
	return row == NULL ? NULL : row->value;
}
