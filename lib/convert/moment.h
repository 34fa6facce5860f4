/* SPDX-License-Identifier: ISC */
/*
 * Rows of one moment at one place become one report.  They need not follow
 * one another: the last 4,096 moments are open, as long as they have no more
 * than 65,536 networks, and the first to be opened is the first to be
 * written.  Memory is bounded by that, whatever the file holds.
 */
#ifndef CONVERT_MOMENT_H
#define CONVERT_MOMENT_H

#define CONVERT_MOMENT_OPEN	4096
#define CONVERT_MOMENT_NETWORKS	65536
#define CONVERT_MOMENT_EACH	1000	/* networks of a report */

struct convert_moments;
struct convert_obs;
struct convert_sink;

/* Reports go to S by convert_sink_report().  NULL when memory is short. */
struct convert_moments *convert_moment_new(struct convert_sink *s);
void	convert_moment_free(struct convert_moments *m);

/*
 * Add O, which is copied, to its moment.  Of a network that was heard twice
 * in it the stronger entry stays; the position is that of the first row, the
 * time that of the latest.  Returns 0, or -1 when memory is short.
 */
int	convert_moment_add(struct convert_moments *m,
	    const struct convert_obs *o);

/* Write all that are open.  Returns 0, or -1 when memory is short. */
int	convert_moment_flush(struct convert_moments *m);

#endif
