/* SPDX-License-Identifier: ISC */
/* The file regions.bin, compiled in; lib/geo/region.c knows what it means. */
#ifndef GEO_REGION_DATA_H
#define GEO_REGION_DATA_H

extern const unsigned char geo_region_data[], geo_region_data_end[];

#endif
