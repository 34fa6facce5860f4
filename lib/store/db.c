/* SPDX-License-Identifier: ISC */
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
#include "conf/url.h"
#include "store/db.h"

#define DEFAULT_PORT	3306

/* Of impatient connections. */
#define CONNECT_S	3
#define ANSWER_S	10
#define REST_MS		1000
#define RENEW_MS	(3600 * 1000)
#define RETURN_MS	(60 * 1000)	/* to the first host */

/* Errors that the library or old headers do not name. */
#define SERVER_LOST_EXTENDED	2055
#define IDLE_TOO_LONG		4031	/* MySQL 8 */

/* MariaDB's extended capability: arrays of parameters. */
#define CAP_BULK	(1UL << 2)

/* Statements of any size, before a server has told its limit. */
#define PACKET_UNKNOWN	(1 << 20)
#define PACKET_HEAD	64		/* of a packet, generously */

struct store_db {
	MYSQL		*my;		/* NULL: not connected */
	struct conf_url	 url;
	const char	*key;		/* "ro_url" */
	char		 where[256];	/* "[database] ro_url HOST:PORT" */
	unsigned	 connect_s, answer_s;
	int		 no_default;
	int		 bulk, no_bulk;
	size_t		 packet;	/* a statement's bytes, at most */
	int		 logs_statements; /* hence REPEATABLE READ */
	int		 in_transaction; /* before the last statement */
	int		 torn;		/* lost within a transaction */
	int		 impatient;
	int		 resting;
	int64_t		 since_ms;	/* when it connected */
	int64_t		 failed_ms;	/* when it could not, or 0 */
	size_t		 at;		/* the host connected to */
	unsigned	 expected;	/* an error that is none, or 0 */
	unsigned	 last_errno;	/* also when not connected */
	char		 last_error[512];
	char		 away[512];	/* why it is, as warned of, or "" */
	int64_t		 away_ms;	/* since when */
	void		(*tell)(void *, unsigned, const char *); /* or NULL */
	void		*tell_arg;
	const char	*about;
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
 */
static void
set_where(struct store_db *db, const struct conf_url_host *h)
{
	if (db->url.socket != NULL)
		snprintf(db->where, sizeof(db->where), "[database] %s %s",
		    db->key, db->url.socket);
	else if (h->port == 0 && strcmp(h->name, "localhost") == 0)
		snprintf(db->where, sizeof(db->where),
		    "[database] %s localhost", db->key);
	else
		snprintf(db->where, sizeof(db->where),
		    strchr(h->name, ':') == NULL ? "[database] %s %s:%u" :
		    "[database] %s [%s]:%u", db->key, h->name,
		    h->port != 0 ? h->port : DEFAULT_PORT);
}

struct store_db *
store_db_new(const char *key, const char *url)
{
	struct store_db *db;
	const char *why;

	assert(url != NULL);	/* conf_file_need() saw to that */
	if ((db = calloc(1, sizeof(*db))) == NULL) {
		warn("database");
		return NULL;
	}
	db->connect_s = 10;
	db->answer_s = 600;
	db->packet = PACKET_UNKNOWN;
	if ((why = conf_url_parse(&db->url, CONF_URL_DATABASE, url)) !=
	    NULL) {
		warnx("[database] %s: expected %s", key, why);
		store_db_free(db);
		return NULL;
	}
	db->key = key;
	set_where(db, &db->url.host[0]);
	db->no_bulk = db->url.no_arrays;
	return db;
}

struct store_db *
store_db_open(const char *key, const char *url, int *status)
{
	struct store_db *db = store_db_new(key, url);

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

void
store_db_disconnect(struct store_db *db)
{
	if (db->my != NULL)
		mysql_close(db->my);
	db->my = NULL;
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

const char *
store_db_host(const struct store_db *db)
{
	return db->url.host[0].name;
}

int
store_db_is_socket(const struct store_db *db)
{
	return db->url.socket != NULL;
}

void
store_db_no_default(struct store_db *db, int on)
{
	if (db->no_default != on)
		store_db_disconnect(db);
	db->no_default = on;
}

void
store_db_timeouts(struct store_db *db, unsigned connect_s, unsigned answer_s)
{
	db->connect_s = connect_s;
	db->answer_s = answer_s;
}

void
store_db_impatient(struct store_db *db)
{
	db->impatient = 1;
	store_db_timeouts(db, CONNECT_S, ANSWER_S);
}

int
store_db_resting(const struct store_db *db)
{
	return db->resting;
}

/* Note error CODE; of texts that quote values only the start is kept. */
static void
note(struct store_db *db, unsigned code, const char *text)
{
	db->last_errno = code;
	strlcpy(db->last_error, text, sizeof(db->last_error));
	switch (code) {
	case ER_DUP_ENTRY:
	case ER_PARSE_ERROR:
	case ER_TRUNCATED_WRONG_VALUE:
	case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
		db->last_error[strcspn(db->last_error, "'")] = '\0';
	}
}

static void
note_last(struct store_db *db)
{
	note(db, mysql_errno(db->my), mysql_error(db->my));
}

/* What of the server's own settings the rest depends on. */
struct settings {
	int64_t	packet;
	int	logs_statements;
};

static int
read_settings(struct store_db *db, const char *sql, struct settings *s)
{
	MYSQL_RES *res;
	MYSQL_ROW row;
	unsigned long *len;

	if (mysql_query(db->my, sql) != 0 ||
	    (res = mysql_store_result(db->my)) == NULL)
		return -1;
	if ((row = mysql_fetch_row(res)) != NULL && row[0] != NULL) {
		len = mysql_fetch_lengths(res);
		base_num_i64(row[0], len[0], &s->packet);
		s->logs_statements = row[1] != NULL && row[2] != NULL &&
		    strcmp(row[1], "1") == 0 &&
		    strcmp(row[2], "STATEMENT") == 0;
	}
	mysql_free_result(res);
	return 0;
}

/*
 * A server that logs statements for its replicas cannot do so truly for READ
 * COMMITTED and refuses all writes (error 1665).  REPEATABLE READ is as right,
 * see store/update.c, but locks the gaps between rows, too.
 */
static int
look_at_server(struct store_db *db)
{
	struct settings s = { .packet = PACKET_UNKNOWN };
	char text[128];

	if (read_settings(db, "SELECT @@max_allowed_packet, @@log_bin, "
	    "@@binlog_format", &s) == -1 &&
	    (mysql_errno(db->my) != ER_UNKNOWN_SYSTEM_VARIABLE ||
	    read_settings(db, "SELECT @@max_allowed_packet, 0, ''", &s) ==
	    -1)) {
		note_last(db);
		return -1;
	}
	if (s.packet < STORE_DB_PACKET_MIN) {
		snprintf(text, sizeof(text), "max_allowed_packet of the server "
		    "is %lld bytes; at least %d are needed",
		    (long long)s.packet, STORE_DB_PACKET_MIN);
		note(db, ER_NET_PACKET_TOO_LARGE, text);
		return -1;
	}
	db->packet = (size_t)s.packet;
	db->logs_statements = s.logs_statements;
	return 0;
}

/* MySQL 8 has a new name for what MySQL 5 and MariaDB call tx_isolation. */
static int
is_mysql_8(const struct store_db *db)
{
	return strstr(store_db_server(db), "MariaDB") == NULL &&
	    mysql_get_server_version(db->my) >= 80000;
}

/*
 * A client that holds locks and says nothing is stopped, or its host is gone:
 * MariaDB can end its transaction, lest others wait for hours.  To wait for a
 * lock is not worth long either: all transactions are short, unless two kinds
 * of locks block each other.
 */
static int
set_session(struct store_db *db)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "SET time_zone = '+00:00', "
	    "sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', "
	    "innodb_lock_wait_timeout = "
	    "LEAST(@@innodb_lock_wait_timeout, 10), %s = '%s' /*M!100300 "
	    ", idle_transaction_timeout = IF(@@idle_transaction_timeout "
	    "BETWEEN 1 AND 60, @@idle_transaction_timeout, 60) */",
	    is_mysql_8(db) ? "transaction_isolation" : "tx_isolation",
	    db->logs_statements ? "REPEATABLE-READ" : "READ-COMMITTED");
	if (mysql_query(db->my, sql) == 0)
		return 0;
	note_last(db);
	return -1;
}

/*
 * As with the mysql client, "localhost" without a port is the default
 * socket; with one it is TCP, where a proxy may listen.
 */
static int
try_host(struct store_db *db, const struct conf_url_host *h)
{
	const struct conf_url *u = &db->url;
	unsigned tcp = MYSQL_PROTOCOL_TCP;

	set_where(db, h);
	pthread_once(&once, init_library);
	if ((db->my = mysql_init(NULL)) == NULL) {
		note(db, CR_OUT_OF_MEMORY, "out of memory");
		return -1;
	}
	mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &db->connect_s);
	mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, &db->answer_s);
	mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &db->answer_s);
	mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8");
	if (u->socket == NULL && h->port != 0)
		mysql_options(db->my, MYSQL_OPT_PROTOCOL, &tcp);
	if (mysql_real_connect(db->my, u->socket != NULL ? NULL : h->name,
	    store_db_user(db), store_db_password(db),
	    db->no_default ? NULL : u->name,
	    h->port != 0 ? h->port : DEFAULT_PORT, u->socket,
	    CLIENT_FOUND_ROWS) == NULL)
		note_last(db);
	else if (look_at_server(db) == 0 && set_session(db) == 0)
		return 0;
	store_db_disconnect(db);
	return -1;
}

