/* SPDX-License-Identifier: ISC */
/*
 * loc-backup drill: prove that a dump brings the database back.
 *
 * It is loaded into a server of our own; what is there then is dumped again,
 * to nowhere, and every chunk has to have the hash that it has in the dump; and
 * loc-locate has to find stations of it.  A drill that has tried nothing has
 * failed.  When all went well the database remembers when, so that a monitor
 * sees how old the last proof is.
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
#include "conf/file.h"
#include "dump/load.h"
#include "dump/write.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "seal/key.h"
#include "store/db.h"
#include "store/mark.h"

#include "backup.h"
#include "database.h"
#include "locate.h"
#include "server.h"

#define MARK	"backup.drill"

struct drill {
	struct dump_load	 load;
	struct dump_manifest	 m;		/* of what was loaded */
	size_t			 differ;	/* tables */
	size_t			 asked, right;	/* of loc-locate */
	int64_t			 age_s, max_age_s;
	int64_t			 start_ms;
	int			 json, quiet;
};

/*
 * Is table B what table A says?  The place of keys need not be told.
 *
 * Hashes are compared in order, so rows are compared with their order, which
 * the key gives.  A table without a key is read in the order in which it was
 * loaded.
 */
static int
is_same_table(const struct dump_manifest_table *a,
    const struct dump_manifest_table *b)
{
	size_t i;

	if (b == NULL || a->rows != b->rows || a->bytes != b->bytes ||
	    a->nchunk != b->nchunk)
		return 0;
	for (i = 0; i < a->nchunk; i++)
		if (strcmp(a->chunk[i].hash, b->chunk[i].hash) != 0)
			return 0;
	return 1;
}

/*
 * Read all of it again, and compare each table with the dump.
 *
 * The second dump has no place and no recipient: rows are read and hashed as
 * for a real one, by the same code and with the same cuts, and nothing is
 * stored.  All tables that differ are named, not only the first.
 */
static int
compare_tables(struct drill *d, const char *url)
{
	const struct dump_write w = { .cf = d->load.cf, .db_key = "drill",
	    .db_url = url, .recipient = "", .program = "", .quiet = d->quiet,
	    .threads = d->load.threads, .stop = d->load.stop };
	struct dump_write_result result;
	struct dump_manifest again;
	size_t i;
	int rc = dump_write_run(&w, &again, &result);

	for (i = 0; rc == EX_OK && i < d->m.ntable; i++)
		if (!is_same_table(&d->m.table[i], dump_manifest_find(&again,
		    d->m.table[i].name))) {
			warnx("dump %s: table %s is another after the "
			    "restore", d->m.id, d->m.table[i].name);
			d->differ++;
		}
	dump_manifest_done(&again);
	return rc == EX_OK && d->differ > 0 ? EX_DATAERR : rc;
}

/* Did loc-locate find all that was asked, and was anything asked? */
static int
judge_answers(const struct drill *d)
{
	assert(d->right <= d->asked);
	if (d->right < d->asked) {
		warnx("dump %s: loc-locate finds %zu of %zu stations where "
		    "they are", d->m.id, d->right, d->asked);
		return EX_DATAERR;
	}
	if (d->asked > 0)
		return EX_OK;
	warnx("dump %s: it has no stations, so nothing was proved", d->m.id);
	return EX_DATAERR;
}

/*
 * A dump that is too old is no backup, however good it is.
 *
 * Status 1 is the clean "no": the dump is good, and there is none that is young
 * enough.
 */
static int
judge_age(struct drill *d)
{
	d->age_s = base_clock_now_s() - d->m.time_s;
	if (d->max_age_s == 0 || d->age_s <= d->max_age_s)
		return EX_OK;
	warnx("dump %s: %.1f days old", d->m.id,
	    (double)d->age_s / BASE_CIVIL_DAY_S);
	return 1;
}

/*
 * Remember in the database of the service that this dump was proved.
 *
 * Without an account that may write, on a machine that only does drills,
 * nothing is remembered, and that is no failure.  With one, a mark that cannot
 * be set is: the monitor would go on to call an old proof the last.
 */
static int
set_drill_mark(const struct drill *d)
{
	const struct conf_file *cf = d->load.cf;
	struct store_db *db;
	int rc;

	if (cf->rw_url == NULL)
		return EX_OK;
	if ((db = store_db_open("rw_url", cf->rw_url, STORE_DB_CAUSAL,
	    &rc)) == NULL)
		return rc;
	rc = store_mark_set(db, MARK, d->m.id) == 0 ? EX_OK :
	    store_db_status(db);
	store_db_free(db);
	return rc;
}

/*
 * The one line of a drill, for people or as JSON: also that of a drill which
 * proved nothing, as it says how far it came.  Its status is given in, as it is
 * that of the program.
 */
