/* SPDX-License-Identifier: ISC */
/*
 * All connections see one snapshot.  A range of a table is a job: a thread
 * reads its rows as text through one of the connections, hashes them, and, if
 * the place has no such chunk yet, compresses and stores them.  While one
 * thread packs another reads, also where there is a single connection: who
 * reads has its lock, and gives it back when the last row has come.
 *
 * Memory is bounded by the threads: each holds the text of one chunk, which is
 * cut at CHUNK_BYTES if a range has more, and what that is compressed to.
 *
 * Nothing of a dump that fails is taken back: its chunks have the names of
 * their content, so the next dump finds those that are still right.  That is
 * as far as a dump can be resumed: what it lacks can only be read from another
 * snapshot.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/utf8.h"
#include "dump/line.h"
#include "dump/pack.h"
#include "dump/place.h"
#include "dump/source.h"
#include "dump/write.h"
#include "io/progress.h"
#include "store/db.h"
#include "store/sql.h"

/*
 * Memory of a thread is up to three times this, as buffers are made for the
 * worst case: the rows, the frame and, with encryption, the frame again.
 */
#define CHUNK_BYTES	(16 << 20)
#define LOOK_ROWS	1024	/* between two looks at the signal */

/* A range of a table, and what came of it. */
struct job {
	size_t				 table, range;
	struct dump_manifest_chunk	*chunk;
	size_t				 nchunk;
};

struct run {
	const struct dump_write	*w;
	struct dump_manifest	*m;
	struct dump_source	 source;
	struct dump_place	 place;
	struct seal_key_list	 to;
	struct store_snapshot	*snapshot;
	pthread_mutex_t		 reading[STORE_SNAPSHOT_MAX];
	pthread_mutex_t		 lock;	/* of the arena */
	struct job		*job;
	size_t			 njob;
	struct worker		*worker;
	struct io_progress	 progress;
	atomic_llong		 rows, stored;
	atomic_size_t		 done, new_chunks;
	atomic_int		 status;	/* of what failed first */
};

/* What a thread has for itself. */
struct worker {
	struct run		*run;
	struct object_store	*store;
	struct dump_pack	*pack;
	struct base_buf		 text, sql;
	struct job		*job;
	int64_t			 rows;		/* in TEXT */
	size_t			 last_at;	/* where its last row begins */
	int			 status;
};

static int
is_dump_stopped(const struct run *r)
{
	return r->w->stop != NULL && *r->w->stop;
}

/*
 * What failed first is why the others fail: they see it at their next look, and
 * end with EX_TEMPFAIL, which must not hide it.
 */
static void
note_first_failure(struct run *r, int status)
{
	int none = EX_OK;

	atomic_compare_exchange_strong(&r->status, &none, status);
}

/*
 * Append key column I, which is FIELD, so that it can be read by people.
 *
 * Binary keys and what is no UTF-8 are written in hexadecimal, as a manifest is
 * JSON and is looked at with a pager.  The result is for people only and is
 * never parsed.
 */
static void
add_key_column(struct base_buf *b, const struct dump_source_table *st,
    size_t i, const char *field, size_t len)
{
	struct base_buf plain;

	base_buf_init(&plain);
	dump_line_decode(&plain, field, len);
	if (i > 0)
		base_buf_chr(b, ',');
	if (st->key_is_bytes[i] || !base_utf8_check(plain.data, plain.len)) {
		base_buf_str(b, "0x");
		base_buf_hex(b, plain.data, plain.len);
	} else
		base_buf_add(b, plain.data, plain.len);
	base_buf_done(&plain);
}

/*
 * The key of the row at AT in the text of W, in memory of the manifest; NULL
 * if it is not to be told: a key of a station is an address, which nobody
 * shall read who cannot read the chunk.
 *
 * The fields of the row are looked up in its text, which is at hand anyway,
 * rather than kept for each row: of thirty thousand rows two are asked for.
 * The arena belongs to all threads, hence the lock; the text is made outside of
 * it.
 */
