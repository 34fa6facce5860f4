/* SPDX-License-Identifier: ISC */
/*
 * Marks: how far a program has come that is run again and again and goes on
 * where it was, such as the last hour that it fetched.  A mark that is set in
 * the transaction of the work it tells of is right whatever is killed: both
 * are there, or neither.
 */
#ifndef STORE_MARK_H
#define STORE_MARK_H

#include <stddef.h>
#include <stdint.h>

struct store_db;

/* Bytes of ASCII in a name, "ocid", and in a value. */
#define STORE_MARK_NAME_MAX	64
#define STORE_MARK_MAX		255

/* Marks whose value is a number of stations, see store/contest.h. */
#define STORE_MARK_CONTESTED	"trust.contested"
#define STORE_MARK_HIDDEN	"trust.hidden"
#define STORE_MARK_OPTED_OUT	"trust.opted_out"
#define STORE_MARK_PENDING	"trust.optouts_pending"

/*
 * Read the mark NAME into VALUE, of SIZE bytes: STORE_MARK_MAX + 1 always
 * do, a longer one is cut.  Nothing is locked, so that an account which may
 * only read can ask.  Returns 1, 0 if there is none (VALUE is ""), or -1, see
 * store_db_retry().
 */
int	store_mark_get(struct store_db *db, const char *name, char *value,
	    size_t size);

/*
 * Set the mark NAME, now by the server's clock, in a transaction of its own.
 * Returns 0, or -1 as store_retry().
 */
int	store_mark_set(struct store_db *db, const char *name,
	    const char *value);

/*
 * How many seconds ago the mark NAME was set last, for an account that may
 * only read.  Returns 1, 0 if it never was, or -1 after a warning.
 */
int	store_mark_age(struct store_db *db, const char *name, int64_t *age_s);

#endif