static void
print_result(const struct drill *d, int rc)
{
	int64_t ms = base_clock_mono_ms() - d->start_ms;
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	if (d->json) {
		json_write_begin(&w, &b);
		json_write_text(&w, "id", d->m.id);
		json_write_bool(&w, "proved", rc == EX_OK);
		json_write_i64(&w, "age_s", d->age_s);
		json_write_i64(&w, "tables", (int64_t)d->m.ntable);
		json_write_i64(&w, "differ", (int64_t)d->differ);
		json_write_i64(&w, "rows", d->m.rows);
		json_write_i64(&w, "bytes", d->m.bytes);
		json_write_i64(&w, "asked", (int64_t)d->asked);
		json_write_i64(&w, "right", (int64_t)d->right);
		json_write_i64(&w, "ms", ms);
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%s: %s; %zu tables, %lld rows, %zu of %zu "
		    "stations found; %.1f hours old; %.1f s", d->m.id,
		    rc == EX_OK ? "proved" : "not proved", d->m.ntable,
		    (long long)d->m.rows, d->right, d->asked,
		    (double)d->age_s / 3600, (double)ms / 1000);
	io_cli_last(&b);
}

/*
 * The steps, each of which ends it when it fails.
 *
 * Loading fails first when chunks are damaged, comparing when the server has
 * changed something, and locating when the rows are right and of no use.
 */
static int
try_dump(struct drill *d, const struct server *s)
{
	struct dump_load_result result;
	int rc;

	d->load.db_key = "drill";
	d->load.db_url = s->url;
	if ((rc = dump_load_run(&d->load, &d->m, &result)) != EX_OK ||
	    (rc = compare_tables(d, s->url)) != EX_OK ||
	    (rc = locate_stations(&d->m, s->url, s->dir, &d->asked,
	    &d->right)) != EX_OK)
		return rc;
	return judge_answers(d);
}

/*
 * The server goes before the age is judged, so that nothing of it is left when
 * the rest fails.  An id is there as soon as a manifest was read; without it
 * there is nothing to tell of.
 */
static int
drill(struct drill *d, const char *tmp)
{
	struct server s;
	int rc;

	if ((rc = server_start(&s, tmp)) != EX_OK)
		return rc;
	rc = try_dump(d, &s);
	server_end(&s);
	if (d->m.id[0] != '\0' && rc == EX_OK)
		rc = judge_age(d);
	if (rc == EX_OK)
		rc = set_drill_mark(d);
	if (d->m.id[0] != '\0' && (d->json || !d->quiet))
		print_result(d, rc);
	dump_manifest_done(&d->m);
	return rc;
}

/*
 * Read the options of "drill", and the keys and the settings that it works
 * with.  The settings are for the store and the mark only: no database of
 * theirs is loaded into, as the address of the drill's own server is set by
 * try_dump() alone.
 */
static int
drill_main(int argc, char *argv[])
{
	struct drill d = { .load = { .stop = &io_signals_stop } };
	const char *identity, *tmp;
	struct seal_key_list secret;
	struct conf_file cf;
	struct io_cli cli;
	int rc;

	io_cli_read(&cli, argc, argv, "a:c:i:jP:qt:", backup_drill.synopsis);
	d.max_age_s = BASE_CIVIL_DAY_S *
	    io_cli_num_or(&cli, 'a', 1, 36500, 0);
	identity = cli.arg['i'];
	d.json = cli.arg['j'] != NULL;
	d.load.threads = (unsigned)io_cli_num_or(&cli, 'P', 1,
	    DUMP_LOAD_THREADS_MAX, DATABASE_THREADS);
	d.load.quiet = d.quiet = cli.arg['q'] != NULL;
	tmp = cli.arg['t'] != NULL ? cli.arg['t'] : getenv("TMPDIR");
	if (cli.words < 1 || cli.words > 2)
		io_cli_usage(backup_drill.synopsis, 0);
	d.load.place = cli.word[0];
	d.load.id = cli.word[1];
	d.start_ms = base_clock_mono_ms();
	if (identity != NULL && seal_key_open(&secret, identity) == -1)
		return EX_NOINPUT;
	d.load.secret = identity != NULL ? &secret : NULL;
	rc = EX_CONFIG;
	if (conf_file_open(&cf, cli.arg['c']) == 0) {
		d.load.cf = &cf;
		rc = drill(&d, tmp != NULL ? tmp : "/tmp");
		conf_file_end(&cf);
	}
	if (identity != NULL)
		seal_key_done(&secret);
	return rc;
}

const struct backup_command backup_drill = {
	"drill", drill_main,
	"drill [-hjqV] [-a days] [-c config] [-i file] [-P threads] [-t dir] "
	"url [dump]"
};
