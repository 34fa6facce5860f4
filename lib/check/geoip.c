/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <sysexits.h>

#include "check/geoip.h"
#include "geoip/db.h"

int
check_geoip(const char *path)
{
	struct geoip_db *db;

	if ((db = geoip_db_map(path)) == NULL)
		return EX_NOINPUT;	/* it has warned */
	geoip_db_free(db);
	return EX_OK;
}
