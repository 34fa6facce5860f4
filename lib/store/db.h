/* SPDX-License-Identifier: ISC */
/*
 * A connection to MySQL or MariaDB: utf8, UTC, READ COMMITTED, or where that
 * cannot be, REPEATABLE READ.  It connects when it is first needed and again
 * after it was lost; what was under way then fails and is for the caller to
 * repeat.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stddef.h>
#include <stdint.h>

#include "store/error.h"

struct base_buf;
struct store_db;

/*
 * What is read on a node of a cluster, which has what others commit a little
 * later than they: all that they had committed by then, which is waited for at
 * each START TRANSACTION and each SELECT outside of any; or what there is, as
 * suits those that only read.  Other servers make no difference.
 */
enum store_db_reads {
	STORE_DB_CAUSAL,
	STORE_DB_STALE
};

/*
 * Prepare a connection to URL, which key KEY of section [database] holds, see
 * location.ini(5).  KEY, a literal, is for messages only.  Returns NULL after a
 * warning if the URL is none.
 */
struct store_db *store_db_new(const char *key, const char *url,
	    enum store_db_reads reads);
void	store_db_free(struct store_db *db);

/*
 * The same, connected: NULL after a warning if that fails, and in STATUS what
 * a program is to exit with.
 */
struct store_db *store_db_open(const char *key, const char *url,
	    enum store_db_reads reads, int *status);

/*
 * Make sure of a connection to one of the hosts, the first that answers.
 * Returns 0, or -1 after a warning, see io/outage.h; QUIET leaves it out.  A
 * message says when a server is there again.
 */
int	store_db_connect(struct store_db *db, int quiet);

/*
 * To look whether all of them would do: how many hosts there are, and a new
 * connection to HOST of them.  Returns 0, or -1 without a warning.
 */
size_t	store_db_hosts(const struct store_db *db);
int	store_db_connect_to(struct store_db *db, size_t host);

void	store_db_disconnect(struct store_db *db);
int	store_db_connected(const struct store_db *db);

/*
 * What messages about the server begin with, "[database] ro_url HOST:PORT":
 * of several hosts the one that was tried last.
 */
const char *store_db_where(const struct store_db *db);

/* Parts of the URL, borrowed. */
const char *store_db_name(const struct store_db *db);
const char *store_db_user(const struct store_db *db);
const char *store_db_password(const struct store_db *db);

/* How the hosts of the URL are reached, and whether they are all this one. */
enum store_db_nearness {
	STORE_DB_SOCKET,
	STORE_DB_SAME_HOST,	/* through TCP */
	STORE_DB_REMOTE
};
enum store_db_nearness store_db_nearness(const struct store_db *db);

/*
 * Connect without choosing the database, which may not exist yet, or with
 * it again.  Ends a connection made the other way.
 */
void	store_db_no_default(struct store_db *db, int on);

/* Before connecting: the connection is for store/infile.h. */
void	store_db_allow_load(struct store_db *db);

/* Seconds to wait for a connection and for an answer; before connecting. */
void	store_db_timeouts(struct store_db *db, unsigned connect_s,
	    unsigned answer_s);

/*
 * For servers, which have to answer: short timeouts; after a failed attempt
 * to connect none for a second; a connection is renewed after an hour, or
 * after a minute when it is not to the first host.  A server that has let one
 * of these wait in vain is left for another, if there is one, by all.
 */
void	store_db_fail_fast(struct store_db *db);

/*
 * 1 if the last failure of such a connection was that there was no answer in
 * time.  To ask again is only worth it of another server: _switch connects,
 * and returns 1 if it is one, or 0.
 */
int	store_db_hung(const struct store_db *db);
int	store_db_switch(struct store_db *db);

/* 1 if the last failure was only that pause. */
int	store_db_backing_off(const struct store_db *db);

/*
 * Run one statement of LEN bytes without result, or dropping it.  Returns 0,
 * or -1; a warning is given if the error is fatal, but not if store_db_retry()
 * says that the work may be repeated.  When the connection was lost within a
 * transaction, nothing runs before the next START TRANSACTION or
 * store_db_rollback().  Warnings show no values of the statement.
 *
 * What a statement does is told by its text, so callers spell START
 * TRANSACTION, COMMIT and ROLLBACK just so, and never BEGIN; and a statement
 * that changes rows begins with DELETE, INSERT, REPLACE or UPDATE and a blank.
 */
