/* SPDX-License-Identifier: ISC */
/*
 * The databases: which server answers, whether it is set up as it should be,
 * whether the accounts may do what they must and no more, the schema, and what
 * was done last when.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "store/area.h"
#include "store/db.h"
#include "store/health.h"
#include "store/mark.h"
#include "store/schema.h"

#include "status.h"

/* Which of the two; checks are named the same for both. */
struct account {
	struct store_db	*db;
	const char	*check;		/* "rw" */
	const char	*needs;		/* ",SELECT,..." */
};

static void
failed(struct status *s, const char *check, const struct store_db *db)
{
	const char *words = said(s);

	tell(s, check, BROKEN, "is the server up, and does it know the "
	    "account? See location.ini(5)", "%s: %s", store_db_where(db),
	    *words != '\0' ? words : store_db_error(db));
}

/*
 * What our session is like, and what there is of the server.  Each variable
 * that matters has one value, or the beginning of one, that is right.
 */
enum { HOST, VERSION, MODE, ISOLATION, CHARSET, DBCHARSET, ZONE, PACKET,
    LOGGED, FORMAT, FLUSH, READ_ONLY, VARIABLES };
static const char *const variables[VARIABLES] = {
	"hostname", "version", "sql_mode", "tx_isolation",
	"character_set_client", "character_set_database", "time_zone",
	"max_allowed_packet", "log_bin", "binlog_format",
	"innodb_flush_log_at_trx_commit", "read_only"
};

/* The first thing that is not as it should be, or NULL. */
static const char *
find_odd(char (*v)[STORE_HEALTH_VALUE], int writes, const char **remedy)
{
	static char text[320];

	*remedy = "does a proxy before the server change what sessions set?";
	if (strstr(v[MODE], "STRICT_TRANS_TABLES") == NULL) {
		snprintf(text, sizeof(text), "sql_mode is %s", v[MODE]);
		return text;
	}
	if (strncmp(v[CHARSET], "utf8", 4) != 0 ||
	    strncmp(v[DBCHARSET], "utf8", 4) != 0) {
		*remedy = "ALTER DATABASE ... CHARACTER SET utf8mb4";
		snprintf(text, sizeof(text), "the character set is %s, of "
		    "the database %s", v[CHARSET], v[DBCHARSET]);
		return text;
	}
	if (strcmp(v[ZONE], "+00:00") != 0)
		return "the time zone is not UTC";
	if (!writes)
		return NULL;
	if (strcmp(v[LOGGED], "ON") == 0 &&
	    strcmp(v[FORMAT], "STATEMENT") == 0) {
		*remedy = "set binlog_format to ROW or MIXED";
		return "binlog_format is STATEMENT: more transactions have "
		    "to be done over";
	}
	if (*v[ISOLATION] != '\0' &&
	    strcmp(v[ISOLATION], "READ-COMMITTED") != 0)
		return "the isolation is not READ-COMMITTED";
	if (strcmp(v[FLUSH], "1") != 0) {
		*remedy = "set innodb_flush_log_at_trx_commit to 1";
		return "a power failure may lose what was counted last";
	}
	return NULL;
}

/*
 * A server that only reads is as good as none for the account that writes, as
 * after a fail-over that the URL did not follow.
 */
static int
check_server(struct status *s, const struct account *a)
{
	int writes = strcmp(a->check, "rw") == 0;
	char v[VARIABLES][STORE_HEALTH_VALUE];
	const char *odd, *remedy;
	int64_t packet = 0;

	if (store_health_values(a->db, 0, variables, VARIABLES, v) == -1) {
		failed(s, a->check, a->db);
		return -1;
	}
	if (writes && strcmp(v[READ_ONLY], "OFF") != 0 &&
	    strcmp(v[READ_ONLY], "0") != 0 && *v[READ_ONLY] != '\0')
		tell(s, a->check, BROKEN, "rw_url has to name the primary",
		    "%s: %s only reads", store_db_where(a->db), v[HOST]);
	else if ((odd = find_odd(v, writes, &remedy)) != NULL)
		tell(s, a->check, DEGRADED, remedy, "%s: %s", store_db_where(
		    a->db), odd);
	else
		tell(s, a->check, FINE, NULL, "%s: %s, %s",
		    store_db_where(a->db), v[HOST], v[VERSION]);
	base_num_i64(v[PACKET], strlen(v[PACKET]), &packet);
	if (packet < 1 << 20)
		tell(s, "database.packet", DEGRADED,
		    "raise max_allowed_packet to 16M",
		    "%s: max_allowed_packet is %lld", store_db_where(a->db),
		    (long long)packet);
	return 0;
}

static void
check_clock(struct status *s, const struct account *a)
{
	int64_t now, diff;

	if (store_db_now(a->db, &now) == -1) {
		failed(s, "database.clock", a->db);
		return;
	}
	diff = llabs(now - (int64_t)time(NULL));
	measure(s, "database.clock", diff, "%s: its clock and ours differ by "
	    "%lld s", store_db_where(a->db), (long long)diff);
}

