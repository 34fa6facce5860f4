/* SPDX-License-Identifier: ISC */
/* Whether the radii of the model hold what they promise, here. */
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include <stdint.h>

struct conf_file;
struct store_db;

struct calibrate_opts {
	const struct conf_file	*cf;
	struct store_db		*db;		/* it is read only */
	int64_t			 days;		/* that knowledge is older */
	int			 json, verbose;
};

/*
 * Hold the reports in N FILEs, or of standard input, against what the database
 * knew DAYS before each, and print how many were within the radius.  Returns
 * an exit status.
 */
int	calibrate(const struct calibrate_opts *o, char *const *file, int n);

#endif
