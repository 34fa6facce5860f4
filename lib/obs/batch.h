/* SPDX-License-Identifier: ISC */
/*
 * Observations: what one report says of one network, ready to be merged
 * into the station it belongs to.  A batch collects the observations of many
 * reports.
 */
#ifndef OBS_BATCH_H
#define OBS_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "obs/optout.h"
#include "obs/witness.h"
#include "radio/cell.h"

enum obs_kind {
	OBS_BLUE,
	OBS_WIFI,
	OBS_CELL,
	OBS_KINDS
};

/* "blue", "wifi", "cell" */
const char *obs_batch_kind_name(enum obs_kind kind);

#define OBS_NO_SIGNAL	INT16_MIN

struct obs_obs {
	double	lat, lon;		/* where it was heard, degrees */
	double	weight;			/* > 0, see obs/weight.h */
	float	peak_weight;		/* the same, where it is loudest */
	uint32_t seq;			/* order of arrival in the batch */
	uint16_t group;			/* see obs_batch_sort() */
	uint16_t from;			/* its submission, see obs_batch */
	int16_t	psc;			/* cells; -1 unknown */
	int16_t	signal_dbm;		/* cells; OBS_NO_SIGNAL unknown */
	uint8_t	kind;			/* enum obs_kind */
	uint8_t	is_query;		/* from a query, not a position */
	uint8_t	key[RADIO_CELL_KEY_MAX]; /* a MAC, or of a cell */
};

/* Why reports, or networks of them, were of no use. */
enum obs_why {
	/* Reports: nothing of them is. */
	OBS_WHY_NO_POSITION,		/* missing, or no numbers */
	OBS_WHY_OUT_OF_RANGE,		/* there is no such place */
	OBS_WHY_NO_REGION,		/* nobody lives near it */
	OBS_WHY_NO_NETWORKS,		/* all of its networks are refused */
	OBS_WHY_UNWANTED,		/* for the caller to count */
	/* Networks: it is refused. */
	OBS_WHY_BAD_ADDRESS,
	OBS_WHY_BAD_CELL,
	/* ... it was named before in the same report */
	OBS_WHY_REPEATED,
	/* ... it counts, and weighs nothing, see obs/weight.h */
	OBS_WHY_INACCURATE,
	OBS_WHY_TOO_OLD,
	OBS_WHY_TOO_FAST,
	OBS_WHYS
};

/* "report:no_position" ... */
const char *obs_batch_why_name(enum obs_why why);

/* What became of the reports and networks of a batch. */
struct obs_counts {
	uint64_t report_upload;		/* reports with any network */
	uint64_t report_drop;		/* ... of which nothing was usable */
	uint64_t upload[OBS_KINDS];	/* observations kept */
	uint64_t drop[OBS_KINDS];	/* entries refused */
	uint64_t optout;		/* networks to be forgotten */
	uint64_t why[OBS_WHYS];
};

void	obs_batch_counts_add(struct obs_counts *sum,
	    const struct obs_counts *c);

/* A cell of the data map: degrees times 1000, rounded half-even. */
struct obs_grid {
	int32_t	lat, lon;
};

/* A witness of a batch: those of one day, tag and class are the same. */
struct obs_batch_witness {
	int64_t		 day;		/* of its reports, since 1970 */
	struct obs_witness who;		/* the source only of a question */
	int		 is_query;	/* what it says comes of questions */
	uint32_t	 next;		/* see batch.c */
};

/* What marks of a day are made with, for whoever has the batch to set. */
struct obs_batch_day {
	int64_t		 day;
	int		 has_salt;
	int		 only_restored;	/* it is another day's */
	uint8_t		 salt[OBS_WITNESS_SECRET];
};

/*
 * API keys of the submissions of a batch, with which counts of what came of
 * them go.  The first has no characters: it stands for none, for what is too
 * long to be one, and for those that a batch has beyond OBS_BATCH_KEYS.
 */
#define OBS_BATCH_KEYS	1024
#define OBS_BATCH_KEY	40	/* bytes at most */
struct obs_batch_key {
	char		byte[OBS_BATCH_KEY + 1];	/* ends in NUL */
	size_t		len;
};

