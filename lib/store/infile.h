/* SPDX-License-Identifier: ISC */
/*
 * LOAD DATA LOCAL INFILE, from memory: the fastest way for rows into a table.
 */
#ifndef STORE_INFILE_H
#define STORE_INFILE_H

#include <stddef.h>

struct store_db;

/*
 * Run SQL, a LOAD DATA LOCAL INFILE whose file may have any name, with LEN
 * bytes of DATA as the file's content.  Only for connections that
 * store_db_allow_load() was called for; where a guard holds it only within a
 * transaction (store/db.h).  Returns 0, or -1 as store_db_run().
 * With LOCAL the server turns errors of rows into warnings: whoever wants all
 * rows compares store_db_affected() and store_db_warnings() afterwards.
 */
int	store_infile_run(struct store_db *db, const char *sql, const char *data,
	    size_t len);

#endif
