/* SPDX-License-Identifier: ISC */
/*
 * An account is a user and the hosts it may come from.  Where the addresses in
 * location.ini say that everything is on one host, the account is for that
 * host alone: nobody else can log in with it, whatever the firewall does.
 *
 * A password that is right is not set again: whether it is shows by logging
 * in.  Servers before MySQL 5.7 and MariaDB 10.2 do not know ALTER USER.
 * Every statement may run again, so what was interrupted is finished by the
 * next run.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysql.h>

#include "base/buf.h"
#include "store/account.h"
#include "store/db.h"
#include "store/sql.h"

struct maker {
	struct store_db			*db;
	const struct store_account_wish	*wish;
};

/*
 * Run a statement: SQL up to the password, then REST after it.  PASSWORD NULL:
 * there is none in it.  It is shown first, without the password, so that an
 * administrator sees which one failed.  The text with the password is wiped
 * before its memory is given back.
 */
static int
run_account(const struct maker *m, const char *sql, const char *password,
    const char *rest)
{
	struct base_buf b;
	int pass, rc = -1;

	base_buf_init(&b);
	for (pass = m->wish->show == NULL; pass < 2; pass++) {
		base_buf_reset(&b);
		base_buf_str(&b, sql);
		if (password != NULL)
			store_sql_quote(&b, pass == 0 ? "***" : password);
		base_buf_str(&b, rest);
		if (!base_buf_ok(&b)) {
			warnx("database: out of memory");
			goto out;
		}
		if (pass == 0)
			m->wish->show(b.data);
	}
	rc = m->wish->dry ? 0 : store_db_run(m->db, b.data, b.len);
	if (rc == -1 && store_db_retry(m->db) != STORE_ERROR_FATAL)
		warnx("%s: %s", store_db_where(m->db), store_db_error(m->db));
out:
	if (b.data != NULL)
		explicit_bzero(b.data, b.len);
	base_buf_done(&b);
	return rc;
}

/* Append 'user'@'host'. */
static void
add_account_name(struct base_buf *b, const char *user, const char *host)
{
	store_sql_quote(b, user);
	base_buf_chr(b, '@');
	store_sql_quote(b, host);
}

/*
 * Returns 1 if there is such an account, 0 if not, or -1.  CREATE USER IF NOT
 * EXISTS, which would spare the question, is not known by old servers, and
 * would leave a wrong password as it is.
 */
static int
account_exists(const struct maker *m, const char *user, const char *host)
{
	struct base_buf b;
	int64_t n = 0;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, "SELECT COUNT(*) FROM mysql.user WHERE user = ");
	store_sql_quote(&b, user);
	base_buf_str(&b, " AND host = ");
	store_sql_quote(&b, host);
	rc = base_buf_ok(&b) ? store_db_get_i64(m->db, b.data, &n, 0) : -1;
	base_buf_done(&b);
	return rc == -1 ? -1 : n > 0;
}

/*
 * Return the number of the server's version: 50624, 101106; 0 if it is away.
 * MariaDB's begin with 10, so that they are above all that MySQL has had.
 */
static unsigned long
server_version(const struct maker *m)
{
	MYSQL *my = store_db_handle(m->db);

	return my == NULL ? 0 : mysql_get_server_version(my);
}

/*
 * MariaDB went on from MySQL 5.5, and has got the statement later than MySQL
 * by its own count.
 */
static int
has_alter_user(const struct maker *m)
{
	unsigned long v = server_version(m);

	return v >= 50700 && (v < 100000 || v >= 100200);
}

/* The right to ask a replica how it is; its name has changed. */
static const char *
monitor_right(const struct maker *m)
{
	return server_version(m) >= 100509 ? "REPLICA MONITOR" :
	    "REPLICATION CLIENT";
}

/*
 * From where the account that A logs in with may come.  A server that does
 * not look names up knows those who come through TCP by their address only.
 */
static const char *
account_host(const struct maker *m, const struct store_db *a)
{
	int64_t no_names = 0;

	if (m->wish->host != NULL)
		return m->wish->host;
	switch (store_db_nearness(a)) {
	case STORE_DB_SOCKET:
		return "localhost";
	case STORE_DB_SAME_HOST:
		store_db_get_i64(m->db, "SELECT @@skip_name_resolve",
		    &no_names, 0);
		return no_names ? "127.0.0.1" : "localhost";
	default:
		return "%";
	}
}

/*
 * Make the account of A, or give it the password it has to have.  To log in as
 * it is the only proof that works with every plugin; if it fails for another
 * reason the password is set again, which does no harm.
 */
static int
set_password(const struct maker *m, struct store_db *a, const char *host)
{
	const char *user = store_db_user(a), *rest = "";
	struct base_buf b;
	int rc = -1, there;

	if ((there = account_exists(m, user, host)) == -1)
		return -1;
	if (there && store_db_connect(a, 1) == 0)
		return 0;
	base_buf_init(&b);
	if (!there || has_alter_user(m)) {
		base_buf_str(&b, there ? "ALTER USER " : "CREATE USER ");
		add_account_name(&b, user, host);
		base_buf_str(&b, " IDENTIFIED BY ");
	} else {
		base_buf_str(&b, "SET PASSWORD FOR ");
		add_account_name(&b, user, host);
		base_buf_str(&b, " = PASSWORD(");
		rest = ")";
	}
	if (base_buf_ok(&b))
		rc = run_account(m, b.data, store_db_password(a), rest);
	base_buf_done(&b);
	return rc;
}

