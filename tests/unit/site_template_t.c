/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "geo/region.h"
#include "json/doc.h"
#include "site/template.h"
#include "site/texts.h"
#include "site/world.h"
#include "tap.h"

static const char values[] = "{\"name\":\"<b>&\\\"'\",\"n\":-1.5,"
    "\"yes\":true,\"no\":false,\"none\":null,\"empty\":\"\",\"e\":[],"
    "\"list\":[{\"a\":1,\"n\":7},{\"a\":2},{\"a\":[3,4]}],\"words\":[\"x\","
    "\"\\u00fc\"],\"deep\":{\"er\":{\"still\":\"here\"}},\"nul\":\"a\\u0000b\"}";

static const struct {
	const char	*template, *want;	/* NULL: a fault ... */
	const char	*why;
	unsigned	 line;			/* ... in this line */
} cases[] = {
	{ "plain { text }", "plain { text }", NULL, 0 },
	{ "{{name}}", "&lt;b&gt;&amp;&quot;&#39;", NULL, 0 },
	{ "{{n}} {{ n }} {{yes}}", "-1.5 -1.5 true", NULL, 0 },
	{ "{{nul}}", "ab", NULL, 0 },
	{ "{{deep.er.still}}", "here", NULL, 0 },
	{ "{{#deep}}{{er.still}}{{#er}}{{still}}{{n}}{{/er}}{{/deep}}",
	    "herehere-1.5", NULL, 0 },
	{ "{{#list}}[{{#a}}{{.}}{{/a}}{{n}}]{{/list}}",
	    "[17][2-1.5][34-1.5]", NULL, 0 },
	{ "{{#words}}<{{.}}>{{/words}}", "<x><\xc3\xbc>", NULL, 0 },
	{ "{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{#none}}n{{/none}}{{#e}}n{{/e}}"
	    "{{#empty}}n{{/empty}}{{#what}}n{{/what}}", "y", NULL, 0 },
	{ "{{^yes}}n{{/yes}}{{^no}}1{{/no}}{{^none}}2{{/none}}{{^e}}3{{/e}}"
	    "{{^empty}}4{{/empty}}{{^what}}5{{/what}}", "12345", NULL, 0 },
	{ "{{#no}}{{#no}}{{wrong}}{{/no}}{{/no}}.", ".", NULL, 0 },
	{ "{{! anything {{ }}|", "|", NULL, 0 },
	{ "{{>part}}{{t.hello}}", "part -1.5Hello &lt;b&gt;&amp;&quot;&#39;!",
	    NULL, 0 },
	{ "{{t.two}}", "one\n two", NULL, 0 },
	{ "\n{{what}}", NULL, "there is no such value", 2 },
	{ "{{t.what}}", NULL, "there is no such text", 1 },
	{ "{{>what}}", NULL, "there is no such template", 1 },
	{ "{{list}}", NULL, "this is a list, which needs a section", 1 },
	{ "a\nb\n{{#yes}}", NULL, "the section has no end of its name", 3 },
	{ "{{#yes}}{{/no}}", NULL, "the section has no end of its name", 1 },
	{ "{{/yes}}", NULL, "no section ends here", 1 },
	{ "{{name", NULL, "the tag has no end", 1 },
	{ "{{}}", NULL, "a name of 1 to 63 bytes is expected", 1 },
	{ "{{#}}{{/}}", NULL, "a name of 1 to 63 bytes is expected", 1 },
	{ "{{a{b}}", NULL, "a name is expected", 1 },
	{ "{{>self}}", NULL, "too many templates in each other", 1 },
	{ "{{deep.er.no}}", NULL, "there is no such value", 1 },
	{ "{{#words}}{{.x}}{{/words}}", NULL, "there is no such value", 1 },
};

static struct site_texts texts;

static const char *
template_of(void *arg, const char *name, size_t *len)
{
	const char *s = strcmp(name, "page") == 0 ? arg :
	    strcmp(name, "part") == 0 ? "part {{n}}" :
	    strcmp(name, "self") == 0 ? "{{>self}}" : NULL;

	*len = s == NULL ? 0 : strlen(s);
	return s;
}

static const char *
text_of(void *arg, const char *name, size_t *len)
{
	const char *s = site_texts_get(&texts, name);

	(void)arg;
	*len = s == NULL ? 0 : strlen(s);
	return s;
}

static void
test_template(const struct json_doc *d, size_t i)
{
	struct site_template_view v = { d, template_of, text_of,
	    (void *)(uintptr_t)cases[i].template };
	struct site_template_fault f = { .why = NULL };
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_add(&b, "", 0);
	rc = site_template_write(&b, &v, "page", &f);
	if (cases[i].want != NULL)
		ok(rc == 0 && strcmp(b.data, cases[i].want) == 0, "%s",
		    cases[i].template);
	else
		ok(rc == -1 && strcmp(f.why, cases[i].why) == 0 &&
		    f.line == cases[i].line, "%zu: %s", i, cases[i].why);
	if (rc == -1)
		printf("# %s:%u: %s %s\n", f.where, f.line, f.why, f.name);
	base_buf_done(&b);
}

static void
test_texts(void)
{
	char bad[] = "a = b\n\nno text\n", more[] = " lost\n# c\n\r\na=b\n";
	struct site_texts t;
	unsigned line;

	ok(site_texts_open(&t, bad, strlen(bad), &line) == -1 && line == 3,
	    "a line that is no text");
	ok(site_texts_open(&t, more, strlen(more), &line) == 0 && t.n == 1,
	    "blank lines and comments");
	is_str(site_texts_get(&t, "a"), "b", "a text");
	ok(site_texts_get(&t, "b") == NULL, "no text");
	site_texts_end(&t);
	ok(site_texts_get(&t, "a") == NULL, "no texts");
}

/* The base map has all regions, and each a ring. */
static void
test_world(void)
{
	struct base_arena a;
	struct base_buf b;
	struct json_doc d;
	int k, n = 0, rings = 1, regions;

	base_arena_init(&a);
	base_buf_init(&b);
	site_world(&b);
	ok(json_doc_parse(&d, b.data, b.len, &a) == 0, "a base map");
	regions = json_doc_get(&d, 0, "regions");
	for (k = json_doc_first(&d, regions); k != -1;
	    k = json_doc_next(&d, k), n++)
		rings &= json_doc_first(&d, json_doc_get(&d, k, "rings")) !=
		    -1;
	ok(n == geo_region_count() && rings, "with all regions");
	base_buf_reset(&b);
	site_world_svg(&b);
	ok(b.len > 1000 && strstr(b.data, "NaN") == NULL, "a picture");
	base_buf_done(&b);
	base_arena_done(&a);
}

int
main(void)
{
	char text[] = "# words\nhello = Hello {{name}}!\n\ntwo = one\n two\n";
	struct base_arena a;
	struct json_doc d;
	unsigned line;
	size_t i;

	base_arena_init(&a);
	ok(site_texts_open(&texts, text, strlen(text), &line) == 0, "texts");
	ok(json_doc_parse(&d, values, strlen(values), &a) == 0, "values");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_template(&d, i);
	test_texts();
	test_world();
	site_texts_end(&texts);
	base_arena_done(&a);
	return tap_done();
}