static const char *
key_of_row(struct worker *w, size_t at)
{
	const struct dump_source_table *st =
	    &w->run->source.table[w->job->table];
	const char *end = w->text.data + w->text.len, *field, *p;
	const char *key = NULL;
	struct base_buf b;
	size_t column, i, len;

	if (st->nkey == 0 || *w->run->w->recipient != '\0')
		return NULL;
	assert(at < w->text.len);
	base_buf_init(&b);
	for (i = 0; i < st->nkey; i++) {
		p = w->text.data + at;
		for (column = 0; column <= st->key[i]; column++)
			dump_line_field(&p, end, &field, &len);
		add_key_column(&b, st, i, field, len);
	}
	pthread_mutex_lock(&w->run->lock);
	if (base_buf_ok(&b) && b.len > 0)
		key = base_arena_strndup(&w->run->m->arena, b.data, b.len);
	pthread_mutex_unlock(&w->run->lock);
	base_buf_done(&b);
	return key;
}

/*
 * Is chunk HASH there already, so that it need not be stored?
 *
 * The list of the place is from the beginning of the dump.  Nothing is deleted
 * meanwhile, as dumps and their removal are not run at once; and what another
 * thread has stored under the same name just now is stored again, which changes
 * nothing.  -f (WHOLE) is for a place that is not trusted to have what it
 * lists.
 */
static int
is_chunk_there(const struct run *r, const char *hash)
{
	char key[DUMP_PLACE_KEY_LEN];

	dump_place_key(key, r->w->recipient, hash);
	return !r->w->whole && dump_place_find(&r->place, key) != NULL;
}

/*
 * The text of W becomes a chunk of its job.
 *
 * The hash is made of the rows and not of the object, as the same rows have to
 * be found again whatever the library compresses them to, and with encryption
 * no two objects are the same.
 */
static int
end_chunk(struct worker *w)
{
	struct dump_manifest_chunk *c;
	struct run *r = w->run;
	int64_t stored = 0;

	assert(w->rows > 0);
	c = reallocarray(w->job->chunk, w->job->nchunk + 1, sizeof(*c));
	if (c == NULL || !base_buf_ok(&w->text)) {
		warnx("table %s: out of memory",
		    r->m->table[w->job->table].name);
		return w->status = EX_OSERR;
	}
	w->job->chunk = c;
	c += w->job->nchunk++;
	c->rows = w->rows;
	c->bytes = (int64_t)w->text.len;
	c->first = key_of_row(w, 0);
	c->last = key_of_row(w, w->last_at);
	dump_pack_hash(c->hash, w->text.data, w->text.len);
	if (w->pack != NULL && !is_chunk_there(r, c->hash)) {
		w->status = dump_pack_put(w->pack, c->hash, w->text.data,
		    w->text.len, &stored);
		atomic_fetch_add(&r->new_chunks, 1);
	}
	atomic_fetch_add(&r->stored, stored);
	atomic_fetch_add(&r->rows, w->rows);
	base_buf_reset(&w->text);
	w->rows = 0;
	return w->status;
}

/*
 * A row more.  A range that is too long for one chunk is cut after the same
 * row in every dump, as ranges begin alike.
 *
 * The signal and the failure of others are looked at every LOOK_ROWS rows,
 * which is often enough for people.  A failure that is returned from here ends
 * the query, which is then judged by judge_query().
 */
static int
on_dumped_row(void *arg, char **field, const unsigned long *flen)
{
	struct worker *w = arg;
	const struct run *r = w->run;

	if (w->rows % LOOK_ROWS == 0 && (is_dump_stopped(r) ||
	    atomic_load(&r->status) != EX_OK))
		return -1;
	w->last_at = w->text.len;
	dump_line_add(&w->text, field, flen,
	    r->m->table[w->job->table].ncol);
	w->rows++;
	if (w->text.len >= CHUNK_BYTES || !base_buf_ok(&w->text))
		return end_chunk(w) == EX_OK ? 0 : -1;
	return 0;
}

/*
 * What became of the query for the rows of W's job.
 *
 * A snapshot lives in its connections: when one is lost, nothing can be asked
 * again that belongs to the same moment, so that the whole dump ends and is to
 * be run again.  Likewise when a table was altered, which InnoDB answers with
 * an error to a snapshot from before it.
 */
