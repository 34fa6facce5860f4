/* SPDX-License-Identifier: ISC */
#include "object/xml.h"

#include "tap.h"

static char seen[4096];

static int
note(void *arg, const char *path, const char *text)
{
	size_t len = strlen(seen);

	(void)arg;
	snprintf(seen + len, sizeof(seen) - len, "%s=%s;", path,
	    text == NULL ? "+" : text);
	return strstr(path, "Stop") != NULL ? -1 : 0;
}

/* Read TEXT, PIECE bytes at a time; 0, or -1. */
static int
read_xml(const char *text, size_t len, size_t piece)
{
	struct object_xml *x = object_xml_new(note, NULL);
	size_t n;
	int rc = 0;

	seen[0] = '\0';
	for (; rc == 0 && len > 0; text += n, len -= n) {
		n = len < piece ? len : piece;
		rc = object_xml_feed(x, text, n);
	}
	if (rc == 0)
		rc = object_xml_end(x);
	object_xml_free(x);
	return rc;
}

static void
good(void)
{
	static const char list[] = "<?xml version='1.0'?>\n"
	    "<s:List xmlns:s='x'>\n <s:A>1</s:A><B><C>&lt;&#228;&amp;</C>"
	    "<D/></B> </s:List>";
	static const char want[] =
	    "List/A=1;List/B/C=<\xc3\xa4&;List/B/D=;List/B=+;List=+;";
	size_t piece;
	int same = 1;

	for (piece = 1; piece < sizeof(list); piece++)
		same &= read_xml(list, sizeof(list) - 1, piece) == 0 &&
		    strcmp(seen, want) == 0;
	ok(same, "elements and their text, however the answer is cut");
	is_str(seen, want, "what they are");
}

static void
bad(void)
{
	static const struct {
		const char	*text, *name;
	} t[] = {
		{ "", "nothing" }, { "no XML", "no XML" },
		{ "<a><b></a>", "elements that overlap" },
		{ "<a>", "an element that is not closed" },
		{ "<a/><b/>", "two documents" },
		{ "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
		    "entities of its own" },
		{ "<a>\xff</a>", "no UTF-8" },
		{ "<a><b><c><d><e><f><g><h><i/></h></g></f></e></d></c></b>"
		    "</a>", "nine levels" },
		{ "<a><Stop/><b/></a>", "the caller says so" }
	};
	static char text[20000];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(read_xml(t[i].text, strlen(t[i].text), 7), -1,
		    t[i].name);
	memset(text, 'x', sizeof(text));
	memcpy(text, "<a>", 3);
	memcpy(text + sizeof(text) - 4, "</a>", 4);
	is_int(read_xml(text, sizeof(text), 100), -1, "a text without end");
	text[3] = '<';
	text[sizeof(text) - 5] = '>';
	is_int(read_xml(text, sizeof(text), 100), -1, "a name without end");
}

int
main(void)
{
	good();
	bad();
	return tap_done();
}
