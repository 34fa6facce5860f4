/* SPDX-License-Identifier: ISC */
/* The Makefile remakes this object when regions.bin changes. */
#include "geo/region_data.h"

__asm__(".section .rodata\n"
    "\t.balign 8\n"
    "\t.global geo_region_data, geo_region_data_end\n"
    "\t.hidden geo_region_data, geo_region_data_end\n"
    "geo_region_data:\n"
    "\t.incbin \"lib/geo/regions.bin\"\n"
    "geo_region_data_end:\n"
    "\t.byte 0\n"
    "\t.previous\n");
