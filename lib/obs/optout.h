/* SPDX-License-Identifier: ISC */
/*
 * Networks whose owners have named them so that they shall not be known.
 * Only their addresses travel on: as the member optOutName of a report line,
 *
 *	{"wifi": ["0123456789ab", ...], "blue": [...]}
 *
 * The member optOut of the same form is an order that nobody has heard as a
 * name, and counts only if it is from whom the operator trusts.
 *
 * One witness who says so may be wrong or a liar, so the worker counts them in
 * a table (loc_optout).  When there are enough the station's row is blocked
 * until 9999-12-31, and after some days it is a tombstone: no position, no
 * region.  A block in the future holds, so every reader of rows passes over
 * it, and none needs to know of opt-outs.
 */
#ifndef OBS_OPTOUT_H
#define OBS_OPTOUT_H

#include <stddef.h>
#include <stdint.h>

#include "radio/mac.h"

struct base_arena;
struct base_buf;
struct json_doc;

struct obs_optout {
	uint32_t	n;		/* submissions that say so */
	uint16_t	witness;	/* of a batch */
	uint16_t	from;		/* the first of those submissions */
	uint8_t		named;		/* its name was heard */
	uint8_t		kind;		/* OBS_BLUE or OBS_WIFI */
	uint8_t		mac[RADIO_MAC_LEN];
};

#define OBS_OPTOUT_MAX	256	/* of a report; more are left out */

/* Those of a report. */
struct obs_optout_list {
	struct obs_optout	at[OBS_OPTOUT_MAX];
	size_t			n;
};

/*
 * Add the network of KIND with the address MAC of LEN bytes, if it is one;
 * NAMED if its name was heard.
 */
void	obs_optout_add(struct obs_optout_list *l, uint8_t kind, int named,
	    const char *mac, size_t len);

/*
 * Add what V names, the value of a member optOutName if NAMED, else optOut;
 * what is no list of addresses is left out.  Returns 0, or -1 when memory is
 * short.
 */
int	obs_optout_read(struct obs_optout_list *l, const struct json_doc *d,
	    int v, int named, struct base_arena *a);

/* How many of L are NAMED, or not; and append them as such a member's value. */
size_t	obs_optout_count(const struct obs_optout_list *l, int named);
void	obs_optout_write(struct base_buf *b, const struct obs_optout_list *l,
	    int named);

/* Those of many submissions; zeros are none.  The owner frees AT. */
struct obs_optout_sum {
	struct obs_optout	*at;
	size_t			 n, cap;
	size_t			 first;	/* of the submission being added */
};

/*
 * Add those of a report of WITNESS, which came in submission FROM of a batch.
 * Returns 0, or -1 when memory is short.
 */
int	obs_optout_append(struct obs_optout_sum *s,
	    const struct obs_optout_list *l, uint16_t witness, uint16_t from);

/*
 * The next report is of another submission.  A submission speaks for a
 * network once, in however many reports.
 */
void	obs_optout_begin(struct obs_optout_sum *s);

/*
 * All are there: sort and add them up, as obs_optout_merge() does; those of one
 * network are side by side.
 */
void	obs_optout_sort(struct obs_optout_sum *s);

/*
 * Sort N of them by table and key, as observations are, and add up those of
 * one network, witness and form.  Returns how many are left.
 */
size_t	obs_optout_merge(struct obs_optout *o, size_t n);

#endif
