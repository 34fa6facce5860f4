/* SPDX-License-Identifier: ISC */
/*
 * What only the server itself can tell: how far a replica is behind, and which
 * revision of Ichnaea's it is at.  An account without the right to ask about
 * replication is a verdict of its own and no error, as a monitor still has
 * something to say then; that is why the error is expected, and gives no
 * warning.
 */
#include <string.h>

#include <mysqld_error.h>

#include "base/buf.h"
#include "base/num.h"
#include "store/db.h"
#include "store/health.h"
#include "store/retry.h"
#include "store/sql.h"

/* Their places among the columns, in every version; only names have changed. */
#define READS		10
#define APPLIES		11
#define SECONDS_BEHIND	32

struct status {
	struct store_health_replica	*replica;
	int				 sources;
	int				 denied;
};

static int
on_host(void *arg, char **field, const unsigned long *flen)
{
	struct store_health_replica *r = arg;

	(void)flen;
	if (field[0] != NULL)
		strlcpy(r->host, field[0], sizeof(r->host));
	return 0;
}

/*
 * A source whose lag is NULL is not being read from: one such makes the
 * replica count as stopped, whatever the others do.  It only waits if it tries
 * to connect ("Connecting", or "Preparing" to), and does what it has read.
 */
static int
on_source(void *arg, char **field, const unsigned long *flen)
{
	struct status *s = arg;
	int64_t lag_s;

	s->sources++;
	if (field[SECONDS_BEHIND] == NULL || !base_num_i64(
	    field[SECONDS_BEHIND], flen[SECONDS_BEHIND], &lag_s)) {
		s->replica->running = 0;
		if (field[READS] == NULL || strcmp(field[READS], "No") == 0 ||
		    field[APPLIES] == NULL ||
		    strcmp(field[APPLIES], "Yes") != 0)
			s->replica->waiting = 0;
	} else if (lag_s > s->replica->lag_s)
		s->replica->lag_s = lag_s;
	return 0;
}

/*
 * MySQL 8.4 does not know the old words any more, and MariaDB keeps them.  The
 * new ones are there from MySQL 8.0.22 on.
 */
static const char *
status_statement(const struct store_db *db)
{
	const char *version = store_db_server(db);

	return strstr(version, "MariaDB") == NULL &&
	    strverscmp(version, "8.0.22") >= 0 ? "SHOW REPLICA STATUS" :
	    "SHOW SLAVE STATUS";
}

/*
 * One attempt, for store_retry(); a denial is a result and ends it.  The port
 * is shown only where it is not the usual one.
 */
static int
read_status(struct store_db *db, void *arg)
{
	static const char host[] = "SELECT IF(@@port IN (0, 3306), "
	    "@@hostname, CONCAT(@@hostname, ':', @@port))";
	struct status *s = arg;
	const char *sql = status_statement(db);

	s->sources = s->denied = 0;
	*s->replica = (struct store_health_replica){ .running = 1,
	    .waiting = 1 };
	if (store_db_query(db, sql, strlen(sql), on_source, s) == -1) {
		s->denied = store_db_errno(db) ==
		    ER_SPECIFIC_ACCESS_DENIED_ERROR;
		return s->denied ? 0 : -1;
	}
	s->replica->waiting &= !s->replica->running;
	return store_db_query(db, host, sizeof(host) - 1, on_host,
	    s->replica);
}

enum store_health_verdict
store_health_replica(struct store_db *db, struct store_health_replica *r)
{
	struct status s = { r, 0, 0 };
	int rc;

	store_db_expect(db, ER_SPECIFIC_ACCESS_DENIED_ERROR);
	rc = store_retry(db, read_status, &s);
	store_db_expect(db, 0);
	if (rc == -1)
		return STORE_HEALTH_FAILED;
	if (s.denied)
		return STORE_HEALTH_DENIED;
	return s.sources > 0 ? STORE_HEALTH_REPLICA : STORE_HEALTH_NO_REPLICA;
}

/*
 * Several revisions are possible while Ichnaea's migrations have more than one
 * head.
 */
static int
on_health_revision(void *arg, char **field, const unsigned long *flen)
{
	struct base_buf *b = arg;

	if (b->len > 0)
		base_buf_chr(b, ',');
	if (field[0] != NULL)
		base_buf_add(b, field[0], flen[0]);
	return 0;
}

int
store_health_revision(struct store_db *db, struct base_buf *b)
{
	static const char sql[] =
	    "SELECT version_num FROM alembic_version ORDER BY version_num";

	base_buf_reset(b);
	return store_db_query(db, sql, sizeof(sql) - 1, on_health_revision, b);
}

struct values {
	const char *const	*name;
	size_t			 n;
	char			(*value)[STORE_HEALTH_VALUE];
};

static int
on_value(void *arg, char **field, const unsigned long *flen)
{
	struct values *v = arg;
	size_t i;

	(void)flen;
	for (i = 0; i < v->n; i++)
		if (strcasecmp(field[0], v->name[i]) == 0 && field[1] != NULL)
			strlcpy(v->value[i], field[1], STORE_HEALTH_VALUE);
	return 0;
}

/* A variable that a server does not know is only missing in the answer. */
int
store_health_values(struct store_db *db, int status, const char *const *name,
    size_t n, char (*value)[STORE_HEALTH_VALUE])
{
	struct values v = { name, n, value };
	struct base_buf b;
	size_t i;
	int rc;

	base_buf_init(&b);
	base_buf_fmt(&b, "SHOW SESSION %s WHERE Variable_name IN ",
	    status ? "STATUS" : "VARIABLES");
	for (i = 0; i < n; i++) {
		value[i][0] = '\0';
		base_buf_chr(&b, i == 0 ? '(' : ',');
		store_sql_quote(&b, name[i]);
	}
	base_buf_chr(&b, ')');
	rc = store_sql_query(db, &b, on_value, &v);
	base_buf_done(&b);
	return rc;
}

struct rights {
	void	(*right)(void *arg, const char *right, int of_server);
	void	*arg;
};

static int
on_right(void *arg, char **field, const unsigned long *flen)
{
	struct rights *r = arg;

	(void)flen;
	r->right(r->arg, field[0], field[1][0] == '1');
	return 0;
}

/* In a grant the name of a database is a pattern. */
int
store_health_rights(struct store_db *db,
    void (*right)(void *arg, const char *right, int of_server), void *arg)
{
#define ME "CONCAT('\\'', " \
	"SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '\\'@\\'', " \
	"SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '\\'')"
	static const char sql[] =
	    "SELECT privilege_type, 1 FROM information_schema.user_privileges "
	    "WHERE grantee = " ME " UNION SELECT privilege_type, 0 "
	    "FROM information_schema.schema_privileges "
	    "WHERE grantee = " ME " AND DATABASE() LIKE table_schema";
#undef ME
	struct rights r = { right, arg };

	return store_db_query(db, sql, sizeof(sql) - 1, on_right, &r);
}
