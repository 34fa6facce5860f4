/* SPDX-License-Identifier: ISC */
/*
 * loc-key - make, show and change API keys.
 *
 * Reads and writes the table api_key, one row per run; servers notice within
 * the time they remember keys.  A new key is printed before it exists for
 * others, so there is none that nobody has learnt.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "check/cli.h"
#include "check/database.h"
#include "conf/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "obs/witness.h"
#include "provider/service.h"
#include "store/db.h"
#include "store/key.h"
#include "store/table.h"

#define SYNOPSIS \
	"[-hjV] [-c config] copy old [key] [column=value ...]\n" \
	"[-hjV] [-c config] create [key] [column=value ...]\n" \
	"[-hV] [-c config] delete key\n" \
	"[-hjV] [-c config] disable key\n" \
	"[-hjV] [-c config] expire key [day]\n" \
	"[-hjV] [-c config] list\n" \
	"[-hjV] [-c config] note key [text]\n" \
	"[-hjV] [-c config] set key column=value ...\n" \
	"[-hjV] [-c config] show key\n" \
	CHECK_CLI_SYNOPSIS

#define API_KEY		(&store_table[STORE_TABLE_API_KEY])

/* What commands work with. */
struct run {
	struct store_db	*db;
	int		 json;		/* -j */
};

/*
 * Columns of a row in memory, as the table of lib/store/key.c describes them;
 * what has no value is NULL in the database and not printed.
 */

/*
 * The value of a column that is a number, or a truth.  Columns are reached by
 * their offsets in the row, so that a new column of the table needs no change
 * here.
 */
static int64_t
column_num(const struct store_table_column *c, const struct store_key *k)
{
	return *(const int64_t *)(const void *)((const char *)k + c->offset);
}

static const char *
column_text(const struct store_table_column *c, const struct store_key *k)
{
	return (const char *)k + c->offset;
}

/*
 * NULL is kept as an empty text or as STORE_KEY_NULL, so a text that is empty
 * in the database counts as NULL, too.
 */
static int
is_null(const struct store_table_column *c, const struct store_key *k)
{
	return c->kind == STORE_TABLE_TEXT ? *column_text(c, k) == '\0' :
	    column_num(c, k) == STORE_KEY_NULL;
}

/* All columns that have a value, as one line of JSON. */
static void
print_key_json(const struct store_key *k)
{
	char day[BASE_CIVIL_DATE_LEN];
	const struct store_table_column *c;
	struct json_write w;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	for (i = 0; i < API_KEY->ncol; i++) {
		c = &API_KEY->col[i];
		if (is_null(c, k))
			continue;
		if (c->kind == STORE_TABLE_TEXT)
			json_write_text(&w, c->name, column_text(c, k));
		else if (c->kind == STORE_TABLE_BOOL)
			json_write_bool(&w, c->name, column_num(c, k) > 0);
		else
			json_write_i64(&w, c->name, column_num(c, k));
	}
	if (k->trust != OBS_WITNESS_PUBLIC)
		json_write_text(&w, STORE_KEY_TRUST,
		    store_key_trust_name(k->trust));
	if (k->note[0] != '\0')
		json_write_text(&w, STORE_KEY_NOTE, k->note);
	if (k->expires != STORE_KEY_NULL) {
		base_civil_format_date(day, k->expires);
		json_write_text(&w, STORE_KEY_EXPIRES, day);
	}
	json_write_end(&w);
	io_cli_last(&b);
}

static void
print_value(const struct store_table_column *c, const struct store_key *k)
{
	if (is_null(c, k))
		putchar('-');
	else if (c->kind == STORE_TABLE_TEXT)
		fputs(column_text(c, k), stdout);
	else if (c->kind == STORE_TABLE_BOOL)
		fputs(column_num(c, k) > 0 ? "true" : "false", stdout);
	else
		printf("%lld", (long long)column_num(c, k));
}

