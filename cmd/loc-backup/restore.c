/* SPDX-License-Identifier: ISC */
/*
 * loc-backup database restore: a dump back into a database.
 *
 * It is loaded with the account of ddl_url, the only one that may make tables.
 * What is restored into and what the service uses are thus told apart by the
 * settings, and by nothing on the command line.
 */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "conf/file.h"
#include "dump/load.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "seal/key.h"

#include "backup.h"
#include "database.h"

static const char synopsis[] =
    "database restore [-fhjqV] [-c config] [-i file] [-P threads] url "
    "[dump]";

/*
 * What is in, and how much of it an interrupted run had loaded before.  That
 * the server took no LOAD DATA is told as well, since a restore is slower
 * without it, and the administrator can allow it.
 */
static void
print_restored(const struct dump_manifest *m,
    const struct dump_load_result *r, int64_t ms, int json)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	if (json) {
		json_write_begin(&w, &b);
		json_write_text(&w, "id", m->id);
		json_write_i64(&w, "tables", (int64_t)m->ntable);
		json_write_i64(&w, "rows", m->rows);
		json_write_i64(&w, "chunks", (int64_t)m->nchunk);
		json_write_i64(&w, "chunks_before",
		    (int64_t)r->chunks_before);
		json_write_bool(&w, "by_insert", r->by_insert);
		json_write_i64(&w, "ms", ms);
		json_write_end(&w);
	} else
		base_buf_fmt(&b, "%s: %zu tables, %lld rows; %zu of %zu "
		    "chunks were in before; %.1f s%s", m->id, m->ntable,
		    (long long)m->rows, r->chunks_before, m->nchunk,
		    (double)ms / 1000, r->by_insert ?
		    ", without LOAD DATA LOCAL" : "");
	io_cli_last(&b);
}

/*
 * Read the options of "database restore" and run it.  Keys are read before the
 * settings, and both before any server is asked: a restore happens at a bad
 * time, and what is wrong with the command should be known at once.
 */
int
database_restore_main(int argc, char *argv[])
{
	struct dump_load l = { .db_key = "ddl_url", .stop = &io_signals_stop };
	int64_t start_ms = base_clock_mono_ms();
	struct dump_load_result result;
	struct dump_manifest m;
	struct seal_key_list secret;
	const char *identity;
	struct conf_file cf;
	struct io_cli cli;
	int json, rc = EX_CONFIG;

	io_cli_read(&cli, argc, argv, "c:fi:jP:q", synopsis);
	l.replace = cli.arg['f'] != NULL;
	identity = cli.arg['i'];
	json = cli.arg['j'] != NULL;
	l.threads = (unsigned)io_cli_num_or(&cli, 'P', 1,
	    DUMP_LOAD_THREADS_MAX, DATABASE_THREADS);
	l.quiet = cli.arg['q'] != NULL;
	if (cli.words < 1 || cli.words > 2)
		io_cli_usage(synopsis, 0);
	l.place = cli.word[0];
	l.id = cli.word[1];
	if (identity != NULL) {
		if (seal_key_open(&secret, identity) == -1)
			return EX_NOINPUT;
		l.secret = &secret;
	}
	if (conf_file_open(&cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	l.cf = &cf;
	if (conf_file_need(&cf, &cf.ddl_url) == 0) {
		l.db_url = cf.ddl_url;
		rc = dump_load_run(&l, &m, &result);
		if (rc == EX_OK && (!l.quiet || json))
			print_restored(&m, &result, base_clock_mono_ms() -
			    start_ms, json);
		dump_manifest_done(&m);
	}
	conf_file_end(&cf);
	if (l.secret != NULL)
		seal_key_done(&secret);
	return rc;
}
