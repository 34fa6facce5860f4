/* SPDX-License-Identifier: ISC */
/*
 * Pages made of templates and values.  Pure.
 *
 * A template is text with tags in it.  Values are a JSON document, and texts in
 * the reader's language come from elsewhere:
 *
 *	{{name}}		a text or number, with <, >, &, " and ' escaped
 *	{{name.member}}		one of an object
 *	{{.}}			the value that the innermost section is about
 *	{{#name}}...{{/name}}	for every element of an array; once for an
 *				object, true, a number or a text that is not
 *				empty
 *	{{^name}}...{{/name}}	if there is no such value, or an empty one
 *	{{t.name}}		a text, which may have tags as well
 *	{{>name}}		another template
 *	{{!words}}		nothing
 *
 * Names are looked for in the value that a section is about, then in that of
 * the section around it, and so on.  A tag other than # and ^ whose name is
 * not found is a fault, so that a misspelled one is noticed.
 *
 * Templates and texts are trusted, as programs are; values are not: whatever
 * they are, they end no element and no attribute that has quotes.
 */
#ifndef SITE_TEMPLATE_H
#define SITE_TEMPLATE_H

#include <stddef.h>

struct base_arena;
struct base_buf;
struct json_doc;

#define SITE_TEMPLATE_NAME	64	/* bytes of a name, with its NUL */
#define SITE_TEMPLATE_DEPTH	12	/* sections and templates in others */
#define SITE_TEMPLATE_TAGS	1000000	/* that one page is made of */
#define SITE_TEMPLATE_MAX	(64 * 1024 * 1024)	/* bytes of a page */

struct site_template_view {
	const struct json_doc	*d;		/* an object of values */
	/*
	 * The template NAME, or the text, of *LEN bytes; NULL: there is none.
	 */
	const char	*(*template)(void *arg, const char *name, size_t *len);
	const char	*(*text)(void *arg, const char *name, size_t *len);
	void		*arg;
};

/* What is wrong with a template. */
struct site_template_fault {
	char		 where[SITE_TEMPLATE_NAME];	/* "map", "t.map.title" */
	unsigned	 line;
	const char	*why;		/* a literal */
	char		 name[SITE_TEMPLATE_NAME];	/* in the tag, or "" */
};

/*
 * Append the template NAME with the values of V to B, which may be short of
 * memory then.  Returns 0, or -1 with FAULT set.
 */
int	site_template_write(struct base_buf *b,
	    const struct site_template_view *v, const char *name,
	    struct site_template_fault *fault);

/* Append LEN bytes with what means something in HTML escaped. */
void	site_template_escape(struct base_buf *b, const char *s, size_t len);

#endif