/* All columns, a line each, for people to read. */
static void
print_text(const struct store_key *k)
{
	char day[BASE_CIVIL_DATE_LEN] = "-";
	size_t i;

	for (i = 0; i < API_KEY->ncol; i++) {
		printf("%-27s ", API_KEY->col[i].name);
		print_value(&API_KEY->col[i], k);
		putchar('\n');
	}
	printf("%-27s %s\n", STORE_KEY_TRUST, store_key_trust_name(k->trust));
	printf("%-27s %s\n", STORE_KEY_NOTE, k->note[0] == '\0' ? "-" :
	    k->note);
	if (k->expires != STORE_KEY_NULL)
		base_civil_format_date(day, k->expires);
	printf("%-27s %s\n", STORE_KEY_EXPIRES, day);
}

static void
print_json_row(void *arg, const struct store_key *k)
{
	(void)arg;
	print_key_json(k);
}

static const char *
number_text(char out[24], const struct store_table_column *c,
    const struct store_key *k)
{
	snprintf(out, 24, "%lld", (long long)column_num(c, k));
	return out;
}

/*
 * A line of the table that "list" prints: the key, then what limits it has, as
 * wide as the names above them.
 */
static void
print_text_row(void *arg, const struct store_key *k)
{
	const struct store_table_column *c;
	char num[24];
	size_t i;

	(void)arg;
	printf("%-*s", STORE_KEY_MAX, k->valid_key);
	for (i = 1; i <= 4; i++) {
		c = &API_KEY->col[i];
		printf(" %*s", (int)strlen(c->name), is_null(c, k) ? "-" :
		    c->kind != STORE_TABLE_BOOL ? number_text(num, c, k) :
		    column_num(c, k) > 0 ? "true" : "false");
	}
	printf("%s%s\n", k->note[0] == '\0' ? "" : " ", k->note);
}

/*
 * The database did not do as it was told.  What store_db_retry() calls fatal
 * has been warned of where it happened.  Returns an exit status.
 */
static int
tell_failure(const struct store_db *db)
{
	if (store_db_retry(db) != STORE_ERROR_FATAL)
		warnx("%s: %s", store_db_where(db), store_db_error(db));
	return store_db_status(db);
}

/* Keys are spelled exactly: that one differs in case only is missing, too. */
static int
tell_missing(const char *key)
{
	warnx("%s: no such key", key);
	return 1;
}

/*
 * Arguments.
 */

/* A name that no client could send, or nobody could type, is wrong usage. */
static const char *
checked_key(const char *key)
{
	if (!store_key_check(key))
		errx(EX_USAGE, "%s: expected " STORE_KEY_SYNTAX, key);
	return key;
}

static int
is_named(const char *name, const char *arg, size_t len)
{
	return strlen(name) == len && strncmp(name, arg, len) == 0;
}

/* End the program unless ARG is COLUMN=VALUE of a column to be set. */
static void
check_column(const char *arg)
{
	size_t i, len = strcspn(arg, "=");

	if (arg[len] == '\0')
		errx(EX_USAGE, "%s: expected COLUMN=VALUE", arg);
	for (i = 1; i < API_KEY->ncol; i++)
		if (is_named(API_KEY->col[i].name, arg, len))
			return;
	if (is_named(STORE_KEY_TRUST, arg, len) ||
	    is_named(STORE_KEY_NOTE, arg, len) ||
	    is_named(STORE_KEY_EXPIRES, arg, len))
		return;
	fprintf(stderr, "%s: %s: expected", getprogname(), arg);
	for (i = 1; i < API_KEY->ncol; i++)
		fprintf(stderr, "%s %s", i == 1 ? "" : ",",
		    API_KEY->col[i].name);
	fputs(", " STORE_KEY_TRUST ", " STORE_KEY_NOTE " or "
	    STORE_KEY_EXPIRES " before the =\n", stderr);
	exit(EX_USAGE);
}

/*
 * Set columns of K; ends the program if one is wrong.  Returns the mask of
 * those that were set, for store_key_update(); one that is given twice has its
 * last value.
 */
static unsigned
assign_columns(struct store_key *k, char *const *arg)
{
	unsigned mask = 0;
	char why[STORE_KEY_WHY_LEN];
	int i;

	for (; *arg != NULL; arg++) {
		check_column(*arg);
		if ((i = store_key_assign(k, *arg, why)) == -1)
			errx(EX_USAGE, "%s: expected %s", *arg, why);
		mask |= 1u << i;
	}
	return mask;
}

