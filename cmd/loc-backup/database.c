/* SPDX-License-Identifier: ISC */
/*
 * loc-backup database: dumps of all tables, and what is done with them.
 *
 * What makes, reads and removes dumps is in lib/dump; here are the options,
 * and what is printed.
 *
 * Each verb reads its options and settings by itself, as each wants another
 * account: a dump the one that may only read, a restore the one that may change
 * schemas, and a list none, so that it works while the database is down; a
 * removal does so, too, and else has it keep dumps from being made meanwhile.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "conf/file.h"
#include "dump/lock.h"
#include "dump/place.h"
#include "dump/write.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "object/store.h"
#include "store/db.h"

#include "backup.h"
#include "database.h"

#define PROGRAM		"loc-backup " LOC_VERSION

static const char write_synopsis[] =
    "database [-fhjqV] [-c config] [-k keep] [-P threads] -o url";
static const char list_synopsis[] = "database list [-hjV] [-c config] url";
static const char expire_synopsis[] =
    "database expire [-hjnV] [-a days] [-c config] -k keep url";

/*
 * What was made, and how.
 *
 * The sizes are those of the rows as text and of what is new in the store,
 * which is what the dump has cost.
 */
static void
print_made(const struct dump_manifest *m, const struct dump_write_result *r,
    int64_t ms, int json)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	if (json) {
		json_write_begin(&w, &b);
		json_write_text(&w, "id", m->id);
		json_write_i64(&w, "tables", (int64_t)m->ntable);
		json_write_i64(&w, "rows", m->rows);
		json_write_i64(&w, "bytes", m->bytes);
		json_write_i64(&w, "chunks", (int64_t)m->nchunk);
		json_write_i64(&w, "new_chunks", (int64_t)r->new_chunks);
		json_write_i64(&w, "stored", m->stored);
		json_write_text(&w, "snapshot", m->snapshot);
		json_write_i64(&w, "ms", ms);
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%s: %zu tables, %lld rows, %lld bytes; "
		    "%zu of %zu chunks are new, %lld bytes; %.1f s, "
		    "snapshot by %s", m->id, m->ntable, (long long)m->rows,
		    (long long)m->bytes, r->new_chunks, m->nchunk,
		    (long long)m->stored, (double)ms / 1000, m->snapshot);
	io_cli_last(&b);
}

/* The same line for a dry run, which counts what would go. */
static void
print_gone(const struct dump_place_gone *g, int json)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	if (json) {
		json_write_begin(&w, &b);
		json_write_i64(&w, "dumps", (int64_t)g->dumps);
		json_write_i64(&w, "chunks", (int64_t)g->chunks);
		json_write_i64(&w, "bytes", g->bytes);
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%zu dumps and %zu chunks, %lld bytes",
		    g->dumps, g->chunks, (long long)g->bytes);
	io_cli_last(&b);
}

/*
 * Has M less than half of the rows of a dump before it?  1 after a warning, or
 * 0.  One that cannot be read is not compared.
 *
 * Half is a coarse measure, on purpose: tables of stations lose some percent in
 * a clean-up, and never half of all rows without a reason that somebody should
 * look at.  Status 1 makes the timer tell of it.  The next dump is compared
 * with all there are as well, so the old ones stay until somebody removes them.
 */
static int
has_shrunk(struct object_store *s, const struct dump_manifest *m)
{
	struct dump_manifest last;
	struct dump_place p;
	size_t n;
	int shrunk = 0;

	if (dump_place_read(&p, s) != EX_OK)
		return 0;
	for (n = p.nid; n > 0 && strcmp(p.id[n - 1], m->id) >= 0; n--)
		;
	for (; n > 0 && !shrunk; n--) {
		if (dump_place_manifest(s, p.id[n - 1], &last) == EX_OK &&
		    m->rows < last.rows / 2) {
			warnx("%s: %lld rows, when dump %s has %lld: older "
			    "dumps stay", m->id, (long long)m->rows, last.id,
			    (long long)last.rows);
			shrunk = 1;
		}
		dump_manifest_done(&last);
	}
	dump_place_done(&p);
	return shrunk;
}

/*
 * After a dump has succeeded, what older ones and interrupted ones have left
 * goes, too.  A database that has lost its rows must not, by and by, take the
 * place of all dumps that have them.
 *
 * With all dumps to be kept (SIZE_MAX) only chunks that no dump needs are
 * removed, those of interrupted runs.
 */
