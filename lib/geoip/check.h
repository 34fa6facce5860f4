/* SPDX-License-Identifier: ISC */
/* Whether a database is sound, as far as samples of it tell. */
#ifndef GEOIP_CHECK_H
#define GEOIP_CHECK_H

#include <maxminddb.h>

/*
 * Has file FD room for what its metadata say?  The library may not be given
 * it before this was asked.  Returns 0, or an error of the library's.
 */
int	geoip_check_size(int fd);

/* Try nodes all over it.  Returns 0, or the library's error. */
int	geoip_check(const MMDB_s *mmdb);

#endif
