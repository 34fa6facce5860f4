/* SPDX-License-Identifier: ISC */
/*
 * A connection that looks after itself.  It is made when a statement needs it,
 * dropped as soon as an error says that it is dead, and made again by the next
 * statement: callers see one failed statement, STORE_ERROR_LOST, and repeat
 * their work.
 *
 * The one thing that must not happen is that half a transaction runs outside
 * of any: its first half was rolled back with the old connection, and the new
 * one commits each statement by itself.  So a connection that is lost within a
 * transaction leaves the handle "torn": every statement fails without being
 * sent until START TRANSACTION or store_db_rollback() says that the caller
 * knows.  Whether there is a transaction the server tells with every answer;
 * it is noted before each statement, as a dead connection tells nothing.
 *
 * Nor must it happen on a live connection.  A server that has rolled a
 * transaction back says so, once; but a node of Galera that has done so for
 * what others have committed may answer that all is well, and then runs what
 * follows outside of any transaction, COMMIT included.  The flag in its answer
 * shows it, so that a transaction that was begun and is not there counts as one
 * that met a deadlock.
 *
 * Which host: the first that answers, in the order of the URL.  One that has
 * become read-only goes to the end.  Connections that fail fast go back to the
 * first host after a minute, and wait a second after nobody has answered, so
 * that requests are not held up by a server that is away.
 *
 * A server that hangs takes connections all the same, so that who connects
 * again would end up there again.  Connections that fail fast leave it for a
 * minute, all in the process as soon as one has waited in vain (breaker.c).  Of
 * several hosts the next is asked.  Behind a single one there may be a proxy:
 * so it is called again, and what the server says of itself shows whether it is
 * another.  If there is none the one that hangs is asked.
 *
 * Messages never show values: of a statement only what stands before the first
 * of them, of the server's text nothing behind the first quote.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/outage.h"
#include "conf/url.h"
#include "io/outage.h"
#include "store/breaker.h"
#include "store/db.h"
#include "store/error.h"
#include "store/prepared.h"
#include "store/session.h"

#define DEFAULT_PORT	3306
#define PACKET_HEAD	64		/* bytes of a packet, generously */

#define PROXY_MS	300		/* what a proxy needs to know another */

/* Of fail_fast connections. */
#define CONNECT_S	3
#define ANSWER_S	10
#define REST_MS		1000
#define RENEW_MS	(3600 * 1000)
#define RETURN_MS	(60 * 1000)	/* to the first host */
#define CALLS		3		/* of a proxy, for another */
#define EARLY_MS	100		/* a wait may seem shorter */
#define FAILED_LEN	64		/* of a statement, and its NUL */

/*
 * One connection, and what outlives it: the URL, the last error, and the state
 * that says whether the next statement may run at all.  There is no lock in
 * it: a connection is for one thread.
 */
