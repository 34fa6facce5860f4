/* SPDX-License-Identifier: ISC */
/*
 * The stations of a batch, table by table in the order of locks.  Observations
 * and networks to forget are both sorted by table and key, so that they are
 * merged like two piles of cards; so are the rows that were found, which are
 * walked along with them.
 *
 * What becomes of a table's stations is found out in a thread beside, while the
 * server writes the rows of the table before: these are locked already, so that
 * it does not matter to anybody else when they are written.  Rows that are new
 * are written before the next table is read, since to insert them takes locks,
 * too, which have their place in the order.  The connection is used by the
 * caller's thread alone; and what both touch, the arena before all, the caller
 * leaves alone until the other has come to its end.
 *
 * A server that has to read rows from a disk, as its memory is too small for
 * them, is another matter.  By the time the next table has been read it may
 * have dropped the pages of this one, and would read them again: with a
 * database 20 times as large as the memory that was 7 % of all reads.  So where
 * reading is slow each table is written before the next is read.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/aside.h"
#include "base/civil.h"
#include "base/clock.h"
#include "obs/batch.h"
#include "station/believe.h"
#include "station/update.h"
#include "store/area.h"
#include "store/db.h"
#include "store/row.h"
#include "store/station.h"
#include "store/tally.h"
#include "store/trust.h"
#include "store/undo.h"
#include "store/witness.h"

/*
 * So many stations of a table are worth a thread: with fewer it takes longer to
 * wake it.
 */
#define ASIDE_MIN	50

/* A server that takes longer to find a row, of so many, reads from a disk. */
#define SLOW_US		30
#define SLOW_MIN	500

/* What a batch says of one station. */
struct news {
	const struct obs_obs	*obs;		/* N of it */
	size_t			 n;
	const struct obs_optout	*forget;	/* or NULL */
};

/*
 * The state of one batch.  OBS_DONE and FORGET_DONE are how far the two lists
 * have been taken; tables are gone through in the order of both, so that each
 * element is taken once.
 */
struct stations {
	const struct store_station_job	*job;
	const struct obs_batch		*batch;
	size_t				 obs_done, forget_done;
	struct store_station_counts	*counts;
	struct news			*news;	/* of a table */
	struct store_row_key		*keys;	/* ... of the same stations */
	struct store_area_key		*areas;	/* touched, in order */
	size_t				 nareas;
	struct store_undo		*undo;	/* what they were before */
	size_t				 nundo, undocap;
	struct run			*runs;	/* of a station */
	size_t				 runcap;
	struct base_arena		*mem;
	int				 nomem;
	int64_t				 asked_ms;	/* reading took it */
	size_t				 asked;		/* ... for so many */
};

/*
 * The stations of one table that news were gathered for: the rows that were
 * found, room for as many new ones, and which of both are to be written.  It
 * lasts until the attempt ends.
 */
struct table {
	struct stations		*s;
	int			 table;
	size_t			 n, found;
	struct station_row	*rows, *fresh;
	const void		**changed, **created;
	size_t			 nchanged, ncreated;
	struct store_row_pack	 old, new;	/* the same, to be written */
};

/* What one witness says of a station. */
struct run {
	const struct obs_obs		*obs;
	size_t				 n;
	enum station_update_outcome	 out;
};

/*
 * The first failure is warned of and later ones are not, so that several
 * requests may share one check of NOMEM.  Rows are large and all of them are
 * set before they are read, so nothing is cleared.
 */
static void *
station_room(struct stations *s, size_t n, size_t size)
{
	void *p = base_arena_array(s->mem, n, size);

	if (p == NULL && !s->nomem) {
		warnx("database: out of memory");
		s->nomem = 1;
	}
	return p;
}

/* The next observation if it is of TABLE, or NULL. */
static const struct obs_obs *
next_obs(const struct stations *s, int table)
{
	const struct obs_obs *o;

	if (s->obs_done == s->batch->n)
		return NULL;
	o = &s->batch->obs[s->obs_done];
	return store_row_table(o->kind, o->key) == table ? o : NULL;
}

/* The next network to be forgotten if it is of TABLE, or NULL. */
static const struct obs_optout *
next_forget(const struct stations *s, int table)
{
	const struct obs_optout *f;

	if (s->forget_done == s->job->nforget)
		return NULL;
	f = &s->job->forget[s->forget_done];
	return store_row_table(f->kind, f->mac) == table ? f : NULL;
}

/*
 * Take the next observations, all of one station, and return how many they
 * are.  They stay in their order of arrival, which is what station_update()
 * expects.
 */
static size_t
take_obs(struct stations *s, size_t keylen)
{
	const struct obs_obs *o = &s->batch->obs[s->obs_done];
	size_t left = s->batch->n - s->obs_done, n = 1;

	while (n < left && o[n].kind == o->kind &&
	    memcmp(o[n].key, o->key, keylen) == 0)
		n++;
	s->obs_done += n;
	return n;
}

