/* SPDX-License-Identifier: ISC */
/*
 * expat reads the XML; here the path to the element at hand is kept, and the
 * text in it, both bounded.  A document type declaration is refused: no
 * server of S3 sends one, and the entities that one can define could make a
 * small answer large.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/buf.h"
#include "object/xml.h"

#define TEXT_MAX	8192	/* a key of 1,024 bytes, encoded */
#define PATH_LEN	256

struct object_xml {
	XML_Parser	 parser;
	int		(*each)(void *arg, const char *path,
			    const char *text);
	void		*arg;
	char		 path[PATH_LEN];
	size_t		 end[OBJECT_XML_DEPTH];	/* of the path so far */
	size_t		 from[OBJECT_XML_DEPTH];	/* where it begins */
	int		 depth;
	int		 leaf;		/* nothing was in the element yet */
	int		 failed;
	struct base_buf	 text;
};

/* Nothing more is read; object_xml_feed() and _end() say so. */
static void
fail_xml(struct object_xml *x)
{
	x->failed = 1;
	XML_StopParser(x->parser, XML_FALSE);
}

/* The name of an element less its namespace's prefix. */
static const char *
local_xml_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

/* Text before a child belongs to no leaf, so it is dropped. */
static void XMLCALL
on_xml_start(void *arg, const char *name, const char **attributes)
{
	struct object_xml *x = arg;
	size_t at = x->depth == 0 ? 0 : x->end[x->depth - 1], len;

	(void)attributes;
	assert(x->depth >= 0 && x->depth <= OBJECT_XML_DEPTH);
	name = local_xml_name(name);
	len = strlen(name);
	if (x->depth == OBJECT_XML_DEPTH || at + len + 2 > PATH_LEN) {
		fail_xml(x);
		return;
	}
	if (at > 0)
		x->path[at++] = '/';
	memcpy(x->path + at, name, len + 1);
	x->from[x->depth] = (size_t)XML_GetCurrentByteIndex(x->parser);
	x->end[x->depth++] = at + len;
	x->leaf = 1;
	base_buf_reset(&x->text);
}

/* Text may come in any pieces, also in the middle of an entity. */
static void XMLCALL
on_xml_text(void *arg, const char *s, int len)
{
	struct object_xml *x = arg;

	if (x->text.len + (size_t)len > TEXT_MAX)
		fail_xml(x);
	else
		base_buf_add(&x->text, s, (size_t)len);
}

/*
 * An element that had others in it is told of, too: it ends what they
 * described.
 */
static void XMLCALL
on_xml_end(void *arg, const char *name)
{
	struct object_xml *x = arg;
	const char *text = x->text.len > 0 ? x->text.data : "";

	(void)name;
	assert(x->depth > 0);
	if (!base_buf_ok(&x->text) ||
	    x->each(x->arg, x->path, x->leaf ? text : NULL) != 0)
		fail_xml(x);
	x->leaf = 0;
	x->depth--;
	x->path[x->depth == 0 ? 0 : x->end[x->depth - 1]] = '\0';
	base_buf_reset(&x->text);
}

/* The byte index of expat is that of the tag, or of all of an empty element. */
void
object_xml_where(const struct object_xml *x, size_t *from, size_t *to)
{
	assert(x->depth > 0);
	*from = x->from[x->depth - 1];
	*to = (size_t)XML_GetCurrentByteIndex(x->parser) +
	    (size_t)XML_GetCurrentByteCount(x->parser);
}

/* A document with a type declaration is none of a server of S3. */
static void XMLCALL
on_xml_doctype(void *arg, const char *name, const char *sysid,
    const char *pubid, int internal)
{
	(void)name, (void)sysid, (void)pubid, (void)internal;
	fail_xml(arg);
}

/* There are no entities but the five of XML and characters by number. */
struct object_xml *
object_xml_new(int (*each)(void *arg, const char *path, const char *text),
    void *arg)
{
	struct object_xml *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	base_buf_init(&x->text);
	x->each = each;
	x->arg = arg;
	if ((x->parser = XML_ParserCreate(NULL)) == NULL) {
		free(x);
		return NULL;
	}
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_xml_start, on_xml_end);
	XML_SetCharacterDataHandler(x->parser, on_xml_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_xml_doctype);
	return x;
}

/* expat takes an int. */
int
object_xml_feed(struct object_xml *x, const char *data, size_t len)
{
	size_t n;

	for (; len > 0 && !x->failed; data += n, len -= n) {
		n = len < 1 << 20 ? len : 1 << 20;
		if (XML_Parse(x->parser, data, (int)n, 0) != XML_STATUS_OK)
			x->failed = 1;
	}
	return x->failed ? -1 : 0;
}

/*
 * The end is only known when expat is told: an answer that was cut off in the
 * middle of a tag would look whole.
 */
int
object_xml_end(struct object_xml *x)
{
	if (!x->failed && XML_Parse(x->parser, "", 0, 1) != XML_STATUS_OK)
		x->failed = 1;
	return x->failed ? -1 : 0;
}

void
object_xml_free(struct object_xml *x)
{
	if (x == NULL)
		return;
	XML_ParserFree(x->parser);
	base_buf_done(&x->text);
	free(x);
}
