/* SPDX-License-Identifier: ISC */
/*
 * A template is not translated into anything: it is read each time from its
 * first byte to its last, and a section is read as often as its value has
 * elements.  Pages are made once in an hour, by a program that ends then, so
 * that plainness counts more than speed.
 *
 * A place in a template is a struct text; how deep we are, and which values the
 * sections around are about, is a chain of struct scope on the stack.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "site/template.h"

/* Some text of the template or text NAME; the tag begins at AT. */
struct text {
	const char	*name, *begin, *at, *end;
};

/* The value that a section is about; the outermost is the document. */
struct scope {
	const struct scope *outer;
	int		 value, depth;
};

struct run {
	struct base_buf			*b;
	const struct site_template_view	*v;
	struct site_template_fault	*fault;
	struct base_arena		 arena;	/* for texts with escapes */
	unsigned			 tags;	/* read so far */
};

/* What stands between the braces. */
struct tag {
	char		 kind;		/* '\0': a value */
	char		 name[SITE_TEMPLATE_NAME];
	const char	*after;		/* the tag */
};

static int	write_text(struct run *r, const struct text *t,
		    const struct scope *s);

void
site_template_escape(struct base_buf *b, const char *s, size_t len)
{
	size_t i, from = 0;
	const char *to;

	for (i = 0; i < len; i++) {
		to = s[i] == '&' ? "&amp;" : s[i] == '<' ? "&lt;" :
		    s[i] == '>' ? "&gt;" : s[i] == '"' ? "&quot;" :
		    s[i] == '\'' ? "&#39;" : s[i] == '\0' ? "" : NULL;
		if (to == NULL)
			continue;
		base_buf_add(b, s + from, i - from);
		base_buf_str(b, to);
		from = i + 1;
	}
	base_buf_add(b, s + from, len - from);
}

/* Something is wrong at T with NAME.  Returns -1. */
static int
fail(struct run *r, const struct text *t, const char *why, const char *name)
{
	const char *p;

	strlcpy(r->fault->where, t->name, sizeof(r->fault->where));
	strlcpy(r->fault->name, name, sizeof(r->fault->name));
	r->fault->why = why;
	r->fault->line = 1;
	for (p = t->begin; p < t->at; p++)
		r->fault->line += *p == '\n';
	return -1;
}

/*
 * Read the tag at T, which begins with its braces.  Returns 0, or -1.
 */
static int
read_tag(struct run *r, const struct text *t, struct tag *tag)
{
	const char *p = t->at + 2, *end;
	size_t len;

	end = memmem(p, (size_t)(t->end - p), "}}", 2);
	if (end == NULL)
		return fail(r, t, "the tag has no end", "");
	tag->after = end + 2;
	tag->kind = '\0';
	if (p < end && strchr("#^/>!", *p) != NULL)
		tag->kind = *p++;
	while (p < end && *p == ' ')
		p++;
	while (end > p && end[-1] == ' ')
		end--;
	tag->name[0] = '\0';
	if (tag->kind == '!')
		return 0;
	len = (size_t)(end - p);
	if (len == 0 || len >= sizeof(tag->name))
		return fail(r, t, "a name of 1 to 63 bytes is expected", "");
	memcpy(tag->name, p, len);
	tag->name[len] = '\0';
	if (strlen(tag->name) != len || strpbrk(tag->name, "{}\n") != NULL)
		return fail(r, t, "a name is expected", "");
	return 0;
}

/* Member NAME, of LEN bytes, of the object OBJ; or -1. */
static int
find_member(const struct json_doc *d, int obj, const char *name, size_t len)
{
	char part[SITE_TEMPLATE_NAME];

	assert(len < sizeof(part));
	memcpy(part, name, len);
	part[len] = '\0';
	return json_doc_get(d, obj, part);
}

/*
 * The value of NAME, or -1.  The first part of a name with dots is looked for
 * in all scopes, the others in what was found.
 */
static int
find_value(const struct run *r, const struct scope *s, const char *name)
{
	size_t len = strcspn(name, ".");
	int v = -1;

	if (strcmp(name, ".") == 0)
		return s->value;
	for (; s != NULL && v == -1; s = s->outer)
		v = find_member(r->v->d, s->value, name, len);
	while (v != -1 && name[len] == '.') {
		name += len + 1;
		len = strcspn(name, ".");
		v = find_member(r->v->d, v, name, len);
	}
	return v;
}

/* Is V something, for a section? */
static int
is_something(const struct json_doc *d, int v)
{
	size_t len;

	if (v == -1)
		return 0;
	switch (json_doc_kind(d, v)) {
	case JSON_DOC_NULL:
	case JSON_DOC_FALSE:
		return 0;
	case JSON_DOC_STRING:
		json_doc_raw(d, v, &len);
		return len > 0;
	case JSON_DOC_ARRAY:
		return json_doc_first(d, v) != -1;
	default:
		return 1;
	}
}

