/* SPDX-License-Identifier: ISC */
/*
 * Only strings and brackets are looked at: enough to find where a report ends
 * whatever is in it; whether it is JSON is decided by those who read it.
 * Between the items of a body anything goes, as a writer that left out the
 * last of a segment leaves two commas.
 *
 * An object at the top is a body once its member "items" begins a list; until
 * then it is held as a report of its own.  A line break within a string is no
 * JSON: it ends the string, so that one missing mark does not swallow the rest
 * of the file.
 */
#include <assert.h>
#include <string.h>

#include "convert/items.h"
#include "convert/sink.h"

void
convert_items_init(struct convert_items *t, struct convert_sink *s,
    void (*each)(void *arg, const char *text, size_t len), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->sink = s;
	t->each = each;
	t->arg = arg;
	t->number = 1;
	base_buf_init(&t->item);
}

void
convert_items_done(struct convert_items *t)
{
	base_buf_done(&t->item);
}

/*
 * What follows is held, beginning with a bracket at this depth.  Its line is
 * noted, as that is where a user looks for a bad report, wherever in it the
 * fault is.
 */
static void
begin_item(struct convert_items *t)
{
	assert(!t->holding);
	t->holding = 1;
	t->item_depth = t->depth;
	t->item_line = t->number;
	t->too_long = 0;
	base_buf_reset(&t->item);
}

/*
 * It is whole.  One that was too long is told here and not where it grew too
 * long, so that it is counted once and the next one is found.
 */
static void
end_item(struct convert_items *t)
{
	assert(t->holding && t->depth == t->item_depth);
	t->holding = 0;
	t->sink->line = t->item_line;
	if (t->too_long)
		convert_sink_bad(t->sink, NULL, "a report of 4 MiB at most");
	else if (base_buf_ok(&t->item))
		t->each(t->arg, t->item.data, t->item.len);
	else
		t->sink->nomem = 1;
}

/*
 * Something that is no object stands where items do.  It is told once for all
 * that stands up to the next comma or object: prose would otherwise give a
 * message for each of its letters.
 */
static void
note_junk(struct convert_items *t)
{
	if (t->junk)
		return;
	t->junk = 1;
	t->sink->line = t->number;
	convert_sink_bad(t->sink, NULL, "a JSON object");
}

/*
 * A bracket opens.  Of a list that is the member "items" of an object at the
 * top the objects are reports, and the object that was held so far is their
 * body after all.  A list at the top has no body, and its objects are reports,
 * too: so do some scripts write them.  Any other object at the top is a report
 * of its own, and within one nothing matters but the depth.
 */
static void
open_bracket(struct convert_items *t, char c)
{
	int is_list = c == '[';

	/* A list at the top is taken for items without a body. */
	if (is_list && (t->depth == 0 || (t->depth == 1 && !t->is_body &&
	    t->holding && t->after_key && t->key_len == 5 &&
	    memcmp(t->key, "items", 5) == 0))) {
		t->in_items = t->depth + 1;
		t->is_body = 1;
		t->holding = 0;
	} else if (!is_list && !t->holding &&
	    (t->depth == 0 || t->depth == t->in_items)) {
		t->is_body = t->depth > 0 ? t->is_body : 0;
		t->junk = 0;
		begin_item(t);
	} else if (is_list && t->depth == t->in_items && !t->holding)
		note_junk(t);
	t->depth++;
}

/*
 * A bracket closes, of whichever kind: one that does not fit makes bad JSON,
 * which whoever reads the item tells.  More of them than were opened are
 * passed over, so that the depth stays that of the file.
 */
static void
close_bracket(struct convert_items *t)
{
	if (t->depth > 0)
		t->depth--;
	if (t->holding && t->depth == t->item_depth)
		end_item(t);
	if (t->in_items > t->depth) {
		t->in_items = 0;
		t->junk = 0;
	}
}

/*
 * A byte outside of strings.  A string at depth 1 that follows no colon is the
 * name of a member, of which only as much is kept as tells "items".  Commas
 * end what is junk, since items stand between them; so do line ends at the
 * top, where each line may be a report.
 */
static void
take_plain(struct convert_items *t, char c)
{
	switch (c) {
	case '"':
		t->in_string = 1;
		t->key_open = t->depth == 1 && !t->after_key;
		t->key_len = t->key_open ? 0 : t->key_len;
		if (!t->holding && t->depth == t->in_items)
			note_junk(t);
		return;
	case '{':
	case '[':
		open_bracket(t, c);
		t->after_key = 0;
		return;
	case '}':
	case ']':
		close_bracket(t);
		t->after_key = 0;
		return;
	case ':':
		t->after_key = t->depth == 1;
		return;
	case ',':
		t->after_key = 0;
		if (!t->holding)
			t->junk = 0;
		return;
	case '\n':
		t->number++;
		if (t->depth == 0)
			t->junk = 0;
		return;
	case ' ':
	case '\t':
	case '\r':
		return;
	default:
		if (!t->holding && t->depth == t->in_items)
			note_junk(t);
	}
}

/*
 * A byte within one.  The line break that ends it was never allowed there, so
 * no good report is hurt.  A name with escapes in it is not "items" for us:
 * nobody writes it so.
 */
static void
take_string(struct convert_items *t, char c)
{
	assert(t->in_string);
	if (c == '\n') {
		t->in_string = t->escaped = 0;
		t->number++;
	} else if (t->escaped)
		t->escaped = 0;
	else if (c == '\\')
		t->escaped = 1;
	else if (c == '"')
		t->in_string = 0;
	if (t->in_string && t->key_open && t->key_len < sizeof(t->key))
		t->key[t->key_len++] = c;
}

/*
 * Bytes that are held are not copied one by one: FROM is where those begin
 * that are not yet in the item, and they go there at a bracket that may end
 * it, or with the end of the data.  An item that is too long gives its memory
 * back at once, and is read on without being kept.
 *
 * A byte order mark is looked for before every report at the top, as files
 * that were joined have several.
 */
int
convert_items_feed(struct convert_items *t, const char *data, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *end = data + len, *from = data, *p;
	int was_holding;

	for (p = data; p < end; p++) {
		/* A byte order mark, where files begin. */
		if (t->depth == 0 && !t->in_string && t->bom < 3 &&
		    *p == bom[t->bom]) {
			t->bom = (t->bom + 1) % 3;
			continue;
		}
		t->bom = 0;
		was_holding = t->holding;
		if (t->in_string)
			take_string(t, *p);
		else if (was_holding && (*p == '}' || *p == ']')) {
			/* It may be the last byte: hold all up to it. */
			if (t->item.len + (size_t)(p + 1 - from) >
			    CONVERT_ITEMS_MAX)
				t->too_long = 1;
			else
				base_buf_add(&t->item, from,
				    (size_t)(p + 1 - from));
			from = p + 1;
			take_plain(t, *p);
		} else
			take_plain(t, *p);
		if (!was_holding && t->holding)
			from = p;
	}
	if (t->holding && t->item.len + (size_t)(end - from) <=
	    CONVERT_ITEMS_MAX)
		base_buf_add(&t->item, from, (size_t)(end - from));
	else if (t->holding)
		t->too_long = 1;
	if (t->too_long)
		base_buf_reset(&t->item);
	return !t->sink->nomem;
}

/*
 * Whatever is open now was cut off.  The report that was held is dropped, and
 * told as the end of the file instead of as one more bad report.
 */
void
convert_items_end(struct convert_items *t)
{
	if (t->depth > 0 || t->in_string)
		convert_sink_cut(t->sink, t->number);
	assert(t->depth >= 0);
}