/* Rights that were found, and those that nobody needs. */
struct found {
	const char	*needs;
	char		 has[1024];	/* ",SELECT,INSERT" */
	char		 more[256];
};

/* To look at the server is no danger, and needed by loc-monitor. */
static void
on_right(void *arg, const char *right, int of_server)
{
	static const char harmless[] = ",USAGE,PROCESS,REPLICA MONITOR,"
	    "REPLICATION CLIENT,BINLOG MONITOR,SLAVE MONITOR,";
	struct found *f = arg;
	char word[80];

	snprintf(word, sizeof(word), ",%s,", right);
	strlcat(f->has, word, sizeof(f->has));
	if (strstr(of_server ? harmless : f->needs, word) != NULL)
		return;
	if (*f->more != '\0')
		strlcat(f->more, ", ", sizeof(f->more));
	strlcat(f->more, right, sizeof(f->more));
}

/* A row of commas and words: the first of NEEDS that is not in HAS. */
static int
lacks_right(const struct found *f, char word[80])
{
	const char *p = f->needs;
	size_t len;

	for (; p[0] != '\0' && p[1] != '\0'; p += len + 1) {
		len = strcspn(p + 1, ",");
		snprintf(word, 80, ",%.*s,", (int)len, p + 1);
		if (strstr(f->has, word) == NULL)
			return 1;
	}
	return 0;
}

static void
check_rights(struct status *s, const struct account *a)
{
	char word[80];
	struct found f = { .needs = a->needs };
	const char *check = strcmp(a->check, "rw") == 0 ? "rw.rights" :
	    "ro.rights";

	if (store_health_rights(a->db, on_right, &f) == -1)
		failed(s, check, a->db);
	else if (lacks_right(&f, word))
		tell(s, check, BROKEN, "loc-db users", "%s: %s may not %.*s",
		    store_db_where(a->db), store_db_user(a->db),
		    (int)strlen(word) - 2, word + 1);
	else if (*f.more != '\0')
		tell(s, check, DEGRADED, "give it an account of its own: "
		    "loc-db users", "%s: %s may more than it needs: %.120s",
		    store_db_where(a->db), store_db_user(a->db), f.more);
	else
		tell(s, check, FINE, NULL, "%s: %s may do what it needs",
		    store_db_where(a->db), store_db_user(a->db));
}

/* How far a replica is behind; a server that is none has nothing to say. */
static void
check_replica(struct status *s, const struct account *a)
{
	struct store_health_replica r;

	switch (store_health_replica(a->db, &r)) {
	case STORE_HEALTH_REPLICA:
		if (!r.running)
			tell(s, "database.lag", BROKEN, "SHOW REPLICA STATUS "
			    "there says why", "%s: %s is stopped",
			    store_db_where(a->db), r.host);
		else
			measure(s, "database.lag", r.lag_s, "%s: %s is %lld s "
			    "behind", store_db_where(a->db), r.host,
			    (long long)r.lag_s);
		break;
	case STORE_HEALTH_DENIED:
		tell(s, "database.lag", FINE, NULL, "%s: whether it is a "
		    "replica is not told to %s (loc-db users monitor)",
		    store_db_where(a->db), store_db_user(a->db));
		break;
	case STORE_HEALTH_FAILED:
		failed(s, "database.lag", a->db);
		break;
	case STORE_HEALTH_NO_REPLICA:
		break;
	}
}

/*
 * Of Galera: a node without a majority answers nothing.  One that hands its
 * data to another, or was told not to keep up, answers, but is behind.
 */
static void
check_galera(struct status *s, const struct account *a)
{
	static const char *const names[] = { "wsrep_cluster_size",
	    "wsrep_cluster_status", "wsrep_local_state_comment",
	    "wsrep_ready" };
	static const char *const on = "wsrep_on";
	char v[4][STORE_HEALTH_VALUE];

	if (store_health_values(a->db, 0, &on, 1, v) == -1 ||
	    strcmp(v[0], "ON") != 0 ||
	    store_health_values(a->db, 1, names, 4, v) == -1)
		return;
	if (strcmp(v[1], "Primary") != 0 || strcmp(v[3], "ON") != 0)
		tell(s, "database.galera", BROKEN, "how many nodes are up? "
		    "Without most of them none answers: see the server's log",
		    "%s: %s, %s", store_db_where(a->db), v[1], v[2]);
	else if (strcmp(v[2], "Synced") != 0)
		tell(s, "database.galera", DEGRADED, "wait until it has "
		    "caught up; if it does not, see its log, and wsrep_desync",
		    "%s: %s, %s", store_db_where(a->db), v[1], v[2]);
	else
		tell(s, "database.galera", FINE, NULL, "%s: %s nodes, %s",
		    store_db_where(a->db), v[0], v[2]);
}

/*
 * One host that answers is enough, but nobody would notice that another is
 * away, or has a name that is not known, before it is needed.
 */
