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

/* 1 if it is about the values of a row, which no other server would take. */
int	store_error_is_bad_data(unsigned code);

/* 1 if the server takes no writes for now: a replica, or a fenced primary. */
int	store_error_is_read_only(unsigned code);

/* 1 if a table is not, or no longer, what the statement needs. */
int	store_error_is_other_table(unsigned code);

/* 1 if the account may not do that. */
int	store_error_is_denial(unsigned code);

/* 1 if the error's text quotes values, which are nobody else's business. */
int	store_error_quotes_values(unsigned code);

#endif
