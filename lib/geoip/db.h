/* SPDX-License-Identifier: ISC */
/*
 * Where an internet address is: city databases in MaxMind's format, with
 * the nested records of GeoIP2 and GeoLite2 City or the flat ones of files
 * made from DB-IP's (country_code, latitude, longitude, city, state1).
 */
#ifndef GEOIP_DB_H
#define GEOIP_DB_H

#include <stdint.h>

struct base_addr;
struct geoip_db;
struct geo_ip;

/*
 * Read the file at PATH into memory of our own; whatever happens to it later
 * is no matter.  Returns NULL after a warning if it cannot be read, is found
 * to be broken, or is no city database.
 */
struct geoip_db	*geoip_db_new(const char *path);

/*
 * The same, at once however large the file is, for programs that live for a
 * moment: it is mapped.  When it is written to nothing is found in it any
 * more, and it is stale.
 */
struct geoip_db	*geoip_db_map(const char *path);
int		 geoip_db_stale(const struct geoip_db *db);
void		 geoip_db_free(struct geoip_db *db);

/* When the data was made, in seconds since 1970. */
int64_t	geoip_db_built_s(const struct geoip_db *db);

/*
 * Look up address A, which is known.  Returns 1 with IP filled in, or 0 if
 * nothing is known of it, the record is broken, or the file was mapped and is
 * not what it was.
 */
int	geoip_db_find(const struct geoip_db *db, const struct base_addr *a,
	    struct geo_ip *ip);

#endif
