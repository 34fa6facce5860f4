/* SPDX-License-Identifier: ISC */
/*
 * mmdb_make FILE CODE LATITUDE LONGITUDE [flat | networks]: a city database in
 * which all IPv4 addresses are there, in 254 networks or so many; with nested
 * records, or flat ones.
 */
#include <err.h>
#include <stdlib.h>

#include "../unit/mmdb.h"

#define MOST	8000000		/* bytes of records, as 24 bits point there */

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
	size_t *at;
	double lat, lon;
	int flat, i, made = 0, networks = 254;

	if (argc < 5)
		errx(64, "usage: mmdb_make file code latitude longitude");
	flat = argc > 5 && strcmp(argv[5], "flat") == 0;
	if (argc > 5 && !flat)
		networks = (int)strtol(argv[5], NULL, 10);
	if (networks < 1 || (at = calloc((size_t)networks, sizeof(*at))) == NULL)
		errx(64, "%s: number of networks", argv[5]);
	lat = strtod(argv[3], NULL);
	lon = strtod(argv[4], NULL);
	base_buf_init(&b);
	for (i = 0; i < networks; i++)
		if (b.len < MOST) {
			at[made++] = b.len;
			(flat ? put_flat : put_nested)(&b, argv[2], lat, lon);
		} else
			at[i] = at[i - made];
	if (mmdb_write_tree(argv[1], flat ? "city ipv4" : "GeoLite2-City", &b,
	    at, networks, networks < MMDB_NODES ? MMDB_NODES : networks) == -1)
		err(74, "%s", argv[1]);
	base_buf_done(&b);
	free(at);
	return 0;
}
