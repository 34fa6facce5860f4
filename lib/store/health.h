/* SPDX-License-Identifier: ISC */
/* How a database server is, beyond what its tables say. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <stddef.h>
#include <stdint.h>

struct base_buf;
struct store_db;

struct store_health_replica {
	char	host[272];	/* as the server names itself, :PORT if odd */
	int	running;
	int	waiting;	/* not running, as its source is away */
	int64_t	lag_s;		/* behind its source, while it is running */
};

enum store_health_verdict {
	STORE_HEALTH_REPLICA,
	STORE_HEALTH_NO_REPLICA,
	STORE_HEALTH_DENIED,	/* this account is not told */
	STORE_HEALTH_FAILED	/* warned */
};

/* Ask a replica how it is.  Of one with several sources the worst counts. */
enum store_health_verdict store_health_replica(struct store_db *db,
	    struct store_health_replica *r);

/*
 * Put Ichnaea's revision into B, or several with commas between them.
 * Returns 0, or -1 (see store_db_retry()): STORE_ERROR_FATAL if there is none.
 */
int	store_health_revision(struct store_db *db, struct base_buf *b);

/*
 * The values that variables of the server have for this connection, or (STATUS)
 * those of its status: VALUE[i] is that of NAME[i] of N, or "" if there is
 * none.  Returns 0, or -1, see store_db_retry().
 */
#define STORE_HEALTH_VALUE	256
int	store_health_values(struct store_db *db, int status,
	    const char *const *name, size_t n,
	    char (*value)[STORE_HEALTH_VALUE]);

/*
 * What the account of DB may do: give each right on the database, or on the
 * server, to RIGHT(ARG, right, of the server).  Rights on single tables, and
 * those that come with a role, are not seen.  Returns 0 or -1.
 */
int	store_health_rights(struct store_db *db,
	    void (*right)(void *arg, const char *right, int of_server),
	    void *arg);

#endif
