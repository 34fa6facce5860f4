/* SPDX-License-Identifier: ISC */
/*
 * Where templates, texts, styles and scripts come from.
 *
 * They stand beside the program: where it was installed, in share/loc/site
 * beside its bin; where it was built, in the tree.  The operator's own files
 * come first, one by one, so that whoever changes one page gets the others
 * anew with each version.
 *
 * The libraries for browsers come from npm and are not in the tree: make
 * install copies them from where scripts/packages put them.
 */
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "site.h"

#define FILE_MAX	(16 * 1024 * 1024)

/* What of which package goes where; the Makefile installs the same files. */
static const struct {
	const char	*file, *name;
} libraries[] = {
	{ "leaflet/dist/leaflet.js", "static/lib/leaflet.js" },
	{ "leaflet/dist/leaflet.css", "static/lib/leaflet.css" },
	{ "leaflet/LICENSE", "static/lib/leaflet.txt" },
	{ "pmtiles/dist/pmtiles.js", "static/lib/pmtiles.js" },
	{ "uplot/dist/uPlot.iife.min.js", "static/lib/uplot.js" },
	{ "uplot/dist/uPlot.min.css", "static/lib/uplot.css" },
	{ "uplot/LICENSE", "static/lib/uplot.txt" },
};
#define LIBRARIES	(sizeof(libraries) / sizeof(libraries[0]))

/* DIR/NAME, which is cut if it is too long: then there is no such file. */
static const char *
join(char out[PATH_MAX], const char *dir, const char *name)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		*out = '\0';
	return out;
}

/* Append the file at PATH.  Returns 0, or -1 with errno set. */
static int
read_file(const char *path, struct base_buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	char *to;

	if (fd == -1)
		return -1;
	while ((to = base_buf_room(b, 65536)) != NULL &&
	    (n = read(fd, to, 65536)) > 0 && b->len < FILE_MAX)
		b->len += (size_t)n;
	close(fd);
	if (to == NULL)
		errno = ENOMEM;
	else if (n > 0)
		errno = EFBIG;
	if (to == NULL || n != 0)
		return -1;
	base_buf_add(b, "", 0);
	b->data[b->len] = '\0';
	return 0;
}

/* Where this program is, without the last slash.  Returns its length. */
static int
program_dir(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);

	if (n <= 0)
		return -1;
	dir[n] = '\0';
	*strrchr(dir, '/') = '\0';
	return (int)strlen(dir);
}

/* Is there FROM/REST with our texts?  Then it is where our files are. */
static int
is_place(struct site_share *sh, const char *from, const char *rest,
    const char *npm)
{
	char path[PATH_MAX];

	join(sh->dir, from, rest);
	join(sh->libraries, from, npm);
	return access(join(path, sh->dir, "en.txt"), R_OK) == 0;
}

static int
find_place(struct site_share *sh)
{
	char dir[PATH_MAX];

	return program_dir(dir) > 0 &&
	    (is_place(sh, dir, "../share/loc/site",
	    "../share/loc/site/libraries") ||
	    is_place(sh, dir, "../lib/site/web", "web/node_modules") ||
	    is_place(sh, dir, "../../lib/site/web", "../web/node_modules"));
}

int
site_share_read(const struct site_share *sh, const char *name,
    struct base_buf *b)
{
	char path[PATH_MAX];

	if (sh->override != NULL) {
		if (read_file(join(path, sh->override, name), b) == 0)
			return 0;
		if (errno != ENOENT && errno != ENOTDIR)
			return -1;
		b->len = 0;
	}
	return read_file(join(path, sh->dir, name), b);
}

