/* SPDX-License-Identifier: ISC */
/* What a record of a database says, and how far that can be trusted. */
#ifndef GEOIP_RECORD_H
#define GEOIP_RECORD_H

#include <maxminddb.h>

struct geo_ip;

/* Returns 1 with IP filled in, or 0 if the record is of no use or broken. */
int	geoip_record_read(MMDB_entry_s *e, struct geo_ip *ip);

#endif
