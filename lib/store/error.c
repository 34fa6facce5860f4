/* SPDX-License-Identifier: ISC */
/*
 * Codes below 2000 and from 3000 on are the server's, those between them
 * libmariadb's.  What is not named here is fatal: a mistake of ours, or a
 * database that is not what we take it for, which no repetition mends.
 *
 * Errors are sorted by what the caller can do, not by where they come from.  A
 * refusal for lack of connections is the same as a lost one: another moment,
 * or another host, may do.  So is a node of a Galera cluster that is not in
 * sync.
 */
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "store/error.h"

/* Errors that the library or old headers do not name. */
#define SERVER_LOST_EXTENDED	2055
#define IDLE_TOO_LONG		4031	/* MySQL 8 */

/*
 * ER_CHECKREAD is what MariaDB says from 11.6 on where a row has changed since
 * the snapshot of a transaction; starting over takes a new snapshot, as after
 * a deadlock.  A duplicate key has a class of its own, since a caller that
 * inserts outside of a retry wants to tell the user of it.
 */
enum store_error
store_error_class(unsigned code)
{
	switch (code) {
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
		return STORE_ERROR_LOCK;
	case ER_DUP_ENTRY:
		return STORE_ERROR_DUPLICATE;
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_UNKNOWN_HOST:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case SERVER_LOST_EXTENDED:
	case CR_MALFORMED_PACKET:
	case ER_SERVER_SHUTDOWN:
	case ER_CON_COUNT_ERROR:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_USER_LIMIT_REACHED:
	case ER_CONNECTION_KILLED:
	case IDLE_TOO_LONG:
	case ER_UNKNOWN_COM_ERROR:		/* Galera: not in sync */
		return STORE_ERROR_LOST;
	default:
		return store_error_is_read_only(code) ? STORE_ERROR_LOST :
		    STORE_ERROR_FATAL;
	}
}

/*
 * The code is that of any option which prevents a statement; of those that a
 * server may have only read_only and its like concern what we run.
 */
int
store_error_is_read_only(unsigned code)
{
	return code == ER_OPTION_PREVENTS_STATEMENT;
}

/*
 * Under the strict mode that sessions set these say that a value does not fit
 * its column.  They are the server's word on the data, so that a batch which
 * meets with one would meet with it for ever.
 */
int
store_error_is_bad_data(unsigned code)
{
	switch (code) {
	case ER_BAD_NULL_ERROR:
	case ER_WARN_DATA_OUT_OF_RANGE:
	case WARN_DATA_TRUNCATED:
	case ER_TRUNCATED_WRONG_VALUE:
	case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
	case ER_DATA_TOO_LONG:
	case ER_DATA_OUT_OF_RANGE:
		return 1;
	default:
		return 0;
	}
}

/*
 * Within a snapshot a table that was altered since cannot be read: its rows are
 * of another form.
 */
int
store_error_is_other_table(unsigned code)
{
	return code == ER_TABLE_DEF_CHANGED || code == ER_NO_SUCH_TABLE ||
	    code == ER_BAD_FIELD_ERROR;
}

int
store_error_is_denial(unsigned code)
{
	switch (code) {
	case ER_ACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
		return 1;
	default:
		return 0;
	}
}

/*
 * A server's text for these repeats a part of the statement or a key, which
 * may be an API key or a network's address.
 */
int
store_error_quotes_values(unsigned code)
{
	switch (code) {
	case ER_DUP_ENTRY:
	case ER_PARSE_ERROR:
	case ER_TRUNCATED_WRONG_VALUE:
	case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
		return 1;
	default:
		return 0;
	}
}