/* Read the words of the pages in the language of CF.  An exit status. */
static int
open_texts(struct site_share *sh, const struct conf_file *cf)
{
	const char *language = cf->web_language;
	char name[64];
	unsigned line;

	if (strlen(language) != strspn(language,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") ||
	    strlen(language) > 16) {
		conf_file_warn(cf, &cf->web_language, NULL,
		    "expected one as en or pt-BR");
		return EX_CONFIG;
	}
	snprintf(name, sizeof(name), "%s.txt", language);
	if (site_share_read(sh, name, &sh->language) == -1) {
		conf_file_warn(cf, &cf->web_language, NULL, "%s: %s", name,
		    strerror(errno));
		return EX_CONFIG;
	}
	if (site_texts_open(&sh->texts, sh->language.data, sh->language.len,
	    &line) == 0)
		return EX_OK;
	warnx("%s:%u: expected NAME = TEXT", name, line);
	return EX_DATAERR;
}

int
site_share_open(struct site_share *sh, const struct conf_file *cf)
{
	char path[PATH_MAX];
	size_t i;

	*sh = (struct site_share){ .override = cf->web_templates };
	base_buf_init(&sh->language);
	for (i = 0; i < sizeof(sh->text) / sizeof(sh->text[0]); i++)
		base_buf_init(&sh->text[i]);
	if (!find_place(sh)) {
		warnx("the templates are missing: they should be in "
		    "../share/loc/site from here");
		return EX_UNAVAILABLE;
	}
	if (sh->override != NULL && access(join(path, sh->override, "."),
	    R_OK | X_OK) == -1) {
		conf_file_warn(cf, &cf->web_templates, NULL, "%s: %s",
		    sh->override, strerror(errno));
		return EX_CONFIG;
	}
	return open_texts(sh, cf);
}

void
site_share_end(struct site_share *sh)
{
	size_t i;

	for (i = 0; i < sh->n; i++) {
		free(sh->name[i]);
		base_buf_done(&sh->text[i]);
	}
	site_texts_end(&sh->texts);
	base_buf_done(&sh->language);
}

/*
 * Each template is read once and kept, as many pages have the same.  Names are
 * those of files, so nothing else may be in them.
 */
const char *
site_share_template(void *arg, const char *name, size_t *len)
{
	struct site_share *sh = arg;
	char file[128];
	size_t i;

	for (i = 0; i < sh->n && strcmp(sh->name[i], name) != 0; i++)
		;
	if (i == sh->n) {
		if (i == sizeof(sh->text) / sizeof(sh->text[0]) ||
		    strlen(name) != strspn(name,
		    "abcdefghijklmnopqrstuvwxyz0123456789_-"))
			return NULL;
		snprintf(file, sizeof(file), "templates/%s.html", name);
		if (site_share_read(sh, file, &sh->text[i]) == -1 ||
		    (sh->name[i] = strdup(name)) == NULL) {
			warn("%s", file);
			base_buf_done(&sh->text[i]);
			base_buf_init(&sh->text[i]);
			return NULL;
		}
		sh->n++;
	}
	*len = sh->text[i].len;
	return sh->text[i].data;
}

const char *
site_share_text(void *arg, const char *name, size_t *len)
{
	struct site_share *sh = arg;
	const char *s = site_texts_get(&sh->texts, name);

	if (s != NULL)
		*len = strlen(s);
	return s;
}

/* Names of files that are given away: none that is hidden, or a backup. */
static int
is_public(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len < 100 && e->d_name[0] != '.' && e->d_name[len - 1] != '~';
}

/* The files in FROM/static; with LEFT those that LEFT/static has not. */
static int
each_static(struct site_share *sh, const char *from, const char *left,
    int (*each)(void *arg, const char *name, const struct base_buf *b),
    void *arg)
{
	char dir[PATH_MAX], path[PATH_MAX], name[128];
	struct dirent **list;
	struct base_buf b;
	struct stat st;
	int i, n, rc = EX_OK;

	n = scandir(join(dir, from, "static"), &list, is_public, alphasort);
	if (n == -1)
		return errno == ENOENT ? EX_OK : EX_NOINPUT;
	base_buf_init(&b);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "static/%.100s", list[i]->d_name);
		free(list[i]);
		if (rc != EX_OK || stat(join(path, from, name), &st) == -1 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (left != NULL && access(join(path, left, name), F_OK) == 0)
			continue;
		base_buf_reset(&b);
		if (site_share_read(sh, name, &b) == -1) {
			warn("%s", name);
			rc = EX_NOINPUT;
		} else if (each(arg, name, &b) == -1)
			rc = EX_CANTCREAT;
	}
	free(list);
	base_buf_done(&b);
	return rc;
}

int
site_share_each(struct site_share *sh,
    int (*each)(void *arg, const char *name, const struct base_buf *b),
    void *arg)
{
	int rc = each_static(sh, sh->dir, NULL, each, arg);
	char path[PATH_MAX];
	struct base_buf b;
	size_t i;

	if (rc == EX_OK && sh->override != NULL)
		rc = each_static(sh, sh->override, sh->dir, each, arg);
	base_buf_init(&b);
	for (i = 0; rc == EX_OK && i < LIBRARIES; i++) {
		base_buf_reset(&b);
		if (read_file(join(path, sh->libraries, libraries[i].file),
		    &b) == -1) {
			warn("%s", path);
			warnx("a library for browsers is missing: run "
			    "\"scripts/packages web\" where loc is built, and "
			    "then \"make install\"");
			rc = EX_UNAVAILABLE;
		} else if (each(arg, libraries[i].name, &b) == -1)
			rc = EX_CANTCREAT;
	}
	base_buf_done(&b);
	return rc;
}
