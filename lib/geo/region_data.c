/* SPDX-License-Identifier: ISC */
/*
 * The Makefile remakes this object when regions.bin changes.
 *
 * The file is put into the program as it is: a C source of its numbers would
 * take compilers long, and a file beside the program could be missing or of
 * another version.  It lies in read-only memory, which all processes share.
 */
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
