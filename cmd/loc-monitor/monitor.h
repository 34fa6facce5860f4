/* SPDX-License-Identifier: ISC */
/* What the files of loc-monitor share. */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdint.h>

#include "conf/file.h"

struct monitor {
	struct conf_file	 cf;
	struct queue_redis	*redis;
	struct net_statsd	*statsd;
	int			 json, verbose;
	unsigned		 gauges;	/* told so far */
	int64_t			 day;		/* today */
};

/*
 * A gauge as it is told, on stdout or to statsd.  Its tags are up to three
 * pairs of name and value; the NULL after the last pair is always there.
 */
struct gauge {
	const char	*name;
	int64_t		 value;
	const char	*tag[7];		/* names and values, NULL */
};

void	monitor_tell(struct monitor *m, const struct gauge *g);

/*
 * With -v, say why there are no gauges of WHAT.  What is not configured, or
 * not granted, is no failure: the same timer runs on hosts that lack it.
 */
void	monitor_skip(const struct monitor *m, const char *what,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Tell of the jobs that location-job has run.  0, or -1 after a warning. */
int	monitor_jobs(struct monitor *m);

#endif