static int
judge_query(struct worker *w, struct store_db *db)
{
	const char *table = w->run->m->table[w->job->table].name;

	if (w->status != EX_OK)
		return w->status;
	if (is_dump_stopped(w->run) || atomic_load(&w->run->status) != EX_OK)
		return EX_TEMPFAIL;
	if (store_error_is_other_table(store_db_errno(db))) {
		warnx("table %s was changed during the dump", table);
		return EX_TEMPFAIL;
	}
	if (store_db_retry(db) == STORE_ERROR_FATAL)
		return store_db_status(db);
	warnx("%s: %s, and the snapshot with it", store_db_where(db),
	    store_db_error(db));
	return EX_TEMPFAIL;
}

/*
 * Read the range of W's job through connection I.
 *
 * The lock is held while rows come, not while the last chunk is packed, so
 * another thread reads meanwhile.  A range without rows makes no chunk: an
 * empty table has none.
 */
static int
read_job_range(struct worker *w, unsigned i)
{
	struct run *r = w->run;
	struct store_db *db = store_snapshot_db(r->snapshot, i);
	int rc;

	w->rows = 0;
	w->status = EX_OK;
	base_buf_reset(&w->text);
	base_buf_reset(&w->sql);
	dump_source_query(&w->sql, &r->source.table[w->job->table],
	    w->job->range);
	pthread_mutex_lock(&r->reading[i]);
	rc = store_sql_query(db, &w->sql, on_dumped_row, w) == 0 ? EX_OK :
	    judge_query(w, db);
	pthread_mutex_unlock(&r->reading[i]);
	if (rc == EX_OK && w->rows > 0)
		rc = end_chunk(w);
	return rc;
}

/*
 * The store and what packs for it are the thread's own.
 *
 * It happens at the thread's first job.  Without a place, which is how a drill
 * compares, rows are only hashed.
 */
static int
open_packer(struct worker *w)
{
	const struct dump_write *o = w->run->w;

	if (o->place == NULL || w->pack != NULL)
		return EX_OK;
	if ((w->store = object_store_open(o->cf, o->place)) == NULL)
		return EX_CONFIG;
	object_store_tune(w->store, &o->tuning);
	w->pack = dump_pack_new(w->store, o->recipient, &w->run->to, NULL);
	return w->pack != NULL ? EX_OK : EX_OSERR;
}

/*
 * Connections are dealt to threads by their numbers.  With as many as threads
 * each has its own, and no thread ever waits.
 */
static int
do_range_job(void *arg, unsigned thread, size_t job)
{
	struct run *r = arg;
	struct worker *w = &r->worker[thread];
	size_t done;
	int rc;

	assert(thread < r->w->threads && job < r->njob);
	w->run = r;
	w->job = &r->job[job];
	if (is_dump_stopped(r) || (rc = open_packer(w)) == EX_OK)
		rc = is_dump_stopped(r) ? EX_TEMPFAIL : read_job_range(w,
		    thread % store_snapshot_count(r->snapshot));
	if (rc != EX_OK) {
		note_first_failure(r, rc);
		return -1;
	}
	done = atomic_fetch_add(&r->done, 1) + 1;
	if (thread == 0)	/* one of them draws */
		io_progress_show(&r->progress,
		    (uint64_t)atomic_load(&r->rows),
		    (double)done / (double)r->njob);
	return 0;
}

/*
 * A job for each range of each table.
 *
 * Jobs are in the order of tables and their ranges, which collect_chunks()
 * relies on: it puts chunks together in the order of jobs, and never sorts.
 */
static int
plan_range_jobs(struct run *r)
{
	size_t i, k, n = 0;

	for (i = 0; i < r->m->ntable; i++)
		n += r->source.table[i].nbound + 1;
	r->job = calloc(n + 1, sizeof(*r->job));
	r->worker = calloc(r->w->threads, sizeof(*r->worker));
	if (r->job == NULL || r->worker == NULL) {
		warn("dump");
		return EX_OSERR;
	}
	for (i = 0; i < r->m->ntable; i++)
		for (k = 0; k <= r->source.table[i].nbound; k++) {
			r->job[r->njob].table = i;
			r->job[r->njob++].range = k;
		}
	assert(r->njob == n);
	return EX_OK;
}

/*
 * They are ended before the manifest is stored, so that their memory is free by
 * then; their chunks are stored and belong to the jobs.
 */
