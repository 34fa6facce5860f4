/* SPDX-License-Identifier: ISC */
/*
 * XML as it arrives, for formats whose files are one long list of elements.
 * Memory is bounded: by the depth of elements and by the text in one.
 */
#ifndef CONVERT_XML_H
#define CONVERT_XML_H

#include <stddef.h>
#include <stdint.h>

struct convert_sink;
struct convert_xml;

#define CONVERT_XML_TEXT	65536	/* bytes of text; more is left out */

struct convert_xml_format {
	size_t	state_size;	/* of what a file needs; zeros at first */
	/*
	 * An element begins.  PATH is its name behind those of the elements
	 * around it, "run/network/ssid", without the prefixes of namespaces;
	 * ATTRIBUTES as convert_xml_attribute() takes them.
	 */
	void	(*begin)(void *state, struct convert_sink *s,
		    const char *path, const char **attributes);
	/* It ends; TEXT is what stood in it, if it held no other element. */
	void	(*end)(void *state, struct convert_sink *s, const char *path,
		    const char *text);
	/* The file ends, also if it broke off; may be NULL. */
	void	(*done)(void *state, struct convert_sink *s);
	/* Lone ampersands are text: its writer does not escape them. */
	int	lenient;
};

/*
 * The state of the file begins with LEN bytes of OPTIONS.  Returns NULL when
 * memory is short.
 */
struct convert_xml *convert_xml_new(struct convert_sink *s,
	    const struct convert_xml_format *format, const void *options,
	    size_t len);

/*
 * The next LEN bytes.  Returns 1, or 0 if there is no sense in reading on,
 * as it is no XML from there on: which was told.
 */
int	convert_xml_feed(struct convert_xml *x, const char *data, size_t len);

/* The file ends, whole or not. */
void	convert_xml_end(struct convert_xml *x);
void	convert_xml_free(struct convert_xml *x);

/* The value of attribute NAME, or NULL. */
const char *convert_xml_attribute(const char **attributes, const char *name);

/*
 * TEXT, or NULL, as a number; what it does not tell leaves *V.  Returns 1, or
 * 0 if it is none.
 */
int	convert_xml_f64(const char *text, double *v);
int	convert_xml_i64(const char *text, int64_t *v);

#endif
