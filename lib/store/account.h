/* SPDX-License-Identifier: ISC */
/* The accounts that the programs use. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

struct store_db;

/*
 * Make sure of the accounts in RW_URL and RO_URL (either may be NULL), with
 * their passwords and with rights on DB's database only: rows may be written
 * by the first and read by the second.  And of "lbcheck", without password
 * or rights, for the health checks of proxies.  They are for clients on HOST;
 * NULL means localhost where the URL names a socket, else everywhere.
 *
 * Every statement is given to SHOW before, unless that is NULL, with *** for
 * passwords; with DRY none is run.  Returns 0, or -1 after a warning.
 */
int	store_account_make(struct store_db *db, const char *rw_url,
	    const char *ro_url, const char *host, int dry,
	    void (*show)(const char *sql));

#endif
