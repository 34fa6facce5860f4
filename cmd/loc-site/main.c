/* SPDX-License-Identifier: ISC */
/*
 * loc-site - write the website.
 *
 * It reads templates, the totals in the database, the list of exports and what
 * the map and the monitor left, and writes a directory of files, which appears
 * whole.  Whatever fails, the old directory stays.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"
#include "store/db.h"
#include "store/key.h"

#include "site.h"

#define SYNOPSIS	"[-hV] [-c config] [-s status] directory\n" \
			CHECK_CLI_SYNOPSIS

/*
 * The path of [web] url, with a slash at both ends: links on pages begin with
 * it.
 */
static char *
find_root(const struct conf_file *cf)
{
	const char *path = cf->web_url == NULL ? NULL :
	    strchr(strstr(cf->web_url, "://") + 3, '/');
	char *root;
	size_t len;

	path = path == NULL ? "/" : path;
	len = strlen(path);
	while (len > 0 && path[len - 1] == '/')
		len--;
	return asprintf(&root, "%.*s/", (int)len, path) == -1 ? NULL : root;
}

/* A key is shown within commands for a shell, so that it has to be one. */
static int
is_key_good(const struct conf_file *cf)
{
	if (cf->web_key == NULL || store_key_check(cf->web_key))
		return 1;
	conf_file_warn(cf, &cf->web_key, NULL, "expected " STORE_KEY_SYNTAX);
	return 0;
}

/*
 * An address that others begin with, and that everybody reads, has no question
 * and no password.  URL is a member of CF.
 */
static int
is_address_good(const struct conf_file *cf, char *const *url)
{
	const char *host;

	if (*url == NULL)
		return 1;
	host = strstr(*url, "://") + 3;
	if (strpbrk(*url, "?#") == NULL &&
	    memchr(host, '@', strcspn(host, "/")) == NULL)
		return 1;
	conf_file_warn(cf, url, NULL, "expected https://HOST:PORT/PATH");
	return 0;
}

/* The tiles of another base map differ by place and zoom. */
static int
is_basemap_good(const struct conf_file *cf)
{
	const char *map = cf->web_basemap;

	if (map == NULL || (strstr(map, "{z}") != NULL &&
	    strstr(map, "{x}") != NULL && (strstr(map, "{y}") != NULL ||
	    strstr(map, "{-y}") != NULL)))
		return 1;
	conf_file_warn(cf, &cf->web_basemap, NULL,
	    "expected an address with {z}, {x} and {y}");
	return 0;
}

/* Can pages be made of what the settings say? */
static int
are_values_good(const struct conf_file *cf)
{
	return is_key_good(cf) && is_address_good(cf, &cf->web_url) &&
	    is_address_good(cf, &cf->assets_url) && is_basemap_good(cf);
}

/* All values, and the files that are made of them alone. */
static int
gather(struct site *s, struct store_db *db)
{
	int rc;

	json_write_begin(&s->w, &s->values);
	if ((rc = site_facts(s)) == EX_OK &&
	    (rc = site_totals(s, db)) == EX_OK &&
	    (rc = site_downloads(s)) == EX_OK)
		rc = site_status(s);
	json_write_end(&s->w);
	if (rc == EX_OK && io_signals_stop)
		rc = EX_TEMPFAIL;
	if (rc == EX_OK && !base_buf_ok(&s->values)) {
		warnx("out of memory");
		rc = EX_OSERR;
	}
	return rc;
}

/* The result, as a line of JSON; for who reads what jobs left. */
static void
print_result(const struct site *s)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "files", s->out.files);
	json_write_i64(&w, "changed", s->out.changed);
	json_write_i64(&w, "bytes", s->out.bytes);
	json_write_end(&w);
	io_cli_line(&b);
	io_cli_flush();
	base_buf_done(&b);
}

static int
write_site(struct site *s, const char *dir)
{
	struct store_db *db;
	int end, rc;

	if ((db = store_db_open("ro_url", s->cf.ro_url, STORE_DB_STALE,
	    &rc)) == NULL)
		return rc;
	if (store_db_now(db, &s->now_s) == -1) {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		rc = store_db_status(db);
	} else if ((rc = site_out_begin(&s->out, dir)) == EX_OK) {
		if ((rc = gather(s, db)) == EX_OK)
			rc = site_pages(s);
		if (rc == EX_OK)
			rc = site_icons(s);
		end = site_out_end(&s->out, rc == EX_OK);
		rc = rc == EX_OK ? end : rc;
	}
	store_db_free(db);
	return rc;
}

static int
check_settings(const struct conf_file *cf)
{
	struct site_share share;
	int rc;

	if (!are_values_good(cf))
		return -1;
	rc = site_share_open(&share, cf);
	site_share_end(&share);
	return rc == EX_OK ? 0 : -1;
}

static int
check_site_options(struct check_cli_asked *a)
{
	int rc = check_path_input(a->arg['s']);

	if (*a->word == NULL)
		return rc;
	if (a->word[1] != NULL)
		io_cli_usage(SYNOPSIS, 0);
	return rc != EX_OK ? rc : check_path_directory(*a->word);
}

static const struct check_cli checked = {
	.options = "c:s:",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RO | CHECK_CLI_WORDS,
	.database = check_database,
	.settings = check_settings,
	.given = check_site_options
};

/*
 * Signals are held until they are caught: from then on the site is given up at
 * the next step, and what was there before stays.
 */
int
main(int argc, char *argv[])
{
	struct site s = { .status = NULL };
	struct io_cli cli;
	char *root = NULL;
	int rc;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	s.status = cli.arg['s'];
	if (cli.words != 1 || *cli.word[0] == '\0')
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&s.cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	io_signals_until_stop(0);
	base_buf_init(&s.values);
	rc = EX_CONFIG;
	if (conf_file_need(&s.cf, &s.cf.ro_url) == 0 &&
	    are_values_good(&s.cf) &&
	    (rc = site_share_open(&s.share, &s.cf)) == EX_OK) {
		rc = EX_OSERR;
		if ((s.root = root = find_root(&s.cf)) != NULL)
			rc = write_site(&s, cli.word[0]);
	}
	if (rc == EX_OK)
		print_result(&s);
	free(root);
	site_share_end(&s.share);
	base_buf_done(&s.values);
	conf_file_end(&s.cf);
	return rc;
}
