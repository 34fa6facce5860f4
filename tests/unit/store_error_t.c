/* SPDX-License-Identifier: ISC */
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "store/error.h"
#include "tap.h"

int
main(void)
{
	ok(store_error_class(ER_LOCK_DEADLOCK) == STORE_ERROR_LOCK &&
	    store_error_class(ER_LOCK_WAIT_TIMEOUT) == STORE_ERROR_LOCK,
	    "conflicts are repeated");
	ok(store_error_class(ER_STATEMENT_TIMEOUT) == STORE_ERROR_LOCK &&
	    store_error_class(3024) == STORE_ERROR_LOCK,
	    "so is what took longer than an administrator lets it");
	ok(store_error_class(ER_DUP_ENTRY) == STORE_ERROR_DUPLICATE,
	    "a duplicate is");
	ok(store_error_class(CR_SERVER_LOST) == STORE_ERROR_LOST &&
	    store_error_class(ER_CON_COUNT_ERROR) == STORE_ERROR_LOST &&
	    store_error_class(ER_OPTION_PREVENTS_STATEMENT) ==
	    STORE_ERROR_LOST, "so is what a server that is away said");
	ok(store_error_class(ER_PARSE_ERROR) == STORE_ERROR_FATAL &&
	    store_error_class(ER_NET_PACKET_TOO_LARGE) == STORE_ERROR_FATAL &&
	    store_error_class(ER_ACCESS_DENIED_ERROR) == STORE_ERROR_FATAL,
	    "mistakes are not");
	ok(store_error_is_bad_data(ER_DATA_TOO_LONG) &&
	    !store_error_is_bad_data(ER_DUP_ENTRY), "bad data");
	ok(store_error_is_denial(ER_ACCESS_DENIED_ERROR) &&
	    store_error_is_denial(ER_ACCOUNT_HAS_BEEN_LOCKED) &&
	    store_error_is_denial(ER_MUST_CHANGE_PASSWORD) &&
	    !store_error_is_denial(ER_NO_SUCH_TABLE), "denials");
	ok(store_error_is_elsewhere(ER_OPTION_PREVENTS_STATEMENT) &&
	    store_error_is_elsewhere(ER_UNKNOWN_COM_ERROR) &&
	    !store_error_is_elsewhere(ER_LOCK_DEADLOCK), "read-only servers");
	ok(store_error_class(ER_ERROR_DURING_COMMIT) == STORE_ERROR_LOST &&
	    store_error_is_elsewhere(ER_ERROR_DURING_COMMIT) &&
	    store_error_class(3100) == STORE_ERROR_LOST,
	    "a node cut off during COMMIT: nobody knows");
	ok(store_error_class(ER_QUERY_INTERRUPTED) == STORE_ERROR_LOCK &&
	    store_error_class(3101) == STORE_ERROR_LOCK,
	    "rolled back by the cluster");
	ok(store_error_of(ER_ERROR_DURING_COMMIT, "wsrep_max_ws_rows "
	    "exceeded") == ER_TRANS_CACHE_FULL &&
	    store_error_of(ER_UNKNOWN_ERROR, "Maximum writeset size exceeded")
	    == ER_TRANS_CACHE_FULL &&
	    store_error_of(ER_ERROR_DURING_COMMIT, "Got error 90 \"Message "
	    "too long\" during COMMIT") == ER_TRANS_CACHE_FULL &&
	    store_error_of(ER_ERROR_DURING_COMMIT, "Error while appending "
	    "streaming replication fragment(provider status: Not connected to "
	    "Primary)") == ER_ERROR_DURING_COMMIT &&
	    store_error_of(ER_DUP_ENTRY, "exceed") == ER_DUP_ENTRY,
	    "too much for a transaction");
	ok(store_error_is_bad_data(ER_TRANS_CACHE_FULL) &&
	    store_error_class(ER_TRANS_CACHE_FULL) == STORE_ERROR_FATAL,
	    "which is divided");
	ok(store_error_is_done(ER_DUP_FIELDNAME) &&
	    !store_error_is_done(ER_NO_SUCH_TABLE), "done by others");
	ok(store_error_quotes_values(ER_DUP_ENTRY) &&
	    !store_error_quotes_values(ER_NO_SUCH_TABLE),
	    "texts with values in them");
	return tap_done();
}
