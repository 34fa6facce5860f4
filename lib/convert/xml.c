/* SPDX-License-Identifier: ISC */
/*
 * expat reads the XML; here is the path to the element at hand, the text in
 * it, and what to do when there is no more XML: files of programs that died
 * end anywhere, and what stands before that is good.
 *
 * A document type may be named, and is never fetched; entities that a file
 * declares itself end it, as they could make a small file large.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/buf.h"
#include "convert/csv.h"
#include "convert/sink.h"
#include "convert/xml.h"

#define DEPTH		16
#define PATH_LEN	512
#define ENTITY_LEN	10	/* "&#x10ffff;" */

struct convert_xml {
	const struct convert_xml_format *format;
	struct convert_sink	*sink;
	XML_Parser	 parser;
	char		 path[PATH_LEN];
	size_t		 end[DEPTH];	/* of the path so far */
	int		 depth;		/* of elements that are open */
	int		 leaf;		/* no element in the one at hand yet */
	const char	*why;		/* it is given up, or NULL */
	struct base_buf	 text;		/* of the element at hand */
	struct base_buf	 held;		/* an ampersand, and what follows */
	max_align_t	 state[];	/* of the format */
};

/*
 * Nothing more is read.  WHY is what was expected, and is told when expat
 * returns with the line.
 */
static void
give_up_xml(struct convert_xml *x, const char *why)
{
	x->why = why;
	XML_StopParser(x->parser, XML_FALSE);
}

/*
 * A name less its namespace's prefix.  Prefixes are a choice of each writer,
 * and no format here has the same name in two namespaces.
 */
static const char *
strip_xml_prefix(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

/*
 * An element begins.  Both bounds are far beyond what any format here needs;
 * they are there for files that were made to use memory.
 */
static void XMLCALL
on_expat_begin(void *arg, const char *name, const char **attributes)
{
	struct convert_xml *x = arg;
	size_t at = x->depth == 0 ? 0 : x->end[x->depth - 1], len;

	name = strip_xml_prefix(name);
	len = strlen(name);
	if (x->depth == DEPTH || at + len + 2 > PATH_LEN) {
		give_up_xml(x, "elements that are not so deep in each other");
		return;
	}
	assert(x->depth >= 0);
	if (at > 0)
		x->path[at++] = '/';
	memcpy(x->path + at, name, len + 1);
	x->end[x->depth++] = at + len;
	x->leaf = 1;
	base_buf_reset(&x->text);
	x->sink->line = XML_GetCurrentLineNumber(x->parser);
	x->format->begin(x->state, x->sink, x->path, attributes);
	if (x->sink->nomem)
		give_up_xml(x, "more memory");
}

/* What does not fit is left out, as no value is so long. */
static void XMLCALL
on_expat_text(void *arg, const char *s, int len)
{
	struct convert_xml *x = arg;

	if (x->leaf && x->text.len + (size_t)len <= CONVERT_XML_TEXT)
		base_buf_add(&x->text, s, (size_t)len);
}

/*
 * An element ends.  Text is handed on only for one without others in it, as
 * what stands between elements is line breaks.  The path is cut back to the
 * element around it.
 */
static void XMLCALL
on_expat_end(void *arg, const char *name)
{
	struct convert_xml *x = arg;

	(void)name;
	assert(x->depth > 0);
	x->sink->line = XML_GetCurrentLineNumber(x->parser);
	x->format->end(x->state, x->sink, x->path,
	    x->leaf && x->text.len > 0 ? x->text.data : "");
	if (x->sink->nomem || !base_buf_ok(&x->text))
		give_up_xml(x, "more memory");
	x->leaf = 0;
	x->depth--;
	x->path[x->depth == 0 ? 0 : x->end[x->depth - 1]] = '\0';
	base_buf_reset(&x->text);
}

/*
 * A file declares an entity.  expat has a bound of its own on how far these
 * may grow, but none of these formats has any, so the first is one too many.
 */
static void XMLCALL
on_expat_entity(void *arg, const char *name, int is_parameter,
    const char *value, int len, const char *base, const char *system,
    const char *public, const char *notation)
{
	(void)name, (void)is_parameter, (void)value, (void)len, (void)base,
	(void)system, (void)public, (void)notation;
	give_up_xml(arg, "no entities of its own");
}

/*
 * OPTIONS are the beginning of the state, which is part of the reader, so that
 * both are one allocation and zeros at first.
 */
struct convert_xml *
convert_xml_new(struct convert_sink *s,
    const struct convert_xml_format *format, const void *options, size_t len)
{
	struct convert_xml *x;

	assert(len <= format->state_size);
	if ((x = calloc(1, sizeof(*x) + format->state_size)) == NULL)
		return NULL;
	if ((x->parser = XML_ParserCreate(NULL)) == NULL) {
		free(x);
		return NULL;
	}
	x->format = format;
	x->sink = s;
	if (len > 0)
		memcpy(x->state, options, len);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_expat_begin, on_expat_end);
	XML_SetCharacterDataHandler(x->parser, on_expat_text);
	XML_SetEntityDeclHandler(x->parser, on_expat_entity);
	return x;
}

