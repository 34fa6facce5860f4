/* SPDX-License-Identifier: ISC */
/*
 * What the settings and the map say: members of the values that all pages may
 * show.  Addresses of tiles are Ichnaea's: below [assets] url, or where
 * loc-serve has [web] datamap.
 */
#include <sys/stat.h>
#include <sys/time.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/civil.h"
#include "json/doc.h"
#include "site/csp.h"

#include "site.h"

#define DEFAULT_URL	"http://localhost:7001"
#define RESULTS_MAX	65536
#define MAX_ZOOM	11

/* Layers that loc-mapgen makes, in the order in which they are offered. */
static const char *const layers[] = { "wifi", "bluetooth", "cell", "gsm",
    "wcdma", "lte", "nr" };

/* ADDRESS without the slashes at its end. */
static void
add_address(struct base_buf *b, const char *address)
{
	size_t len = strlen(address);

	while (len > 0 && address[len - 1] == '/')
		len--;
	base_buf_add(b, address, len);
}

/*
 * A link of the operator's: only what browsers go to, or write mail to.  Other
 * text is shown as it is.
 */
static void
write_contact(struct site *s)
{
	const char *c = s->cf.web_contact;

	if (c == NULL)
		return;
	json_write_object(&s->w, "contact");
	if (strncmp(c, "https://", 8) == 0 || strncmp(c, "http://", 7) == 0 ||
	    strncmp(c, "mailto:", 7) == 0)
		json_write_text(&s->w, "link", c);
	json_write_text(&s->w, "text", strncmp(c, "mailto:", 7) == 0 ?
	    c + 7 : c);
	json_write_end(&s->w);
}

/*
 * "updated" of the results that loc-mapgen left in DIR, or ""; and "max_zoom",
 * which stays what it is if there is none.
 */
static void
read_results(const char *dir, char *out, size_t size, int64_t *max_zoom)
{
	char path[PATH_MAX], text[RESULTS_MAX + 1];
	struct base_arena a;
	struct json_doc d;
	const char *s;
	ssize_t n;
	int fd, v;

	*out = '\0';
	snprintf(path, sizeof(path), "%s/data.json", dir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, text, RESULTS_MAX);
	close(fd);
	if (n <= 0)
		return;
	base_arena_init(&a);
	if (json_doc_parse(&d, text, (size_t)n, &a) == 0) {
		if ((v = json_doc_get(&d, 0, "updated")) != -1 &&
		    json_doc_kind(&d, v) == JSON_DOC_STRING &&
		    (s = json_doc_string(&d, v, &a, NULL)) != NULL)
			snprintf(out, size, "%.10s %.5s", s,
			    strlen(s) > 16 ? s + 11 : "");
		if ((v = json_doc_get(&d, 0, "max_zoom")) != -1)
			json_doc_i64(&d, v, max_zoom);
	}
	base_arena_done(&a);
}

/*
 * Where the picture of the world in layer NAME is, if it is there.  It is no
 * tile, so that no page needs a script to show it.
 */
static void
add_overview(const struct site *s, const char *name, const char *base,
    int is_tree, struct base_buf *b)
{
	const char *end = is_tree ? "/0/0/0@2x.png" : "@2x.png";
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s%s", s->cf.web_datamap, name, end);
	if (access(path, R_OK) == 0)
		base_buf_fmt(b, "%s%s%s", base, name, end);
}

/*
 * The layer NAME ("tiles" being the map of all), if there are tiles of it or
 * an archive, at BASE: what was made last, as who goes from one to the other
 * may leave the old one.  The first has the OVERVIEW.  Returns 1 if it is
 * there.
 */
static int
write_layer(struct site *s, const char *name, const char *base, int is_first,
    struct base_buf *overview)
{
	char path[PATH_MAX], updated[32] = "";
	struct base_buf b;
	struct stat st, tree;
	int64_t max_zoom = MAX_ZOOM;
	int is_tree, is_archive;

	snprintf(path, sizeof(path), "%s/%s/data.json", s->cf.web_datamap,
	    name);
	is_tree = access(path, R_OK) == 0 && stat(path, &tree) == 0;
	snprintf(path, sizeof(path), "%s/%s.pmtiles", s->cf.web_datamap,
	    name);
	is_archive = stat(path, &st) == 0;
	if (!is_tree && !is_archive)
		return 0;
	if (is_tree && is_archive)
		is_tree = timespeccmp(&tree.st_mtim, &st.st_mtim, >=);
	if (is_tree) {
		snprintf(path, sizeof(path), "%s/%s", s->cf.web_datamap, name);
		read_results(path, updated, sizeof(updated), &max_zoom);
	} else {
		base_civil_format_time(updated, st.st_mtim.tv_sec, ' ');
		updated[16] = '\0';
	}
	base_buf_init(&b);
	json_write_object(&s->w, NULL);
	json_write_text(&s->w, "name", name);
	json_write_object(&s->w, "is");
	json_write_bool(&s->w, name, 1);
	json_write_end(&s->w);
	json_write_bool(&s->w, "first", is_first);
	json_write_text(&s->w, "updated", updated);
	json_write_i64(&s->w, "max_zoom", max_zoom);
	base_buf_str(&b, base);
	base_buf_str(&b, name);
	base_buf_str(&b, is_tree ? "/{z}/{x}/{y}.png" : ".pmtiles");
	json_write_text(&s->w, is_tree ? "tiles" : "archive",
	    base_buf_ok(&b) ? b.data : "");
	json_write_end(&s->w);
	base_buf_done(&b);
	if (is_first)
		add_overview(s, name, base, is_tree, overview);
	return 1;
}

