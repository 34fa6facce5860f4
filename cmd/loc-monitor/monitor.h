/* SPDX-License-Identifier: ISC */
/* What the files of loc-monitor share. */
#ifndef MONITOR_H
#define MONITOR_H

#include <signal.h>
#include <stdint.h>

#include "conf/file.h"

struct monitor {
	struct conf_file	 cf;
	struct queue_redis	*redis;
	struct net_statsd	*statsd;
	struct monitor_samples	*samples;	/* -p, or NULL */
	const char		*conf;		/* -c, or NULL */
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

/*
 * Do the N jobs NAME, or all; returns an exit status.  And read the
 * configuration anew: 0, or -1 after a warning, with all as it was.
 */
int	monitor_run(struct monitor *m, char *const *name, int n);
int	monitor_reload(struct monitor *m);

/* prometheus.c: gauges that are kept, end the program without memory. */
struct monitor_samples *monitor_samples_new(void);
void	monitor_samples_free(struct monitor_samples *s);
void	monitor_samples_add(struct monitor_samples *s,
	    const struct gauge *g);

/* Print what M has kept to standard output or a file.  An exit status. */
int	monitor_prometheus_print(struct monitor *m, const char *path);

/*
 * Answer GET /metrics at WHERE, see http/listen.h, with the jobs WHAT, until a
 * signal of SET, which are blocked, ends it.  Returns an exit status.
 */
int	monitor_prometheus_serve(struct monitor *m, const char *where,
	    char *const *what, int n, const sigset_t *set);

#endif
