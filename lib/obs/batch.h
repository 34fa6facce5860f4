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
	uint16_t group;			/* ... of its API key and source */
	int16_t	psc;			/* cells; -1 unknown */
	int16_t	signal_dbm;		/* cells; OBS_NO_SIGNAL unknown */
	uint8_t	kind;			/* enum obs_kind */
	uint8_t	is_query;		/* from a query, not a position */
	uint8_t	key[RADIO_CELL_KEY_MAX]; /* a MAC, or of a cell */
};

/* What became of the reports and networks of a batch. */
struct obs_counts {
	uint64_t report_upload;		/* reports with any network */
	uint64_t report_drop;		/* ... of which nothing was usable */
	uint64_t upload[OBS_KINDS];	/* observations kept */
	uint64_t drop[OBS_KINDS];	/* entries refused */
	uint64_t optout;		/* networks to be forgotten */
};

void	obs_batch_counts_add(struct obs_counts *sum,
	    const struct obs_counts *c);

/* A cell of the data map: degrees times 1000, rounded half-even. */
struct obs_grid {
	int32_t	lat, lon;
};

struct ichnaea_rules;
struct obs_batch_group;

struct obs_batch {
	/* For the caller to change: */
	const struct ichnaea_rules *rules;	/* not strict */
	int64_t		 forget_after;	/* opt-outs of a network; 0: never */

	struct obs_obs	*obs;
	size_t		 n, cap;
	struct obs_grid	*grid;		/* one per report that counted */
	size_t		 ngrid, gridcap;
	struct obs_optout_sum optouts;	/* networks to be forgotten */
	struct obs_batch_group *group;	/* see batch.c */
	size_t		 ngroup;
	struct obs_counts counts;
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

/* What is added next is of another submission. */
void	obs_batch_begin(struct obs_batch *b);

/* Take back what was added since B, as BEFORE has it, began a submission. */
void	obs_batch_undo(struct obs_batch *b, const struct obs_batch *before);

/*
 * Read reports of a submission, which came with API key KEY of KEYLEN bytes
 * (0: none): LEN bytes of LINES, a geosubmit v2 item each, the last with or
 * without its LF.  Adds their observations: transform, validation, weights and
 * "one observation per network and report" of the pipeline.
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
 * shard or the radio of the cell), then key.  Those of one network are in
 * the order in which Ichnaea applies them: API keys and sources one after
 * the other as they first came, then by arrival.  Opt-outs are sorted like
 * them, and those of one network added up.
 */
void	obs_batch_sort(struct obs_batch *b);

#endif
