/* SPDX-License-Identifier: ISC */
/*
 * loc-db - tables and accounts of the database.
 *
 * Works through statements that can each be run again, so when it is
 * stopped, or the server is, running it once more finishes the work.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "check/cli.h"
#include "check/database.h"
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "store/account.h"
#include "store/db.h"
#include "store/schema.h"

#define SYNOPSIS \
	"[-hjnvV] [-c config] [-H host] init | migrate | status\n" \
	"[-hnvV] [-c config] [-H host] users [lbcheck] [monitor]\n" \
	CHECK_CLI_SYNOPSIS
#define CONNECT_S	10
#define STATEMENT_S	(7 * 86400)	/* of a large table */
#define ROUNDS		5
#define AGAIN		(-1)	/* what would be the exit status */

struct opts {
	const char	*host;		/* -H: of the accounts, or NULL */
	int		 json;		/* -j */
	int		 dry;		/* -n: print statements */
	int		 verbose;	/* -v: print them as they run; shards */
	int		 lbcheck;	/* users: what else was asked for */
	int		 monitor;
};

/*
 * Print a statement so that the output can be fed to a client.  It is flushed
 * at once: a statement that takes hours is to be seen while it runs.
 */
static void
show(const char *sql)
{
	printf("%s;\n", sql);
	fflush(stdout);
}

/*
 * The URL KEY of the configuration as a connection, not yet made.  Connecting
 * may fail soon, but a statement may run for days: to add an index to a large
 * table takes as long as it takes, and a statement that we gave up might go on
 * in the server all the same.
 */
static struct store_db *
open_db(const char *key, const char *url, enum store_db_reads reads)
{
	struct store_db *db = store_db_new(key, url, reads);

	if (db != NULL)
		store_db_timeouts(db, CONNECT_S, STATEMENT_S);
	return db;
}

/*
 * Run what is left to be done, or print it if the run is dry.  Columns that
 * differ from ours in a way that we do not mend are told of in either case and
 * are no failure.  A failure leaves the steps that were done; the next run
 * plans only those that are still missing.  Returns an exit status, or AGAIN
 * if the plan was not right any more.
 */
static int
carry_out(const struct opts *o, struct store_db *db,
    const struct store_schema *s)
{
	const struct store_schema_item *i;

	for (i = s->differs; i != NULL; i = i->next)
		warnx("left alone: %s", i->text);
	if (o->dry) {
		for (i = s->steps; i != NULL; i = i->next)
			show(i->text);
		return EX_OK;
	}
	switch (store_schema_apply(db, s, o->verbose ? show : NULL)) {
	case 0:
		return EX_OK;
	case 1:
		return AGAIN;
	default:
		return store_db_status(db);
	}
}

/*
 * Name the tables of ROLE on stderr, below a message that says what is the
 * matter with them.  STORE_SCHEMA_NEEDED stands for all tables: in a database
 * that is not ours even a table with one of our names is foreign.
 */
static void
list_tables(const struct store_schema *s, enum store_schema_role role)
{
	const struct store_schema_table *t;

	for (t = s->table; t != NULL; t = t->next)
		if (role == STORE_SCHEMA_NEEDED || t->role == role)
			fprintf(stderr, "\t%s\n", t->name);
}

static int
has_foreign(const struct store_schema *s)
{
	const struct store_schema_table *t;

	for (t = s->table; t != NULL; t = t->next)
		if (t->role == STORE_SCHEMA_FOREIGN)
			return 1;
	return 0;
}

/*
 * An older loc must not touch tables that a later one has changed: it does not
 * know what the later one relies on.
 */
static int
too_new(const struct store_db *db, const struct store_schema *s)
{
	warnx("%s: version %lld, made by a later loc than this (%lld)",
	    store_db_name(db), (long long)s->version,
	    (long long)store_schema_latest());
	return EX_CONFIG;
}

/*
 * Refuse a database of which neither the tables nor a revision say that
 * Ichnaea or loc has made it.
 */
static int
not_ours(const struct store_db *db, const struct store_schema *s)
{
	if (s->revision[0] != '\0')
		warnx("%s: unknown revision %s", store_db_name(db),
		    s->revision);
	else
		warnx("%s: not a database of Ichnaea or loc",
		    store_db_name(db));
	return EX_CONFIG;
}

/*
 * The command makes the tables of an absent or empty database, and finishes
 * what an earlier run has left half done.  It does not adopt tables that are
 * there: whoever runs init expects an empty place, and tables in it are a sign
 * of a wrong URL.  Adopting is what migrate is for.
 */