/*
 * Gather what there is of TABLE, in the order of keys, and return how many
 * stations that is.  A network that is both observed and to be forgotten
 * becomes one entry, as its row can be changed only once; its observations are
 * then only counted.
 */
static size_t
gather_news(struct stations *s, int table)
{
	size_t keylen = store_row_key_len(table), n;
	const struct obs_optout *f;
	const struct obs_obs *o;
	int c;

	for (n = 0;; n++) {
		o = next_obs(s, table);
		f = next_forget(s, table);
		if (o == NULL && f == NULL)
			return n;
		assert(n < s->batch->n + s->job->nforget);
		c = o == NULL ? 1 : f == NULL ? -1 :
		    memcmp(o->key, f->mac, keylen);
		memset(&s->keys[n], 0, sizeof(s->keys[n]));
		memcpy(s->keys[n].byte, c <= 0 ? o->key : f->mac, keylen);
		s->news[n].obs = o;
		s->news[n].n = c <= 0 ? take_obs(s, keylen) : 0;
		s->news[n].forget = c >= 0 ? f : NULL;
		s->forget_done += c >= 0;
	}
}

/*
 * Keep what the station KEY was, ROW, because it was moved, hidden or opted out
 * by a witness with TAG.  An empty ROW says that there was none.
 */
static void
keep_old(struct stations *s, int table, const uint8_t *key,
    const struct station_row *row, enum store_undo_what what, unsigned tag,
    int64_t first, int64_t last)
{
	size_t cap = s->undocap == 0 ? 16 : 2 * s->undocap;
	struct station_row *old;
	struct store_undo *more;

	if (s->nundo == s->undocap) {
		if ((more = station_room(s, cap, sizeof(*more))) == NULL)
			return;
		if (s->nundo > 0)
			memcpy(more, s->undo, s->nundo * sizeof(*more));
		s->undo = more;
		s->undocap = cap;
	}
	if ((old = station_room(s, 1, sizeof(*old))) == NULL)
		return;
	*old = *row;
	memcpy(old->key, key, store_row_key_len(table));
	s->undo[s->nundo] = (struct store_undo){ .what = what,
	    .table = table, .tag = tag, .first = first, .last = last,
	    .old = old };
	memcpy(s->undo[s->nundo++].key, key, store_row_key_len(table));
}

/* In the order in which they came. */
static int
cmp_run(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->obs->seq > y->obs->seq) - (x->obs->seq < y->obs->seq);
}

/*
 * Part the observations of W, which are sorted by witness, into what each of
 * them says.  Returns how many there are, or 0 when memory is short.
 */
static size_t
part_runs(struct stations *s, const struct news *w)
{
	size_t i, n = 0;

	if (w->n > s->runcap) {
		s->runs = station_room(s, w->n, sizeof(*s->runs));
		s->runcap = s->runs == NULL ? 0 : w->n;
	}
	if (s->runcap < w->n)
		return 0;
	for (i = 0; i < w->n; i++)
		if (i > 0 && w->obs[i].group == w->obs[i - 1].group)
			s->runs[n - 1].n++;
		else
			s->runs[n++] = (struct run){ .obs = &w->obs[i],
			    .n = 1 };
	if (n > 1)
		qsort(s->runs, n, sizeof(*s->runs), cmp_run);
	return n;
}

/* Where what submission FROM of the batch says of a station of KIND counts. */
static struct store_tally *
tally_of(const struct stations *s, uint16_t from, int kind)
{
	return &s->job->tally[obs_batch_key_of(s->batch, from) * OBS_KINDS +
	    (size_t)kind];
}

/*
 * Apply what one witness says, and count what came of it.  Who has several
 * keys, which many share then, is counted by the one that came first.
 */
static enum station_update_outcome
believe_run(struct stations *s, int table, const struct run *r,
    struct station_row *row, int exists)
{
	const struct obs_batch_witness *who =
	    &s->batch->witness[r->obs->group];
	const struct station_believe_testimony w = { .obs = r->obs,
	    .n = r->n, .day = who->day, .tag = who->who.tag,
	    .class = who->who.class, .mark = who->who.source };
	struct station_believe_told told;
	enum station_update_outcome out;
	struct station_row old;

	if (exists)
		old = *row;
	out = station_believe(row, exists, &w, &s->job->trust->rules,
	    &s->job->witnesses->of[r->obs->group]->now, &told);
	if (out == STATION_UPDATE_MOVE || out == STATION_UPDATE_HIDE)
		keep_old(s, table, old.key, &old, out == STATION_UPDATE_MOVE ?
		    STORE_UNDO_MOVE : STORE_UNDO_HIDE, w.tag, told.first,
		    told.last);
	if (s->job->tally != NULL)
		store_tally_add(tally_of(s, r->obs->from, r->obs->kind),
		    w.class, out, &told, exists ? row : NULL,
		    base_civil_day_of(s->job->now));
	return out;
}

