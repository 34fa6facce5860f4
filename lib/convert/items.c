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

/* What follows is held, beginning with a bracket at this depth. */
static void
begin_item(struct convert_items *t)
{
	t->holding = 1;
	t->item_depth = t->depth;
	t->item_line = t->number;
	t->too_long = 0;
	base_buf_reset(&t->item);
}

/* It is whole. */
static void
end_item(struct convert_items *t)
{
	t->holding = 0;
	t->sink->line = t->item_line;
	if (t->too_long)
		convert_sink_bad(t->sink, NULL, "a report of 4 MiB at most");
	else if (base_buf_ok(&t->item))
		t->each(t->arg, t->item.data, t->item.len);
	else
		t->sink->nomem = 1;
}

/* Something that is no object stands where items do. */
static void
note_junk(struct convert_items *t)
{
	if (t->junk)
		return;
	t->junk = 1;
	t->sink->line = t->number;
	convert_sink_bad(t->sink, NULL, "a JSON object");
}

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

/* A byte outside of strings. */
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

/* A byte within one. */
static void
take_string(struct convert_items *t, char c)
{
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

void
convert_items_end(struct convert_items *t)
{
	if (t->depth > 0 || t->in_string)
		convert_sink_cut(t->sink, t->number);
	assert(t->depth >= 0);
}
