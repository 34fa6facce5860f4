/* SPDX-License-Identifier: ISC */
/*
 * The parent: it reads the rows of export_config now and then, has children
 * follow them, and answers for all of them.  It has no connection to the
 * database while it starts one.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "forward.h"
#include "io/cli.h"
#include "io/progress.h"
#include "json/write.h"
#include "store/db.h"

#define ROWS_MS		30000		/* between looks at the rows */
#define AGAIN_MS	10000		/* ... when the last one failed */
#define TRIES		3		/* of -1, to read them */
#define TICK_MS		100

/* Read the rows if that is due.  0, or -1 if they cannot be read. */
static int
read_rows(struct forward_parent *p)
{
	int64_t now = base_clock_mono_ms();
	int i, rc;

	if (p->read_ms != 0 && (p->once || now - p->read_ms < ROWS_MS))
		return 0;
	rc = store_export_load(p->db, &p->rows);
	/* Children must not have a part in the connection. */
	store_db_disconnect(p->db);
	if (rc == -1)
		return -1;
	for (i = 0; p->read_ms == 0 && i < p->nnames; i++)
		if (store_export_find(&p->rows, p->name[i]) == NULL)
			warnx("%s: no such row in export_config that can be "
			    "used", p->name[i]);
	p->read_ms = now;
	forward_child_follow(p);
	p->changed = 0;
	return 0;
}

/* Answer SIGUSR1: what each child has told in the memory that both see. */
static void
tell_status(const struct forward_parent *p)
{
	const struct forward_stats *s;
	const struct forward_child *c;

	forward_signals_tell = 0;
	for (c = p->children; c != NULL; c = c->next) {
		s = c->stats;
		warnx("%s: %llu reports delivered in %llu batches, "
		    "%llu in flight, %llu set aside%s", c->row.name,
		    (unsigned long long)s->reports,
		    (unsigned long long)s->batches,
		    (unsigned long long)s->in_flight,
		    (unsigned long long)s->dead,
		    s->failing ? ", trying again" : "");
	}
}

/* What S says, and behind it the exit STATUS, as the end of a line. */
static void
print_stats(struct json_write *w, struct base_buf *b,
    const struct forward_stats *s, int status)
{
	json_write_i64(w, "reports", (int64_t)s->reports);
	json_write_i64(w, "batches", (int64_t)s->batches);
	json_write_i64(w, "bytes", (int64_t)s->bytes);
	json_write_i64(w, "dead", (int64_t)s->dead);
	json_write_i64(w, "left", (int64_t)s->in_flight);
	json_write_i64(w, "status", status);
	json_write_end(w);
	io_cli_line(b);
}

/*
 * With -1 and -j: a line for each target, of what came of it.  The last line
 * is what monitors look at, so of several targets it has the sums.
 */
static void
print_results(const struct forward_parent *p)
{
	struct forward_stats sum = { 0 };
	const struct forward_child *c;
	struct json_write w;
	struct base_buf b;
	int n = 0, status = EX_OK;

	base_buf_init(&b);
	for (c = p->children; c != NULL; c = c->next, n++) {
		json_write_begin(&w, &b);
		json_write_text(&w, "target", c->row.name);
		print_stats(&w, &b, c->stats, c->status);
		sum.reports += c->stats->reports;
		sum.batches += c->stats->batches;
		sum.bytes += c->stats->bytes;
		sum.dead += c->stats->dead;
		sum.in_flight += c->stats->in_flight;
		if (c->status > status)
			status = c->status;
	}
	if (n > 1) {
		json_write_begin(&w, &b);
		json_write_i64(&w, "targets", n);
		print_stats(&w, &b, &sum, status);
	}
	base_buf_done(&b);
}

/* On a terminal: how many reports were delivered by all. */
static void
show_progress(const struct forward_parent *p, struct io_progress *progress)
{
	const struct forward_child *c;
	uint64_t n = 0;

	for (c = p->children; c != NULL; c = c->next)
		n += c->stats->reports;
	io_progress_show(progress, n, -1);
}

/* The exit status of -1: the worst of all children's. */
static int
worst_status(const struct forward_parent *p)
{
	const struct forward_child *c;
	int i, status = EX_OK;

	for (c = p->children; c != NULL; c = c->next)
		if (c->status > status)
			status = c->status;
	for (i = 0; i < p->nnames && status == EX_OK; i++)
		if (store_export_find(&p->rows, p->name[i]) == NULL)
			status = 1;
	return status;
}

/*
 * Children are looked at ten times a second: they end whenever they like, and
 * a signal that comes just before a sleep is not noticed before its end.
 */
int
forward_parent(struct forward_parent *p)
{
	struct io_progress progress;
	int failed = 0, n;

	io_progress_init(&progress, "reports", !p->once || p->quiet);
	for (;;) {
		if (forward_signals_reload && !p->once)
			forward_reopen(p);
		if (!forward_signals_stop && read_rows(p) == -1) {
			if (p->once && ++failed == TRIES)
				return store_db_status(p->db) == EX_NOPERM ?
				    EX_NOPERM : EX_TEMPFAIL;
			/* What runs goes on. */
			if (p->read_ms != 0)
				p->read_ms += AGAIN_MS;
			base_clock_nap(1000, &forward_signals_stop);
		}
		n = forward_child_tend(p);
		if (forward_signals_tell)
			tell_status(p);
		show_progress(p, &progress);
		if (n == 0 && (forward_signals_stop ||
		    (p->once && p->read_ms != 0)))
			break;
		base_clock_nap(TICK_MS, NULL);
	}
	io_progress_done(&progress);
	if (p->json && p->once)
		print_results(p);
	return p->once ? worst_status(p) : EX_OK;
}
