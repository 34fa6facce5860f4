/* SPDX-License-Identifier: ISC */
/*
 * The stations of a batch, table by table in the order of locks.  Observations
 * and networks to forget are both sorted by table and key, so that they are
 * merged like two piles of cards; so are the rows that were found, which are
 * walked along with them.
 */
#include <assert.h>
#include <err.h>
#include <string.h>

#include "base/arena.h"
#include "obs/batch.h"
#include "station/update.h"
#include "store/area.h"
#include "store/db.h"
#include "store/row.h"
#include "store/station.h"

/* What a batch says of one station. */
struct news {
	const struct obs_obs	*obs;		/* N of it */
	size_t			 n;
	int			 forget;
};

/*
 * The state of one batch.  OBS_DONE and FORGET_DONE are how far the two lists
 * have been taken; tables are gone through in the order of both, so that each
 * element is taken once.
 */
struct stations {
	const struct obs_batch		*batch;
	const struct obs_optout		*forget; /* in order */
	size_t				 nforget;
	size_t				 obs_done, forget_done;
	int64_t				 now;
	struct store_station_counts	*counts;
	struct news			*news;	/* of a table */
	struct store_row_key		*keys;	/* ... of the same stations */
	struct store_area_key		*areas;	/* touched, in order */
	size_t				 nareas;
	struct base_arena		*mem;
	int				 nomem;
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

	if (s->forget_done == s->nforget)
		return NULL;
	f = &s->forget[s->forget_done];
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
		assert(n < s->batch->n + s->nforget);
		c = o == NULL ? 1 : f == NULL ? -1 :
		    memcmp(o->key, f->mac, keylen);
		memset(&s->keys[n], 0, sizeof(s->keys[n]));
		memcpy(s->keys[n].byte, c <= 0 ? o->key : f->mac, keylen);
		s->news[n].obs = o;
		s->news[n].n = c <= 0 ? take_obs(s, keylen) : 0;
		s->news[n].forget = c >= 0;
		s->forget_done += c >= 0;
	}
}

/*
 * Find out what becomes of the Ith station of those gathered.  Observations of
 * one that is forgotten are counted all the same, so that the totals tell what
 * was received.
 */
static enum station_update_outcome
update_station(struct stations *s, size_t i, struct station_row *row,
    int exists)
{
	const struct news *w = &s->news[i];
	enum station_update_outcome out;

	if (w->forget)
		out = station_update_forget(row, exists, s->keys[i].byte,
		    s->now);
	else
		out = station_update(row, exists, w->obs, w->n, s->now);
	if (w->n > 0)
		station_update_count(&s->counts->kind[w->obs->kind], out,
		    w->n);
	return out;
}

/*
 * Lock the rows of what was gathered for TABLE, let each station become what
 * the news make of it, and write those that changed.  ROWS and KEYS are in the
 * same order, so that a row belongs to the next key or to none.
 *
 * A fresh row that came to nothing is used again for the next station.  Areas
 * of changed cells are collected in the order of keys, in which they will have
 * to be marked, since tables of cells are in the order of radios.
 */
static int
update_table(struct store_db *db, struct stations *s, int table)
{
	size_t found, i, n, nchanged = 0, ncreated = 0, r = 0;
	size_t keylen = store_row_key_len(table);
	struct station_row *fresh, *row, *rows;
	enum station_update_outcome out;
	const void **changed, **created;
	int exists;

	if ((n = gather_news(s, table)) == 0)
		return 0;
	store_db_stage(db, obs_batch_kind_name(store_row_kind(table)));
	rows = station_room(s, n, sizeof(*rows));
	fresh = station_room(s, n, sizeof(*fresh));
	changed = station_room(s, n, sizeof(*changed));
	created = station_room(s, n, sizeof(*created));
	if (s->nomem ||
	    store_row_select(db, table, s->keys, n, 1, rows, &found) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		exists = r < found &&
		    memcmp(rows[r].key, s->keys[i].byte, keylen) == 0;
		row = exists ? &rows[r++] : &fresh[ncreated];
		out = update_station(s, i, row, exists);
		if (out == STATION_UPDATE_NONE)
			continue;
		if (exists)
			changed[nchanged++] = row;
		else
			created[ncreated++] = row;
		if (table >= STORE_ROW_CELL && station_update_moves_area(out))
			s->nareas = store_area_add(s->areas, s->nareas,
			    row->key);
	}
	assert(r == found && nchanged <= found && ncreated <= n - found);
	s->counts->rows += nchanged + ncreated;
	if (store_row_write(db, table, created, ncreated,
	    STORE_ROW_INSERT) == -1)
		return -1;
	return store_row_write(db, table, changed, nchanged,
	    STORE_ROW_UPDATE);
}

/*
 * The marks come after all tables: that is their place in the order of locks.
 * Only stations in the lists can be touched, so memory is allocated once for
 * the largest table that there could be.
 */
int
store_station_update(struct store_db *db, const struct obs_batch *batch,
    const struct obs_optout *forget, size_t nforget, int64_t now,
    struct store_station_counts *counts, struct base_arena *a)
{
	struct stations s = { .batch = batch, .forget = forget,
	    .nforget = nforget, .now = now, .counts = counts, .mem = a };
	size_t n = batch->n + nforget;
	int table;

	s.news = station_room(&s, n, sizeof(*s.news));
	s.keys = station_room(&s, n, sizeof(*s.keys));
	s.areas = station_room(&s, batch->n, sizeof(*s.areas));
	if (s.nomem)
		return -1;
	for (table = 0; table < STORE_ROW_AREA; table++)
		if (update_table(db, &s, table) == -1)
			return -1;
	return store_area_mark(db, s.areas, s.nareas);
}