static int
mark_of(void *batch, const struct obs_obs *o, uint32_t *mark)
{
	return obs_batch_mark(batch, o, mark);
}

/* The marks of N testimonies that were accepted, after all of them. */
static int
add_marks(struct stations *s, size_t n, struct station_row *row)
{
	const struct run *r;
	int changed = 0;

	for (r = s->runs; r < s->runs + n; r++)
		if (r->out == STATION_UPDATE_NEW ||
		    r->out == STATION_UPDATE_REPLACE ||
		    r->out == STATION_UPDATE_CHANGE ||
		    r->out == STATION_UPDATE_RETURN)
			changed |= station_believe_marks(row, r->obs, r->n,
			    s->batch->witness[r->obs->group].day, mark_of,
			    /* it is only read */
			    (void *)(uintptr_t)s->batch);
	return changed;
}

/* Which of two outcomes tells more: whether there is anything to write. */
static enum station_update_outcome
greater(enum station_update_outcome a, enum station_update_outcome b)
{
	if (a == STATION_UPDATE_NONE || b == STATION_UPDATE_NONE)
		return a == STATION_UPDATE_NONE ? b : a;
	return station_update_moves_area(a) ? a : b;
}

/*
 * Add to SUM what came of a station, C, which counts once in a batch, however
 * many speak of it.
 */
static void
count_once(struct station_update_counts *sum,
    const struct station_update_counts *c)
{
	sum->obs += c->obs;
	sum->created += c->created > 0;
	sum->confirm += c->created == 0 && c->confirm > 0;
	sum->blocked += c->blocked > 0;
}

/*
 * Apply what witnesses say of the station of W, one after the other, each to
 * what the one before has left.  Questions take no marks: the one that they may
 * have came with them.
 */
static enum station_update_outcome
believe_station(struct stations *s, int table, const struct news *w,
    struct station_row *row, int exists)
{
	enum station_update_outcome all = STATION_UPDATE_NONE, out;
	struct station_update_counts counts = { .obs = w->n };
	size_t i, marked = 0, n = part_runs(s, w);

	for (i = 0; i < n; i++) {
		out = believe_run(s, table, &s->runs[i], row, exists);
		station_update_count(&counts, out, 0);
		exists |= out != STATION_UPDATE_NONE;
		all = greater(all, out);
		s->runs[i].out = s->runs[i].obs->is_query ?
		    STATION_UPDATE_NONE : out;
		marked += s->runs[i].out != STATION_UPDATE_NONE;
	}
	if (marked > 0 && w->obs->kind != OBS_CELL)
		add_marks(s, n, row);
	count_once(&s->counts->kind[w->obs->kind], &counts);
	return all;
}

/*
 * Find out what becomes of the Ith station of those gathered.  Observations of
 * one that is forgotten are counted all the same, so that the totals tell what
 * was received.
 */
static enum station_update_outcome
update_station(struct stations *s, int table, size_t i,
    struct station_row *row, int exists)
{
	const struct news *w = &s->news[i];
	const struct obs_batch_witness *who;
	enum station_update_outcome out;
	struct station_row old;

	if (w->forget == NULL && s->job->trust != NULL)
		return believe_station(s, table, w, row, exists);
	if (w->forget == NULL)
		out = station_update(row, exists, w->obs, w->n, s->job->now);
	else {
		if (exists)
			old = *row;
		else
			station_row_init(&old);
		out = station_believe_opt_out(row, exists, s->keys[i].byte,
		    store_row_kind(table), s->job->now);
		who = &s->batch->witness[w->forget->witness];
		if (out != STATION_UPDATE_NONE)
			keep_old(s, table, row->key, &old, STORE_UNDO_OPTOUT,
			    who->who.tag, who->day, who->day);
		if (out != STATION_UPDATE_NONE && s->job->tally != NULL)
			store_tally_optout(tally_of(s, w->forget->from,
			    w->forget->kind), who->who.class);
	}
	if (w->n > 0)
		station_update_count(&s->counts->kind[w->obs->kind], out,
		    w->n);
	return out;
}

/*
 * Gather the news of table NUMBER, and lock the rows of its stations.  Returns
 * 0, with none in T if there is nothing to do, or -1.
 */
static int
read_table(struct store_db *db, struct stations *s, int number,
    struct table *t)
{
	size_t n = gather_news(s, number);
	int64_t start_ms;