/*
 * expat said no.  If it was the end of the file that it missed, that is a
 * file cut off.
 */
static void
tell_error(struct convert_xml *x)
{
	enum XML_Error e = XML_GetErrorCode(x->parser);

	x->sink->line = XML_GetCurrentLineNumber(x->parser);
	x->sink->is_last = x->why == NULL && (e == XML_ERROR_NO_ELEMENTS ||
	    e == XML_ERROR_UNCLOSED_TOKEN || e == XML_ERROR_PARTIAL_CHAR ||
	    e == XML_ERROR_UNCLOSED_CDATA_SECTION);
	if (x->why == NULL) {
		convert_sink_bad(x->sink, NULL, "XML; it is passed over from "
		    "here on");
		x->why = "XML";
	} else
		convert_sink_bad(x->sink, NULL, x->why);
	x->sink->is_last = 0;
}

/*
 * Give LEN bytes to expat, with IS_END the last ones.  After an error there is
 * nothing more to give.  Returns 1, or 0 after telling.
 */
static int
feed(struct convert_xml *x, const char *data, size_t len, int is_end)
{
	size_t n;

	if (x->why != NULL)
		return 0;
	for (;; data += n, len -= n) {
		n = len < 1 << 20 ? len : 1 << 20;	/* expat takes an int */
		if (XML_Parse(x->parser, data, (int)n, is_end && n == len) !=
		    XML_STATUS_OK) {
			tell_error(x);
			return 0;
		}
		if (n == len)
			return 1;
	}
}

/*
 * Does P begin an entity?  1, 0, or -1 if too little of it is there.  Whether
 * it is one that expat knows is for expat to say.
 */
static int
is_entity(const char *p, size_t len)
{
	size_t i;

	for (i = 1; i < len && i < ENTITY_LEN; i++)
		if (p[i] == ';')
			return i > 1;
		else if (p[i] != '#' && !(p[i] >= '0' && p[i] <= '9') &&
		    !(p[i] >= 'A' && p[i] <= 'Z') &&
		    !(p[i] >= 'a' && p[i] <= 'z'))
			return 0;
	return i == ENTITY_LEN ? 0 : -1;
}

/*
 * Write ampersands that begin nothing as &amp;.  One near the end of the
 * data waits for what comes next.
 */
static int
feed_lenient(struct convert_xml *x, const char *data, size_t len)
{
	struct base_buf all = x->held;
	const char *end, *from, *p;
	int is, rc = 1;

	base_buf_init(&x->held);
	base_buf_add(&all, data, len);
	if (!base_buf_ok(&all)) {
		x->sink->nomem = 1;
		base_buf_done(&all);
		return 0;
	}
	from = all.data;
	end = all.data + all.len;
	for (p = from; rc && (p = memchr(p, '&', (size_t)(end - p))) != NULL;
	    p++) {
		if ((is = is_entity(p, (size_t)(end - p))) == 1)
			continue;
		rc = feed(x, from, (size_t)(p - from), 0);
		from = p;
		if (is == -1)
			break;
		rc = rc && feed(x, "&amp;", 5, 0);
		from = p + 1;
	}
	if (rc && p == NULL)
		rc = feed(x, from, (size_t)(end - from), 0);
	else if (rc)
		base_buf_add(&x->held, from, (size_t)(end - from));
	base_buf_done(&all);
	return rc;
}

int
convert_xml_feed(struct convert_xml *x, const char *data, size_t len)
{
	if (len == 0)
		return x->why == NULL;
	return x->format->lenient ? feed_lenient(x, data, len) :
	    feed(x, data, len, 0);
}

/*
 * What is held is an ampersand that nothing followed, and goes to expat as it
 * is: the file ends there in any case.
 */
void
convert_xml_end(struct convert_xml *x)
{
	if (x->held.len > 0)
		feed(x, x->held.data, x->held.len, 0);
	feed(x, "", 0, 1);
	if (x->format->done != NULL)
		x->format->done(x->state, x->sink);
}

void
convert_xml_free(struct convert_xml *x)
{
	if (x == NULL)
		return;
	XML_ParserFree(x->parser);
	base_buf_done(&x->text);
	base_buf_done(&x->held);
	free(x);
}

const char *
convert_xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0] != NULL; attributes += 2)
		if (strcmp(strip_xml_prefix(attributes[0]), name) == 0)
			return attributes[1];
	return NULL;
}

int
convert_xml_f64(const char *text, double *v)
{
	struct convert_csv_field f = { text, text == NULL ? 0 : strlen(text) };

	return text == NULL || convert_csv_f64(&f, v) != 0;
}

int
convert_xml_i64(const char *text, int64_t *v)
{
	struct convert_csv_field f = { text, text == NULL ? 0 : strlen(text) };
	long long whole;
	int is = text == NULL ? -1 : convert_csv_i64(&f, &whole);

	if (is == 1)
		*v = whole;
	return is != 0;
}