struct store_db {
	MYSQL		*my;		/* NULL: not connected */
	struct conf_url	 url;
	const char	*key;		/* "ro_url" */
	enum store_db_reads reads;
	char		 where[256];	/* "[database] ro_url HOST:PORT" */
	unsigned	 connect_s, answer_s;
	int		 no_default;
	struct store_session session;
	int		 in_transaction; /* before the last statement */
	int		 torn;		/* lost within a transaction */
	int		 begun;		/* one, and it has not been ended */
	int		 fail_fast;
	int		 backing_off;
	int64_t		 since_ms;	/* when it connected */
	int64_t		 failed_ms;	/* when it could not, or 0 */
	size_t		 at;		/* the host connected to */
	size_t		 first;		/* the host to try first */
	unsigned	 trips;		/* of breakers, as last looked at */
	int64_t		 asked_ms;	/* when the last statement was sent */
	int		 hung;		/* there was no answer to it in time */
	unsigned	 expected;	/* an error that is none, or 0 */
	int		 denial_is_none; /* nor is any that denies a right */
	int		 done_is_none;	/* nor what has been done already */
	int		 loads;		/* LOAD DATA LOCAL may be sent */
	unsigned	 last_errno;	/* also when not connected */
	char		 last_error[512];
	struct base_outage outage;	/* of connecting */
	char		 failed[FAILED_LEN];	/* a statement, safe to log */
	/* For store_retry(): who is told of conflicts, or NULL. */
	void		(*on_conflict)(void *, unsigned, const char *);
	void		*conflict_arg;
	const char	*stage;
	struct store_prepared *prepared; /* of MY; or NULL */
	const struct store_db_guard *guard; /* or NULL */
	int64_t		 affected;	/* rows, by run_guarded(); or -1 */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* It looks for services and plugins, which takes its time. */
static void
init_library(void)
{
	mysql_library_init(0, NULL, NULL);
}

/*
 * Name the server for messages: the key that holds its address, and which of
 * the hosts it is.  "localhost" alone means a socket that libmariadb knows.
 * The text holds neither user nor password, so that it may go to any log.
 */
static void
set_where(struct store_db *db, const struct conf_url_host *h)
{
	if (db->url.socket != NULL)
		snprintf(db->where, sizeof(db->where), "[database] %s %s",
		    db->key, db->url.socket);
	else if (h->port == 0 && !db->url.secure &&
	    strcmp(h->name, "localhost") == 0)
		snprintf(db->where, sizeof(db->where),
		    "[database] %s localhost", db->key);
	else
		snprintf(db->where, sizeof(db->where),
		    strchr(h->name, ':') == NULL ? "[database] %s %s:%u" :
		    "[database] %s [%s]:%u", db->key, h->name,
		    h->port != 0 ? h->port : DEFAULT_PORT);
}

/*
 * The patience given here is that of programs which run by themselves: an
 * answer may take ten minutes, as a migration's ALTER TABLE does.  Servers ask
 * for less by store_db_fail_fast().
 */
struct store_db *
store_db_new(const char *key, const char *url, enum store_db_reads reads)
{
	struct store_db *db;
	const char *why;

	assert(url != NULL);	/* conf_file_need() saw to that */
	if ((db = calloc(1, sizeof(*db))) == NULL) {
		warn("database");
		return NULL;
	}
	db->affected = -1;
	db->connect_s = 10;
	db->answer_s = 600;
	store_session_init(&db->session);
	if ((why = conf_url_parse(&db->url, CONF_URL_DATABASE, url)) !=
	    NULL) {
		warnx("[database] %s: expected %s", key, why);
		store_db_free(db);
		return NULL;
	}
	db->key = key;
	db->reads = reads;
	set_where(db, &db->url.host[0]);
	return db;
}

/*
 * The status is EX_CONFIG for a URL that cannot be parsed: an administrator
 * has to act, while a server that is away comes back by itself.
 */
struct store_db *
store_db_open(const char *key, const char *url, enum store_db_reads reads,
    int *status)
{
	struct store_db *db = store_db_new(key, url, reads);

	*status = EX_CONFIG;
	if (db != NULL && store_db_connect(db, 0) == -1) {
		*status = store_db_status(db);
		store_db_free(db);
		db = NULL;
	}
	return db;
}

void
store_db_free(struct store_db *db)
{
	if (db == NULL)
		return;
	store_db_disconnect(db);
	conf_url_done(&db->url);
	free(db);
}

/*
 * What was not committed is rolled back by the server when it sees the
 * connection end, and locks of GET_LOCK() go with it.
 */
void
store_db_disconnect(struct store_db *db)
{
	if (db->my != NULL) {
		store_prepared_free(db->prepared);
		mysql_close(db->my);
	}
	db->prepared = NULL;
	db->my = NULL;
	db->begun = 0;
}

int
store_db_connected(const struct store_db *db)
{
	return db->my != NULL;
}

const char *
store_db_where(const struct store_db *db)
{
	return db->where;
}

const char *
store_db_name(const struct store_db *db)
{
	return db->url.name;
}

const char *
store_db_user(const struct store_db *db)
{
	return db->url.user != NULL ? db->url.user : "";
}

const char *
store_db_password(const struct store_db *db)
{
	return db->url.password != NULL ? db->url.password : "";
}

static int
is_this_host(const char *name)
{
	return strcasecmp(name, "localhost") == 0 ||
	    strncmp(name, "127.", 4) == 0 || strcmp(name, "::1") == 0;
}

/*
 * Every host has to be this one, as the program may end up on any of them.
 * Names are not resolved: an answer of today's DNS says nothing about the host
 * that an account will be used from tomorrow.
 */
enum store_db_nearness
store_db_nearness(const struct store_db *db)
{
	size_t i;

	if (db->url.socket != NULL || (db->url.nhosts == 1 &&
	    db->url.host[0].port == 0 && !db->url.secure &&
	    strcmp(db->url.host[0].name, "localhost") == 0))
		return STORE_DB_SOCKET;
	for (i = 0; i < db->url.nhosts; i++)
		if (!is_this_host(db->url.host[i].name))
			return STORE_DB_REMOTE;
	return STORE_DB_SAME_HOST;
}

/*
 * A connection that was made with the database cannot be turned into one
 * without it, so that it is ended here; the next statement makes the other.
 */
void
store_db_no_default(struct store_db *db, int on)
{
	if (db->no_default != on)
		store_db_disconnect(db);
	db->no_default = on;
}

void
store_db_allow_load(struct store_db *db)
{
	db->loads = 1;
}

void
store_db_timeouts(struct store_db *db, unsigned connect_s, unsigned answer_s)
{
	db->connect_s = connect_s;
	db->answer_s = answer_s;
}

void
store_db_fail_fast(struct store_db *db)
{
	db->fail_fast = 1;
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
}

int
store_db_backing_off(const struct store_db *db)
{
	return db->backing_off;
}

/* Note error CODE; of texts that quote values only the start is kept. */
static void
note_error(struct store_db *db, unsigned code, const char *text)
{
	db->last_errno = store_error_of(code, text);
	strlcpy(db->last_error, text, sizeof(db->last_error));
	if (store_error_quotes_values(code))
		db->last_error[strcspn(db->last_error, "'")] = '\0';
}

/*
 * The library keeps its error with the handle, so that this must come before
 * the handle is closed.
 */
static void
note_last_error(struct store_db *db)
{
	note_error(db, mysql_errno(db->my), mysql_error(db->my));
}

/*
 * libmariadb 3.3 does not check all that it allocates while it connects, and
 * crashes when memory ends there.  Memory that was had and released just
 * before is there for it.
 */
#define CONNECT_MEMORY	(96 * 1024)

static int
has_memory(void)
{
	void *p = malloc(CONNECT_MEMORY);

	free(p);
	return p != NULL;
}

/*
 * Encrypt the connection, and have the server show that it is the one: by a
 * certificate that an authority of ssl_ca has signed, and unless that is said
 * not to matter, for the host's name.  With a name to be checked libmariadb
 * refuses a server that does not encrypt before it tells it anything.
 */
static void
want_tls(MYSQL *my, const struct conf_url *u)
{
	my_bool on = 1, named = !u->any_name;

	mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_options(my, MYSQL_OPT_SSL_CA, u->ca);
	mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &named);
	if (u->cert != NULL) {
		mysql_options(my, MYSQL_OPT_SSL_CERT, u->cert);
		mysql_options(my, MYSQL_OPT_SSL_KEY, u->cert_key);
	}
}

