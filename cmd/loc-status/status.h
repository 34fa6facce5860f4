/* SPDX-License-Identifier: ISC */
/*
 * What the files of loc-status share; main.c says what it does.  A new check
 * is a function here, a line in the table of main.c, and one in loc-status(1);
 * if it measures a number, also a line in the table of limits.c.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "conf/file.h"

struct queue_redis;
struct store_db;

/* Also the exit status, if it is the worst of all. */
enum level {
	FINE,
	DEGRADED,	/* it works, and needs somebody soon */
	BROKEN
};

/* What one check has found. */
struct finding {
	const char	*check;		/* "spool.waiting" */
	enum level	 level;
	char		*text;
	const char	*remedy;	/* or NULL */
	const struct limit *limit;	/* of the number, or NULL */
	int64_t		 value;
	char		 about[48];	/* which of several, or "" */
};

struct status {
	struct conf_file	 cf;
	int			 has_conf;
	struct store_db		*rw, *ro;	/* NULL: not configured */
	struct queue_redis	*redis;
	int64_t			 now_s;
	const char		*about;		/* of what is found now, or NULL */
	struct finding		*found;
	size_t			 n;
	/* What libraries warn of goes here, to become part of a finding. */
	char			*said;
	size_t			 saidlen;
};

/* limits.c: a number and what it may be.  A limit of -1 is none. */
struct limit {
	const char	*name;		/* as its check */
	int64_t		 warn, broken;	/* reached */
	const char	*unit;		/* "s", "%", or "" */
	const char	*remedy;
};
const struct limit *limit_find(const char *name);

/* Set a limit by "NAME=NUMBER", or end the program. */
void	limit_set(int opt, const char *text, enum level level);

/* main.c: add a finding, in words; REMEDY is a literal, or NULL. */
void	tell(struct status *s, const char *check, enum level level,
	    const char *remedy, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

/* Add a number that has limits, which make its level and its remedy. */
void	measure(struct status *s, const char *check, int64_t value,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* What was warned of last since the last call, without our name; or "". */
const char *said(struct status *s);

/* report.c: print all that was found. */
enum form { TEXT, JSON, NAGIOS };
void	report(const struct status *s, enum form form, enum level worst);

/* Checks; each adds what it finds, and says nothing of what is not there. */
void	check_conf(struct status *s);		/* files.c */
void	check_spool_files(struct status *s);
void	check_geoip(struct status *s);
void	check_web(struct status *s);
void	check_runs(struct status *s);
void	check_rw(struct status *s);		/* database.c */
void	check_ro(struct status *s);
void	check_schema(struct status *s);
void	check_counted(struct status *s);
void	check_marks(struct status *s);
void	check_redis(struct status *s);		/* redis.c */
void	check_spool(struct status *s);		/* pipeline.c */
void	check_groups(struct status *s);
void	check_workers(struct status *s);
void	check_dead(struct status *s);
void	check_serve(struct status *s);		/* reach.c */
void	check_statsd(struct status *s);
void	check_sentry(struct status *s);
void	check_s3(struct status *s);
void	check_end(struct status *s);		/* end.c: -e */

#endif
