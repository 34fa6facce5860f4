/* SPDX-License-Identifier: ISC */
/*
 * Rows as records of an index, and back.  A record has what answers need of a
 * row and no more: a row that comes out of one gives the same answers as the
 * row that went in, though its columns may differ.  Pure.
 */
#ifndef INDEX_RECORD_H
#define INDEX_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "index/format.h"
#include "obs/batch.h"
#include "station/row.h"

/* Two letters for each region that records name by its number. */
struct index_record_regions {
	const uint8_t	*code;
	size_t		 n;
};
#define INDEX_RECORD_NO_REGION	255

/*
 * Pack R, a station of KIND with a MAC, into a short record.  Returns 1, or 0
 * if it does not fit and needs a whole record.  TODAY is the day as of which it
 * has to be usable.  If ROUND, a row without a peak of its own is rounded to
 * the precision of peaks: a centimetre, and a tenth of a metre of the spread.
 *
 * Marks stand behind the record: packing returns how many R has; a file has N
 * behind each record, of which zeros are none.
 */
int	index_record_mac_pack(uint8_t out[INDEX_FORMAT_MAC_LEN],
	    const struct station_row *r, enum obs_kind kind, int64_t today,
	    int round);

size_t	index_record_marks_pack(
	    uint8_t out[INDEX_FORMAT_MARKS * INDEX_FORMAT_MARK_LEN],
	    const struct station_row *r, enum obs_kind kind);
void	index_record_marks_unpack(struct station_row *r, const uint8_t *marks,
	    size_t n);

/* A short record that stands for number N of the whole records. */
void	index_record_odd(uint8_t out[INDEX_FORMAT_MAC_LEN], uint32_t n);

/* 1 if REC is such a record, with *N set. */
int	index_record_is_odd(const uint8_t rec[INDEX_FORMAT_MAC_LEN],
	    uint32_t *n);

/* Set R from REC; its key is left alone. */
void	index_record_mac_unpack(struct station_row *r,
	    const uint8_t rec[INDEX_FORMAT_MAC_LEN],
	    const struct index_record_regions *regions);

/* All columns that lookups ask for of a MAC of KIND. */
void	index_record_whole_pack(uint8_t out[INDEX_FORMAT_WHOLE_LEN],
	    const struct station_row *r, enum obs_kind kind);
void	index_record_whole_unpack(struct station_row *r,
	    const uint8_t rec[INDEX_FORMAT_WHOLE_LEN],
	    const struct index_record_regions *regions);

/*
 * A cell, with its key, and places at AT in their section; packing returns how
 * many bytes of r->places have to be there, 0 if none.  Unpacking takes them
 * from LEN bytes of HEAP, and leaves out those that are not within it.
 */
size_t	index_record_cell_pack(uint8_t out[INDEX_FORMAT_CELL_LEN],
	    const struct station_row *r);
void	index_record_cell_places(uint8_t rec[INDEX_FORMAT_CELL_LEN],
	    uint64_t at);
void	index_record_cell_unpack(struct station_row *r,
	    const uint8_t rec[INDEX_FORMAT_CELL_LEN],
	    const struct index_record_regions *regions, const uint8_t *heap,
	    size_t len);

/* An area, and its centre; C is NULL, or its latitude NaN: there is none. */
void	index_record_area_pack(uint8_t out[INDEX_FORMAT_AREA_LEN],
	    const struct station_area *a, const struct station_centre *c);
void	index_record_area_unpack(struct station_area *a,
	    struct station_centre *c, const uint8_t rec[INDEX_FORMAT_AREA_LEN],
	    const struct index_record_regions *regions);

#endif
