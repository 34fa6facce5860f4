/* SPDX-License-Identifier: ISC */
/* Whether a database has the schema that this version of loc works on. */
#ifndef STORE_VERSION_H
#define STORE_VERSION_H

struct store_db;

enum store_version_verdict {
	STORE_VERSION_OK,
	STORE_VERSION_WRONG,	/* warned: older, newer, or not ours */
	STORE_VERSION_UNKNOWN	/* it cannot be asked now; warned */
};

/*
 * Ask DB's database for its version, in one round trip.  What is wrong is
 * told with what to do about it.
 */
enum store_version_verdict store_version_check(struct store_db *db);

/* 1 if the last error of DB is such as a wrong version causes. */
int	store_version_suspect(const struct store_db *db);

#endif