	*t = (struct table){ .s = s, .table = number, .n = n };
	if (n == 0)
		return 0;
	store_db_stage(db, obs_batch_kind_name(store_row_kind(number)));
	t->rows = station_room(s, n, sizeof(*t->rows));
	t->fresh = station_room(s, n, sizeof(*t->fresh));
	t->changed = station_room(s, n, sizeof(*t->changed));
	t->created = station_room(s, n, sizeof(*t->created));
	start_ms = base_clock_mono_ms();
	if (s->nomem || store_row_select(db, number, s->keys, n, 1, t->rows,
	    &t->found) == -1)
		return -1;
	s->asked_ms += base_clock_mono_ms() - start_ms;
	s->asked += n;
	if (store_row_pack_init(&t->new, db, number, STORE_ROW_INSERT) == -1)
		return -1;
	return store_row_pack_init(&t->old, db, number, STORE_ROW_UPSERT);
}

/*
 * Let each station of a table become what the news make of it.  Rows and keys
 * are in the same order, so that a row belongs to the next key or to none.
 *
 * A fresh row that came to nothing is used again for the next station.  Areas
 * of changed cells are collected in the order of keys, in which they will have
 * to be marked, since tables of cells are in the order of radios.
 */
static void
decide_table(void *arg)
{
	struct table *t = arg;
	struct stations *s = t->s;
	size_t i, keylen = store_row_key_len(t->table), r = 0;
	enum station_update_outcome out;
	struct station_row *row;
	int exists;

	for (i = 0; i < t->n; i++) {
		exists = r < t->found &&
		    memcmp(t->rows[r].key, s->keys[i].byte, keylen) == 0;
		row = exists ? &t->rows[r++] : &t->fresh[t->ncreated];
		out = update_station(s, t->table, i, row, exists);
		if (out == STATION_UPDATE_NONE)
			continue;
		if (exists)
			t->changed[t->nchanged++] = row;
		else
			t->created[t->ncreated++] = row;
		if (t->table >= STORE_ROW_CELL &&
		    station_update_moves_area(out))
			s->nareas = store_area_add(s->areas, s->nareas,
			    row->key);
	}
	assert(r == t->found && t->nchanged <= t->found &&
	    t->ncreated <= t->n - t->found);
	s->counts->rows += t->nchanged + t->ncreated;
	store_row_pack(&t->new, t->created, t->ncreated, s->mem);
	store_row_pack(&t->old, t->changed, t->nchanged, s->mem);
}

/* Write rows of T, which may be none, to its table. */
static int
write_table(struct store_db *db, const struct table *t,
    const struct store_row_pack *rows)
{
	if (t->n == 0)
		return 0;
	store_db_stage(db, obs_batch_kind_name(store_row_kind(t->table)));
	return store_row_pack_write(db, rows);
}

/* Does the server read from a disk?  See the top. */
static int
is_slow(const struct stations *s)
{
	return s->asked >= SLOW_MIN &&
	    s->asked_ms * 1000 > (int64_t)s->asked * SLOW_US;
}

/*
 * Do all tables; see the top.  BEFORE is the table whose old rows are still to
 * be written.
 */
static int
update_tables(struct store_db *db, struct stations *s, struct base_aside *a)
{
	struct table before = { .n = 0 }, t;
	int number, rc = 0;

	for (number = 0; number < STORE_ROW_AREA && rc == 0; number++) {
		if ((rc = read_table(db, s, number, &t)) == -1 || t.n == 0)
			continue;
		if (t.n < ASIDE_MIN)
			decide_table(&t);
		else
			base_aside_begin(a, decide_table, &t);
		rc = write_table(db, &before, &before.old);
		base_aside_end(a);
		if (rc == 0)
			rc = write_table(db, &t, &t.new);
		before = t;
		if (rc == 0 && is_slow(s)) {
			rc = write_table(db, &t, &t.old);
			before.n = 0;
		}
	}
	return rc == 0 ? write_table(db, &before, &before.old) : -1;
}

/*
 * The marks of areas come after all tables: that is their place in the order
 * of locks.  Only stations in the lists can be touched, so memory is allocated
 * once for the largest table that there could be.
 */
int
store_station_update(struct store_db *db,
    const struct store_station_job *job, struct store_station_counts *counts)
{
	struct stations s = { .job = job, .batch = job->batch,
	    .counts = counts, .mem = job->mem };
	size_t n = job->batch->n + job->nforget;
	struct base_aside aside;
	int rc;

	s.news = station_room(&s, n, sizeof(*s.news));
	s.keys = station_room(&s, n, sizeof(*s.keys));
	s.areas = station_room(&s, job->batch->n, sizeof(*s.areas));
	if (s.nomem)
		return -1;
	base_aside_init(&aside);
	rc = update_tables(db, &s, &aside);
	base_aside_done(&aside);
	if (rc == -1 || s.nomem ||
	    store_area_mark(db, s.areas, s.nareas) == -1)
		return -1;
	return store_undo_add(db, s.undo, s.nundo, job->now);
}
