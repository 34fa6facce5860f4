/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <string.h>

#include "base/arena.h"
#include "obs/batch.h"
#include "station/update.h"
#include "store/area.h"
#include "store/db.h"
#include "store/row.h"
#include "store/station.h"
#include "store/update.h"

struct stations {
	const struct obs_batch		*batch;
	int64_t				 now;
	struct store_update_result	*result;
	struct store_area_key		*areas;	/* touched, in order */
	size_t				 nareas;
	struct base_arena		*mem;
	int				 nomem;
};

static void *
get(struct stations *s, size_t n, size_t size)
{
	void *p = base_arena_calloc(s->mem, n, size);

	if (p == NULL && !s->nomem) {
		warnx("database: out of memory");
		s->nomem = 1;
	}
	return p;
}

/* How many observations from I on are of the same station. */
static size_t
group_len(const struct obs_batch *b, size_t i, size_t keylen)
{
	size_t n = 1;

	while (i + n < b->n && b->obs[i + n].kind == b->obs[i].kind &&
	    memcmp(b->obs[i + n].key, b->obs[i].key, keylen) == 0)
		n++;
	return n;
}

/* Update the stations of TABLE: the observations FIRST to END - 1. */
static int
update_table(struct store_db *db, struct stations *s, int table, size_t first,
    size_t end)
{
	const struct obs_obs *o = s->batch->obs;
	enum station_update_outcome out;
	const void **changed, **created;
	size_t found, i, len, n = 0, nchanged = 0, ncreated = 0, r = 0;
	size_t keylen = store_row_key_len(table);
	struct station_row *fresh, *row, *rows;
	struct store_row_key *keys;
	int exists;

	store_db_about(db, obs_kind_name(o[first].kind));
	for (i = first; i < end; i += group_len(s->batch, i, keylen))
		n++;
	keys = get(s, n, sizeof(*keys));
	rows = get(s, n, sizeof(*rows));
	fresh = get(s, n, sizeof(*fresh));
	changed = get(s, n, sizeof(*changed));
	created = get(s, n, sizeof(*created));
	if (s->nomem)
		return -1;
	for (i = first, n = 0; i < end; i += group_len(s->batch, i, keylen))
		memcpy(keys[n++].byte, o[i].key, sizeof(keys->byte));
	if (store_row_select(db, table, keys, n, 1, rows, &found) == -1)
		return -1;
	for (i = first; i < end; i += len) {
		len = group_len(s->batch, i, keylen);
		exists = r < found &&
		    memcmp(rows[r].key, o[i].key, keylen) == 0;
		row = exists ? &rows[r++] : &fresh[ncreated];
		out = station_update(row, exists, o + i, len, s->now);
		station_update_count(&s->result->kind[o[i].kind], out, len);
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
	s->result->rows += nchanged + ncreated;
	if (store_row_write(db, table, created, ncreated,
	    STORE_ROW_INSERT) == -1)
		return -1;
	return store_row_write(db, table, changed, nchanged,
	    STORE_ROW_UPDATE);
}

int
store_station_update(struct store_db *db, const struct obs_batch *batch,
    int64_t now, struct store_update_result *result, struct base_arena *a)
{
	struct stations s = { .batch = batch, .now = now, .result = result,
	    .mem = a };
	const struct obs_obs *o = batch->obs;
	size_t end, i;
	int table;

	if ((s.areas = get(&s, batch->n, sizeof(*s.areas))) == NULL)
		return -1;
	for (i = 0; i < batch->n; i = end) {
		table = store_row_table(o[i].kind, o[i].key);
		for (end = i + 1; end < batch->n &&
		    store_row_table(o[end].kind, o[end].key) == table; end++)
			;
		if (update_table(db, &s, table, i, end) == -1)
			return -1;
	}
	return store_area_mark(db, s.areas, s.nareas);
}
