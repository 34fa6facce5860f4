/* SPDX-License-Identifier: ISC */
/*
 * What is kept of who has said where a station is: how many witnesses agreed
 * with its row, on how many days, and what others say against it meanwhile.
 * loc-trust(7) says what follows from it.
 *
 * A witness is a network of clients on a day, which is told apart from others
 * by a number of 16 bits only (see obs/witness.h); a vote is one of a witness
 * and day.  What contradicts a row is kept beside it as its contest, so that
 * nothing is lost by what a stranger says.
 *
 * The column `trust` holds this as 18 bytes, or 38 with a contest:
 * little-endian, with the members of the structs below in their order, behind
 * a version (1).  Any other bytes count as NULL.  The column `marks` holds up
 * to four numbers of four bytes, which stations have in common that were
 * heard on one pass.
 */
#ifndef STATION_TRUST_H
#define STATION_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "obs/batch.h"
#include "station/row.h"

#define STATION_TRUST_BYTES	STATION_ROW_TRUST
#define STATION_TRUST_MARKS	(STATION_ROW_MARKS / 4)

/* How long a contest is remembered after its last day. */
#define STATION_TRUST_CONTEST_DAYS	180

enum station_trust_flag {
	STATION_TRUST_ADOPTED = 1,	/* of a row that was not ours */
	STATION_TRUST_HIDDEN = 2,	/* contradicted, answers nothing */
	STATION_TRUST_OPTED_OUT = 4	/* answers nothing, not to change */
};

/* What is said against a row.  Numbers of votes stay at 255. */
struct station_trust_contest {
	double		lat, lon;	/* where else; NaN: no place */
	int		here;		/* votes for that */
	int		all;		/* votes against the row */
	int		agree;		/* for the row, meanwhile */
	int		days;		/* with votes against it */
	int64_t		first, last;	/* days since 1970 */
	uint32_t	map;		/* see station_trust_bit(): of LAST */
};

struct station_trust {
	unsigned	flags;		/* of enum station_trust_flag */
	unsigned	founder;	/* tag of the first witness */
	int		votes;		/* that agreed, up to 65535 */
	int		days;		/* with such votes, up to 255 */
	int		moves;		/* how often it has moved */
	int64_t		last;		/* day of the last vote */
	int		pull_dm;	/* how far it was moved that day */
	uint32_t	map;		/* of the tags of that day */
	int64_t		marked;		/* day a full list took a mark */
	int		is_contested;
	struct station_trust_contest contest;
};

/* Who may speak: `mode` of location.ini. */
enum station_trust_mode {
	STATION_TRUST_OPEN,	/* everybody */
	STATION_TRUST_KEYED,	/* ... but against a row only with a key */
	STATION_TRUST_CLOSED	/* nobody without a key of his own */
};

/* The mode called NAME, one of those location.ini may have. */
enum station_trust_mode station_trust_mode_of(const char *name);

/* The votes of a day are told apart by a bit for each. */
static inline uint32_t
station_trust_bit(unsigned tag)
{
	return UINT32_C(1) << tag % 32;
}

/* Read LEN BYTES.  Returns 1, or 0 if they are no state. */
int	station_trust_read(struct station_trust *t, const uint8_t *bytes,
	    size_t len);

/* Write T.  Returns how many bytes that took. */
size_t	station_trust_write(const struct station_trust *t,
	    uint8_t out[STATION_TRUST_BYTES]);

/*
 * Set T to the state of R, which is of KIND.  Returns 1, or 0 if R holds none
 * that is of its place, and T was made up: of a row without any, which another
 * program has written, it is ADOPTED; of one that another program has moved it
 * is not.  A row without position has no votes.
 */
int	station_trust_get(struct station_trust *t,
	    const struct station_row *r, enum obs_kind kind);

/* Store T in R. */
void	station_trust_set(struct station_row *r,
	    const struct station_trust *t);

/* Store FLAGS, and otherwise what is least: one vote, of one day. */
void	station_trust_set_flags(struct station_row *r, unsigned flags);

/* R holds neither state nor marks. */
void	station_trust_clear(struct station_row *r);

/*
 * Set MARK to the marks of R, which is of KIND, the newest first.  Returns how
 * many there are: none of cells, and of a state that is not of its place.  The
 * second is for a MAC whose state is known to be.
 */
size_t	station_trust_marks(uint32_t mark[STATION_TRUST_MARKS],
	    const struct station_row *r, enum obs_kind kind);
size_t	station_trust_read_marks(uint32_t mark[STATION_TRUST_MARKS],
	    const struct station_row *r);

/*
 * How many votes against a row of VOTES it takes to move or hide it, and on
 * how many days at least.
 */
int	station_trust_need(int votes);
int	station_trust_need_days(int votes);

/*
 * 1 if on day TODAY so much is said against the row that it should not vouch
 * for another of which the same is true.
 */
int	station_trust_is_doubtful(const struct station_trust *t,
	    int64_t today);

#endif
