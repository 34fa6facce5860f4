/* SPDX-License-Identifier: ISC */
/*
 * Submissions, in the three forms clients send them, made into report lines:
 * one geosubmit v2 item per line, members in fixed order, numbers and strings
 * in their one spelling, ", " and ": " between them.
 *
 * Only types are looked at here, ranges by obs/batch.h.  What is of a wrong
 * type is dropped, an entry of a list with it if it cannot stand without; or
 * it refuses everything, as the rules have it.  A wifi or Bluetooth entry
 * needs its macAddress, a report at least one network; others are dropped
 * silently.
 *
 * A network whose name asks to be left out is, if the rules allow that: no
 * more than its address is written, see obs/optout.h, and a report of nothing
 * else still counts.
 *
 * What is written is bounded by what came in.  No member is there of which
 * nothing came, but for the time, and the lines of a body are not longer than
 * four times the body and 64 KiB; reports beyond that are excess.  The rules
 * may have it otherwise: that lists without entries and a position of null
 * are written, as Ichnaea did, without a bound.
 */
#ifndef OBS_REPORT_H
#define OBS_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct base_arena;
struct base_buf;
struct ichnaea_rules;
struct json_doc;
struct obs_proof;

enum obs_report_api {
	OBS_REPORT_GEOSUBMIT2,	/* /v2/geosubmit */
	OBS_REPORT_GEOSUBMIT1,	/* /v1/geosubmit: the position is flat */
	OBS_REPORT_SUBMIT1	/* /v1/submit: flat, with short names */
};

enum obs_report_verdict {
	OBS_REPORT_OK,
	OBS_REPORT_REFUSED,	/* a parse error: DETAILS say why */
	OBS_REPORT_NOMEM	/* or the reports exceed 128 MiB */
};

struct obs_report {
	enum obs_report_api	 api;
	const struct ichnaea_rules *rules;
	int64_t			 now_ms;  /* of reports without a good time */
	struct base_arena	*arena;	  /* for strings, while reading */
	struct base_buf		*lines;	  /* reports are added, LF-ended */
	struct base_buf		*details; /* {PATH: MESSAGE, ...} is added */
	size_t			 max_reports;	/* of a body; 0: no bound */
	size_t			 max_networks;	/* of a report; 0: no bound */
	int			 orders;  /* the member optOut is believed */
	const struct obs_proof	*proof;	  /* what makes a name an order; or NULL */
	size_t			 n;	  /* reports added */
	size_t			 left_out; /* values that were dropped, ever */
	size_t			 excess_reports;  /* beyond these bounds, */
	size_t			 excess_networks; /* ... not looked at */
};

/*
 * All items of body D.  The caller sets R but for what is counted there.
 * Unless OK nothing is added to the lines, and N is 0.  DETAILS gets nothing
 * unless REFUSED, and not much more than 64 kB: beyond that, further faults
 * are left out.  Values and networks that are dropped without refusing
 * anything are added up in LEFT_OUT, but for what is excess.
 */
enum obs_report_verdict obs_report_body(struct obs_report *r,
	    const struct json_doc *d);

/* The same with one item, value V of D. */
enum obs_report_verdict obs_report_item(struct obs_report *r,
	    const struct json_doc *d, int v);

/*
 * In which form item V of D is written, by the members that only one form
 * has; geosubmit v2 if there are none.
 */
enum obs_report_api obs_report_form(const struct json_doc *d, int v);

#endif
