/* SPDX-License-Identifier: ISC */
/*
 * What a testimony makes of a station, where not everybody is believed: the
 * default mode, beside station/update.c, which believes all.  A testimony is
 * what one witness says of one station on one day, in one batch.
 *
 * Whoever agrees with a row adds a vote, once a day, and moves it a little.
 * Whoever disagrees is kept aside as its contest; when there are more of these
 * than the row can answer for the station moves, or is hidden.  Nothing that a
 * stranger says takes a position away.
 */
#ifndef STATION_BELIEVE_H
#define STATION_BELIEVE_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "obs/witness.h"
#include "station/trust.h"
#include "station/update.h"

struct station_row;

/* The same for all of a batch. */
struct station_believe_rules {
	enum station_trust_mode	mode;
	int64_t		contradictions_day;	/* of a witness, at most */
	int64_t		new_day;	/* new stations of a witness */
	int64_t		now;		/* second of the batch */
};

/*
 * What a witness has done on a day, which bounds what else it may do.  The
 * caller brings what was stored of earlier batches; testimonies add to it.
 */
struct station_believe_account {
	int64_t		agree;	/* with stations of three earlier votes */
	int64_t		contra;	/* contradictions that counted */
	int64_t		born;	/* new stations */
	int64_t		optout;	/* votes to have networks forgotten */
};

struct station_believe_testimony {
	const struct obs_obs	*obs;	/* N > 0, all reports or all queries */
	size_t			 n;
	int64_t			 day;	/* of its acceptance, since 1970 */
	unsigned		 tag;
	enum obs_witness_class	 class;
	uint32_t		 mark;	/* of a question, for OBS_WITNESS_ASKED
					 * only; or 0 */
};

/* What came of it besides the outcome. */
struct station_believe_told {
	int		vote;		/* it was one more vote */
	int		refused;	/* a contradiction without credit */
	int		capped;		/* its pull on the row was bounded */
	int		born_over;	/* a new station beyond NEW_DAY */
	int64_t		first, last;	/* of MOVE, HIDE: days of the contest */
};

/* 1 if a witness of CLASS is believed at once, as the operator is. */
int	station_believe_is_trusted(enum obs_witness_class class,
	    enum station_trust_mode mode);

/*
 * How many more networks the witness with account A may name today as ones that
 * want to be forgotten; none if it is not above 0.
 */
int64_t	station_believe_optouts(const struct station_believe_account *a);

/*
 * Apply testimony W to ROW, the row of its station if that EXISTS, else one to
 * be filled in.  Sets ROW to what the table shall hold, unless the outcome is
 * NONE, and *TOLD.  What W does is added to ACCOUNT.
 */
enum station_update_outcome station_believe(struct station_row *row,
	    int exists, const struct station_believe_testimony *w,
	    const struct station_believe_rules *rules,
	    struct station_believe_account *account,
	    struct station_believe_told *told);

/*
 * Make ROW, of KIND, that of a station whose owner wants it not to be known,
 * from second NOW on.  If it has a place it keeps that, unused and unchanged,
 * so that it can be brought back; else it is forgotten as by
 * station_update_forget().  Returns FORGET, or NONE if it was so before.
 */
enum station_update_outcome station_believe_opt_out(struct station_row *row,
	    int exists, const uint8_t *key, enum obs_kind kind, int64_t now);

/*
 * The marks that N observations of an accepted testimony of DAY leave on ROW,
 * after all that the batch says of it.  MARK_OF sets the mark of an
 * observation, or returns 0 if it has none.  Returns 1 if ROW has changed.
 */
int	station_believe_marks(struct station_row *row,
	    const struct obs_obs *obs, size_t n, int64_t day,
	    int (*mark_of)(void *arg, const struct obs_obs *o,
	    uint32_t *mark), void *arg);

#endif