/*
 * The same before anything is done, of a key that is not known yet: a slip of
 * the pen is told before the database is connected to.  What depends on the
 * row itself can only be judged later, see is_whole().
 */
static void
check_columns(char *const *arg)
{
	struct store_key k;

	store_key_init(&k, NULL);
	assign_columns(&k, arg);
}

/* A new key's name at *ARG, moved behind it; NULL: it is to be random. */
static const char *
take_name(char *const **arg)
{
	if (**arg == NULL || strchr(**arg, '=') != NULL)
		return NULL;
	return checked_key(*(*arg)++);
}

/*
 * Is K one that another service may be asked for, and can be? loc-serve would
 * quietly never ask for a key without an address, so such a row is not
 * written.
 */
static int
is_whole(const struct store_key *k)
{
	if (k->allow_fallback <= 0 || k->fallback_url[0] != '\0')
		return 1;
	warnx("%s: allow_fallback needs fallback_url", k->valid_key);
	return 0;
}

/* Add NAME to TEXT, as it is to be read in a list. */
static void
add_name(char *text, size_t size, const char *name)
{
	if (text[0] != '\0')
		strlcat(text, " and ", size);
	strlcat(text, name, size);
}

/*
 * Tell of what keeps loc-serve from asking the other service that K may use.
 * Columns may be set one after the other, so it is no error.
 */
static void
tell_unasked(const struct store_key *k)
{
	struct provider_service service;
	const char *why;
	char lacks[80] = "";

	if (k->allow_fallback <= 0)
		return;
	if (k->fallback_name[0] == '\0')
		add_name(lacks, sizeof(lacks), "fallback_name");
	if (k->fallback_ratelimit == STORE_KEY_NULL)
		add_name(lacks, sizeof(lacks), "fallback_ratelimit");
	if (k->fallback_ratelimit_interval <= 0)
		add_name(lacks, sizeof(lacks), "fallback_ratelimit_interval");
	if (lacks[0] != '\0')
		warnx("%s: the other service is not asked without %s",
		    k->valid_key, lacks);
	if ((why = provider_service_parse(&service, k->fallback_schema,
	    k->fallback_url)) != NULL)
		warnx("%s: fallback_url: %s", k->valid_key, why);
}

/* Is a column that says which other service is asked among those of MASK? */
static int
has_fallback(unsigned mask)
{
	size_t i;

	for (i = 1; i < API_KEY->ncol; i++)
		if ((mask & 1u << i) != 0 &&
		    strstr(API_KEY->col[i].name, "fallback") != NULL)
			return 1;
	return 0;
}

/* Was column NAME, which there is, among those that were set? */
static int
has_column(unsigned mask, const char *name)
{
	size_t i;

	for (i = 1; strcmp(API_KEY->col[i].name, name) != 0; i++)
		assert(i + 1 < API_KEY->ncol);
	return (mask & 1u << i) != 0;
}

/*
 * Commands.  ARG is what follows the command; they return an exit status.
 */

/*
 * Called within the transaction that makes the key.  If the key cannot be
 * printed the program ends here, and the server rolls the transaction back
 * with the connection.
 */
static void
print_new(void *arg, const struct store_key *k)
{
	const struct run *r = arg;

	if (r->json)
		print_key_json(k);
	else
		puts(k->valid_key);
	io_cli_flush();
}

/*
 * Make the key K, and print it before anybody else can see it.  Names are
 * unique without regard to case in the database, though servers compare them
 * exactly, so a key may be in the way that looks different.
 */
static int
insert_row(struct run *r, const struct store_key *k)
{
	int rc;

	if (!is_whole(k))
		return EX_USAGE;
	if ((rc = store_key_insert(r->db, k, print_new, r)) == -1)
		return tell_failure(r->db);
	if (rc == 0) {
		warnx("%s: exists, perhaps in another case", k->valid_key);
		return 1;
	}
	tell_unasked(k);
	return EX_OK;
}