/* Where tiles are, with a slash at the end. */
static void
add_base(struct site *s, struct base_buf *b)
{
	if (s->cf.assets_url != NULL) {
		add_address(b, s->cf.assets_url);
		base_buf_chr(b, '/');
	} else {
		base_buf_str(b, s->root);
		base_buf_str(b, "static/datamap/");
	}
}

/*
 * How much it takes to have a network forgotten: votes on some days; names say
 * nothing with strict.
 */
static void
write_optout(struct site *s)
{
	const struct conf_file *cf = &s->cf;

	if (cf->http_strict)
		return;
	json_write_object(&s->w, "optout");
	json_write_i64(&s->w, "votes", cf->trust_optout_votes);
	json_write_i64(&s->w, "days", cf->trust_optout_days);
	json_write_i64(&s->w, "keep_days", cf->trust_optout_keep_days);
	json_write_end(&s->w);
}

/* In how many of 100 cases radii hold, if they are the model's. */
static void
write_confidence(struct site *s)
{
	if (s->cf.locate_model && !s->cf.http_strict)
		json_write_i64(&s->w, "confidence", s->cf.locate_confidence);
}

/* What the map page shows, and /map.json. */
static int
write_map(struct site *s)
{
	struct base_buf base, b;
	struct json_write w;
	size_t i;
	int n = 0, rc;

	base_buf_init(&base);
	base_buf_init(&b);
	add_base(s, &base);
	base_buf_add(&base, "", 0);
	json_write_object(&s->w, "map");
	json_write_array(&s->w, "layers");
	if (s->cf.web_datamap != NULL) {
		n += write_layer(s, "tiles", base.data, 1, &b);
		for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
			n += write_layer(s, layers[i], base.data, n == 0,
			    &b);
	}
	json_write_end(&s->w);
	json_write_text(&s->w, "overview", b.len > 0 && base_buf_ok(&b) ?
	    b.data : "");
	if (s->cf.web_basemap != NULL) {
		json_write_text(&s->w, "basemap", s->cf.web_basemap);
		json_write_text(&s->w, "credit",
		    s->cf.web_basemap_credit != NULL ?
		    s->cf.web_basemap_credit : "");
	}
	json_write_end(&s->w);
	base_buf_reset(&b);
	json_write_init(&w, &b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	base_buf_str(&base, "tiles/");
	json_write_text(&w, "tiles_url", base.data);
	json_write_end(&w);
	rc = base_buf_ok(&b) && base_buf_ok(&base) ?
	    site_out_put(&s->out, "map.json", b.data, b.len) : -1;
	base_buf_done(&b);
	base_buf_done(&base);
	return rc;
}

static void
write_moment(struct site *s)
{
	char text[BASE_CIVIL_TIME_LEN];
	struct base_civil c;

	base_civil_split(&c, s->now_s);
	json_write_i64(&s->w, "year", c.year);
	base_civil_format_time(text, s->now_s, 'T');
	text[16] = '\0';
	json_write_text(&s->w, "made_iso", text);
	text[10] = ' ';
	json_write_text(&s->w, "made", text);
}

int
site_facts(struct site *s)
{
	const struct conf_file *cf = &s->cf;
	struct base_buf b;

	base_buf_init(&b);
	json_write_text(&s->w, "root", s->root);
	json_write_text(&s->w, "lang", cf->web_language);
	json_write_text(&s->w, "title", cf->web_title);
	json_write_text(&s->w, "version", LOC_VERSION);
	write_moment(s);
	add_address(&b, cf->web_url != NULL ? cf->web_url : DEFAULT_URL);
	json_write_text(&s->w, "url", base_buf_ok(&b) ? b.data : "");
	/* Scripts ask where they come from, unless that is somewhere else. */
	json_write_text(&s->w, "api", cf->web_url != NULL ? b.data : "");
	base_buf_reset(&b);
	if (cf->web_key != NULL) {
		json_write_text(&s->w, "key", cf->web_key);
		base_buf_fmt(&b, "?key=%s", cf->web_key);
	}
	json_write_text(&s->w, "query", b.len > 0 ? b.data : "");
	write_contact(s);
	base_buf_reset(&b);
	site_csp(&b, cf, 0);
	json_write_text(&s->w, "csp", base_buf_ok(&b) ? b.data : "");
	json_write_bool(&s->w, "v2016", cf->http_v2016);
	write_optout(s);
	write_confidence(s);
	base_buf_done(&b);
	return write_map(s) == -1 ? EX_CANTCREAT : EX_OK;
}
