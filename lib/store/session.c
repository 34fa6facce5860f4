/* SPDX-License-Identifier: ISC */
/*
 * Two round trips for every new connection: one asks, the other sets.  SHOW
 * VARIABLES would need no second try where a variable is unknown, but MariaDB
 * takes as long for it as for all else together.
 *
 * A server that logs statements for its replicas (binlog_format = STATEMENT)
 * cannot do so truly for READ COMMITTED, and refuses all writes (error 1665).
 * REPEATABLE READ is as right here, see store/update.c and store/area.c, but
 * locks the gaps between rows, too, so that more transactions have to be done
 * over.  Nor does such a server take arrays of parameters.
 *
 * A node of Galera has what others commit a little later than they.  A session
 * that writes waits for it at each START TRANSACTION, and each SELECT outside
 * of any (wsrep_sync_wait), for two reasons: after a failover it sees what was
 * committed elsewhere, also by itself; and a transaction that begins with what
 * is old would only be done over at its end.  That nothing is counted twice
 * does not rest on this, see store/update.c.  Readers take what there is.
 */
#include <stdio.h>
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "base/num.h"
#include "store/session.h"

#define PACKET_UNKNOWN	(1 << 20)

/* MariaDB's extended capability: arrays of parameters. */
#define CAP_BULK	(1UL << 2)

/*
 * Before the first connection a megabyte is a guess that no supported server
 * falls short of by default.
 */
void
store_session_init(struct store_session *s)
{
	memset(s, 0, sizeof(*s));
	s->packet = PACKET_UNKNOWN;
}

/*
 * Read the answer to SQL: max_allowed_packet, wsrep_on, log_bin, binlog_format,
 * and what tells servers apart.  The format matters only where there is a log,
 * for servers without one report a format, too.
 */
static int
read_variables(struct store_session *s, MYSQL *my, const char *sql)
{
	int64_t packet = PACKET_UNKNOWN;
	MYSQL_RES *res;
	MYSQL_ROW row;
	unsigned long *len;

	if (mysql_query(my, sql) != 0 ||
	    (res = mysql_store_result(my)) == NULL)
		return -1;
	if ((row = mysql_fetch_row(res)) != NULL && row[0] != NULL) {
		len = mysql_fetch_lengths(res);
		base_num_i64(row[0], len[0], &packet);
		s->packet = (size_t)packet;
		s->is_node = row[1] != NULL && strcmp(row[1], "1") == 0;
		s->logs_statements = row[2] != NULL && row[3] != NULL &&
		    strcmp(row[2], "1") == 0 &&
		    strcmp(row[3], "STATEMENT") == 0;
		strlcpy(s->server, row[4] != NULL ? row[4] : "",
		    sizeof(s->server));
	}
	mysql_free_result(res);
	return 0;
}

/*
 * A server that is not of Galera may not know wsrep_on, as MySQL does not;
 * MariaDB's is 0 then.  Versions to come will no longer know binlog_format, and
 * log rows.  Either is asked again without it.
 */
static int
read_known_variables(struct store_session *s, MYSQL *my)
{
	static const char *const some[] = {
		"@@wsrep_on, @@log_bin, @@binlog_format",
		"0, @@log_bin, @@binlog_format",
		"@@wsrep_on, 0, ''",
		"0, 0, ''" };
	char sql[200];
	size_t i;

	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT @@max_allowed_packet, %s, "
		    "CONCAT_WS(' ', @@hostname, @@port, @@server_id)",
		    some[i]);
		if (read_variables(s, my, sql) == 0)
			return 0;
		if (mysql_errno(my) != ER_UNKNOWN_SYSTEM_VARIABLE)
			break;
	}
	return -1;
}

/*
 * Arrays of parameters are an extension of MariaDB's protocol that a server
 * announces, so that no version has to be known here.
 * A node of Galera (10.11) whose transaction is rolled back for what others
 * have committed, while it works on an array, answers all the same that the
 * array was taken; so it gets none.
 */
static int
look_at_server(struct store_session *s, MYSQL *my)
{
	unsigned long caps = 0;

	if (read_known_variables(s, my) == -1)
		return -1;
	mariadb_get_infov(my,
	    MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &caps);
	s->takes_arrays = (caps & CAP_BULK) != 0 && !s->logs_statements &&
	    !s->is_node;
	return 0;
}

/* MySQL 8 has a new name for what MySQL 5 and MariaDB call tx_isolation. */
static int
is_mysql_8(MYSQL *my)
{
	return strstr(mysql_get_server_info(my), "MariaDB") == NULL &&
	    mysql_get_server_version(my) >= 80000;
}

/*
 * A client that holds locks and says nothing is stopped, or its host is gone:
 * MariaDB can end its transaction, lest others wait for hours.  To wait for a
 * lock is not worth long either: all transactions are short, unless two kinds
 * of locks block each other.  From 11.6 on MariaDB refuses under REPEATABLE
 * READ to lock a row that is newer than the transaction's first look, which is
 * what we want to lock.
 *
 * The mode is strict, so that a value which does not fit fails instead of
 * being changed.  Limits that an administrator has set lower than ours stay.
 * But what he has set to guard people from their own statements is not for
 * us: fewer rows than were asked for would be taken for all, COMMIT may neither
 * begin a transaction nor hang up, and what is in none is committed at once.
 * MySQL takes what is in the comments with an M for comments.
 */
static int
set_variables(const struct store_session *s, MYSQL *my, int causal)
{
	char sql[800];

	snprintf(sql, sizeof(sql), "SET autocommit = 1, "
	    "time_zone = '+00:00', %s"
	    "sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', "
	    "sql_select_limit = 18446744073709551615, sql_safe_updates = 0, "
	    "completion_type = 'NO_CHAIN', "
	    "innodb_lock_wait_timeout = "
	    "LEAST(@@innodb_lock_wait_timeout, %d), %s = '%s' /*M!100300 "
	    ", idle_transaction_timeout = IF(@@idle_transaction_timeout "
	    "BETWEEN 1 AND 60, @@idle_transaction_timeout, 60) */"
	    "/*M!110602 , innodb_snapshot_isolation = OFF */",
	    s->is_node && causal ?
	    "wsrep_sync_wait = @@wsrep_sync_wait | 1, " : "",
	    STORE_SESSION_LOCK_S,
	    is_mysql_8(my) ? "transaction_isolation" : "tx_isolation",
	    s->logs_statements ? "REPEATABLE-READ" : "READ-COMMITTED");
	return mysql_query(my, sql) == 0 ? 0 : -1;
}

int
store_session_begin(struct store_session *s, MYSQL *my, int causal, char *why,
    size_t size)
{
	store_session_init(s);
	*why = '\0';
	if (look_at_server(s, my) == -1)
		return -1;
	if (s->packet < STORE_SESSION_PACKET_MIN) {
		snprintf(why, size, "max_allowed_packet of the server is "
		    "%zu bytes; at least %d are needed", s->packet,
		    STORE_SESSION_PACKET_MIN);
		return -1;
	}
	return set_variables(s, my, causal);
}
