/* SPDX-License-Identifier: ISC */
/*
 * Connections that see one and the same state of the database, as it was at
 * one moment, however long they read.
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include <stdint.h>

struct store_db;
struct store_snapshot;

#define STORE_SNAPSHOT_MAX	64	/* connections */

/* What kept writers out while several connections took their look. */
enum store_snapshot_how {
	STORE_SNAPSHOT_STAGE,	/* BACKUP STAGE: commits wait */
	STORE_SNAPSHOT_GLOBAL,	/* FLUSH TABLES WITH READ LOCK */
	STORE_SNAPSHOT_TABLES,	/* LOCK TABLES ... READ */
	STORE_SNAPSHOT_ALONE	/* nothing: there is one connection only */
};

/*
 * Connect N times to URL, see store_db_new(), and begin to look.  Where the
 * account may not keep writers out, or not within ten seconds, there is one
 * connection.  Nothing stays locked.  Returns NULL after a warning, with
 * *STATUS as store_db_open() has it.
 */
struct store_snapshot *store_snapshot_open(const char *key, const char *url,
	    unsigned n, int *status);
void	store_snapshot_end(struct store_snapshot *s);

/*
 * How many connections there are, and connection I, in a transaction.  Text is
 * not converted: a column's bytes come as they are stored.
 */
unsigned store_snapshot_count(const struct store_snapshot *s);
struct store_db *store_snapshot_db(struct store_snapshot *s, unsigned i);

enum store_snapshot_how store_snapshot_how(const struct store_snapshot *s);
const char *store_snapshot_how_text(enum store_snapshot_how how);

/* The server's clock at that moment, in seconds. */
int64_t	store_snapshot_time(const struct store_snapshot *s);

/*
 * Where in the server's binary log that moment is; texts are "" and the
 * position 0 where there is no log, or the account may not know.
 */
const char *store_snapshot_file(const struct store_snapshot *s);
int64_t	store_snapshot_position(const struct store_snapshot *s);
const char *store_snapshot_gtid(const struct store_snapshot *s);

#endif
