/* SPDX-License-Identifier: ISC */
/*
 * Where an internet address is: city databases in MaxMind's format, with
 * the nested records of GeoIP2 and GeoLite2 City or the flat ones of files
 * made from DB-IP's (country_code, latitude, longitude, city, state1).
 */
#ifndef GEOIP_DB_H
#define GEOIP_DB_H

#include <stdint.h>

struct geoip_db;
struct geo_ip;
struct sockaddr;
struct sockaddr_storage;

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
 * Read an IPv4 dotted quad (no leading zeros) or an IPv6 address; IPv4 in
 * IPv6 (::ffff:a.b.c.d) becomes IPv4.  Returns 1, or 0 for anything else.
 */
int	geoip_db_parse(struct sockaddr_storage *ss, const char *text);

/*
 * Look up address SA.  Returns 1 with IP filled in, or 0 if nothing is known,
 * the record is broken, or the file was mapped and is not what it was.
 */
int	geoip_db_find(const struct geoip_db *db, const struct sockaddr *sa,
	    struct geo_ip *ip);

#endif
