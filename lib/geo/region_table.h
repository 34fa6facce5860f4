/* SPDX-License-Identifier: ISC */
/* The regions' names and numbers; everybody else asks geo/region.h. */
#ifndef GEO_REGION_TABLE_H
#define GEO_REGION_TABLE_H

#include <stdint.h>

#define GEO_REGION_TABLE_ROWS	247

struct geo_region_row {
	char		 code[3];
	const char	*name;		/* UTF-8 */
	int		 radius_km;
	int		 nmcc;
	int16_t		 mcc[7];	/* ascending */
};

extern const struct geo_region_row
    geo_region_table[GEO_REGION_TABLE_ROWS];

#endif
