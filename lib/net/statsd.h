/* SPDX-License-Identifier: ISC */
/*
 * Metrics to a statsd server over UDP: packed together, sent a few times a
 * second, lost when nobody listens.  Nothing here waits or fails.  All
 * functions may be called by many threads, and do nothing without a client.
 */
#ifndef NET_STATSD_H
#define NET_STATSD_H

#include <stddef.h>
#include <stdint.h>

struct conf_file;
struct net_statsd;

struct net_statsd_options {
	const char	*host;		/* NULL: no metrics */
	int		 port;
	const char	*prefix;	/* of all names, before a '.' */
	int		 tags;		/* "|#tag:value"; else in the name */
};

/*
 * Returns NULL after a notice that there will be no metrics.  The name of
 * the host is looked up later, in the background.
 */
struct net_statsd *net_statsd_new(const struct net_statsd_options *o);

/* The same with the settings of CF; NULL without a notice if it has no host. */
struct net_statsd *net_statsd_open(const struct conf_file *cf);

/*
 * Send what is left, and release it.  A lookup of the host that is under way
 * is waited for two seconds at most.
 */
void	net_statsd_free(struct net_statsd *s);

/*
 * Add N to a counter, set a gauge, tell how long something took.  A new metric
 * is such a call and a row in loc-metrics(7): a test looks for names in the
 * sources, so NAME is a literal, of a-z, '_' and '.', or stands in a table of
 * literals.  The prefix is put before it.
 *
 * Then come tags and their values, all C strings, and NULL; a tag whose value
 * is NULL is left out.  What cannot stand in a tag becomes '_', and a tag with
 * its value is cut to 200 bytes.  Counts are added up until they are sent; a
 * count of 0 is not sent.
 */
void	net_statsd_count(struct net_statsd *s, const char *name, int64_t n,
	    ...) __attribute__((sentinel));
void	net_statsd_gauge(struct net_statsd *s, const char *name, double v,
	    ...) __attribute__((sentinel));
void	net_statsd_time(struct net_statsd *s, const char *name, double ms,
	    ...) __attribute__((sentinel));

/*
 * PATH, decoded, as the value of a tag: "/v1/geolocate" is "v1.geolocate",
 * "/" is ".homepage".
 */
#define NET_STATSD_PATH_LEN	196
void	net_statsd_path(char out[NET_STATSD_PATH_LEN], const char *path);

#endif