static int
init(const struct opts *o, struct store_db *db, struct store_schema *s)
{
	switch (s->state) {
	case STORE_SCHEMA_NEWER:
		return too_new(db, s);
	case STORE_SCHEMA_ICHNAEA:
	case STORE_SCHEMA_UNKNOWN:
		warnx("%s: holds tables that loc did not make%s:",
		    store_db_name(db), s->state == STORE_SCHEMA_ICHNAEA ?
		    "; loc-db migrate would adopt them" : "");
		list_tables(s, STORE_SCHEMA_NEEDED);
		return EX_CONFIG;
	default:
		if (!has_foreign(s))
			return carry_out(o, db, s);
		warnx("%s: holds tables that loc did not make:",
		    store_db_name(db));
		list_tables(s, STORE_SCHEMA_FOREIGN);
		return EX_CONFIG;
	}
}

/*
 * The command brings the tables of Ichnaea or of an older loc to our version.
 * It makes no new database, as that would hide a wrong name in the URL.
 */
static int
migrate(const struct opts *o, struct store_db *db, struct store_schema *s)
{
	switch (s->state) {
	case STORE_SCHEMA_NEWER:
		return too_new(db, s);
	case STORE_SCHEMA_ABSENT:
	case STORE_SCHEMA_EMPTY:
		warnx("%s: nothing to migrate; use loc-db init",
		    store_db_name(db));
		return EX_CONFIG;
	case STORE_SCHEMA_UNKNOWN:
		return not_ours(db, s);
	default:
		return carry_out(o, db, s);
	}
}

static const char *
role_name(enum store_schema_role role)
{
	static const char *const name[] = { "", "retired", "foreign" };

	return name[role];
}

/* Tables that are told of as one, and what their names begin with. */
static const struct sum {
	const char	*name, *prefix;
} sums[] = {
	{ "blue", "blue_shard_" }, { "wifi", "wifi_shard_" },
	{ "cell", "cell_gsm" }, { "cell", "cell_wcdma" },
	{ "cell", "cell_lte" }, { "cell", "cell_nr" }
};

/*
 * The sum that table NAME goes into, or NULL.  A prefix that ends with an
 * underscore stands for all shards; any other has to be the whole name, so
 * that cell_gsm does not take a table in that begins like it.
 */
static const char *
sum_of(const char *name)
{
	size_t i, len;

	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		len = strlen(sums[i].prefix);
		if (strncmp(name, sums[i].prefix, len) == 0 &&
		    (sums[i].prefix[len - 1] == '_' || name[len] == '\0'))
			return sums[i].name;
	}
	return NULL;
}

/*
 * One line of the table.  A tilde tells that the number is the server's guess
 * and was not counted.
 */
static void
put_rows(const char *name, int64_t rows, int is_guess, const char *role)
{
	char text[24];

	snprintf(text, sizeof(text), "%s%lld", is_guess ? "~" : "",
	    (long long)rows);
	printf("%-16s %12s%s%s\n", name, text, *role != '\0' ? " " : "",
	    role);
}

/*
 * Print the rows of the tables; unless ALL, those of shards and radios are
 * added up.  A sum stands where the first of its tables is, so every table
 * looks whether one before it has the same sum.  That is quadratic, but there
 * are some dozens of tables.  A sum with one guess in it is a guess.
 */
static void
put_tables(const struct store_schema *s, int all)
{
	const struct store_schema_table *t, *u;
	const char *sum, *last = NULL;
	int64_t rows;
	int is_guess;

	for (t = s->table; t != NULL; t = t->next) {
		sum = all ? NULL : sum_of(t->name);
		if (sum == NULL) {
			put_rows(t->name, t->rows, t->is_guess,
			    role_name(t->role));
			continue;
		}
		for (u = s->table; u != t; u = u->next)
			if ((last = sum_of(u->name)) != NULL &&
			    strcmp(sum, last) == 0)
				break;
		if (u != t)
			continue;	/* it is told already */
		rows = is_guess = 0;
		for (; u != NULL; u = u->next)
			if ((last = sum_of(u->name)) != NULL &&
			    strcmp(sum, last) == 0) {
				rows += u->rows;
				is_guess |= u->is_guess;
			}
		put_rows(sum, rows, is_guess, "");
	}
}

/*
 * What status prints for people.  These words are not meant to be parsed:
 * there is -j for programs.
 */
