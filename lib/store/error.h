/* SPDX-License-Identifier: ISC */
/* What errors of MySQL and MariaDB mean for whoever met with one; pure. */
#ifndef STORE_ERROR_H
#define STORE_ERROR_H

enum store_error {
	STORE_ERROR_FATAL,	/* nothing to be gained by repeating */
	STORE_ERROR_LOCK,	/* deadlock or lock wait: repeat the work */
	STORE_ERROR_DUPLICATE,	/* somebody inserted the key first */
	STORE_ERROR_LOST	/* no connection: reconnect, then repeat */
};

/* What can be done about error CODE, of a server or of libmariadb. */
enum store_error store_error_class(unsigned code);

/*
 * The code that is to be used for CODE with the server's TEXT: that it has
 * not room for a transaction of so many rows is ER_TRANS_CACHE_FULL.
 */
unsigned store_error_of(unsigned code, const char *text);

/*
 * 1 if it is about the values of rows, or how many there are, which no other
 * server would take.
 */
int	store_error_is_bad_data(unsigned code);

/*
 * 1 if another server may do what this one does not for now: it is a replica, a
 * fenced primary, or apart from its cluster.
 */
int	store_error_is_elsewhere(unsigned code);

/* 1 if a table is not, or no longer, what the statement needs. */
int	store_error_is_other_table(unsigned code);

/* 1 if a change of tables is not possible since somebody has just made it. */
int	store_error_is_done(unsigned code);

/* 1 if the account may not do that. */
int	store_error_is_denial(unsigned code);

/* 1 if the error's text quotes values, which are nobody else's business. */
int	store_error_quotes_values(unsigned code);

#endif