/*
 * Grant RIGHTS on the database of M alone, or if ALL on the server.  The name
 * of a database in GRANT is a pattern, in which '_' would let the account into
 * other databases.  Rights that were granted before are not taken away.
 */
static int
grant_rights(const struct maker *m, const char *rights, int all,
    const char *user, const char *host)
{
	struct base_buf b;
	const char *p;
	int rc = -1;

	base_buf_init(&b);
	base_buf_fmt(&b, "GRANT %s ON ", rights);
	if (all)
		base_buf_str(&b, "*.*");
	else {
		base_buf_chr(&b, '`');
		for (p = store_db_name(m->db); *p != '\0'; p++) {
			if (*p == '_' || *p == '%')	/* it is a pattern */
				base_buf_chr(&b, '\\');
			base_buf_chr(&b, *p);
		}
		base_buf_str(&b, "`.*");
	}
	base_buf_str(&b, " TO ");
	add_account_name(&b, user, host);
	if (base_buf_ok(&b))
		rc = run_account(m, b.data, NULL, "");
	base_buf_done(&b);
	return rc;
}

/* What the program that logs in with a key of [database] must be allowed. */
struct role {
	const char	*key, *url;
	const char	*rights;	/* on the database */
	const char	*monitor;	/* with these it may look further */
	struct store_db	*login;
};

/*
 * The account may be one that exists already, for other hosts as well; only
 * the one for our host is touched.
 */
static int
make_account(const struct maker *m, const struct role *r)
{
	const char *host, *user = store_db_user(r->login);

	if (strcmp(user, store_db_user(m->db)) == 0)
		return 0;		/* that one may do all already */
	host = account_host(m, r->login);
	if (set_password(m, r->login, host) == -1 ||
	    grant_rights(m, r->rights, 0, user, host) == -1)
		return -1;
	return m->wish->monitor ?
	    grant_rights(m, r->monitor, 1, user, host) : 0;
}

/*
 * Make the account that proxies look with whether the server lives.  It has
 * neither a password nor a right, as it is for anybody who asks; proxies log
 * in by an old form of the protocol, which needs the old plugin.
 */
static int
make_lbcheck(const struct maker *m)
{
	const char *host = m->wish->host != NULL ? m->wish->host : "%";
	struct base_buf b;
	int rc = -1, there;

	if ((there = account_exists(m, "lbcheck", host)) != 0)
		return there == -1 ? -1 : 0;
	base_buf_init(&b);
	base_buf_str(&b, "CREATE USER ");
	add_account_name(&b, "lbcheck", host);
	base_buf_str(&b, " IDENTIFIED WITH mysql_native_password");
	if (base_buf_ok(&b))
		rc = run_account(m, b.data, NULL, "");
	base_buf_done(&b);
	return rc;
}

static int
is_same_account_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/*
 * Returns 1 if the addresses of N roles can all be right, or 0 after a
 * warning.  This comes before the first statement: two passwords for one
 * account would be set in turn, by every run, and one of the programs would
 * always be locked out.
 */
static int
check_roles(const struct maker *m, const struct role *r, size_t n)
{
	const char *name = store_db_name(m->db);
	size_t i, k;

	for (i = 0; i < n; i++) {
		if (*store_db_user(r[i].login) == '\0' ||
		    !is_same_account_text(store_db_name(r[i].login), name)) {
			warnx("[database] %s: expected an account for %s, "
			    "not for %s", r[i].key, name,
			    store_db_name(r[i].login));
			return 0;
		}
		for (k = 0; k < i; k++)
			if (is_same_account_text(store_db_user(r[i].login),
			    store_db_user(r[k].login)) &&
			    !is_same_account_text(store_db_password(r[i].login),
			    store_db_password(r[k].login))) {
				warnx("[database] %s, %s: two passwords for "
				    "one account, %s", r[k].key, r[i].key,
				    store_db_user(r[i].login));
				return 0;
			}
	}
	return 1;
}

/*
 * What was done before a failure stays done, since accounts know no
 * transactions; the next run finds it, and goes on.
 */
enum store_account_verdict
store_account_make(struct store_db *db, const struct store_account_wish *wish)
{
	const struct maker m = { db, wish };
	struct role r[] = {
		{ "rw_url", wish->rw_url, "SELECT, INSERT, UPDATE, DELETE",
		    "PROCESS", NULL },
		{ "ro_url", wish->ro_url, "SELECT", monitor_right(&m), NULL }
	};
	enum store_account_verdict v = STORE_ACCOUNT_BAD;
	size_t i, n = 0;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		if (r[i].url == NULL)
			continue;
		r[n] = r[i];
		if ((r[n].login = store_db_new(r[n].key, r[n].url,
		    STORE_DB_CAUSAL)) == NULL)
			goto out;
		n++;
	}
	if (!check_roles(&m, r, n))
		goto out;
	v = STORE_ACCOUNT_FAILED;
	for (i = 0; i < n; i++)
		if (make_account(&m, &r[i]) == -1)
			goto out;
	if (!wish->lbcheck || make_lbcheck(&m) == 0)
		v = STORE_ACCOUNT_DONE;
out:
	for (i = 0; i < n; i++)
		store_db_free(r[i].login);
	return v;
}
