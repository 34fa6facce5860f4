/* SPDX-License-Identifier: ISC */
/* How a database server is, beyond what its tables say. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <stdint.h>

struct store_db;

struct store_health_replica {
	char	host[256];	/* as the server names itself */
	int	running;
	int64_t	lag_s;		/* behind its source, while it is running */
};

/*
 * Ask a replica how it is.  Returns 1; 0 if the server is none, or does not
 * tell this account; or -1 after a warning.  Of a replica with several
 * sources the worst counts.
 */
int	store_health_replica(struct store_db *db,
	    struct store_health_replica *r);

#endif
