/* SPDX-License-Identifier: ISC */
/*
 * A password that is right is not set again: whether it is shows by logging
 * in.  Servers before MySQL 5.7 and MariaDB 10.2 do not know ALTER USER.
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
	struct store_db	*db;
	const char	*host;
	int		 dry;
	void		(*show)(const char *sql);
};

/*
 * Run a statement: SQL up to the password, then "REST" after it.  PASSWORD
 * NULL: there is none in it.
 */
static int
run(const struct maker *m, const char *sql, const char *password,
    const char *rest)
{
	struct base_buf b;
	int pass, rc = -1;

	base_buf_init(&b);
	for (pass = m->show == NULL; pass < 2; pass++) {
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
			m->show(b.data);
	}
	rc = m->dry ? 0 : store_db_run(m->db, b.data, b.len);
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
add_name(struct base_buf *b, const char *user, const char *host)
{
	store_sql_quote(b, user);
	base_buf_chr(b, '@');
	store_sql_quote(b, host);
}

static int
exists(const struct maker *m, const char *user, const char *host)
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

static int
has_alter_user(const struct maker *m)
{
	MYSQL *my = store_db_handle(m->db);
	unsigned long v = my == NULL ? 0 : mysql_get_server_version(my);

	return v >= 50700 && (v < 100000 || v >= 100200);
}

/* The account that A would log in with. */
static int
make(const struct maker *m, struct store_db *a, const char *rights)
{
	const char *host = m->host != NULL ? m->host :
	    store_db_is_socket(a) ? "localhost" : "%", *p;
	struct base_buf b;
	int rc = -1, there;

	base_buf_init(&b);
	if (*store_db_user(a) == '\0' ||
	    strcmp(store_db_name(a), store_db_name(m->db)) != 0) {
		warnx("database: expected an account for %s in an address "
		    "for %s", store_db_name(m->db), store_db_name(a));
		goto out;
	}
	if (strcmp(store_db_user(a), store_db_user(m->db)) == 0) {
		rc = 0;			/* that one may do all already */
		goto out;
	}
	if ((there = exists(m, store_db_user(a), host)) == -1)
		goto out;
	if (there && has_alter_user(m))
		base_buf_str(&b, "ALTER USER ");
	else
		base_buf_str(&b, there ? "SET PASSWORD FOR " :
		    "CREATE USER ");
	add_name(&b, store_db_user(a), host);
	base_buf_str(&b, there && !has_alter_user(m) ? " = PASSWORD(" :
	    " IDENTIFIED BY ");
	if (!base_buf_ok(&b) || ((!there ||
	    store_db_connect(a, 1) == -1) && run(m, b.data,
	    store_db_password(a), there && !has_alter_user(m) ? ")" : "")
	    == -1))
		goto out;
	base_buf_reset(&b);
	base_buf_fmt(&b, "GRANT %s ON `", rights);
	for (p = store_db_name(m->db); *p != '\0'; p++)	/* a pattern */
		base_buf_fmt(&b, "%s%c", *p == '_' || *p == '%' ? "\\" : "",
		    *p);
	base_buf_str(&b, "`.* TO ");
	add_name(&b, store_db_user(a), host);
	rc = base_buf_ok(&b) ? run(m, b.data, NULL, "") : -1;
out:
	base_buf_done(&b);
	return rc;
}

int
store_account_make(struct store_db *db, const char *rw_url,
    const char *ro_url, const char *host, int dry,
    void (*show)(const char *sql))
{
	struct maker m = { db, host, dry, show };
	struct store_db *a;
	struct {
		const char *key, *url, *rights;
	} want[] = {
		{ "rw_url", rw_url, "SELECT, INSERT, UPDATE, DELETE" },
		{ "ro_url", ro_url, "SELECT" }
	};
	struct base_buf b;
	int rc = 0, there;
	size_t i;

	for (i = 0; i < 2 && rc == 0; i++) {
		if (want[i].url == NULL)
			continue;
		if ((a = store_db_new(want[i].key, want[i].url)) == NULL)
			return -1;
		rc = make(&m, a, want[i].rights);
		store_db_free(a);
	}
	if (rc == -1)
		return -1;
	if (host == NULL)
		host = "%";
	if ((there = exists(&m, "lbcheck", host)) != 0)
		return there == -1 ? -1 : 0;
	base_buf_init(&b);
	base_buf_str(&b, "CREATE USER ");
	add_name(&b, "lbcheck", host);
	base_buf_str(&b, " IDENTIFIED WITH mysql_native_password");
	rc = base_buf_ok(&b) ? run(&m, b.data, NULL, "") : -1;
	base_buf_done(&b);
	return rc;
}
