/* SPDX-License-Identifier: ISC */
/*
 * loc-geoip - where internet addresses are.
 *
 * Reads one address per line, prints one JSON line for each; a line that is
 * no address is named and costs exit status 65, not the rest.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/buf.h"
#include "check/cli.h"
#include "check/geoip.h"
#include "conf/file.h"
#include "geo/ip.h"
#include "geo/region.h"
#include "geoip/db.h"
#include "io/cli.h"
#include "io/infile.h"
#include "io/sandbox.h"
#include "json/write.h"
#include "locate/query.h"

#define MAX_TEXT	64	/* no address is that long */

static const char synopsis[] =
    "[-hqV] [-c config] [-d file.mmdb] [file ...]\n"
    CHECK_CLI_SYNOPSIS;

/* One line for address TEXT, of which IP is known unless NULL. */
static void
print_place(struct base_buf *b, const char *text, const struct geo_ip *ip)
{
	struct json_write w;
	int region;

	json_write_begin(&w, b);
	json_write_text(&w, "ip", text);
	if (ip != NULL) {
		json_write_text(&w, "region", ip->code);
		region = geo_region_find(ip->code);
		if (region != GEO_REGION_NONE)
			json_write_text(&w, "name", geo_region_name(region));
		json_write_f7(&w, "lat", ip->lat);
		json_write_f7(&w, "lon", ip->lon);
		json_write_i64(&w, "radius_m", (int64_t)rint(ip->radius_m));
		json_write_f7(&w, "score", ip->score);
	}
	json_write_end(&w);
	io_cli_line(b);
}

/*
 * Answer each line of file NAME.  Returns an exit status: 65 if any line was
 * no address, after all others were answered.
 */
static int
answer_addresses(const struct geoip_db *db, const char *name, int quiet,
    struct base_buf *b)
{
	struct io_infile_line line;
	char text[MAX_TEXT];
	struct base_addr addr;
	struct io_infile *f;
	struct geo_ip ip;
	int got, rc = EX_OK;

	if ((f = io_infile_open(name)) == NULL)
		return EX_NOINPUT;
	while ((got = io_infile_next(f, &line)) == 1) {
		if (line.len >= sizeof(text) ||
		    memchr(line.text, '\0', line.len) != NULL) {
			text[0] = '\0';		/* which is no address */
		} else {
			memcpy(text, line.text, line.len);
			text[line.len] = '\0';
		}
		if (!base_addr_parse(&addr, text)) {
			rc = EX_DATAERR;
			if (!quiet)
				warnx("%s:%ju: expected an IP address",
				    io_infile_name(f),
				    (uintmax_t)line.number);
			continue;
		}
		print_place(b, text, geoip_db_find(db, &addr, &ip) ?
		    &ip : NULL);
	}
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : rc;
}

/* The database at PATH, or if NULL the one that file CONF names. */
static struct geoip_db *
open_geoip(const char *path, const char *conf)
{
	struct conf_file cf;
	struct geoip_db *db;

	if (path != NULL)
		return geoip_db_new(path);
	if (conf_file_open(&cf, conf) == -1)
		exit(EX_CONFIG);
	if (conf_file_need(&cf, &cf.geoip_path) == -1)
		exit(EX_CONFIG);
	db = geoip_db_new(cf.geoip_path);
	conf_file_end(&cf);
	return db;
}

/* With -d the file of the settings is not used. */
static int
check_geoip_options(struct check_cli_asked *a)
{
	if (a->arg['d'] == NULL)
		return EX_OK;
	a->needs = 0;
	return check_geoip(a->arg['d']);
}

static const struct check_cli checked = {
	.options = "c:d:q",
	.alone = "d",
	.synopsis = synopsis,
	.needs = CHECK_CLI_GEOIP | CHECK_CLI_WORDS,
	.geoip = check_geoip,
	.given = check_geoip_options
};

/*
 * Each line goes out at once, so that a program at the other end of a pipe
 * can ask and wait. The worst status of all files is ours.
 */
int
main(int argc, char *argv[])
{
	struct geoip_db *db;
	struct io_cli cli;
	struct base_buf b;
	int i, one, rc = EX_OK;

	check_cli(&cli, argc, argv, &checked);
	io_cli_files(&cli);
	if ((db = open_geoip(cli.arg['d'], cli.arg['c'])) == NULL)
		return EX_IOERR;
	io_sandbox_enter(0, NULL);
	base_buf_init(&b);
	setlinebuf(stdout);
	for (i = 0; i < cli.words; i++)
		if ((one = answer_addresses(db, cli.word[i],
		    cli.arg['q'] != NULL, &b)) > rc)
			rc = one;
	base_buf_done(&b);
	geoip_db_free(db);
	io_cli_flush();
	return rc;
}
