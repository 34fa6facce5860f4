/* SPDX-License-Identifier: ISC */
/*
 * Cells and areas as people write them: "lte-234-30-100-1001", the radio and
 * numbers of cell CSV in its order, and an area without the last.
 */
#ifndef RADIO_NAME_H
#define RADIO_NAME_H

#include "radio/cell.h"

#define RADIO_NAME_LEN	64

/* The name of C: that of an area if its cid is unknown. */
void	radio_name_format(char out[RADIO_NAME_LEN],
	    const struct radio_cell *c);

enum radio_name_of {
	RADIO_NAME_NONE,	/* TEXT is no such name */
	RADIO_NAME_AREA,
	RADIO_NAME_CELL
};

/*
 * Read TEXT into C, whose other members become unknown.  Numbers are those
 * that a key can hold, whether or not there is such a network, and only radios
 * that are stored count.
 */
enum radio_name_of radio_name_parse(struct radio_cell *c, const char *text);

#endif