static void
end_workers(struct run *r)
{
	struct worker *w;
	unsigned i;

	for (i = 0; r->worker != NULL && i < r->w->threads; i++) {
		w = &r->worker[i];
		dump_pack_free(w->pack);
		object_store_end(w->store);
		base_buf_done(&w->text);
		base_buf_done(&w->sql);
	}
	free(r->worker);
	r->worker = NULL;
}

/*
 * What the jobs have found becomes the tables' chunks, in the order of the
 * key.
 *
 * Counted first, then copied: the arena cannot give memory back, and lists that
 * grew in it would leave their old halves behind.
 */
static int
collect_chunks(struct run *r)
{
	struct dump_manifest *m = r->m;
	struct dump_manifest_table *t;
	size_t i, k;

	for (i = 0; i < r->njob; i++)
		m->table[r->job[i].table].nchunk += r->job[i].nchunk;
	for (i = 0; i < m->ntable; i++) {
		t = &m->table[i];
		t->chunk = base_arena_calloc(&m->arena, t->nchunk + 1,
		    sizeof(*t->chunk));
		if (t->chunk == NULL)
			return EX_OSERR;
		m->nchunk += t->nchunk;
		t->nchunk = 0;
	}
	for (i = 0; i < r->njob; i++) {
		t = &m->table[r->job[i].table];
		for (k = 0; k < r->job[i].nchunk; k++) {
			t->chunk[t->nchunk] = r->job[i].chunk[k];
			t->rows += t->chunk[t->nchunk].rows;
			t->bytes += t->chunk[t->nchunk++].bytes;
		}
	}
	for (i = 0; i < m->ntable; i++) {
		m->rows += m->table[i].rows;
		m->bytes += m->table[i].bytes;
	}
	m->stored = atomic_load(&r->stored);
	return EX_OK;
}

/*
 * Short memory gives "" and not NULL, since texts of the manifest are compared
 * and written without looking.
 */
static const char *
keep(struct run *r, const char *text)
{
	const char *p = base_arena_strndup(&r->m->arena, text, strlen(text));

	return p == NULL ? "" : p;
}

/*
 * The schema's version, as far as the database has one.
 *
 * MAX() of no rows is NULL: an empty table is the same as none.
 */
static int
on_dumped_revision(void *arg, char **field, const unsigned long *flen)
{
	struct run *r = arg;

	(void)flen;
	if (field[0] != NULL)
		r->m->revision = keep(r, field[0]);
	return 0;
}

/*
 * The versions are read through the snapshot, like the rows, so that they are
 * those of the rows and not of a moment later.  That an account may not read
 * them is no reason to have no dump.
 */
static void
fill_head(struct run *r)
{
	static const char sql[] = "SELECT MAX(version_num) FROM "
	    "alembic_version";
	struct store_db *db = store_snapshot_db(r->snapshot, 0);
	struct dump_manifest *m = r->m;

	m->time_s = store_snapshot_time(r->snapshot);
	m->program = keep(r, r->w->program);
	m->database = keep(r, store_db_name(db));
	m->server = keep(r, store_db_server(db));
	m->snapshot = store_snapshot_how_text(store_snapshot_how(r->snapshot));
	m->file = keep(r, store_snapshot_file(r->snapshot));
	m->position = store_snapshot_position(r->snapshot);
	m->gtid = keep(r, store_snapshot_gtid(r->snapshot));
	m->recipient = keep(r, r->w->recipient);
	m->revision = "";
	if (dump_manifest_find(m, "alembic_version") != NULL)
		store_db_query(db, sql, sizeof(sql) - 1, on_dumped_revision, r);
	if (dump_manifest_find(m, "loc_version") != NULL)
		store_db_get_i64(db, "SELECT MAX(number) FROM loc_version",
		    &m->version, 0);
}

/*
 * The last step: from now on the dump exists.
 *
 * It is stored after all chunks, each of which the store has confirmed.  So a
 * manifest that can be read promises that its chunks were there.
 */
static int
put_dump_manifest(struct run *r, struct object_store *s)
{
	static const struct object_type type = { "application/json", NULL,
	    NULL };
	char key[DUMP_PLACE_KEY_LEN];
	struct base_buf b;
	int rc = EX_OSERR;

	base_buf_init(&b);
	dump_manifest_write(&b, r->m);
	snprintf(key, sizeof(key), "%s.json", r->m->id);
	if (base_buf_ok(&b))
		rc = dump_place_stored(s, object_store_put(s, key, &type,
		    b.data, b.len));
	else
		warnx("%s: out of memory", object_store_name(s));
	base_buf_done(&b);
	return rc;
}