/*
 * Connect to one host and set the session up; a host that refuses either is as
 * bad as one that does not answer, and the next is tried.  As with the mysql
 * client, "localhost" without a port is the default socket; with one it is
 * TCP, where a proxy may listen.
 *
 * With CLIENT_FOUND_ROWS an UPDATE counts the rows that it matched, also those
 * that it left as they were.  The charset is utf8 of at most three bytes,
 * which is that of the tables.  The library's own option to reconnect stays
 * off, because it would go on in the middle of a transaction.  A server may
 * ask a client for files only if the program loads rows from memory, see
 * store/infile.c.
 */
static int
try_host(struct store_db *db, const struct conf_url_host *h)
{
	const struct conf_url *u = &db->url;
	char why[128] = "";
	unsigned loads = (unsigned)db->loads, tcp = MYSQL_PROTOCOL_TCP;

	set_where(db, h);
	pthread_once(&once, init_library);
	if (!has_memory() || (db->my = mysql_init(NULL)) == NULL) {
		note_error(db, CR_OUT_OF_MEMORY, "out of memory");
		return -1;
	}
	mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &db->connect_s);
	mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &db->answer_s);
	mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &db->answer_s);
	mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8");
	mysql_options(db->my, MYSQL_OPT_LOCAL_INFILE, &loads);
	if (u->socket == NULL && (h->port != 0 || u->secure))
		mysql_options(db->my, MYSQL_OPT_PROTOCOL, &tcp);
	if (u->socket == NULL && u->secure)
		want_tls(db->my, u);
	if (mysql_real_connect(db->my, u->socket != NULL ? NULL : h->name,
	    store_db_user(db), store_db_password(db),
	    db->no_default ? NULL : u->name,
	    h->port != 0 ? h->port : DEFAULT_PORT, u->socket,
	    CLIENT_FOUND_ROWS) == NULL)
		note_last_error(db);
	else if (u->socket == NULL && u->secure &&
	    mysql_get_ssl_cipher(db->my) == NULL)
		note_error(db, CR_SSL_CONNECTION_ERROR,
		    "the server does not encrypt");
	else if (store_session_begin(&db->session, db->my,
	    db->reads == STORE_DB_CAUSAL, why, sizeof(why)) == 0)
		return 0;
	else if (*why != '\0')
		note_error(db, ER_NET_PACKET_TOO_LARGE, why);
	else
		note_last_error(db);
	store_db_disconnect(db);
	return -1;
}