static int
check_hosts(struct status *s, const struct account *a)
{
	int up = store_db_connect(a->db, 1) == 0;
	size_t i, n = store_db_hosts(a->db);

	if (n == 1 && !up)
		failed(s, a->check, a->db);
	if (n == 1)
		return up ? 0 : -1;
	for (i = 0; i < n; i++) {
		if (store_db_connect_to(a->db, i) == 0)
			continue;
		if (!up) {
			failed(s, a->check, a->db);
			continue;
		}
		s->about = a->check;
		tell(s, strcmp(a->check, "rw") == 0 ? "rw.hosts" : "ro.hosts",
		    DEGRADED, "is it up, and does it know the account? Others "
		    "of the address are used meanwhile", "%s: %s",
		    store_db_where(a->db), store_db_error(a->db));
		s->about = NULL;
	}
	store_db_disconnect(a->db);
	return up ? store_db_connect(a->db, 1) : -1;
}

static void
check_account(struct status *s, const struct account *a)
{
	if (a->db == NULL || check_hosts(s, a) == -1)
		return;
	s->about = a->check;
	if (check_server(s, a) == 0) {
		check_rights(s, a);
		check_clock(s, a);
		check_replica(s, a);
		check_galera(s, a);
	}
	s->about = NULL;
}

void
check_rw(struct status *s)
{
	check_account(s, &(struct account){ s->rw, "rw",
	    ",SELECT,INSERT,UPDATE,DELETE," });
}

void
check_ro(struct status *s)
{
	if (s->ro == NULL)
		tell(s, "ro", FINE, NULL, "[database] ro_url is not set: "
		    "no questions are answered here");
	check_account(s, &(struct account){ s->ro, "ro", ",SELECT," });
}

/* Either account can ask, and the others of this file go by the same. */
static struct store_db *
any_db(const struct status *s)
{
	struct store_db *db = s->rw != NULL ? s->rw : s->ro;

	if (db != NULL && !store_db_connected(db) &&
	    store_db_connect(db, 1) == -1)
		return NULL;
	return db;
}

/*
 * The tables are of version VERSION, which is ours; but somebody may have
 * changed them since, as loc-db status tells.
 */
static void
check_tables(struct status *s, struct store_db *db, int64_t version)
{
	struct store_schema *found = store_schema_read(db);

	if (found == NULL)
		failed(s, "schema", db);
	else if (found->steps != NULL)
		tell(s, "schema", BROKEN, "loc-db migrate", "version %lld, "
		    "but something is missing%s%s", (long long)version,
		    found->missing != NULL ? ": " : "",
		    found->missing != NULL ? found->missing->text : "");
	else if (found->differs != NULL)
		tell(s, "schema", DEGRADED, "loc-db status names all that "
		    "differs", "version %lld, but %s", (long long)version,
		    found->differs->text);
	else
		tell(s, "schema", FINE, NULL, "version %lld",
		    (long long)version);
	store_schema_free(found);
}

void
check_schema(struct status *s)
{
	struct store_db *db = any_db(s);
	int64_t version;

	if (db == NULL)
		return;
	if (store_db_get_i64(db, "SELECT MAX(number) FROM loc_version",
	    &version, 0) == -1)
		tell(s, "schema", BROKEN, "loc-db init, or loc-db migrate",
		    "%s: %s has no tables of ours", store_db_where(db),
		    store_db_name(db));
	else if (version < store_schema_latest())
		tell(s, "schema", BROKEN, "loc-db migrate", "version %lld; "
		    "this loc works on %lld", (long long)version,
		    (long long)store_schema_latest());
	else if (version > store_schema_latest())
		tell(s, "schema", BROKEN, "install the later loc here, too",
		    "version %lld, made by a later loc than this (%lld)",
		    (long long)version, (long long)store_schema_latest());
	else
		check_tables(s, db, version);
}

/* When a submission was counted last, and whether areas follow their cells. */
void
check_counted(struct status *s)
{
	struct store_db *db = any_db(s);
	int64_t age, n;

	if (db == NULL)
		return;
	if (store_db_get_i64(db, "SELECT TIMESTAMPDIFF(SECOND, MAX(time), "
	    "UTC_TIMESTAMP()) FROM loc_ledger", &age, -1) == -1)
		failed(s, "database.counted", db);
	else if (age < 0)
		tell(s, "database.counted", FINE, NULL,
		    "no submission was counted yet");
	else
		measure(s, "database.counted", age, "a submission was counted "
		    "%lld s ago", (long long)age);
	if (store_area_dirty(db, &n) == -1)
		failed(s, "database.areas", db);
	else
		measure(s, "database.areas", n, "%lld cell areas wait to be "
		    "brought up to date", (long long)n);
}

/* Work that never was done is not asked for: perhaps others do it. */
void
check_marks(struct status *s)
{
	static const char *const names[] = { "export.full", "export.diff",
	    "import.ocid", "backup.reports", "backup.verify",
	    "backup.database", "backup.drill" };
	struct store_db *db = any_db(s);
	int64_t age_s;
	size_t i;

	for (i = 0; db != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		switch (store_mark_age(db, names[i], &age_s)) {
		case 1:
			measure(s, names[i], age_s, "done %lld h ago",
			    (long long)(age_s / 3600));
			break;
		case -1:
			failed(s, names[i], db);
			break;
		}
}