static int
clean_place(const struct dump_write *w, const struct dump_manifest *m,
    size_t keep)
{
	struct dump_place_gone gone;
	struct object_store *s;
	int rc;

	assert(keep > 0);
	if ((s = object_store_open(w->cf, w->place)) == NULL)
		return EX_CONFIG;
	object_store_tune(s, &w->tuning);
	if (keep != SIZE_MAX && has_shrunk(s, m))
		rc = 1;
	else
		rc = dump_place_expire(s, keep, INT64_MAX, 0, &gone);
	object_store_end(s);
	return rc;
}

/*
 * Make a dump as W says, and leave KEEP (SIZE_MAX: all) in the place.
 *
 * The dump is told of before older ones are removed: it is there, whatever
 * becomes of the rest.  With -q and -j the line of JSON is still written, as a
 * program waits for it.
 */
static int
make_dump(struct dump_write *w, size_t keep, int json)
{
	struct dump_write_result result;
	struct dump_manifest m;
	int64_t start_ms = base_clock_mono_ms();
	struct dump_lock lock;
	int busy, rc;

	if (dump_lock_take(&lock, w->cf, w->stop, &rc, &busy) == -1)
		return rc;
	dump_lock_tune(&lock, &w->tuning);
	rc = dump_write_run(w, &m, &result);
	if (rc == EX_OK) {
		if (result.skipped > 0)
			warnx("%s: %zu views or sequences are not dumped",
			    m.database, result.skipped);
		if (!w->quiet || json)
			print_made(&m, &result, base_clock_mono_ms() -
			    start_ms, json);
		rc = clean_place(w, &m, keep);
	}
	dump_manifest_done(&m);
	dump_lock_end(&lock);
	return rc;
}

/*
 * Make a dump: the verb that needs no word behind "database", as it is the one
 * in crontabs.  The account is that of ro_url; what a dump needs of the server
 * is granted to it, and a dump must not be able to change anything.
 */
static int
database_write_main(int argc, char *argv[])
{
	struct dump_write w = { .db_key = "ro_url", .recipient = "",
	    .program = PROGRAM, .stop = &io_signals_stop };
	struct conf_file cf;
	struct io_cli cli;
	size_t keep;
	int rc = EX_CONFIG;

	io_cli_read(&cli, argc, argv, "c:fjk:o:P:q", write_synopsis);
	w.whole = cli.arg['f'] != NULL;
	keep = cli.arg['k'] == NULL ? SIZE_MAX :
	    (size_t)io_cli_num('k', cli.arg['k'], 1, 1000000);
	w.place = cli.arg['o'];
	w.threads = (unsigned)io_cli_num_or(&cli, 'P', 1,
	    DUMP_WRITE_THREADS_MAX, DATABASE_THREADS);
	w.quiet = cli.arg['q'] != NULL;
	if (cli.words > 0 || w.place == NULL)
		io_cli_usage(write_synopsis, 0);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	w.cf = &cf;
	if (cf.backup_recipient != NULL)
		w.recipient = cf.backup_recipient;
	if (conf_file_need(&cf, &cf.ro_url) == 0) {
		w.db_url = cf.ro_url;
		rc = make_dump(&w, keep, cli.arg['j'] != NULL);
	}
	if (rc == EX_OK)
		backup_mark_set(&cf, "database");
	conf_file_end(&cf);
	return rc;
}

/*
 * One dump of a list: for people with its time in UTC, for programs with
 * seconds.  Bytes are of the rows as text, and STORED is what was new when it
 * was made.
 */
static void
print_dump(const struct dump_manifest *m, int json)
{
	char time[BASE_CIVIL_TIME_LEN];
	struct json_write w;
	struct base_buf b;

	base_civil_format_time(time, m->time_s, ' ');
	base_buf_init(&b);
	if (json) {
		json_write_begin(&w, &b);
		json_write_text(&w, "id", m->id);
		json_write_i64(&w, "time", m->time_s);
		json_write_text(&w, "database", m->database);
		json_write_text(&w, "server", m->server);
		json_write_i64(&w, "version", m->version);
		json_write_i64(&w, "tables", (int64_t)m->ntable);
		json_write_i64(&w, "rows", m->rows);
		json_write_i64(&w, "bytes", m->bytes);
		json_write_i64(&w, "stored", m->stored);
		json_write_bool(&w, "encrypted", *m->recipient != '\0');
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%s  %s  %s  %zu tables  %lld rows  %lld "
		    "bytes%s", m->id, time, m->database, m->ntable,
		    (long long)m->rows, (long long)m->bytes,
		    *m->recipient != '\0' ? "  encrypted" : "");
	io_cli_last(&b);
}