/*
 * A proxy takes a connection before it knows a server for it, and hangs up when
 * it finds that one to be dead: at once, or after a while if it hangs.  When
 * several die each of them costs a connection, or more while it does, and then
 * another is there: so it is called again at once, and again, for a moment.
 */
static int
try_proxy(struct store_db *db, const struct conf_url_host *h)
{
	struct base_clock_backoff pause = { 5, 80, 0 };
	int64_t now_ms, start_ms = base_clock_mono_ms(), until_ms = 0;
	int rc;

	for (;; start_ms = base_clock_mono_ms()) {
		rc = try_host(db, h);
		now_ms = base_clock_mono_ms();
		if (until_ms == 0)
			until_ms = now_ms + PROXY_MS;
		if (rc == 0 || db->last_errno != CR_SERVER_LOST ||
		    now_ms - start_ms >= (int64_t)db->connect_s * 1000 ||
		    now_ms > until_ms)
			return rc;
		base_clock_nap(base_clock_backoff_next(&pause), NULL);
	}
}

size_t
store_db_hosts(const struct store_db *db)
{
	return db->url.socket != NULL ? 1 : db->url.nhosts;
}

int
store_db_connect_to(struct store_db *db, size_t host)
{
	store_db_disconnect(db);
	if (try_proxy(db, &db->url.host[host]) == -1)
		return -1;
	db->at = host;
	db->since_ms = base_clock_mono_ms();
	db->last_errno = 0;
	return 0;
}

/*
 * What tells the server of the last connection from others; of several hosts
 * it is known before.
 */
static const char *
server_name(const struct store_db *db)
{
	return store_db_hosts(db) > 1 ? db->where : db->session.server;
}

/* 1 if what began at START_MS has taken as long as WAIT_S lets it. */
static int
is_overdue(int64_t start_ms, unsigned wait_s)
{
	return base_clock_mono_ms() - start_ms >=
	    (int64_t)wait_s * 1000 - EARLY_MS;
}

/*
 * Connect to the hosts in a ring from the one in FIRST, so that a host which
 * was moved to the end is still tried when all others fail: first to those that
 * are not known to hang.  Each costs at most the time that it takes to connect,
 * so a caller waits for that times the number of hosts.
 */
static int
try_hosts(struct store_db *db)
{
	size_t host, i, n = store_db_hosts(db);
	uint64_t tried = 0;
	int64_t start_ms;

	for (i = 0; i < 2 * n; i++) {
		start_ms = base_clock_mono_ms();
		host = (db->first + i) % n;
		if ((tried >> host & 1) != 0)
			continue;
		set_where(db, &db->url.host[host]);
		store_breaker_note(db->where);
		if (i < n && db->fail_fast &&
		    store_breaker_is_open(db->where, start_ms))
			continue;
		tried |= UINT64_C(1) << host;
		if (store_db_connect_to(db, host) == 0)
			return 0;
		if (is_overdue(start_ms, db->connect_s))
			store_breaker_trip(db->where, base_clock_mono_ms());
	}
	return -1;
}

/*
 * Connect to the only host until there is a server behind it that is not known
 * to hang, or at last to one that is.  One that does not greet may have been
 * another than last time, if others are known: then it is called once more.
 */
static int
try_servers(struct store_db *db)
{
	char old[STORE_BREAKER_NAME];
	int i, waited = 0;
	int64_t start_ms;

	strlcpy(old, db->session.server, sizeof(old));
	for (i = 0; i < CALLS; i++) {
		start_ms = base_clock_mono_ms();
		if (store_db_connect_to(db, 0) == 0) {
			store_breaker_note(server_name(db));
			if (!store_breaker_is_open(server_name(db),
			    base_clock_mono_ms()))
				return 0;
		} else if (waited++ || !is_overdue(start_ms, db->connect_s) ||
		    !store_breaker_has_other(old, start_ms))
			return -1;
	}
	return db->my != NULL ? 0 : -1;
}

int
store_db_connect(struct store_db *db, int quiet)
{
	unsigned trips = store_breaker_trips();
	int rc;

	if (db->my != NULL)
		return 0;
	if (store_db_hosts(db) > 1)
		rc = try_hosts(db);
	else if (db->fail_fast && db->url.socket == NULL)
		rc = try_servers(db);
	else
		rc = store_db_connect_to(db, 0);
	db->trips = trips;
	if (rc == 0) {
		db->failed_ms = 0;
		io_outage_works(&db->outage, db->where);
		return 0;
	}
	db->failed_ms = base_clock_mono_ms();
	if (!quiet)
		io_outage_fails(&db->outage, db->where, db->last_error);
	return -1;
}

