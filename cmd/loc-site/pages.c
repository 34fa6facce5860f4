/* SPDX-License-Identifier: ISC */
/*
 * The pages: a template for each, and the same values for all.  Files that
 * pages load are written first, as their addresses have a part that changes
 * with what is in them.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/sha256.h"
#include "io/signals.h"
#include "json/doc.h"
#include "site/template.h"
#include "site/world.h"

#include "site.h"

#define VERSION_LEN	10

/* Every template that is a page, and its file; Ichnaea's addresses. */
static const struct {
	const char	*name, *file;
} pages[] = {
	{ "home", "index.html" },
	{ "map", "map/index.html" },
	{ "stats", "stats/index.html" },
	{ "regions", "stats/regions/index.html" },
	{ "downloads", "downloads/index.html" },
	{ "api", "api/index.html" },
	{ "contribute", "contribute/index.html" },
	{ "optout", "optout/index.html" },
	{ "privacy", "privacy/index.html" },
	{ "terms", "terms/index.html" },
	{ "contact", "contact/index.html" },
	{ "status", "status/index.html" },
	{ "404", "404.html" },
};
#define PAGES	(sizeof(pages) / sizeof(pages[0]))

/* Files, and the object of their versions that pages have as "v". */
struct files {
	struct site		*s;
	struct json_write	 w;
};

/* "static/lib/leaflet.js" is "lib_leaflet_js" in templates. */
static void
format_member(char out[SITE_TEMPLATE_NAME], const char *name)
{
	char *p;

	strlcpy(out, name + strlen("static/"), SITE_TEMPLATE_NAME);
	for (p = out; *p != '\0'; p++)
		if (strchr("/.-", *p) != NULL)
			*p = '_';
}

static int
on_file(void *arg, const char *name, const struct base_buf *b)
{
	char member[SITE_TEMPLATE_NAME], hex[BASE_SHA256_HEX];
	unsigned char hash[BASE_SHA256_BYTES];
	struct files *f = arg;

	base_sha256(hash, b->data, b->len);
	base_sha256_format(hex, hash);
	hex[VERSION_LEN] = '\0';
	format_member(member, name);
	json_write_text(&f->w, member, hex);
	return site_out_put(&f->s->out, name, b->data, b->len);
}

/* Our own base map, and the picture of the first page. */
static int
put_world(struct files *f)
{
	struct base_buf json, svg;
	int rc = -1;

	base_buf_init(&json);
	base_buf_init(&svg);
	site_world(&json);
	site_world_svg(&svg);
	if (base_buf_ok(&json) && base_buf_ok(&svg) &&
	    on_file(f, "static/world.json", &json) == 0)
		rc = on_file(f, "static/world.svg", &svg);
	base_buf_done(&json);
	base_buf_done(&svg);
	return rc == 0 ? EX_OK : EX_CANTCREAT;
}

/* Write all files, and their versions to B. */
static int
put_files(struct site *s, struct base_buf *b)
{
	struct files f = { .s = s };
	int rc;

	json_write_init(&f.w, b, JSON_WRITE_COMPACT);
	json_write_object(&f.w, NULL);
	rc = put_world(&f);
	if (rc == EX_OK)
		rc = site_share_each(&s->share, on_file, &f);
	json_write_end(&f.w);
	return rc;
}

static int
tell_fault(const struct site_template_fault *f)
{
	warnx("%s%s:%u: %s%s%s", strncmp(f->where, "t.", 2) == 0 ?
	    "text " : "template ", f->where, f->line,
	    f->name, *f->name != '\0' ? ": " : "", f->why);
	return EX_DATAERR;
}

/* Page I with the VALUES of all and the versions V of files. */
static int
put_page(struct site *s, size_t i, const struct base_buf *v)
{
	struct site_template_view view = { .template = site_share_template,
	    .text = site_share_text, .arg = &s->share };
	struct site_template_fault fault;
	struct base_buf values, page;
	struct base_arena a;
	struct json_doc d;
	int rc = EX_OSERR;

	base_arena_init(&a);
	base_buf_init(&values);
	base_buf_init(&page);
	base_buf_fmt(&values, "{\"page\":{\"%s\":true},\"v\":", pages[i].name);
	base_buf_add(&values, v->data, v->len);
	base_buf_chr(&values, ',');
	/* Without its first brace. */
	base_buf_add(&values, s->values.data + 1, s->values.len - 1);
	view.d = &d;
	if (!base_buf_ok(&values) ||
	    json_doc_parse(&d, values.data, values.len, &a) == -1)
		warnx("%s: %s", pages[i].name, base_buf_ok(&values) ? d.why :
		    "out of memory");
	else if (site_template_write(&page, &view, pages[i].name, &fault) ==
	    -1)
		rc = tell_fault(&fault);
	else if (!base_buf_ok(&page))
		warnx("%s: out of memory", pages[i].name);
	else
		rc = site_out_put(&s->out, pages[i].file, page.data,
		    page.len) == 0 ? EX_OK : EX_CANTCREAT;
	base_arena_done(&a);
	base_buf_done(&values);
	base_buf_done(&page);
	return rc;
}

int
site_pages(struct site *s)
{
	struct base_buf v;
	size_t i;
	int rc;

	base_buf_init(&v);
	rc = put_files(s, &v);
	for (i = 0; rc == EX_OK && i < PAGES; i++)
		rc = io_signals_stop ? EX_TEMPFAIL : put_page(s, i, &v);
	base_buf_done(&v);
	return rc;
}