/*
 * A manifest that cannot be read does not hide the others.
 *
 * The status is that of the last manifest that could not be read, after all
 * were tried.
 */
static int
list_dumps(struct object_store *s, int json)
{
	struct dump_manifest m;
	struct dump_place p;
	size_t i;
	int one, rc;

	if ((rc = dump_place_read(&p, s)) != EX_OK)
		return rc;
	for (i = 0; i < p.nid && !io_signals_stop; i++) {
		if ((one = dump_place_manifest(s, p.id[i], &m)) == EX_OK)
			print_dump(&m, json);
		else
			rc = one;
		dump_manifest_done(&m);
	}
	dump_place_done(&p);
	return rc;
}

/*
 * List the dumps of a place.  Only the store is asked, so that the list is
 * there when the database is what was lost.
 */
static int
database_list_main(int argc, char *argv[])
{
	struct object_store *s;
	struct conf_file cf;
	struct io_cli cli;
	int rc = EX_CONFIG;

	io_cli_read(&cli, argc, argv, "c:j", list_synopsis);
	if (cli.words != 1)
		io_cli_usage(list_synopsis, 0);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	if ((s = object_store_open(&cf, cli.word[0])) != NULL)
		rc = list_dumps(s, cli.arg['j'] != NULL);
	object_store_end(s);
	conf_file_end(&cf);
	return rc;
}

/*
 * Remove what is old from PLACE while nobody makes a dump of our database.
 * While that does not answer nobody can, so old dumps can be removed then, too.
 */
static int
remove_dumps(const struct conf_file *cf, const char *place, size_t keep,
    int64_t before_s, int dry, struct dump_place_gone *gone)
{
	struct object_tuning tuning = { 0 };
	struct dump_lock lock = { 0 };
	struct object_store *s;
	int busy, rc;

	if (!dry && cf->ro_url != NULL &&
	    dump_lock_take(&lock, cf, &io_signals_stop, &rc, &busy) == -1) {
		if (busy)
			return rc;
		warnx("so no dump of it can be under way, and old ones "
		    "are removed");
	}
	rc = EX_CONFIG;
	dump_lock_tune(&lock, &tuning);
	if ((s = object_store_open(cf, place)) != NULL) {
		object_store_tune(s, &tuning);
		rc = dump_place_expire(s, keep, before_s, dry, gone);
	}
	object_store_end(s);
	dump_lock_end(&lock);
	return rc;
}

/*
 * Remove old dumps.  How many stay has to be said (-k), and the age (-a) can
 * only keep more of them: with the age alone a backup that stopped weeks ago
 * would, by and by, lose its last dump.  The age is counted from now and not in
 * whole days, since dumps have seconds in their names.
 */
static int
database_expire_main(int argc, char *argv[])
{
	int64_t before_s = INT64_MAX;
	struct dump_place_gone gone;
	struct conf_file cf;
	struct io_cli cli;
	size_t keep;
	int rc;

	io_cli_read(&cli, argc, argv, "a:c:jk:n", expire_synopsis);
	if (cli.arg['a'] != NULL)
		before_s = base_clock_now_s() - BASE_CIVIL_DAY_S *
		    io_cli_num('a', cli.arg['a'], 0, 36500);
	keep = (size_t)io_cli_num_or(&cli, 'k', 1, 1000000, 0);
	if (cli.words != 1 || keep == 0)
		io_cli_usage(expire_synopsis, 0);
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	rc = remove_dumps(&cf, cli.word[0], keep, before_s,
	    cli.arg['n'] != NULL, &gone);
	if (rc == EX_OK)
		print_gone(&gone, cli.arg['j'] != NULL);
	conf_file_end(&cf);
	return rc;
}

/*
 * The word behind "database", if it is one of those.
 *
 * What is no verb is left to database_write_main(), which refuses any operand.
 */
static int
database_main(int argc, char *argv[])
{
	static const struct {
		const char	*name;
		int		(*run)(int argc, char *argv[]);
	} verbs[] = {
		{ "expire", database_expire_main },
		{ "list", database_list_main },
		{ "restore", database_restore_main }
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return database_write_main(argc, argv);
}

const struct backup_command backup_database = {
	"database", database_main,
	"database [-fhjqV] [-c config] [-k keep] [-P threads] -o url\n"
	"database expire [-hjnV] [-a days] [-c config] -k keep url\n"
	"database list [-hjV] [-c config] url\n"
	"database restore [-fhjqV] [-c config] [-i file] [-P threads] url "
	"[dump]"
};
