/* SPDX-License-Identifier: ISC */
/* Whether a file could be used as a GeoIP file. */
#ifndef CHECK_GEOIP_H
#define CHECK_GEOIP_H

/* Returns EX_OK, or 66 after a warning. */
int	check_geoip(const char *path);

#endif
