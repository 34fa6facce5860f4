/* SPDX-License-Identifier: ISC */
/*
 * Where parsers of recordings put what they read: good rows become reports,
 * others are counted with the reason, or named.
 */
#ifndef CONVERT_SINK_H
#define CONVERT_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "convert/zone.h"

struct convert_obs;
struct convert_moments;

/* Why a row that is as it should be gives nothing. */
enum convert_sink_skip {
	CONVERT_SINK_NO_FIX,	/* no position, or 0/0 */
	CONVERT_SINK_NO_TIME,	/* none, or of a clock that was not set */
	CONVERT_SINK_NO_ADDRESS, /* nobody's, or a cell without identity */
	CONVERT_SINK_OPTED_OUT,	/* the name ends in _nomap or the like */
	CONVERT_SINK_ALIEN,	/* no access point, beacon or cell of use */
	CONVERT_SINK_MOVED,	/* its own place is not where we were */
	CONVERT_SINK_SKIPS
};

struct convert_sink {
	/* For the caller to set: */
	/* a report, LEN bytes with LF */
	void		(*put)(void *arg, const char *line, size_t len);
	/* WHAT is wrong in row or line LINE, 0: in the file */
	void		(*tell)(void *arg, uint64_t line, const char *what);
	void		*arg;
	struct convert_zone *zone;	/* of local times; NULL: not told */

	/* For parsers to set: */
	uint64_t	 line;		/* or number of the row at hand */
	int		 is_last;	/* it may have been cut off */

	/* Results: */
	uint64_t	 rows;		/* looked at */
	uint64_t	 bad;		/* ... and named */
	uint64_t	 skip[CONVERT_SINK_SKIPS];
	uint64_t	 again;		/* heard twice in a moment */
	uint64_t	 reports, networks;	/* written */
	int		 cut;		/* the file ends within a row */
	int		 guessed_zone;	/* local times were taken as UTC */
	int		 nomem;		/* memory is short: give up */
	struct convert_moments *moments;
};

/* The caller sets the rest.  Returns 0, or -1 when memory is short. */
int	convert_sink_init(struct convert_sink *s);
void	convert_sink_done(struct convert_sink *s);

/* A row is O.  The time, place and network in it are checked. */
void	convert_sink_add(struct convert_sink *s, struct convert_obs *o);

/* A row gives nothing because of WHY. */
void	convert_sink_skip(struct convert_sink *s, enum convert_sink_skip why);

/*
 * A row is none: FIELD of it, or all if that is NULL, is not what was
 * EXPECTED.  If it is the last of a file that may have been cut off that is
 * told as such.
 */
void	convert_sink_bad(struct convert_sink *s, const char *field,
	    const char *expected);

/* The file ends within a row or tag in line LINE; what was before is good. */
void	convert_sink_cut(struct convert_sink *s, uint64_t line);

/* Something else that whoever started us should know. */
void	convert_sink_warn(struct convert_sink *s, uint64_t line,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * LOCAL_S in UTC; without a zone it is taken for that, which is told at the
 * end.
 */
int64_t	convert_sink_utc(struct convert_sink *s, int64_t local_s);

/* A whole report of NETWORKS networks, LEN bytes of LINE with LF. */
void	convert_sink_report(struct convert_sink *s, const char *line,
	    size_t len, size_t networks);

/* The file has ended: all reports are written. */
void	convert_sink_flush(struct convert_sink *s);

/* "without position" and so on. */
const char *convert_sink_skip_name(enum convert_sink_skip why);

#endif
