/* SPDX-License-Identifier: ISC */
/* The accounts that the programs use. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

struct store_db;

struct store_account_wish {
	const char	*rw_url, *ro_url;	/* either may be NULL */
	/*
	 * Where their clients are; NULL: on the server's host where the URL
	 * names a socket or that host, else anywhere.
	 */
	const char	*host;
	int		 lbcheck;	/* an account for health checks, too */
	int		 monitor;	/* they may look at the server */
	int		 dry;		/* run no statement */
	/* Is given every statement, with *** for passwords, unless NULL. */
	void		(*show)(const char *sql);
};

enum store_account_verdict {
	STORE_ACCOUNT_DONE,
	STORE_ACCOUNT_BAD,	/* the URLs cannot be right; warned */
	STORE_ACCOUNT_FAILED	/* see store_db_status(); warned */
};

/*
 * Make sure of the accounts in WISH's URLs, with their passwords and with
 * rights on DB's database only: rows may be written by the first and read by
 * the second.  The account of DB itself is left alone.
 */
enum store_account_verdict store_account_make(struct store_db *db,
	    const struct store_account_wish *wish);

#endif
