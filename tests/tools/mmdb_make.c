/* SPDX-License-Identifier: ISC */
/*
 * mmdb_make FILE CODE LATITUDE LONGITUDE [flat]: a city database in which all
 * IPv4 addresses are there; with nested records, or flat ones.
 */
#include <err.h>
#include <stdlib.h>

#include "../unit/mmdb.h"

static void
put_nested(struct base_buf *b, const char *code, double lat, double lon)
{
	mmdb_map(b, 3);
	mmdb_str(b, "country");
	mmdb_map(b, 1);
	mmdb_str(b, "iso_code");
	mmdb_str(b, code);
	mmdb_str(b, "location");
	mmdb_map(b, 2);
	mmdb_str(b, "latitude");
	mmdb_double(b, lat);
	mmdb_str(b, "longitude");
	mmdb_double(b, lon);
	mmdb_str(b, "city");
	mmdb_map(b, 1);
	mmdb_str(b, "geoname_id");
	mmdb_u32(b, 1);
}

static void
put_flat(struct base_buf *b, const char *code, double lat, double lon)
{
	mmdb_map(b, 4);
	mmdb_str(b, "country_code");
	mmdb_str(b, code);
	mmdb_str(b, "latitude");
	mmdb_float(b, (float)lat);
	mmdb_str(b, "longitude");
	mmdb_float(b, (float)lon);
	mmdb_str(b, "city");
	mmdb_str(b, "Somewhere");
}

int
main(int argc, char *argv[])
{
	struct base_buf b;
	size_t at[254] = { 0 };
	int flat;

	if (argc < 5)
		errx(64, "usage: mmdb_make file code latitude longitude");
	flat = argc > 5 && strcmp(argv[5], "flat") == 0;
	base_buf_init(&b);
	(flat ? put_flat : put_nested)(&b, argv[2], strtod(argv[3], NULL),
	    strtod(argv[4], NULL));
	if (mmdb_write(argv[1], flat ? "city ipv4" : "GeoLite2-City", &b, at,
	    254) == -1)
		err(74, "%s", argv[1]);
	base_buf_done(&b);
	return 0;
}