/* Of a row of failures warn of each that is not as the one before. */
static void
tell_away(struct store_db *db)
{
	if (db->away[0] == '\0')
		db->away_ms = base_clock_mono_ms();
	if (strcmp(db->last_error, db->away) != 0)
		warnx("%s: %s", db->where, db->last_error);
	strlcpy(db->away, db->last_error, sizeof(db->away));
}

/* Say that a row of failures, which was warned of, has ended. */
static void
tell_back(struct store_db *db)
{
	if (db->away[0] != '\0')
		warnx("%s: there again after %lld s", db->where,
		    (long long)(base_clock_mono_ms() - db->away_ms) / 1000);
	db->away[0] = '\0';
}

int
store_db_connect(struct store_db *db, int quiet)
{
	unsigned long caps = 0;
	size_t i, n = db->url.socket != NULL ? 1 : db->url.nhosts;

	if (db->my != NULL)
		return 0;
	for (i = 0; i < n; i++)
		if (try_host(db, &db->url.host[i]) == 0) {
			db->at = i;
			db->since_ms = base_clock_mono_ms();
			db->failed_ms = 0;
			tell_back(db);
			mariadb_get_infov(db->my,
			    MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
			    &caps);
			db->bulk = (caps & CAP_BULK) != 0;
			db->last_errno = 0;
			return 0;
		}
	db->failed_ms = base_clock_mono_ms();
	if (!quiet)
		tell_away(db);
	return -1;
}

