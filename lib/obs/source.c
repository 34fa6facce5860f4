/* SPDX-License-Identifier: ISC */
/*
 * What an exported batch is filtered by.  Most lines name no source, which
 * shows without parsing them; a line that has the word somewhere else is
 * parsed in vain, and that is all.
 */
#include <string.h>

#include "base/arena.h"
#include "json/doc.h"
#include "obs/source.h"

#define NAME	"source"

static const char unnamed[] = "gnss";

const char *
obs_source_get(const char *line, size_t len, struct base_arena *a, size_t *n)
{
	struct json_doc d;
	int v;

	*n = sizeof(unnamed) - 1;
	/* Most name none, and need not be read. */
	if (memmem(line, len, NAME, sizeof(NAME) - 1) == NULL)
		return unnamed;
	if (json_doc_parse(&d, line, len, a) == -1)
		return d.why == json_doc_nomem ? NULL : unnamed;
	if ((v = json_doc_get(&d, 0, "position")) == -1 ||
	    (v = json_doc_get(&d, v, NAME)) == -1 ||
	    json_doc_kind(&d, v) != JSON_DOC_STRING)
		return unnamed;
	return json_doc_string(&d, v, a, n);
}