struct ichnaea_rules;
struct obs_batch_group;
struct obs_batch_from;

/*
 * The members of reports and networks, by the table that they are in, see
 * batch.c: which came behind which, or first, the last time.
 */
#define OBS_BATCH_TABLES	5
#define OBS_BATCH_MEMBERS	12

struct obs_batch {
	/* For the caller to change: */
	const struct ichnaea_rules *rules;	/* not strict */
	int64_t		 last_day;	/* later ones count as it; 0: none do */

	struct obs_obs	*obs;
	size_t		 n, cap;
	struct obs_grid	*grid;		/* one per report that counted */
	size_t		 ngrid, gridcap;
	struct obs_optout_sum optouts;	/* networks to be forgotten */
	struct obs_batch_group *group;	/* see batch.c */
	size_t		 ngroup;
	struct obs_batch_witness *witness;
	size_t		 nwitness, witnesscap;
	uint32_t	*bucket;	/* of them, see batch.c */
	struct obs_batch_from *from;	/* submissions, see batch.c */
	size_t		 nfrom, fromcap;
	struct obs_batch_key *key;	/* not where all are believed */
	size_t		 nkey;
	struct obs_batch_day *day;	/* of all witnesses */
	size_t		 nday;
	struct obs_counts counts;
	uint8_t next[OBS_BATCH_TABLES][OBS_BATCH_MEMBERS];
	struct base_arena line;		/* for the report being read */
};

void	obs_batch_init(struct obs_batch *b);
void	obs_batch_done(struct obs_batch *b);

/* Forget all observations and counts, keep the memory. */
void	obs_batch_reset(struct obs_batch *b);

enum obs_batch_verdict {
	OBS_BATCH_OK,		/* read, whatever came of it */
	OBS_BATCH_BAD,		/* a line that is no JSON object */
	OBS_BATCH_NOMEM
};

/*
 * What is added next is of another submission, of WHO, accepted on DAY, or on
 * B->last_day if that is before it.  Returns 0, or -1 when memory is short.
 */
int	obs_batch_begin(struct obs_batch *b, const struct obs_witness *who,
	    int64_t day);

/* The mark of observation O of B.  Returns 1, or 0 if it has none. */
int	obs_batch_mark(const struct obs_batch *b, const struct obs_obs *o,
	    uint32_t *mark);

/*
 * The number, below NKEY, of the API key with which submission FROM of B came,
 * as observations and opt-outs name it.
 */
size_t	obs_batch_key_of(const struct obs_batch *b, uint16_t from);

/* How far a batch had come. */
struct obs_batch_past {
	size_t			n, ngrid, ngroup, noptout;
	struct obs_counts	counts;
};
void	obs_batch_note(const struct obs_batch *b, struct obs_batch_past *p);

/* Take back what was added since P was noted, in the submission begun last. */
void	obs_batch_undo(struct obs_batch *b, const struct obs_batch_past *p);

/*
 * Read reports of the submission that was begun, which came with API key KEY
 * of KEYLEN bytes (0: none): LEN bytes of LINES, a geosubmit v2 item each, the
 * last with or without its LF.  Adds their observations: transform,
 * validation, weights and "one observation per network and report" of the
 * pipeline.
 *
 * Observations of weight 0 are counted but not kept.  A report without a
 * usable position counts as dropped, its networks do not count at all; one
 * that names no network counts nowhere.  An NR cell without identity, as
 * phones tell of the one beside their LTE cell, is none.  A network that is
 * to be forgotten becomes one of B's opt-outs, once for a submission.  The
 * input is never changed; unless OK nor is B.
 */
enum obs_batch_verdict obs_batch_add(struct obs_batch *b, const char *key,
	    size_t keylen, const char *lines, size_t len);

/*
 * Sort by table and key for locking and grouping: kind, then shard (the MAC
 * shard or the radio of the cell), then key, then group, then by arrival.
 * Where everybody is believed a group is an API key with a source, as Ichnaea
 * applies one after the other; else it is a witness of the batch.  Opt-outs
 * are sorted like observations, and those of one network added up.
 */
void	obs_batch_sort(struct obs_batch *b);

#endif