/* A value as text.  Objects and arrays have none. */
static int
write_value(struct run *r, const struct text *t, const char *name, int v)
{
	const char *s;
	size_t len;

	if (v == -1)
		return fail(r, t, "there is no such value", name);
	switch (json_doc_kind(r->v->d, v)) {
	case JSON_DOC_OBJECT:
	case JSON_DOC_ARRAY:
		return fail(r, t, "this is a list, which needs a section",
		    name);
	case JSON_DOC_STRING:
		s = json_doc_string(r->v->d, v, &r->arena, &len);
		if (s == NULL)
			return fail(r, t, "memory is short", name);
		break;
	default:
		s = json_doc_raw(r->v->d, v, &len);
	}
	site_template_escape(r->b, s, len);
	return 0;
}

/* The text T.NAME, or the template NAME, in the place of a tag of T. */
static int
write_other(struct run *r, const struct text *t, const char *name, int is_text,
    const struct scope *s)
{
	struct scope inner = { s, s->value, s->depth + 1 };
	struct text other = { .name = name };
	size_t len = 0;

	if (inner.depth > SITE_TEMPLATE_DEPTH)
		return fail(r, t, "too many templates in each other", name);
	other.begin = is_text ? r->v->text(r->v->arg, name + 2, &len) :
	    r->v->template(r->v->arg, name, &len);
	if (other.begin == NULL)
		return fail(r, t, is_text ? "there is no such text" :
		    "there is no such template", name);
	other.at = other.begin;
	other.end = other.begin + len;
	return write_text(r, &other, &inner);
}

/*
 * Set *IN to what is between TAG and the one that ends it, which *AFTER
 * follows.
 */
static int
find_section(struct run *r, const struct text *t, const struct tag *tag,
    struct text *in, const char **after)
{
	struct text at = *t;
	struct tag inner;
	int depth = 1;

	at.at = tag->after;
	while ((at.at = memmem(at.at, (size_t)(at.end - at.at), "{{", 2)) !=
	    NULL) {
		if (read_tag(r, &at, &inner) == -1)
			return -1;
		depth += inner.kind == '#' || inner.kind == '^';
		depth -= inner.kind == '/';
		if (depth == 0) {
			if (strcmp(inner.name, tag->name) != 0)
				break;
			*in = (struct text){ t->name, t->begin, tag->after,
			    at.at };
			*after = inner.after;
			return 0;
		}
		at.at = inner.after;
	}
	return fail(r, t, "the section has no end of its name", tag->name);
}

/* A section, for each element of an array or for one value. */
static int
write_section(struct run *r, const struct text *t, const struct tag *tag,
    const struct scope *s, const char **after)
{
	struct scope inner = { s, s->value, s->depth + 1 };
	const struct json_doc *d = r->v->d;
	int v = find_value(r, s, tag->name), is = is_something(d, v), rc = 0;
	struct text in;

	if (inner.depth > SITE_TEMPLATE_DEPTH)
		return fail(r, t, "too many sections in each other",
		    tag->name);
	if (find_section(r, t, tag, &in, after) == -1)
		return -1;
	if (tag->kind == '^')
		return is ? 0 : write_text(r, &in, &inner);
	if (!is)
		return 0;
	if (json_doc_kind(d, v) != JSON_DOC_ARRAY) {
		inner.value = v;
		return write_text(r, &in, &inner);
	}
	for (v = json_doc_first(d, v); v != -1 && rc == 0;
	    v = json_doc_next(d, v)) {
		inner.value = v;
		rc = write_text(r, &in, &inner);
	}
	return rc;
}

static int
write_tag(struct run *r, const struct text *t, const struct tag *tag,
    const struct scope *s, const char **after)
{
	*after = tag->after;
	switch (tag->kind) {
	case '!':
		return 0;
	case '>':
		return write_other(r, t, tag->name, 0, s);
	case '#':
	case '^':
		return write_section(r, t, tag, s, after);
	case '/':
		return fail(r, t, "no section ends here", tag->name);
	default:
		if (strncmp(tag->name, "t.", 2) == 0)
			return write_other(r, t, tag->name, 1, s);
		return write_value(r, t, tag->name,
		    find_value(r, s, tag->name));
	}
}

/* T from where it is to its end. */
static int
write_text(struct run *r, const struct text *text, const struct scope *s)
{
	struct text t = *text;
	const char *p;
	struct tag tag;

	for (;;) {
		p = memmem(t.at, (size_t)(t.end - t.at), "{{", 2);
		if (p == NULL)
			p = t.end;
		base_buf_add(r->b, t.at, (size_t)(p - t.at));
		t.at = p;
		if (r->b->len > SITE_TEMPLATE_MAX ||
		    r->tags++ > SITE_TEMPLATE_TAGS)
			return fail(r, &t, "the page is too long", "");
		if (p == t.end)
			return 0;
		if (read_tag(r, &t, &tag) == -1 ||
		    write_tag(r, &t, &tag, s, &p) == -1)
			return -1;
		t.at = p;
	}
}

int
site_template_write(struct base_buf *b, const struct site_template_view *v,
    const char *name, struct site_template_fault *fault)
{
	struct run r = { .b = b, .v = v, .fault = fault };
	const struct scope all = { .value = 0 };
	const struct text none = { name, "", "", "" };
	int rc;

	assert(strlen(name) < SITE_TEMPLATE_NAME);
	base_arena_init(&r.arena);
	rc = write_other(&r, &none, name, 0, &all);
	base_arena_done(&r.arena);
	return rc;
}