static void
status_text(const struct opts *o, const struct store_db *db,
    const struct store_schema *s)
{
	const struct store_schema_item *i;

	printf("database  %s%s\n", store_db_name(db),
	    s->state == STORE_SCHEMA_ABSENT ? " (absent)" : "");
	printf("server    %s\n", store_db_server(db));
	if (store_db_logs_statements(db))
		puts("binlog    STATEMENT (ROW or MIXED is better)");
	printf("revision  %s\n", s->revision[0] != '\0' ? s->revision : "-");
	printf("version   %lld of %lld\n", (long long)s->version,
	    (long long)store_schema_latest());
	printf("pending   %s\n", s->steps != NULL ? "yes" : "no");
	for (i = s->missing; i != NULL; i = i->next)
		printf("missing   %s\n", i->text);
	for (i = s->differs; i != NULL; i = i->next)
		printf("differs   %s\n", i->text);
	put_tables(s, o->verbose);
}

/*
 * Add the texts of a list as an array, which is there even if it is empty, so
 * that programs need not test for it.
 */
static void
write_list(struct json_write *w, const char *name,
    const struct store_schema_item *i)
{
	json_write_array(w, name);
	for (; i != NULL; i = i->next)
		json_write_text(w, NULL, i->text);
	json_write_end(w);
}

/*
 * The same for programs, with every table by itself.  Guesses are not marked
 * here: a member of rows is always a number.
 */
static void
status_json(const struct store_db *db, const struct store_schema *s)
{
	const struct store_schema_table *t;
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "server", store_db_server(db));
	json_write_text(&w, "database", store_db_name(db));
	if (s->revision[0] != '\0')
		json_write_text(&w, "revision", s->revision);
	json_write_i64(&w, "version", s->version);
	json_write_i64(&w, "latest", store_schema_latest());
	json_write_bool(&w, "pending", s->steps != NULL);
	write_list(&w, "missing", s->missing);
	write_list(&w, "differs", s->differs);
	json_write_object(&w, "rows");
	for (t = s->table; t != NULL; t = t->next)
		json_write_i64(&w, t->name, t->rows);
	json_write_end(&w);
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * The command looks and changes nothing.  Its exit status tells scripts
 * whether the programs can work with the database: 0 if all is there, 1 if
 * init or migrate has something to do, and otherwise that of a refusal, as
 * what init and migrate would refuse is no good to the programs either.  An
 * absent database has no rows to be counted.
 */
static int
status(const struct opts *o, struct store_db *db, struct store_schema *s)
{
	if (s->state != STORE_SCHEMA_ABSENT &&
	    store_schema_count(db, s) == -1)
		return store_db_status(db);
	if (o->json)
		status_json(db, s);
	else
		status_text(o, db, s);
	switch (s->state) {
	case STORE_SCHEMA_OURS:
		return s->steps != NULL;
	case STORE_SCHEMA_NEWER:
		return too_new(db, s);
	case STORE_SCHEMA_UNKNOWN:
		return not_ours(db, s);
	default:
		return 1;
	}
}

/*
 * The address to use, and in KEY its name; NULL after a warning.  Only the
 * account of ddl_url may change tables, so commands that change something
 * never fall back to another: they would fail half way.  To look, any account
 * does.
 */
static const char *
choose_url(const struct conf_file *cf, int changes, const char **key,
    enum store_db_reads *reads)
{
	const struct {
		const char		*key, *url;
		enum store_db_reads	 reads;
	} urls[] = { { "ddl_url", cf->ddl_url, STORE_DB_CAUSAL },
	    { "rw_url", cf->rw_url, STORE_DB_CAUSAL },
	    { "ro_url", cf->ro_url, STORE_DB_STALE } };
	size_t i;

	for (i = 0; i < (changes ? 1 : 3); i++)
		if (urls[i].url != NULL) {
			*key = urls[i].key;
			*reads = urls[i].reads;
			return urls[i].url;
		}
	conf_file_need(cf, &cf->ddl_url);
	return NULL;
}

/*
 * Read what there is, and have COMMAND judge it.  It reads with the lock held
 * if the command changes anything, so that no other loc-db makes the plan
 * wrong between reading and carrying out; only a statement that one which was
 * killed has left behind can, and then it is made anew.
 */