/*
 * The limit that a key has unless told otherwise surprises whoever gives one
 * key to many clients: so it is told, on standard error, as scripts take the
 * key from standard output.
 */
static int
create_row(struct run *r, char *const *arg)
{
	struct store_key k;
	unsigned mask;
	int rc;

	store_key_init(&k, take_name(&arg));
	mask = assign_columns(&k, arg);
	if ((rc = insert_row(r, &k)) == EX_OK && !has_column(mask, "maxreq"))
		warnx("%s: %lld requests a day and path; with maxreq=0 any "
		    "number", k.valid_key, (long long)k.maxreq);
	return rc;
}

/*
 * The columns of another key, but for those that are given.  The old row is
 * read and the new one written without a lock: what somebody changes in
 * between is in the old key only.
 */
static int
copy_row(struct run *r, char *const *arg)
{
	const char *old = *arg++;
	struct store_key k;
	int rc;

	if ((rc = store_key_get(r->db, old, &k)) == -1)
		return tell_failure(r->db);
	if (rc == 0)
		return tell_missing(old);
	store_key_rename(&k, take_name(&arg));
	assign_columns(&k, arg);
	return insert_row(r, &k);
}

static int
show_row(struct run *r, char *const *arg)
{
	struct store_key k;
	int rc;

	if ((rc = store_key_get(r->db, *arg, &k)) == -1)
		return tell_failure(r->db);
	if (rc == 0)
		return tell_missing(*arg);
	if (r->json)
		print_key_json(&k);
	else
		print_text(&k);
	return EX_OK;
}

/*
 * Change the columns of key *ARG.  The row is read first, as what the change
 * makes of it has to hold together.  Only the columns that are given are
 * written, so that two who change different columns at once both get their
 * way.
 */
static int
change_row(struct run *r, char *const *arg, char *const *columns)
{
	struct store_key k;
	unsigned mask = 0;
	int rc;

	if ((rc = store_key_get(r->db, *arg, &k)) == 1) {
		mask = assign_columns(&k, columns);
		if (!is_whole(&k))
			return EX_USAGE;
		rc = store_key_update(r->db, &k, mask);
	}
	if (rc == -1)
		return tell_failure(r->db);
	if (rc == 0)
		return tell_missing(*arg);
	if (has_fallback(mask))
		tell_unasked(&k);
	return r->json ? show_row(r, arg) : EX_OK;
}

static int
set_columns(struct run *r, char *const *arg)
{
	return change_row(r, arg, arg + 1);
}

/* The row stays, so that nobody else can be given the same key. */
static int
take_rights(struct run *r, char *const *arg)
{
	static char *const rights[] = { "allow_fallback=0",
	    "allow_locate=0", "allow_region=0", "trust=", NULL };

	return change_row(r, arg, rights);
}

/* The row goes, so that the same key may be given to somebody else. */
static int
delete_row(struct run *r, char *const *arg)
{
	int rc = store_key_delete(r->db, *arg);

	return rc == -1 ? tell_failure(r->db) :
	    rc == 0 ? tell_missing(*arg) : EX_OK;
}

/* Set NAME of the key *ARG to VALUE. */
static int
set_one(struct run *r, char *const *arg, const char *name, const char *value)
{
	char *column[2] = { NULL, NULL };
	int rc;

	if (asprintf(&column[0], "%s=%s", name, value) == -1)
		err(EX_OSERR, NULL);
	check_columns(column);
	rc = change_row(r, arg, column);
	free(column[0]);
	return rc;
}

/* Without a day: from now on. */
static int
set_expires(struct run *r, char *const *arg)
{
	char today[BASE_CIVIL_DATE_LEN];

	base_civil_format_date(today, base_civil_day_of(base_clock_now_s()));
	return set_one(r, arg, STORE_KEY_EXPIRES, arg[1] == NULL ? today :
	    arg[1]);
}

