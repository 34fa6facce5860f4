/* SPDX-License-Identifier: ISC */
/*
 * What new observations make of a station: the state machine of wifi access
 * points, Bluetooth beacons and cells.
 */
#ifndef STATION_UPDATE_H
#define STATION_UPDATE_H

#include <stddef.h>
#include <stdint.h>

struct obs_obs;
struct station_row;

enum station_update_outcome {
	STATION_UPDATE_NONE,		/* nothing to write */
	STATION_UPDATE_NEW,		/* first heard of */
	STATION_UPDATE_NEW_BLOCK,	/* ... at several places at once */
	STATION_UPDATE_CHANGE,		/* merged into the row */
	STATION_UPDATE_REPLACE,		/* nothing of the old place is left */
	STATION_UPDATE_CONFIRM,		/* only last_seen has changed */
	STATION_UPDATE_BLOCK,		/* moved: position withdrawn */
	STATION_UPDATE_FORGET,		/* the same, for ever */
	/* Of station/believe.c: */
	STATION_UPDATE_DOUBT,		/* it is noted against the row */
	STATION_UPDATE_MOVE,		/* somewhere else, by many who say so */
	STATION_UPDATE_HIDE,		/* not to answer, for as many */
	STATION_UPDATE_RETURN		/* where it was, after all */
};

/*
 * Apply N > 0 observations of one station in order of arrival, made known at
 * second NOW.  If EXISTS, ROW is its row, else a row to be filled in.  Sets
 * ROW to what the table shall hold, unless the outcome is NONE.
 */
enum station_update_outcome station_update(struct station_row *row,
	    int exists, const struct obs_obs *obs, size_t n, int64_t now);

/*
 * Make ROW that of a station to be forgotten, from second NOW on: it has no
 * place, and is blocked until the last day there is.  If it EXISTS not yet
 * its key becomes KEY, as long as in a row.  Returns FORGET, or NONE if it was
 * so before.
 */
enum station_update_outcome station_update_forget(struct station_row *row,
	    int exists, const uint8_t *key, int64_t now);

/* What the updates of one kind of station add up to. */
struct station_update_counts {
	uint64_t	obs;		/* observations, also unused ones */
	uint64_t	confirm;	/* stations found where they were */
	uint64_t	created;
	uint64_t	blocked;
};

/* Add the OUTCOME of N observations. */
void	station_update_count(struct station_update_counts *c,
	    enum station_update_outcome outcome, size_t n);

/* 1 if a cell with this outcome changes its area. */
int	station_update_moves_area(enum station_update_outcome outcome);

#endif
