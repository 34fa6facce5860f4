/* SPDX-License-Identifier: ISC */
#include <math.h>

#include "station/row.h"
#include "tap.h"

int
main(void)
{
	struct station_row r;
	struct station_area a;

	memset(&r, 0x5a, sizeof(r));
	station_row_init(&r);
	ok(isnan(r.lat) && isnan(r.lon) && isnan(r.weight) &&
	    isnan(r.max_lat) && isnan(r.min_lat) && isnan(r.max_lon) &&
	    isnan(r.min_lon), "no places");
	ok(r.radius == STATION_ROW_NULL && r.samples == STATION_ROW_NULL &&
	    r.source == STATION_ROW_NULL && r.created == STATION_ROW_NULL &&
	    r.modified == STATION_ROW_NULL &&
	    r.last_seen == STATION_ROW_NULL &&
	    r.block_first == STATION_ROW_NULL &&
	    r.block_last == STATION_ROW_NULL &&
	    r.block_count == STATION_ROW_NULL && r.psc == STATION_ROW_NULL,
	    "no numbers");
	ok(r.region[0] == '\0' && r.key[0] == 0, "no texts, no key");
	memset(&a, 0x5a, sizeof(a));
	station_row_area_init(&a);
	ok(isnan(a.lat) && isnan(a.lon) && a.radius == STATION_ROW_NULL &&
	    a.avg_cell_radius == STATION_ROW_NULL &&
	    a.num_cells == STATION_ROW_NULL &&
	    a.created == STATION_ROW_NULL && a.last_seen == STATION_ROW_NULL &&
	    a.region[0] == '\0', "nor of an area");
	return tap_done();
}