/* Print whose key it is, or say it. */
static int
set_note(struct run *r, char *const *arg)
{
	struct store_key k;
	int rc;

	if (arg[1] != NULL)
		return set_one(r, arg, STORE_KEY_NOTE, arg[1]);
	if ((rc = store_key_get(r->db, *arg, &k)) == -1)
		return tell_failure(r->db);
	if (rc == 0)
		return tell_missing(*arg);
	if (r->json)
		print_key_json(&k);
	else
		puts(k.note);
	return EX_OK;
}

/*
 * The command lists all keys in their order.  Only the four columns behind the
 * key that people look for fit on a line; -j has them all.
 */
static int
list_rows(struct run *r, char *const *arg)
{
	size_t i;

	(void)arg;
	if (!r->json) {
		printf("%-*s", STORE_KEY_MAX, API_KEY->col[0].name);
		for (i = 1; i <= 4; i++)
			printf(" %s", API_KEY->col[i].name);
		printf(" %s\n", STORE_KEY_NOTE);
	}
	if (store_key_list(r->db, r->json ? print_json_row : print_text_row,
	    NULL) == -1)
		return tell_failure(r->db);
	return EX_OK;
}

/*
 * What each command takes, in the order of the synopsis: check_arguments()
 * knows nothing else of them.
 */
static const struct command {
	const char	*name;
	int		(*run)(struct run *, char *const *);
	int		 key;		/* 1: begins with a key, -1: or not */
	int		 columns;	/* behind it: 1 may, 2 must be some */
	int		 again;		/* there may be another key before */
	int		 text;		/* there may be one more word */
} commands[] = {
	{ "copy", copy_row, 1, 1, 1, 0 },
	{ "create", create_row, -1, 1, 0, 0 },
	{ "delete", delete_row, 1, 0, 0, 0 },
	{ "disable", take_rights, 1, 0, 0, 0 },
	{ "expire", set_expires, 1, 0, 0, 1 },
	{ "list", list_rows, 0, 0, 0, 0 },
	{ "note", set_note, 1, 0, 0, 1 },
	{ "set", set_columns, 1, 2, 0, 0 },
	{ "show", show_row, 1, 0, 0, 0 }
};

/*
 * End the program if ARG is nothing that command C can be given.  All of this
 * is done before the configuration is read.  It takes the arguments in the
 * order in which the command will take them: a key, a name for a new one, and
 * columns.
 */
static void
check_arguments(const struct command *c, char *const *arg)
{
	if (c->key == 1 && *arg == NULL) {
		warnx("%s: expected a key", c->name);
		io_cli_usage(SYNOPSIS, 0);
	}
	if (c->key == 1)
		checked_key(*arg++);
	if (c->key == -1 || c->again)
		take_name(&arg);
	if (c->text && *arg != NULL)
		arg++;		/* it is checked as a column's value */
	if (c->columns == 2 && *arg == NULL) {
		warnx("%s: expected COLUMN=VALUE", c->name);
		io_cli_usage(SYNOPSIS, 0);
	}
	if (c->columns == 0 && *arg != NULL) {
		warnx("%s: unexpected %s", c->name, *arg);
		io_cli_usage(SYNOPSIS, 0);
	}
	check_columns(arg);
}

static const struct check_cli checked = {
	.options = "+c:j",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RW,
	.database = check_database
};

/*
 * All arguments are checked before the settings are read, and the settings
 * before the database is asked: so what is wrong with a command is told first,
 * wherever it is run.
 */
int
main(int argc, char *argv[])
{
	const struct command *command;
	struct run r = { 0 };
	struct conf_file cf;
	struct io_cli cli;
	int rc;

	check_cli(&cli, argc, argv, &checked);
	r.json = cli.arg['j'] != NULL;
	if (cli.words == 0)
		io_cli_usage(SYNOPSIS, 0);
	command = IO_CLI_FIND(cli.word[0], commands);
	check_arguments(command, cli.word + 1);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	rc = EX_CONFIG;
	if (conf_file_need(&cf, &cf.rw_url) == 0 &&
	    (r.db = store_db_open("rw_url", cf.rw_url, STORE_DB_CAUSAL,
	    &rc)) != NULL)
		rc = command->run(&r, cli.word + 1);
	io_cli_flush();
	store_db_free(r.db);
	conf_file_end(&cf);
	return rc;
}