/* The part of a statement that is safe to log: up to the first value. */
static int
safe_len(const char *sql)
{
	int n = (int)strcspn(sql, "('\"=,\n");

	if (n > FAILED_LEN - 1)
		n = FAILED_LEN - 1;
	return n > 0 && sql[n - 1] == ' ' ? n - 1 : n;
}

void
store_db_warn(const struct store_db *db)
{
	io_outage_shared_fails(db->last_error, "%s%s%s", db->where,
	    db->failed[0] != '\0' ? ": " : "", db->failed);
}

/* SQL has worked, which is told if it had failed. */
static void
note_success(const struct store_db *db, const char *sql)
{
	io_outage_shared_works("%s: %.*s", db->where, safe_len(sql), sql);
}

/* A connection that fails fast was lost: because nobody answered? */
static void
note_hang(struct store_db *db)
{
	db->hung = db->fail_fast && db->my != NULL &&
	    is_overdue(db->asked_ms, db->answer_s);
	if (db->hung)
		store_breaker_trip(server_name(db), base_clock_mono_ms());
}

/*
 * Act on the noted error; a dead connection is dropped at once.  A primary
 * that has become read-only may have been replaced, and a node of Galera that
 * has lost the others be alone with that, so that the other hosts of the URL
 * are tried before it.  What can be repeated is not warned of here,
 * since only the caller knows whether it will be.
 */
static int
give_up_statement(struct store_db *db, const char *sql)
{
	snprintf(db->failed, sizeof(db->failed), "%.*s", safe_len(sql), sql);
	switch (store_db_retry(db)) {
	case STORE_ERROR_LOST:
		if (db->my != NULL && store_error_is_elsewhere(db->last_errno))
			db->first = db->at + 1;
		note_hang(db);
		db->torn = db->in_transaction;
		store_db_disconnect(db);
		break;
	case STORE_ERROR_FATAL:
		if (db->last_errno != db->expected && !(db->denial_is_none &&
		    store_error_is_denial(db->last_errno)) &&
		    !(db->done_is_none && store_error_is_done(db->last_errno)))
			store_db_warn(db);
		break;
	default:
		break;
	}
	return -1;
}

/* The guard does not let SQL happen. */
static int
refuse_statement(struct store_db *db, const char *sql)
{
	note_error(db, CR_UNKNOWN_ERROR, db->guard->why);
	return give_up_statement(db, sql);
}

/* A statement failed; the library knows why. */
static int
report_last(struct store_db *db, const char *sql)
{
	note_last_error(db);
	return give_up_statement(db, sql);
}

int
store_db_fail(struct store_db *db, const char *sql, void *stmt)
{
	if (stmt == NULL)
		note_last_error(db);
	else
		note_error(db, mysql_stmt_errno(stmt), mysql_stmt_error(stmt));
	return give_up_statement(db, sql);
}

/* Somebody has found that a server hangs: is it this one? */
static int
is_to_be_left(struct store_db *db, int64_t now_ms)
{
	unsigned trips = store_breaker_trips();

	if (db->trips == trips)
		return 0;
	db->trips = trips;
	return store_breaker_has_other(server_name(db), now_ms) &&
	    store_breaker_is_open(server_name(db), now_ms);
}

/*
 * Renew a connection whose time has come; -1 if it is too early for it.  A
 * connection in the middle of a transaction is never renewed, however old it
 * is.  The hour makes a proxy or a name that now leads elsewhere take effect;
 * the minute brings programs back to the first host after a failover.
 */
static int
renew_connection(struct store_db *db)
{
	int64_t now_ms = base_clock_mono_ms();

	db->backing_off = db->my == NULL && db->failed_ms != 0 &&
	    now_ms - db->failed_ms < REST_MS;
	if (db->backing_off)
		return -1;
	if (db->my == NULL || db->in_transaction)
		return 0;
	if (now_ms - db->since_ms > (db->at == 0 ? RENEW_MS : RETURN_MS)) {
		store_db_disconnect(db);
		db->first = 0;
	} else if (is_to_be_left(db, now_ms))
		store_db_disconnect(db);
	return 0;
}

/*
 * Connect if need be, but not in the middle of a transaction: what is left of
 * it must not run outside of any.  The statement that starts a transaction is
 * told by its first word, so callers have to write START TRANSACTION, and
 * never BEGIN.
 *
 * Whether a transaction is open is noted before the statement is sent.  A lost
 * COMMIT therefore leaves the handle torn, too, although the server may have
 * carried it out: only the caller can find that out.
 */