/* The part of a statement that is safe to log: up to the first value. */
static int
safe_len(const char *sql)
{
	return (int)strcspn(sql, "('\"=,\n");
}

/* Act on the noted error; a dead connection is dropped at once. */
static int
give_up(struct store_db *db, const char *sql)
{
	switch (store_db_retry(db)) {
	case STORE_DB_LOST:
		db->torn = db->in_transaction;
		store_db_disconnect(db);
		break;
	case STORE_DB_FATAL:
		if (db->last_errno != db->expected)
			warnx("%s: %s (in: %.*s)", db->where, db->last_error,
			    safe_len(sql), sql);
		break;
	default:
		break;
	}
	return -1;
}

static int
failed(struct store_db *db, const char *sql)
{
	note_last(db);
	return give_up(db, sql);
}

int
store_db_fail(struct store_db *db, const char *sql, unsigned code,
    const char *text)
{
	note(db, code, text);
	return give_up(db, sql);
}

/* Renew a connection whose time has come; -1 if it is too early for it. */
static int
hurry(struct store_db *db)
{
	int64_t now_ms = base_clock_mono_ms();

	db->resting = db->my == NULL && db->failed_ms != 0 &&
	    now_ms - db->failed_ms < REST_MS;
	if (db->resting)
		return -1;
	if (db->my != NULL && !db->in_transaction &&
	    now_ms - db->since_ms > (db->at == 0 ? RENEW_MS : RETURN_MS))
		store_db_disconnect(db);
	return 0;
}

/*
 * Connect if need be, but not in the middle of a transaction: what is left
 * of it must not run outside of any.
 */
static int
ready(struct store_db *db, const char *sql)
{
	if (db->torn && strncmp(sql, "START ", 6) != 0) {
		note(db, CR_SERVER_LOST, "the transaction was lost");
		return -1;
	}
	db->torn = 0;
	db->in_transaction = db->my != NULL &&
	    (db->my->server_status & SERVER_STATUS_IN_TRANS) != 0;
	if (db->impatient && hurry(db) == -1)
		return -1;
	note(db, 0, "");
	return store_db_connect(db, 1) == 0 ? 0 : give_up(db, sql);
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
	    "max_allowed_packet of the server is %zu", len, db->packet);
	return store_db_fail(db, sql, ER_NET_PACKET_TOO_LARGE, text);
}

int
store_db_run(struct store_db *db, const char *sql, size_t len)
{
	MYSQL_RES *res;

	if (ready(db, sql) == -1 || fits_packet(db, sql, len) == -1)
		return -1;
	if (mysql_real_query(db->my, sql, len) != 0)
		return failed(db, sql);
	if ((res = mysql_store_result(db->my)) != NULL)
		mysql_free_result(res);
	else if (mysql_errno(db->my) != 0)
		return failed(db, sql);
	return 0;
}