int	store_db_run(struct store_db *db, const char *sql, size_t len);
int	store_db_exec(struct store_db *db, const char *sql);
int	store_db_execf(struct store_db *db, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Rows changed by the last statement, and its warnings. */
uint64_t store_db_affected(const struct store_db *db);
unsigned store_db_warnings(const struct store_db *db);

/*
 * What a connection works by virtue of, and may have lost, as store/lease.h.
 * It is asked before each statement, and rows are changed in transactions only,
 * at the end of which FENCE is run: a query that locks what it finds, and whose
 * number is 0 when nothing may be changed any more.  A statement that is
 * refused fails for good, with WHY for a reason, and changes nothing.
 *
 * store_db_run() gives a statement that is in no transaction one of its own.
 * What is prepared (store/row.h) or loaded (store/infile.h) is refused outside
 * of one: callers begin it, as store_retry() does.  The FENCE is not run for
 * changes of tables, which end a transaction by themselves.
 */
struct store_db_guard {
	int		(*may)(void *arg);	/* 1, or 0 */
	void		*arg;
	const char	*fence, *why;
};

/* From now on GUARD, which is borrowed, holds DB; NULL: nothing does. */
void	store_db_set_guard(struct store_db *db,
	    const struct store_db_guard *guard);

/*
 * End a transaction that failed, also one that was lost with its connection.
 * The last error stays.
 */
void	store_db_rollback(struct store_db *db);

/*
 * Run a query and give each row to ROW(ARG, fields, lengths): text, or NULL
 * for NULL, borrowed for the call.  ROW returns 0 to go on, -1 to give up,
 * which then counts as a fatal error, without a warning.  Rows are read as they
 * come; ROW must not use DB, and may have seen some of them when the query
 * fails.  Returns 0 or -1 as store_db_run().
 */
int	store_db_query(struct store_db *db, const char *sql, size_t len,
	    int (*row)(void *arg, char **field, const unsigned long *flen),
	    void *arg);

/*
 * The first field of the first row as a number; DEF if there is no row, or it
 * is NULL or no number.  Returns 0 or -1 as store_db_run().
 */
int	store_db_get_i64(struct store_db *db, const char *sql, int64_t *v,
	    int64_t def);

/* The server's time, in seconds.  Returns 0 or -1 as store_db_run(). */
int	store_db_now(struct store_db *db, int64_t *now);

/* The last error, 0 for none, and its text. */
unsigned store_db_errno(const struct store_db *db);
const char *store_db_error(const struct store_db *db);

/* From now on do not warn of error CODE; 0: of all again. */
void	store_db_expect(struct store_db *db, unsigned code);

/* If ON, do not warn when the account may not do something. */
void	store_db_expect_denial(struct store_db *db, int on);

/* If ON, do not warn either of what store_error_is_done(). */
void	store_db_expect_done(struct store_db *db, int on);

/* Warn of the last error, as io/outage.h. */
void	store_db_warn(const struct store_db *db);

/* What can be done about the last error. */
enum store_error store_db_retry(const struct store_db *db);

/*
 * What a program that gives up because of the last error exits with: 77
 * (EX_NOPERM) if the account may not do that, 69 (EX_UNAVAILABLE) otherwise.
 */
int	store_db_status(const struct store_db *db);

/*
 * Have TELL(ARG, code, about) called for every attempt of store_retry() that
 * others were in the way of: CODE is the error, and ABOUT what
 * store_db_stage() named last, a literal.
 */
void	store_db_on_conflict(struct store_db *db,
	    void (*tell)(void *arg, unsigned code, const char *about),
	    void *arg);
void	store_db_stage(struct store_db *db, const char *about);

/* For store_retry(): the last error was such a one. */
void	store_db_conflict(struct store_db *db);

/*
 * 1 if the server takes arrays of parameters: MariaDB that logs rows and is no
 * node of Galera, unless the URL forbids it.
 */
int	store_db_bulk(const struct store_db *db);

/*
 * How long a statement may be, in bytes: the server's max_allowed_packet, or
 * before the first connection a guess.  Servers that take less than
 * STORE_SESSION_PACKET_MIN are not connected to.
 */
size_t	store_db_packet(const struct store_db *db);

/*
 * 1 if the server logs statements for its replicas (binlog_format is
 * STATEMENT), so that transactions are REPEATABLE READ; and a warning of
 * that, once in a process, for those that write much.
 */
int	store_db_logs_statements(const struct store_db *db);
void	store_db_warn_of_log(const struct store_db *db);

/* The server's version, "10.11.6-MariaDB". */
const char *store_db_server(const struct store_db *db);

/*
 * These are for the other files of this folder.  The library's handle (MYSQL),
 * connected; or NULL, see store_db_retry().
 */
void	*store_db_handle(struct store_db *db);

/*
 * SQL, which changes rows, is about to be sent by that handle.  Returns 0, or
 * -1 when it is refused, see struct store_db_guard.
 */
int	store_db_may_send(struct store_db *db, const char *sql);

/*
 * A statement (MYSQL_STMT) prepared from SQL, or NULL after the failure was
 * told, or SQL was refused.  The caller closes it; or it gives it to _keep,
 * when it was run and all of its rows were read, for the next who wants the
 * same.  It is kept by its text; or by a shorter NAME that no other has, by
 * which _kept finds it, or returns NULL.
 */
void	*store_db_prepare(struct store_db *db, const struct base_buf *sql);
void	*store_db_kept(struct store_db *db, const char *name);
void	 store_db_keep(struct store_db *db, const char *name, void *stmt);

/*
 * Tell that SQL has failed, as the prepared STMT or, if that is NULL, as plain
 * text.  Returns -1.
 */
int	store_db_fail(struct store_db *db, const char *sql, void *stmt);

#endif