static int
ready_connection(struct store_db *db, const char *sql)
{
	if (db->torn && strncmp(sql, "START ", 6) != 0) {
		note_error(db, CR_SERVER_LOST, "the transaction was lost");
		return -1;
	}
	db->torn = 0;
	db->in_transaction = db->my != NULL &&
	    (db->my->server_status & SERVER_STATUS_IN_TRANS) != 0;
	if (db->begun && db->my != NULL && !db->in_transaction &&
	    strncmp(sql, "START ", 6) != 0) {
		note_error(db, ER_LOCK_DEADLOCK,
		    "the server has ended the transaction");
		return -1;
	}
	db->affected = -1;
	if (db->guard != NULL && !db->guard->may(db->guard->arg))
		return refuse_statement(db, sql);
	if (db->fail_fast && renew_connection(db) == -1)
		return -1;
	note_error(db, 0, "");
	if (store_db_connect(db, 1) == -1)
		return give_up_statement(db, sql);
	db->asked_ms = base_clock_mono_ms();
	return 0;
}

/*
 * The server would end the connection without a word, and the statement be
 * repeated for ever.
 */
static int
fits_packet(struct store_db *db, const char *sql, size_t len)
{
	char text[128];

	if (len <= store_db_packet(db))
		return 0;
	snprintf(text, sizeof(text), "a statement of %zu bytes, when "
	    "max_allowed_packet of the server is %zu", len,
	    db->session.packet);
	note_error(db, ER_NET_PACKET_TOO_LARGE, text);
	return give_up_statement(db, sql);
}

/* SQL was run: does it begin or end a transaction? */
static void
note_transaction(struct store_db *db, const char *sql)
{
	if (strncmp(sql, "START ", 6) == 0)
		db->begun = 1;
	else if (strcmp(sql, "COMMIT") == 0 || strcmp(sql, "ROLLBACK") == 0)
		db->begun = 0;
}

/*
 * Send SQL.  While a cluster changes a table a node lets nobody begin, but says
 * after half a minute that it has waited for too long (1205).  Nothing was done
 * then, so that who works by virtue of something, and still does when it is
 * over, asks again.
 */
static int
send_statement(struct store_db *db, const char *sql, size_t len)
{
	int64_t due_ms = base_clock_mono_ms() + (int64_t)db->answer_s * 1000;
	int rc;

	for (;;) {
		rc = mysql_real_query(db->my, sql, len);
		if (rc == 0 || mysql_errno(db->my) != ER_LOCK_WAIT_TIMEOUT ||
		    !db->session.is_node || db->in_transaction ||
		    db->guard == NULL || !db->guard->may(db->guard->arg) ||
		    base_clock_mono_ms() >= due_ms)
			return rc;
	}
}

/*
 * A result is read and dropped, as the next statement could not be sent
 * before; a statement without one is told apart from one whose result did not
 * arrive by the library's error only.
 */
static int
run_statement(struct store_db *db, const char *sql, size_t len)
{
	MYSQL_RES *res;

	if (ready_connection(db, sql) == -1 || fits_packet(db, sql, len) == -1)
		return -1;
	if (send_statement(db, sql, len) != 0)
		return report_last(db, sql);
	if ((res = mysql_store_result(db->my)) != NULL)
		mysql_free_result(res);
	else if (mysql_errno(db->my) != 0)
		return report_last(db, sql);
	note_transaction(db, sql);
	note_success(db, sql);
	return 0;
}

/* End a transaction if the guard still lets it have been. */
static int
commit_guarded(struct store_db *db)
{
	static const char sql[] = "COMMIT";
	int64_t n;

	if (store_db_get_i64(db, db->guard->fence, &n, 0) == -1)
		return -1;
	return n > 0 ? run_statement(db, sql, sizeof(sql) - 1) :
	    refuse_statement(db, sql);
}

/* Run a statement that is in no transaction in one of its own. */
static int
run_guarded(struct store_db *db, const char *sql, size_t len)
{
	static const char start[] = "START TRANSACTION";
	int64_t affected;

	if (run_statement(db, start, sizeof(start) - 1) == -1 ||
	    run_statement(db, sql, len) == -1)
		goto fail;
	affected = (int64_t)mysql_affected_rows(db->my);
	if (commit_guarded(db) == -1)
		goto fail;
	db->affected = affected;
	return 0;
fail:
	store_db_rollback(db);
	return -1;
}

/* By its first word, which callers write in capitals; others change none. */
static int
changes_rows(const char *sql)
{
	static const char *const verb[] = { "DELETE ", "INSERT ", "LOAD ",
	    "REPLACE ", "UPDATE " };
	size_t i;

	for (i = 0; i < sizeof(verb) / sizeof(verb[0]); i++)
		if (strncmp(sql, verb[i], strlen(verb[i])) == 0)
			return 1;
	return 0;
}