int
store_db_exec(struct store_db *db, const char *sql)
{
	return store_db_run(db, sql, strlen(sql));
}

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
	return db->my == NULL ? 0 : mysql_affected_rows(db->my);
}

unsigned
store_db_warnings(const struct store_db *db)
{
	return db->my == NULL ? 0 : mysql_warning_count(db->my);
}

void
store_db_rollback(struct store_db *db)
{
	static const char sql[] = "ROLLBACK";

	db->torn = 0;
	if (db->my != NULL &&
	    mysql_real_query(db->my, sql, sizeof(sql) - 1) != 0)
		store_db_disconnect(db);
}

int
store_db_query(struct store_db *db, const char *sql, size_t len,
    int (*row)(void *arg, char **field, const unsigned long *flen), void *arg)
{
	MYSQL_RES *res;
	MYSQL_ROW r;
	int bad = 0, rc = 0;

	if (ready(db, sql) == -1 || fits_packet(db, sql, len) == -1)
		return -1;
	if (mysql_real_query(db->my, sql, len) != 0 ||
	    (res = mysql_use_result(db->my)) == NULL)
		return failed(db, sql);
	while (rc == 0 && (r = mysql_fetch_row(res)) != NULL)
		rc = row(arg, r, mysql_fetch_lengths(res));
	if (rc == 0 && mysql_errno(db->my) != 0) {
		note_last(db);
		bad = 1;
	}
	mysql_free_result(res);		/* reads what is left */
	return bad ? give_up(db, sql) : rc;
}

struct number {
	int64_t	*v;
	int	 seen;
};

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

struct revision {
	char	*text;
	size_t	 size;
};

static int
on_revision(void *arg, char **field, const unsigned long *flen)
{
	struct revision *r = arg;

	(void)flen;
	if (r->text[0] != '\0')
		strlcat(r->text, ",", r->size);
	strlcat(r->text, field[0], r->size);
	return 0;
}

int
store_db_ping(struct store_db *db, char *revision, size_t size)
{
	static const char sql[] =
	    "SELECT version_num FROM alembic_version ORDER BY version_num";
	struct revision r = { revision, size };
	int again = db->my != NULL;

	do {
		revision[0] = '\0';
		if (store_db_query(db, sql, sizeof(sql) - 1, on_revision,
		    &r) == 0)
			return 1;
	} while (store_db_retry(db) == STORE_DB_LOST && again--);
	return db->my != NULL ? -1 : 0;
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

enum store_db_retry
store_db_retry(const struct store_db *db)
{
	switch (db->last_errno) {
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
		return STORE_DB_LOCK;
	case ER_DUP_ENTRY:
		return STORE_DB_DUPLICATE;
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
	case ER_OPTION_PREVENTS_STATEMENT:	/* read-only for now */
		return STORE_DB_LOST;
	default:
		return STORE_DB_FATAL;
	}
}

int
store_db_status(const struct store_db *db)
{
	switch (db->last_errno) {
	case ER_ACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
		return EX_NOPERM;
	default:
		return EX_UNAVAILABLE;
	}
}

void
store_db_watch(struct store_db *db,
    void (*tell)(void *arg, unsigned code, const char *about), void *arg)
{
	db->tell = tell;
	db->tell_arg = arg;
}

void
store_db_about(struct store_db *db, const char *about)
{
	db->about = about;
}

void
store_db_tell(struct store_db *db)
{
	if (db->tell != NULL)
		db->tell(db->tell_arg, db->last_errno, db->about);
}

int
store_db_bulk(const struct store_db *db)
{
	return db->bulk && !db->no_bulk && !db->logs_statements;
}

void
store_db_no_bulk(struct store_db *db)
{
	db->no_bulk = 1;
}

size_t
store_db_packet(const struct store_db *db)
{
	return db->packet - PACKET_HEAD;
}

int
store_db_logs_statements(const struct store_db *db)
{
	return db->logs_statements;
}

void
store_db_warn_of_log(const struct store_db *db)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (db->logs_statements && !atomic_flag_test_and_set(&warned))
		warnx("%s: binlog_format is STATEMENT: transactions lock more "
		    "and are slower; ROW or MIXED is better", db->where);
}

const char *
store_db_server(const struct store_db *db)
{
	return db->my == NULL ? "" : mysql_get_server_info(db->my);
}

void *
store_db_handle(struct store_db *db)
{
	return ready(db, "") == 0 ? db->my : NULL;
}
