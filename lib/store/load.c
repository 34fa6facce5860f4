/* SPDX-License-Identifier: ISC */
/*
 * A server works for one connection on one processor only, and while it does
 * the file can be read further.  So there are several connections, each with
 * a thread, and whoever adds rows fills a batch for each while the one before
 * is being stored.
 *
 * Cells of one area always go through the same connection.  So its rows are
 * merged in the order of the file, what comes of them does not depend on which
 * thread was faster, and connections wait neither for each other's cells nor
 * for each other's marks of areas.
 *
 * Rows are in memory twice per connection and no more, however large the file
 * is.
 */
#include <assert.h>
#include <err.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/worker.h"
#include "radio/csv.h"
#include "store/area.h"
#include "store/db.h"
#include "store/load.h"

#define ROWS		10000	/* of a batch */
#define CONNECTIONS	4	/* at most */

struct rows {
	struct radio_csv_row	*row;
	size_t			 n;
	uint64_t		 line;		/* of the first */
};

struct conn {
	struct store_db		*db;
	struct rows		 fill;		/* of whoever adds */
	struct base_worker	 worker;
	int			 started;
	pthread_cond_t		 idle;
	/* With the worker's lock: */
	struct rows		 busy;		/* n > 0: to be stored */
	int			 failed;	/* they could not be */
	/* The worker's while it is busy: */
	struct store_import	 import;
};

struct store_load {
	struct conn	 conn[CONNECTIONS];
	unsigned	 n;
	atomic_int	 failed;	/* any of them */
};

/* The thread of a connection, with the lock held. */
static void
store_batches(void *arg)
{
	struct conn *c = arg;
	int rc;

	while (!c->worker.stopping) {
		if (c->busy.n == 0 || c->failed) {
			base_worker_wait(&c->worker, BASE_WORKER_FOREVER);
			continue;
		}
		base_worker_unlock(&c->worker);
		rc = store_import_apply(&c->import, c->busy.row, c->busy.n);
		base_worker_lock(&c->worker);
		if (rc == -1)
			c->failed = 1;
		else
			c->busy.n = 0;
		pthread_cond_signal(&c->idle);
	}
}

/* The thread owns nothing, see end_conn(). */
static void
release_nothing(void *arg)
{
	(void)arg;
}

/* Wait, with the lock, until C has nothing to do any more, or failed. */
static void
wait_idle(struct conn *c)
{
	while (c->busy.n > 0 && !c->failed)
		pthread_cond_wait(&c->idle, &c->worker.lock);
}

/* Give the rows that were gathered to the thread.  Returns 0 or -1. */
static int
hand_over_rows(struct store_load *l, struct conn *c)
{
	struct rows r;

	base_worker_lock(&c->worker);
	wait_idle(c);
	if (c->failed)
		atomic_store(&l->failed, 1);
	else {
		assert(c->busy.n == 0 && c->fill.n > 0);
		r = c->busy;
		c->busy = c->fill;
		c->fill = r;
		c->fill.n = 0;
		base_worker_wake(&c->worker);
	}
	base_worker_unlock(&c->worker);
	return atomic_load(&l->failed) ? -1 : 0;
}

static void
end_conn(struct conn *c)
{
	if (c->started)
		base_worker_stop(&c->worker, -1);
	base_worker_done(&c->worker);
	pthread_cond_destroy(&c->idle);
	store_import_done(&c->import);
	store_db_free(c->db);
	free(c->fill.row);
	free(c->busy.row);
}

/* Returns 0, or -1 after a warning.  C takes DB in any case. */
static int
begin_conn(struct conn *c, struct store_db *db,
    const struct store_load_options *o)
{
	c->db = db;
	store_import_init(&c->import, db, o->source, o->dry);
	base_worker_init(&c->worker);
	pthread_cond_init(&c->idle, NULL);
	c->fill.row = calloc(ROWS, sizeof(*c->fill.row));
	c->busy.row = calloc(ROWS, sizeof(*c->busy.row));
	if (c->fill.row == NULL || c->busy.row == NULL) {
		warnx("import: out of memory");
		return -1;
	}
	if (base_worker_start(&c->worker, store_batches, release_nothing,
	    c) == -1) {
		warn("import: thread");
		return -1;
	}
	c->started = 1;
	return 0;
}

/* As many connections as there are processors, but two and no more than. */
static unsigned
how_many_connections(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n > CONNECTIONS ? CONNECTIONS : (unsigned)n;
}

