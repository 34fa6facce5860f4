/* SPDX-License-Identifier: ISC */
/* Rows of the station and area tables, as the database holds them. */
#ifndef STATION_ROW_H
#define STATION_ROW_H

#include <stdint.h>

#include "radio/cell.h"

/* NULL: NaN in doubles, "" in region, this in integers. */
#define STATION_ROW_NULL	INT64_MIN

/* Bytes of the places of a cell, of trust, and of marks. */
#define STATION_ROW_PLACES	118
#define STATION_ROW_TRUST	38
#define STATION_ROW_MARKS	16

enum station_row_source {
	STATION_ROW_GNSS = 3,
	STATION_ROW_QUERY = 9
};

/* A wifi access point, Bluetooth beacon or cell. */
struct station_row {
	uint8_t	key[RADIO_CELL_KEY_MAX]; /* a MAC, or of a cell */
	char	region[3];
	double	lat, lon;		/* degrees */
	double	max_lat, min_lat, max_lon, min_lon;
	double	weight;
	int64_t	radius;			/* m */
	int64_t	samples;
	int64_t	source;			/* enum station_row_source, 0, 6 */
	int64_t	created, modified;	/* s since 1970 */
	int64_t	last_seen, block_first, block_last; /* days since 1970 */
	int64_t	block_count;
	int64_t	psc;			/* cells only */
	/* Of MACs, all NULL or none: see station/peak.h. */
	int64_t	peak_lat, peak_lon;	/* 10^-7 degrees */
	double	peak_weight;
	int64_t	spread;			/* 0.1 m */
	/* Bytes begin with how many there are; none: NULL. */
	struct {
		uint8_t	len;
		uint8_t	byte[STATION_ROW_PLACES];
	}	places;			/* of cells, see station/places.h */
	struct {
		uint8_t	len;
		uint8_t	byte[STATION_ROW_TRUST];
	}	trust;			/* see station/trust.h */
	struct {
		uint8_t	len;
		uint8_t	byte[STATION_ROW_MARKS];
	}	marks;			/* of MACs, see station/trust.h */
};

/* A cell area. */
struct station_area {
	uint8_t	key[RADIO_CELL_AREA_MAX];
	char	region[3];
	double	lat, lon;
	int64_t	radius, avg_cell_radius; /* m */
	int64_t	num_cells;
	int64_t	created, modified;	/* s since 1970 */
	int64_t	last_seen;		/* days since 1970 */
};

/* Where most cells of an area are, see station/centre.h. */
struct station_centre {
	uint8_t	key[RADIO_CELL_AREA_MAX];
	double	lat, lon;		/* degrees */
	int64_t	spread;			/* m */
};

/* All columns NULL, the key zero. */
void	station_row_init(struct station_row *r);
void	station_row_area_init(struct station_area *a);
void	station_row_centre_init(struct station_centre *c);

#endif
