/* SPDX-License-Identifier: ISC */
/*
 * Cells: their names, binary keys and what their fields may hold.  A key is
 * big-endian, so memcmp() orders cells by radio, MCC, MNC, LAC and cell id;
 * it begins with the key of the cell's area.
 */
#ifndef RADIO_CELL_H
#define RADIO_CELL_H

#include <stddef.h>
#include <stdint.h>

struct ichnaea_rules;

enum radio_cell_type {
	RADIO_CELL_GSM = 0,
	RADIO_CELL_CDMA = 1,		/* known, never stored */
	RADIO_CELL_WCDMA = 2,
	RADIO_CELL_LTE = 3,
	RADIO_CELL_NR = 4,
	RADIO_CELL_NONE = -1
};

#define RADIO_CELL_TYPES	5	/* gsm, cdma, wcdma, lte, nr */

/* Room for the keys of any radio; what a key leaves over is zero. */
#define RADIO_CELL_KEY_MAX	13
#define RADIO_CELL_AREA_MAX	8

/* A number that is not known. */
#define RADIO_CELL_UNKNOWN	INT32_MIN

/* V in 32 bits, saturating; nothing but the unknown becomes unknown. */
static inline int32_t
radio_cell_narrow(int64_t v)
{
	return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN + 1 :
	    (int32_t)v;
}

#define RADIO_CELL_MNC_MAX	999

struct radio_cell {
	int32_t	type;		/* enum radio_cell_type */
	int32_t	mcc, mnc;
	int32_t	lac;		/* of LTE and NR the TAC */
	int64_t	cid;		/* RADIO_CELL_UNKNOWN: an area */
	int32_t	psc;		/* ... and the rest likewise */
	int32_t	signal_dbm;
	int32_t	asu;
	int32_t	ta;		/* timing advance */
};

/* "gsm", "cdma", "wcdma", "lte" or "nr", of LEN bytes in exact lower case. */
enum radio_cell_type radio_cell_type_parse(const char *name, size_t len);
const char *radio_cell_type_name(enum radio_cell_type type);

/*
 * What clients call a radio, in any case: a name, "umts", and as RULES have
 * it "5g" or one of the names of LTE-M and NB-IoT, whose cells are of LTE.
 */
enum radio_cell_type radio_cell_type_of_word(const char *word, size_t len,
	    const struct ichnaea_rules *rules);

/* 1 if there are tables for cells of TYPE, which may be any number. */
int	radio_cell_is_stored(int type);

/*
 * 1 if CID can be the identity of a cell of NR: it is in the range of these,
 * and not what phones and modems tell when they know none.
 */
int	radio_cell_is_nr_cid(int64_t cid);

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
enum radio_cell_verdict radio_cell_check(struct radio_cell *c, int mcc_valid,
	    const struct ichnaea_rules *rules);

/*
 * The binary keys: radio 1, MCC 2, MNC 2, LAC 2 and cell id 4 bytes; of NR
 * LAC 3 and cell id 5.  How long they are follows from the radio, which is
 * their first byte.
 */
size_t	radio_cell_key_len(int type);
size_t	radio_cell_area_len(int type);
void	radio_cell_key(uint8_t key[RADIO_CELL_KEY_MAX],
	    const struct radio_cell *c);
void	radio_cell_area_key(uint8_t key[RADIO_CELL_AREA_MAX],
	    const struct radio_cell *c);

/* Set the identity from the key of a cell, or of an area: without cid. */
void	radio_cell_from_key(struct radio_cell *c, const uint8_t *key);
void	radio_cell_from_area_key(struct radio_cell *c, const uint8_t *key);

/* 1 if two keys, each of a cell or an area, are of the same area. */
int	radio_cell_same_area(const uint8_t *a, const uint8_t *b);

#endif
