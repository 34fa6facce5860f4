/* SPDX-License-Identifier: ISC */
/* A row of cell CSV becomes, or renews, a station. */
#ifndef STATION_IMPORT_H
#define STATION_IMPORT_H

#include "radio/csv.h"
#include "station/row.h"

enum station_import_outcome {
	STATION_IMPORT_UNCHANGED,
	STATION_IMPORT_INSERTED,
	STATION_IMPORT_UPDATED
};

/*
 * 1 if CSV is newer than a stored row that was MODIFIED then (seconds, or
 * STATION_ROW_NULL).
 */
int	station_import_is_newer(int64_t modified,
	    const struct radio_csv_row *csv);

/*
 * Merge CSV into R, which holds the stored row when EXISTS and anything
 * otherwise.  A stored row only changes when the file's is newer; its box
 * then widens to the new point, and its region, weight and blocks stay.
 * SOURCE says what kind of reports the position is from: enum
 * station_row_source, or STATION_ROW_NULL, which leaves it as it is.
 */
enum station_import_outcome station_import_merge(struct station_row *r,
	    int exists, const struct radio_csv_row *csv, int64_t source);

#endif
