/* SPDX-License-Identifier: ISC */
/*
 * Faults told to a Sentry server, in the background: an event waits in a
 * short queue for a thread that sends it, or is dropped.  The same fault is
 * told once a minute at most.  All functions may be called by many threads,
 * of a program that ignores SIGPIPE, and do nothing without a client.
 */
#ifndef NET_SENTRY_H
#define NET_SENTRY_H

#include <stddef.h>

struct base_buf;
struct conf_url;
struct net_sentry;

/* Append to B where envelopes for the project of DSN go. */
void	net_sentry_endpoint(struct base_buf *b, const struct conf_url *dsn);

/*
 * How many seconds no errors may be sent, by a header X-Sentry-Rate-Limits
 * of VALUE, which ends at LEN; 0: they may.
 */
long	net_sentry_limits(const char *value, size_t len);

struct net_sentry_options {
	const char	*dsn;		/* NULL: no reports */
	const char	*app;		/* tag: "loc-serve" */
	const char	*release;	/* version */
	const char	*environment;	/* or NULL */
};

/* NULL: there will be no reports; after a warning if the DSN is none. */
struct net_sentry *net_sentry_new(const struct net_sentry_options *o);

/* Send what is queued for WAIT_MS, a second more at most; release it. */
void	net_sentry_free(struct net_sentry *s, int wait_ms);

/*
 * Report a fault of LEVEL ("error", "warning", "fatal").  WHAT says which,
 * always in the same words; DETAIL, or NULL, is for the reader and is
 * scrubbed (net/scrub.h).
 */
void	net_sentry_report(struct net_sentry *s, const char *level,
	    const char *what, const char *detail);

#endif