/* Those after the first may fail: the server allows only so many. */
struct store_load *
store_load_new(const struct store_load_options *o, int *status)
{
	struct store_load *l = calloc(1, sizeof(*l));
	unsigned i, n = how_many_connections();
	struct store_db *db;

	*status = EX_OSERR;
	if (l == NULL) {
		warnx("import: out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (i == 0)
			db = store_db_open(o->key, o->url, o->reads, status);
		else if ((db = store_db_new(o->key, o->url,
		    o->reads)) != NULL &&
		    store_db_connect(db, 1) == -1) {
			store_db_free(db);
			db = NULL;
		}
		if (db == NULL)
			break;
		if (begin_conn(&l->conn[l->n++], db, o) == -1) {
			store_load_free(l);
			return NULL;
		}
	}
	if (l->n > 0)
		return l;
	store_load_free(l);
	return NULL;
}

void
store_load_free(struct store_load *l)
{
	unsigned i;

	if (l == NULL)
		return;
	for (i = 0; i < l->n; i++)
		end_conn(&l->conn[i]);
	free(l);
}

struct store_db *
store_load_db(struct store_load *l)
{
	assert(l->n > 0);
	return l->conn[0].db;
}

/* What is being stored is waited for, as its thread knows the old guard. */
void
store_load_set_guard(struct store_load *l, const struct store_db_guard *guard)
{
	struct conn *c;

	for (c = l->conn; c < l->conn + l->n; c++) {
		base_worker_lock(&c->worker);
		wait_idle(c);
		store_db_set_guard(c->db, guard);
		base_worker_unlock(&c->worker);
	}
}

/* The connection of a cell: by its area, see the top. */
static struct conn *
conn_of(struct store_load *l, const struct radio_cell *cell)
{
	uint32_t h = (uint32_t)cell->type;

	assert(l->n > 0 && l->n <= CONNECTIONS);
	h = h * 31 + (uint32_t)cell->mcc;
	h = h * 31 + (uint32_t)cell->mnc;
	h = h * 31 + (uint32_t)cell->lac;
	h *= 0x9e3779b1;
	return &l->conn[(h >> 16) % l->n];
}

int
store_load_add(struct store_load *l, const struct radio_csv_row *row,
    uint64_t line)
{
	struct conn *c = conn_of(l, &row->cell);

	assert(c->fill.n < ROWS);
	if (atomic_load_explicit(&l->failed, memory_order_relaxed))
		return -1;
	if (c->fill.n == 0)
		c->fill.line = line;
	c->fill.row[c->fill.n++] = *row;
	return c->fill.n < ROWS ? 0 : hand_over_rows(l, c);
}

/* After a failure what was gathered is dropped, but for its first line. */
int
store_load_flush(struct store_load *l)
{
	unsigned i;

	for (i = 0; i < l->n && !atomic_load(&l->failed); i++)
		if (l->conn[i].fill.n > 0)
			hand_over_rows(l, &l->conn[i]);
	for (i = 0; i < l->n; i++) {
		base_worker_lock(&l->conn[i].worker);
		wait_idle(&l->conn[i]);
		if (l->conn[i].failed)
			atomic_store(&l->failed, 1);
		base_worker_unlock(&l->conn[i].worker);
	}
	return atomic_load(&l->failed) ? -1 : 0;
}

void
store_load_counts(struct store_load *l, struct store_import_counts *counts)
{
	unsigned i;

	memset(counts, 0, sizeof(*counts));
	for (i = 0; i < l->n; i++) {
		store_import_add_counts(counts, &l->conn[i].import.counts);
		memset(&l->conn[i].import.counts, 0, sizeof(*counts));
	}
}

/* Batches that are still there could not be stored. */
uint64_t
store_load_line(struct store_load *l, uint64_t line)
{
	const struct conn *c;

	for (c = l->conn; c < l->conn + l->n; c++) {
		if (c->busy.n > 0 && c->busy.line <= line)
			line = c->busy.line - 1;
		if (c->fill.n > 0 && c->fill.line <= line)
			line = c->fill.line - 1;
	}
	return line;
}

int
store_load_areas(struct store_load *l)
{
	struct store_db *db[CONNECTIONS];
	int64_t now;
	unsigned i;

	for (i = 0; i < l->n; i++)
		db[i] = l->conn[i].db;
	if (store_db_now(db[0], &now) == -1)
		return -1;
	return store_area_refresh_side(db, l->n, now);
}
