/* SPDX-License-Identifier: ISC */
/* What servers of S3 answer in XML. */
#ifndef OBJECT_XML_H
#define OBJECT_XML_H

#include <stddef.h>
#include <stdint.h>

#include "object/store.h"

#define OBJECT_XML_DEPTH	8

struct object_xml;

/*
 * Read the XML of one answer as it arrives.  EACH is called at the end of
 * every element that holds no other: PATH is the names of the elements around
 * it and its own, "ListBucketResult/Contents/Key", and TEXT what it holds.
 * For an element that held others it is called with TEXT NULL.  It returns 0,
 * or -1 to stop.  Returns NULL when memory is short.
 */
struct object_xml *object_xml_new(int (*each)(void *arg, const char *path,
	    const char *text), void *arg);

/*
 * Within EACH: where the element that it is called for is in the document, from
 * the '<' of its start to behind the '>' of its end.
 */
void	object_xml_where(const struct object_xml *x, size_t *from, size_t *to);

/*
 * The next LEN bytes, or none, with DATA NULL.  Returns 0, or -1 from then on:
 * it is no XML, or EACH stopped.
 */
int	object_xml_feed(struct object_xml *x, const char *data, size_t len);

/* The answer ends here.  Returns 0 if it was a whole document, else -1. */
int	object_xml_end(struct object_xml *x);
void	object_xml_free(struct object_xml *x);

#endif