/*
 * A guard holds DB, and SQL would change rows in no transaction.  One that was
 * lost half way is no such case: what is left of it fails, and must not begin
 * another.
 */
static int
is_unfenced(const struct store_db *db, const char *sql)
{
	return db->guard != NULL && !db->begun && !db->torn &&
	    changes_rows(sql);
}

int
store_db_run(struct store_db *db, const char *sql, size_t len)
{
	if (db->guard != NULL && strcmp(sql, "COMMIT") == 0)
		return commit_guarded(db);
	if (is_unfenced(db, sql))
		return run_guarded(db, sql, len);
	return run_statement(db, sql, len);
}

int
store_db_exec(struct store_db *db, const char *sql)
{
	return store_db_run(db, sql, strlen(sql));
}

/*
 * The text is made on the heap, for it may be of any length; what is put into
 * it has to be our own, such as numbers and dates: other texts need
 * store_sql_quote().
 */
int
store_db_execf(struct store_db *db, const char *fmt, ...)
{
	va_list ap;
	char *sql;
	int n, rc = -1;

	va_start(ap, fmt);
	n = vasprintf(&sql, fmt, ap);
	va_end(ap);
	if (n == -1) {
		warn("database");
		return -1;
	}
	rc = store_db_run(db, sql, (size_t)n);
	free(sql);
	return rc;
}

uint64_t
store_db_affected(const struct store_db *db)
{
	if (db->affected != -1)
		return (uint64_t)db->affected;
	return db->my == NULL ? 0 : mysql_affected_rows(db->my);
}

void
store_db_set_guard(struct store_db *db, const struct store_db_guard *guard)
{
	db->guard = guard;
}

unsigned
store_db_warnings(const struct store_db *db)
{
	return db->my == NULL ? 0 : mysql_warning_count(db->my);
}

/*
 * This is also what ends the torn state.  If the server does not answer,
 * closing the connection rolls back just as well.  The last error is kept, so
 * that the caller can still decide by it.
 */
void
store_db_rollback(struct store_db *db)
{
	static const char sql[] = "ROLLBACK";

	db->torn = 0;
	db->begun = 0;
	if (db->my != NULL &&
	    mysql_real_query(db->my, sql, sizeof(sql) - 1) != 0)
		store_db_disconnect(db);
}

/*
 * Rows are not stored but read while the server sends them, so that a query
 * over whole tables needs no memory here.  Until the last row has been read
 * nothing else can be sent, which is why ROW must not use the connection; what
 * ROW did not want is drained by mysql_free_result().  An error in the middle
 * of a result is found only at its end, when ROW has seen some rows: callers
 * begin anew then.
 */
int
store_db_query(struct store_db *db, const char *sql, size_t len,
    int (*row)(void *arg, char **field, const unsigned long *flen), void *arg)
{
	MYSQL_RES *res;
	MYSQL_ROW r;
	int bad = 0, rc = 0;

	if (ready_connection(db, sql) == -1 || fits_packet(db, sql, len) == -1)
		return -1;
	if (send_statement(db, sql, len) != 0 ||
	    (res = mysql_use_result(db->my)) == NULL)
		return report_last(db, sql);
	while (rc == 0 && (r = mysql_fetch_row(res)) != NULL)
		rc = row(arg, r, mysql_fetch_lengths(res));
	if (rc == 0 && mysql_errno(db->my) != 0) {
		note_last_error(db);
		bad = 1;
	}
	mysql_free_result(res);		/* reads what is left */
	if (bad)
		return give_up_statement(db, sql);
	note_success(db, sql);
	return rc;
}

/* Where the first field of the first row goes; later rows are ignored. */
struct number {
	int64_t	*v;
	int	 seen;
};

/* A field that is NULL, or no number, leaves the default. */
static int
on_number(void *arg, char **field, const unsigned long *flen)
{
	struct number *n = arg;

	if (!n->seen && field[0] != NULL)
		base_num_i64(field[0], flen[0], n->v);
	n->seen = 1;
	return 0;
}

int
store_db_get_i64(struct store_db *db, const char *sql, int64_t *v,
    int64_t def)
{
	struct number n = { v, 0 };

	*v = def;
	return store_db_query(db, sql, strlen(sql), on_number, &n);
}

int
store_db_now(struct store_db *db, int64_t *now)
{
	return store_db_get_i64(db, "SELECT UNIX_TIMESTAMP()", now, 0);
}

int
store_db_hung(const struct store_db *db)
{
	return db->hung;
}