/* Read all tables.  The first failure ends it. */
static int
read_all_tables(struct run *r)
{
	unsigned i, n = store_snapshot_count(r->snapshot);
	int rc;

	if (dump_source_read(&r->source, r->m,
	    store_snapshot_db(r->snapshot, 0)) == -1)
		return store_db_status(store_snapshot_db(r->snapshot, 0));
	if (r->m->ntable == 0) {
		warnx("database %s has no tables",
		    store_db_name(store_snapshot_db(r->snapshot, 0)));
		return EX_NOINPUT;
	}
	fill_head(r);
	if ((rc = plan_range_jobs(r)) != EX_OK)
		return rc;
	for (i = 0; i < n; i++)
		pthread_mutex_init(&r->reading[i], NULL);
	io_progress_init(&r->progress, "rows", r->w->quiet);
	if (base_parallel_run(r->w->threads, r->njob, do_range_job, r) == -1 &&
	    (rc = atomic_load(&r->status)) == EX_OK)
		rc = EX_OSERR;
	io_progress_done(&r->progress);
	for (i = 0; i < n; i++)
		pthread_mutex_destroy(&r->reading[i]);
	end_workers(r);
	if (is_dump_stopped(r))
		warnx("stopped: there is no new dump");
	return rc == EX_OK ? collect_chunks(r) : rc;
}

/*
 * Dumps are named by the second in which they began; another of this second
 * is waited out.
 *
 * The clock is ours and the list is the place's: names of the future, which
 * another machine's clock may have made, are passed over and left alone.
 */
static void
choose_id(struct run *r)
{
	size_t n = r->place.nid;

	dump_manifest_id(r->m->id, base_clock_now_s());
	while (n > 0 && strcmp(r->place.id[n - 1], r->m->id) >= 0 &&
	    !is_dump_stopped(r)) {
		if (strcmp(r->place.id[n - 1], r->m->id) > 0)
			n--;
		else {
			base_clock_nap(100, r->w->stop);
			dump_manifest_id(r->m->id, base_clock_now_s());
			n = r->place.nid;
		}
	}
}

/*
 * Everything; the caller has seen to it that nobody else changes the place.
 *
 * The place is listed before the snapshot is made, so that the snapshot, which
 * holds back the server's purge, lives no longer than need be.
 */
static int
dump_whole(struct run *r, struct object_store *s)
{
	int rc;

	if (s != NULL && (rc = dump_place_read(&r->place, s)) != EX_OK)
		return rc;
	choose_id(r);
	r->snapshot = store_snapshot_open(r->w->db_key, r->w->db_url,
	    r->w->threads, &rc);
	if (r->snapshot == NULL)
		return rc;
	if ((rc = read_all_tables(r)) == EX_OK && s != NULL)
		rc = put_dump_manifest(r, s);
	return rc;
}

int
dump_write_run(const struct dump_write *w, struct dump_manifest *m,
    struct dump_write_result *result)
{
	struct run r = { .w = w, .m = m, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct object_store *s = NULL;
	size_t i;
	int rc = EX_CONFIG;

	assert(w->threads >= 1 && w->threads <= DUMP_WRITE_THREADS_MAX);
	memset(result, 0, sizeof(*result));
	dump_manifest_init(m);
	if (*w->recipient != '\0' &&
	    seal_key_public(&r.to, w->recipient, NULL) != NULL) {
		warnx("[backup] recipient: expected public keys of age");
		return rc;
	}
	if (w->place != NULL &&
	    (s = object_store_open(w->cf, w->place)) == NULL)
		return rc;
	if (s != NULL)
		object_store_tune(s, &w->tuning);
	rc = dump_whole(&r, s);
	if (r.snapshot != NULL)
		result->how = store_snapshot_how(r.snapshot);
	result->new_chunks = atomic_load(&r.new_chunks);
	result->skipped = r.source.skipped;
	store_snapshot_end(r.snapshot);
	for (i = 0; i < r.njob; i++)
		free(r.job[i].chunk);
	free(r.job);
	dump_place_done(&r.place);
	object_store_end(s);
	return rc;
}
