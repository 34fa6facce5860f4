/* SPDX-License-Identifier: ISC */
/* Whether programs find the stations of a database where they are. */
#ifndef LOCATE_H
#define LOCATE_H

#include <stddef.h>

struct dump_manifest;

/*
 * Choose stations in the database URL, which is what M is of, pairs of WiFi
 * networks and cells, and have loc-locate asked where they are, with files in
 * DIR.  *ASKED is how many questions there were, *RIGHT how many answers lie
 * at the stations.  Returns EX_OK, or an exit status after a warning.
 */
int	locate_stations(const struct dump_manifest *m, const char *url,
	    const char *dir, size_t *asked, size_t *right);

#endif