int
store_db_switch(struct store_db *db)
{
	char old[STORE_BREAKER_NAME];

	strlcpy(old, server_name(db), sizeof(old));
	if (store_db_connect(db, 1) == 0 && strcmp(old, server_name(db)) != 0)
		return 1;
	note_error(db, CR_SERVER_LOST, "the server does not answer");
	return 0;
}

unsigned
store_db_errno(const struct store_db *db)
{
	return db->last_errno;
}

const char *
store_db_error(const struct store_db *db)
{
	return db->last_error;
}

void
store_db_expect(struct store_db *db, unsigned code)
{
	db->expected = code;
}

void
store_db_expect_denial(struct store_db *db, int on)
{
	db->denial_is_none = on;
}

void
store_db_expect_done(struct store_db *db, int on)
{
	db->done_is_none = on;
}

/*
 * An error of 0 counts as fatal, so that a caller which gave up for a reason
 * of its own (memory, a row that makes no sense) is not run again.
 */
enum store_error
store_db_retry(const struct store_db *db)
{
	return store_error_class(db->last_errno);
}

int
store_db_status(const struct store_db *db)
{
	return store_error_is_denial(db->last_errno) ? EX_NOPERM :
	    EX_UNAVAILABLE;
}

void
store_db_on_conflict(struct store_db *db,
    void (*tell)(void *arg, unsigned code, const char *stage), void *arg)
{
	db->on_conflict = tell;
	db->conflict_arg = arg;
}

void
store_db_stage(struct store_db *db, const char *stage)
{
	db->stage = stage;
}

void
store_db_conflict(struct store_db *db)
{
	if (db->on_conflict != NULL)
		db->on_conflict(db->conflict_arg, db->last_errno, db->stage);
}

int
store_db_bulk(const struct store_db *db)
{
	return db->session.takes_arrays && !db->url.no_arrays;
}

/*
 * The limit is the server's of the present connection: after a failover it may
 * be another; whoever builds long statements has to connect first and ask
 * then.
 */
size_t
store_db_packet(const struct store_db *db)
{
	return db->session.packet - PACKET_HEAD;
}

int
store_db_logs_statements(const struct store_db *db)
{
	return db->session.logs_statements;
}

/*
 * The flag is of the process, not of the connection: a worker has many, and
 * each renews its own.
 */
void
store_db_warn_of_log(const struct store_db *db)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (db->session.logs_statements && !atomic_flag_test_and_set(&warned))
		warnx("%s: binlog_format is STATEMENT: transactions lock more "
		    "and are slower; ROW or MIXED is better", db->where);
}

const char *
store_db_server(const struct store_db *db)
{
	return db->my == NULL ? "" : mysql_get_server_info(db->my);
}

/*
 * The empty statement stands for one that is about to be prepared; it is what
 * messages show if there is no connection for it.
 */
void *
store_db_handle(struct store_db *db)
{
	return ready_connection(db, "") == 0 ? db->my : NULL;
}

/* It is a mistake of the caller's, so that nothing is begun for it. */
int
store_db_may_send(struct store_db *db, const char *sql)
{
	if (!is_unfenced(db, sql))
		return 0;
	note_error(db, CR_UNKNOWN_ERROR, "rows would be changed outside of a "
	    "transaction");
	return give_up_statement(db, sql);
}

/*
 * One that was kept is of this very connection, as all are closed with theirs.
 */
void *
store_db_prepare(struct store_db *db, const struct base_buf *sql)
{
	MYSQL *my = base_buf_ok(sql) ? store_db_handle(db) : NULL;
	MYSQL_STMT *stmt;

	if (base_buf_ok(sql) && (my == NULL ||
	    store_db_may_send(db, sql->data) == -1))
		return NULL;
	if (my != NULL &&
	    (stmt = store_prepared_take(db->prepared, sql->data)) != NULL)
		return stmt;
	if (my == NULL || (stmt = mysql_stmt_init(my)) == NULL) {
		warnx("database: out of memory");
		return NULL;
	}
	if (mysql_stmt_prepare(stmt, sql->data, sql->len) == 0)
		return stmt;
	store_db_fail(db, sql->data, stmt);
	mysql_stmt_close(stmt);
	return NULL;
}

void *
store_db_kept(struct store_db *db, const char *name)
{
	return store_db_handle(db) == NULL ? NULL :
	    store_prepared_take(db->prepared, name);
}

void
store_db_keep(struct store_db *db, const char *name, void *stmt)
{
	assert(db->my != NULL && ((MYSQL_STMT *)stmt)->mysql == db->my);
	store_prepared_give(&db->prepared, name, stmt);
	note_success(db, name);
}
