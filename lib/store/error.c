/* SPDX-License-Identifier: ISC */
/*
 * Codes below 2000 and from 3000 on are the server's, those between them
 * libmariadb's.  What is not named here is fatal: a mistake of ours, or a
 * database that is not what we take it for, which no repetition mends.
 *
 * Errors are sorted by what the caller can do, not by where they come from.  A
 * refusal for lack of connections is the same as a lost one: another moment,
 * or another host, may do.  So is a node of a Galera cluster that is not in
 * sync, and a connection that ended while it was being encrypted, which the
 * library does not tell from a certificate that is not good.
 *
 * What a node of Galera says, and of group replication in MySQL:
 *
 *	1213	others changed the same row first, elsewhere: at any statement
 *		or at COMMIT.  It is rolled back, on all nodes.
 *	1317	interrupted before it was sent to the others; rolled back
 *	1205	wsrep_sync_wait took too long; nothing was begun
 *	3101	1213 of group replication
 *	1047	the node is not in sync, or apart from the others
 *	1180	COMMIT was sent to the others, or not, when the node was cut
 *		off from them.  Nobody knows who has it until they are together
 *		again: the outcome is unknown, as after a lost connection.  The
 *		text speaks of fragments, which there are none of.
 *	3100	1180 of group replication
 *	1180	with another text, or 1105: more rows or bytes than a
 *		transaction may have, see store_error_of()
 *
 * So after 1180, 2006, 2013 and their like at COMMIT the work may have been
 * done, and whoever repeats it has to see to that: see store/retry.c.  After
 * 1213, 1205 and 1317 it was not.
 */
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "store/error.h"

/* Errors that the library or old headers do not name. */
#define SERVER_LOST_EXTENDED	2055
#define IDLE_TOO_LONG		4031	/* MySQL 8 */
#define QUERY_TIMEOUT		3024	/* its max_execution_time */
#define LOCKED_IN_MYSQL		3118	/* ER_ACCOUNT_HAS_BEEN_LOCKED there */
#define HOOK_FAILED		3100	/* its group replication */
#define HOOK_ROLLED_BACK	3101

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
	case ER_LOCK_ABORTED:
	case ER_CHECKREAD:
	case ER_QUERY_INTERRUPTED:
	case ER_STATEMENT_TIMEOUT:
	case QUERY_TIMEOUT:
	case HOOK_ROLLED_BACK:
		return STORE_ERROR_LOCK;
	case ER_DUP_ENTRY:
		return STORE_ERROR_DUPLICATE;
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_UNKNOWN_HOST:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SSL_CONNECTION_ERROR:
	case SERVER_LOST_EXTENDED:
	case CR_MALFORMED_PACKET:
	case CR_SERVER_HANDSHAKE_ERR:
	case ER_SERVER_SHUTDOWN:
	case ER_NORMAL_SHUTDOWN:
	case ER_FORCING_CLOSE:
	case ER_ABORTING_CONNECTION:
	case ER_NEW_ABORTING_CONNECTION:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED:
	case ER_HOST_IS_BLOCKED:
	case ER_TOO_MANY_CONCURRENT_TRXS:
	case ER_CON_COUNT_ERROR:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_USER_LIMIT_REACHED:
	case ER_CONNECTION_KILLED:
	case IDLE_TOO_LONG:
		return STORE_ERROR_LOST;
	default:
		return store_error_is_elsewhere(code) ? STORE_ERROR_LOST :
		    STORE_ERROR_FATAL;
	}
}

/*
 * The first code is that of any option which prevents a statement; of those
 * that a server may have only read_only and its like concern what we run.
 */
int
store_error_is_elsewhere(unsigned code)
{
	switch (code) {
	case ER_OPTION_PREVENTS_STATEMENT:
	case ER_READ_ONLY_MODE:
	case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
	case ER_UNKNOWN_COM_ERROR:
	case ER_ERROR_DURING_COMMIT:
	case HOOK_FAILED:
		return 1;
	default:
		return 0;
	}
}

/*
 * Servers of several kinds and versions say this with a code that means
 * something else, too; so it has one here, that of a server whose log does not
 * take so much.
 */
unsigned
store_error_of(unsigned code, const char *text)
{
	if ((code == ER_ERROR_DURING_COMMIT || code == ER_UNKNOWN_ERROR) &&
	    (strstr(text, "exceed") != NULL ||
	    strstr(text, "Message too long") != NULL))
		return ER_TRANS_CACHE_FULL;
	return code;
}

/*
 * Under the strict mode that sessions set these say that a value does not fit
 * its column.  They are the server's word on the data, so that a batch which
 * meets with one would meet with it for ever.  So would one that is too large
 * for a transaction, and as it is divided until what is to blame is alone, its
 * parts fit.
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
	case ER_TRANS_CACHE_FULL:
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

/*
 * Statements that change tables may be repeated, and these say so where they
 * have no IF NOT EXISTS; the last is of a copy of columns that are gone.
 */
int
store_error_is_done(unsigned code)
{
	switch (code) {
	case ER_DB_CREATE_EXISTS:
	case ER_TABLE_EXISTS_ERROR:
	case ER_DUP_FIELDNAME:
	case ER_DUP_KEYNAME:
	case ER_MULTIPLE_PRI_KEY:
	case ER_CANT_DROP_FIELD_OR_KEY:
	case ER_WRONG_VALUE_COUNT_ON_ROW:
		return 1;
	default:
		return 0;
	}
}

int
store_error_is_denial(unsigned code)
{
	switch (code) {
	case ER_ACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
	case ER_ACCOUNT_HAS_BEEN_LOCKED:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_MUST_CHANGE_PASSWORD:
	case ER_MUST_CHANGE_PASSWORD_LOGIN:
	case LOCKED_IN_MYSQL:
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
