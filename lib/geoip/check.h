/* SPDX-License-Identifier: ISC */
/* Whether a database is sound, as far as samples of it tell. */
#ifndef GEOIP_CHECK_H
#define GEOIP_CHECK_H

#include <maxminddb.h>

/* Returns 0, or the library's error. */
int	geoip_check(const MMDB_s *mmdb);

#endif
