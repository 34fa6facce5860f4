/* SPDX-License-Identifier: ISC */
/*
 * Cells: their names, binary keys and what their fields may hold.  A key is
 * big-endian, so memcmp() orders cells by radio, MCC, MNC, LAC and cell id;
 * its first 7 bytes are the key of the cell's area.
 */
#ifndef RADIO_CELL_H
#define RADIO_CELL_H

#include <stddef.h>
#include <stdint.h>

enum radio_cell_type {
	RADIO_CELL_GSM = 0,
	RADIO_CELL_CDMA = 1,		/* known, never stored */
	RADIO_CELL_WCDMA = 2,
	RADIO_CELL_LTE = 3,
	RADIO_CELL_NONE = -1
};

#define RADIO_CELL_TYPES	4	/* gsm, cdma, wcdma, lte */
#define RADIO_CELL_KEY_LEN	11
#define RADIO_CELL_AREA_LEN	7

/* A number that is not known. */
#define RADIO_CELL_UNKNOWN	INT32_MIN

#define RADIO_CELL_MNC_MAX	999
#define RADIO_CELL_LAC_MAX	65533	/* 0, 65534, 65535 are reserved */
#define RADIO_CELL_CID_MAX	268435455
#define RADIO_CELL_GSM_CID_MAX	65535	/* above: a 3G cell misnamed */

struct radio_cell {
	int32_t	type;		/* enum radio_cell_type */
	int32_t	mcc, mnc, lac;
	int32_t	cid;		/* RADIO_CELL_UNKNOWN: an area */
	int32_t	psc;		/* ... and the rest likewise */
	int32_t	signal_dbm;
	int32_t	asu;
	int32_t	ta;		/* timing advance */
};

/* "gsm", "cdma", "wcdma" or "lte", of LEN bytes in exact lower case. */
enum radio_cell_type radio_cell_type_parse(const char *name, size_t len);
const char *radio_cell_type_name(enum radio_cell_type type);

enum radio_cell_verdict {
	RADIO_CELL_BAD,		/* nothing can be said about it */
	RADIO_CELL_AREA,	/* only its area is known */
	RADIO_CELL_OK
};

/*
 * Check C and set right what can be: swapped ASU and signal, GSM cells with
 * 3G ids, fields out of range (unknown), signal from ASU.  Every field may
 * hold any number before.  The MCC must be of RADIO's list of geo/region.h,
 * which the caller checks through MCC_VALID (1 or 0).
 */
enum radio_cell_verdict radio_cell_check(struct radio_cell *c, int mcc_valid);

/* The binary keys of spec: 7 bytes of an area, 11 of a cell. */
void	radio_cell_area_key(uint8_t key[RADIO_CELL_AREA_LEN],
	    const struct radio_cell *c);
void	radio_cell_key(uint8_t key[RADIO_CELL_KEY_LEN],
	    const struct radio_cell *c);

/* Set the identity (radio to lac, and cid if LEN is of a cell) from a key. */
void	radio_cell_from_key(struct radio_cell *c, const uint8_t *key,
	    size_t len);

#endif
