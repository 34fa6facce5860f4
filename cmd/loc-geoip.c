/* SPDX-License-Identifier: ISC */
/*
 * loc-geoip - where internet addresses are.
 *
 * Reads one address per line, prints one JSON line for each; a line that is
 * no address is named and costs exit status 65, not the rest.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/file.h"
#include "geo/ip.h"
#include "geo/region.h"
#include "geoip/db.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/write.h"
#include "locate/query.h"

#define MAX_TEXT	64	/* no address is that long */

static const char synopsis[] =
    "[-hqV] [-c config] [-d file.mmdb] [file ...]";

/* One line for address TEXT, of which IP is known unless NULL. */
static void
put(struct base_buf *b, const char *text, const struct geo_ip *ip)
{
	int region;

	base_buf_reset(b);
	base_buf_str(b, "{\"ip\":");
	json_write_cstr(b, text);
	if (ip != NULL) {
		base_buf_fmt(b, ",\"region\":\"%s\"", ip->code);
		if ((region = geo_region_find(ip->code)) != GEO_REGION_NONE) {
			base_buf_str(b, ",\"name\":");
			json_write_cstr(b, geo_region_name(region));
		}
		base_buf_str(b, ",\"lat\":");
		base_buf_f7(b, ip->lat);
		base_buf_str(b, ",\"lon\":");
		base_buf_f7(b, ip->lon);
		base_buf_fmt(b, ",\"radius_m\":%.0f,\"score\":", ip->radius_m);
		base_buf_f7(b, ip->score);
	}
	base_buf_str(b, "}\n");
	if (!base_buf_ok(b))
		errx(EX_OSERR, "out of memory");
	io_cli_put(b->data, b->len);
}

/* Answer each line of file NAME.  Returns an exit status. */
static int
run(const struct geoip_db *db, const char *name, int quiet,
    struct base_buf *b)
{
	struct io_infile_line line;
	struct sockaddr_storage ss;
	char text[MAX_TEXT];
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
		if (!geoip_db_parse(&ss, text)) {
			rc = EX_DATAERR;
			if (!quiet)
				warnx("%s:%ju: expected an IP address",
				    io_infile_name(f),
				    (uintmax_t)line.number);
			continue;
		}
		put(b, text, geoip_db_find(db, (struct sockaddr *)&ss, &ip) ?
		    &ip : NULL);
	}
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : rc;
}

/* The database at PATH, or if NULL the one that file CONF names. */
static struct geoip_db *
open_db(const char *path, const char *conf)
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

int
main(int argc, char *argv[])
{
	const char *conf = NULL, *path = NULL;
	struct geoip_db *db;
	struct base_buf b;
	int ch, one, quiet = 0, rc = EX_OK;

	while ((ch = io_cli_next(argc, argv, "c:d:q", synopsis)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'd':
			path = optarg;
			break;
		case 'q':
			quiet = 1;
			break;
		}
	if ((db = open_db(path, conf)) == NULL)
		return EX_IOERR;
	base_buf_init(&b);
	setlinebuf(stdout);
	if (optind == argc)
		rc = run(db, "-", quiet, &b);
	for (; optind < argc; optind++)
		if ((one = run(db, argv[optind], quiet, &b)) > rc)
			rc = one;
	base_buf_done(&b);
	geoip_db_free(db);
	io_cli_flush();
	return rc;
}
