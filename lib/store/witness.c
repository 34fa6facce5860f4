/* SPDX-License-Identifier: ISC */
/*
 * The rows of a day are few, and workers share some of them; so they are read
 * at the beginning of a batch and written at its end, when hardly anything is
 * left that could keep their locks for long.
 *
 * Every witness of a batch has an account here, also those who are trusted and
 * need none: it only costs a row.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "store/db.h"
#include "store/sql.h"
#include "store/witness.h"

static int
cmp_witness(const void *a, const void *b)
{
	const struct store_witness *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return (x->tag > y->tag) - (x->tag < y->tag);
}

static struct store_witness *
find_witness(const struct store_witnesses *w, int64_t day, unsigned tag)
{
	const struct store_witness key = { .day = day, .tag = tag };

	return bsearch(&key, w->at, w->n, sizeof(*w->at), cmp_witness);
}

enum { DAY, TAG, AGREE, CONTRA, BORN, OPTOUT, FIELDS };

static int
on_witness(void *arg, char **field, const unsigned long *flen)
{
	const struct store_witnesses *w = arg;
	struct store_witness *to;
	int64_t v[FIELDS];
	int i;

	for (i = 0; i < FIELDS; i++)
		if (field[i] == NULL ||
		    !base_num_i64(field[i], flen[i], &v[i]))
			return 0;
	if ((to = find_witness(w, v[DAY], (unsigned)v[TAG])) == NULL)
		return 0;
	to->was = (struct station_believe_account){ v[AGREE], v[CONTRA],
	    v[BORN], v[OPTOUT] };
	to->now = to->was;
	return 0;
}

/* The different witnesses of BATCH, sorted, and where each number's is. */
static int
list_witnesses(const struct obs_batch *batch, struct store_witnesses *w,
    struct base_arena *a)
{
	size_t i, n = batch->nwitness;

	w->at = base_arena_calloc(a, n, sizeof(*w->at));
	w->of = base_arena_array(a, n, sizeof(struct store_witness *));
	w->n = 0;
	if (w->at == NULL || w->of == NULL) {
		warnx("database: out of memory");
		return -1;
	}
	for (i = 0; i < n; i++) {
		w->at[i].day = batch->witness[i].day;
		w->at[i].tag = batch->witness[i].who.tag;
	}
	qsort(w->at, n, sizeof(*w->at), cmp_witness);
	for (i = 0; i < n; i++)
		if (w->n == 0 || cmp_witness(&w->at[w->n - 1],
		    &w->at[i]) != 0)
			w->at[w->n++] = w->at[i];
	for (i = 0; i < n; i++)
		w->of[i] = find_witness(w, batch->witness[i].day,
		    batch->witness[i].who.tag);
	return 0;
}

int
store_witness_read(struct store_db *db, const struct obs_batch *batch,
    struct store_witnesses *w, struct base_arena *a)
{
	struct store_sql s = { .db = db, .between = ",", .tail = ")",
	    .head = "SELECT day, tag, agree, contra, born, optout "
	    "FROM loc_witness WHERE (day, tag) IN (", .row = on_witness,
	    .arg = w };
	struct base_buf *b;
	size_t i;

	if (list_witnesses(batch, w, a) == -1)
		return -1;
	for (i = 0; i < w->n && (b = store_sql_next(&s)) != NULL; i++)
		base_buf_fmt(b, "(%lld,%u)", (long long)w->at[i].day,
		    w->at[i].tag);
	return store_sql_end(&s);
}

/* The sums stay at what their columns hold. */
#define SUM(name)	name " = LEAST(" name " + VALUES(" name "), 4294967295)"

int
store_witness_add(struct store_db *db, const struct store_witnesses *w)
{
	struct store_sql s = { .db = db, .between = ",",
	    .head = "INSERT INTO loc_witness "
	    "(day, tag, agree, contra, born, optout) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE " SUM("agree") ", "
	    SUM("contra") ", " SUM("born") ", " SUM("optout") };
	const struct store_witness *t;
	struct base_buf *b;

	for (t = w->at; t < w->at + w->n; t++) {
		if (memcmp(&t->was, &t->now, sizeof(t->now)) == 0)
			continue;
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_buf_fmt(b, "(%lld,%u,%lld,%lld,%lld,%lld)",
		    (long long)t->day, t->tag,
		    (long long)(t->now.agree - t->was.agree),
		    (long long)(t->now.contra - t->was.contra),
		    (long long)(t->now.born - t->was.born),
		    (long long)(t->now.optout - t->was.optout));
	}
	return store_sql_end(&s);
}
