/* SPDX-License-Identifier: ISC */
/*
 * lease_try [-n turns] [-p pause_ms] name
 *
 * Counts in the table race of rw_url, as one who has the lease NAME: reads the
 * largest number, rests for up to PAUSE_MS (20), and adds the next, TURNS (1)
 * times in all; of two who did so at once both would add the same one.  With 0
 * turns until SIGTERM.  The lease is given back after each turn, and asked for
 * again while another has it.
 *
 * A line on stdout for each turn: the number that was added, "refused" if the
 * lease was lost meanwhile, or "failed".  With TURNS, "busy" is one, too.
 */
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/file.h"
#include "io/cli.h"
#include "store/db.h"
#include "store/lease.h"

static atomic_int stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/* One turn, with the lease L. */
static void
count_on(struct store_db *db, struct store_lease *l, int64_t pause_ms)
{
	int64_t n;

	store_db_set_guard(db, store_lease_guard(l));
	if (store_db_get_i64(db, "SELECT MAX(n) FROM race", &n, 0) == 0) {
		base_clock_nap(pause_ms, NULL);
		if (store_db_execf(db, "INSERT INTO race (n, pid) VALUES "
		    "(%" PRId64 ", %ld)", n + 1, (long)getpid()) == 0) {
			printf("%" PRId64 "\n", n + 1);
			store_db_set_guard(db, NULL);
			return;
		}
	}
	puts(strstr(store_db_error(db), "the lease") != NULL ? "refused" :
	    "failed");
	store_db_set_guard(db, NULL);
}

static enum store_lease_verdict
take_turn(struct store_db *db, const struct store_lease_wish *wish,
    int64_t pause_ms)
{
	enum store_lease_verdict v;
	struct store_lease *l;
	int status;

	if ((l = store_lease_take(wish, &v, &status)) != NULL)
		count_on(db, l, pause_ms);
	store_lease_end(l);
	return v;
}

int
main(int argc, char *argv[])
{
	struct store_lease_wish wish = { .key = "rw_url", .stop = &stopping };
	struct sigaction sa = { .sa_handler = on_stop };
	enum store_lease_verdict v;
	int64_t i, pause_ms = 20, rest_ms, turns = 1;
	struct conf_file cf;
	struct store_db *db;
	int ch;

	while ((ch = getopt(argc, argv, "n:p:")) != -1)
		switch (ch) {
		case 'n':
			turns = io_cli_num(ch, optarg, 0, 1000000);
			break;
		case 'p':
			pause_ms = io_cli_num(ch, optarg, 0, 60000);
			break;
		default:
			return 64;
		}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &sa, NULL);
	if (argc - optind != 1 || conf_file_open(&cf, NULL) == -1)
		return 64;
	wish.url = cf.rw_url;
	wish.name = argv[optind];
	if ((db = store_db_new("rw_url", cf.rw_url, STORE_DB_CAUSAL)) == NULL)
		return 1;
	for (i = 0; !stopping && (turns == 0 || i < turns); i++) {
		rest_ms = turns > 0 ? pause_ms :
		    arc4random_uniform((uint32_t)pause_ms + 1);
		v = take_turn(db, &wish, rest_ms);
		if (v == STORE_LEASE_BUSY && turns > 0)
			puts("busy");
		if (v == STORE_LEASE_BUSY)
			base_clock_nap(arc4random_uniform(30), &stopping);
		else if (v != STORE_LEASE_TAKEN)
			base_clock_nap(200, &stopping);
	}
	store_db_free(db);
	conf_file_end(&cf);
	return 0;
}