static int
read_tables(const struct opts *o, struct store_db *db, int (*command)(
    const struct opts *, struct store_db *, struct store_schema *))
{
	struct store_schema *s;
	int rc, round;

	for (round = 0; round < ROUNDS; round++) {
		s = store_schema_read(db);
		rc = s == NULL ? store_db_status(db) : command(o, db, s);
		store_schema_free(s);
		if (rc != AGAIN)
			return rc;
	}
	warnx("%s: somebody else changes the tables", store_db_name(db));
	return EX_UNAVAILABLE;
}

/*
 * The command makes the accounts that rw_url and ro_url name.  DB is connected
 * first, as the statements depend on the server that answers.  Statements are
 * shown with *** instead of passwords.
 */
static int
users(const struct opts *o, struct store_db *db, const struct conf_file *cf)
{
	const struct store_account_wish wish = {
		.rw_url = cf->rw_url, .ro_url = cf->ro_url, .host = o->host,
		.lbcheck = o->lbcheck, .monitor = o->monitor, .dry = o->dry,
		.show = o->dry || o->verbose ? show : NULL
	};

	if (store_db_connect(db, 0) == -1)
		return store_db_status(db);
	switch (store_account_make(db, &wish)) {
	case STORE_ACCOUNT_DONE:
		return EX_OK;
	case STORE_ACCOUNT_BAD:
		return EX_CONFIG;
	default:
		return store_db_status(db);
	}
}

/*
 * The commands.  Of those with CHANGES set one waits for the other on the same
 * database, also from other hosts.
 */
static const struct command {
	const char	*name;
	/* NULL: it is about accounts */
	int		(*tables)(const struct opts *, struct store_db *,
			    struct store_schema *);
	int		 changes;	/* so one waits for the other */
} commands[] = {
	{ "init", init, 1 },
	{ "migrate", migrate, 1 },
	{ "status", status, 0 },
	{ "users", NULL, 1 }
};

/*
 * Note what else users is to make.  A word that is not known ends the program,
 * before anything is connected to.
 */
static void
take_words(struct opts *o, char *const *word)
{
	static const char *const known[] = { "lbcheck", "monitor" };
	const char *const *w;

	for (; *word != NULL; word++) {
		w = IO_CLI_FIND(*word, known);
		if (w == &known[0])
			o->lbcheck = 1;
		else
			o->monitor = 1;
	}
}

/*
 * Do one command and return its exit status.  The lock is held by a connection
 * of its own, because the server gives it up when that connection ends,
 * however it ends: a killed loc-db never leaves it behind.  A dry run takes
 * none, as it changes nothing and should not wait for one that does.
 */
static int
run_command(const struct opts *o, const struct command *c,
    const struct conf_file *cf)
{
	enum store_db_reads reads;
	const char *key, *url = choose_url(cf, c->changes, &key, &reads);
	struct store_db *db, *lock = NULL;
	int rc = EX_OSERR;

	if (url == NULL || (db = open_db(key, url, reads)) == NULL)
		return EX_CONFIG;
	if (c->changes && !o->dry) {
		if ((lock = open_db(key, url, reads)) == NULL)
			goto out;
		if (store_schema_lock(lock) == -1) {
			rc = store_db_status(lock);
			goto out;
		}
	}
	rc = c->tables != NULL ? read_tables(o, db, c->tables) :
	    users(o, db, cf);
out:
	store_db_free(db);
	store_db_free(lock);
	return rc;
}

static const struct check_cli checked = {
	.options = "c:H:jnv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_DDL,
	.database = check_database
};

/*
 * All of the command line is checked before the configuration is read, so that
 * a slip of the pen is told even where there is no configuration yet.  The
 * output is flushed before the status is known to be good: what a full disk
 * has lost must not look like success.
 */
int
main(int argc, char *argv[])
{
	struct conf_file cf;
	struct opts o = { .host = NULL };
	const struct command *what;
	struct io_cli cli;
	int rc;

	check_cli(&cli, argc, argv, &checked);
	o.host = cli.arg['H'];
	o.json = cli.arg['j'] != NULL;
	o.dry = cli.arg['n'] != NULL;
	o.verbose = cli.arg['v'] != NULL;
	if (cli.words == 0)
		io_cli_usage(SYNOPSIS, 0);
	what = IO_CLI_FIND(cli.word[0], commands);
	if (what->tables == NULL)
		take_words(&o, cli.word + 1);
	else if (cli.words != 1)
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	rc = run_command(&o, what, &cf);
	io_cli_flush();
	conf_file_end(&cf);
	return rc;
}
