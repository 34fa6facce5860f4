/* SPDX-License-Identifier: ISC */
/*
 * Two indexes side by side: how they differ, and a delta, with which one
 * becomes the other.
 *
 * A delta is a file of the same format that has the rows which are new or
 * changed, the keys that are gone, all API keys, and the ids of both: what it
 * is applied to has to be the one, and what comes of it is the other, to the
 * byte.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "index/mix.h"
#include "io/signals.h"
#include "radio/name.h"

#include "index.h"

static const enum index_format_kind kinds[] = { INDEX_FORMAT_BLUE,
    INDEX_FORMAT_WIFI, INDEX_FORMAT_CELL, INDEX_FORMAT_AREA };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* The order of two items of KIND. */
static int
compare_items(enum index_format_kind kind, const struct index_file_item *x,
    const struct index_file_item *y)
{
	uint64_t a, b;

	switch (kind) {
	case INDEX_FORMAT_CELL:
		a = index_mix_cell(x->key);
		b = index_mix_cell(y->key);
		break;
	case INDEX_FORMAT_AREA:
		a = index_mix_area(x->key);
		b = index_mix_area(y->key);
		break;
	default:
		a = index_mix_mac(x->key);
		b = index_mix_mac(y->key);
		break;
	}
	return a != b ? (a < b ? -1 : 1) :
	    memcmp(x->key, y->key, sizeof(x->key));
}

/* Do two items say the same? */
static int
is_same_row(const struct index_file *f, const struct index_file_item *x,
    const struct index_file *g, const struct index_file_item *y,
    enum index_format_kind kind)
{
	struct { struct station_area a; struct station_centre c; } p, q;
	struct station_row r, s;

	if (kind == INDEX_FORMAT_AREA) {
		memset(&p, 0, sizeof(p));
		memset(&q, 0, sizeof(q));
		index_file_area_row(f, x, &p.a, &p.c);
		index_file_area_row(g, y, &q.a, &q.c);
		return memcmp(&p, &q, sizeof(p)) == 0;
	}
	memset(&r, 0, sizeof(r));
	memset(&s, 0, sizeof(s));
	index_file_row(f, kind, x, &r);
	index_file_row(g, kind, y, &s);
	return memcmp(&r, &s, sizeof(r)) == 0;
}

/* What is done with what differs; +, - or ~.  -1: stop. */
struct walk {
	const struct index_file	*f, *g;
	int	(*each)(void *arg, char how, enum index_format_kind kind,
		    const struct index_file_item *it);
	void	*arg;
};

/* Walk along both, which are in one order.  Returns 0, or -1. */
static int
walk_kind(const struct walk *w, enum index_format_kind kind)
{
	struct index_file_item x = { .i = 0 }, y = { .i = 0 };
	int more_x = index_file_next(w->f, kind, &x);
	int more_y = index_file_next(w->g, kind, &y), c, rc = 0;

	while ((more_x || more_y) && rc == 0) {
		if (io_signals_stop)
			return -1;
		c = !more_x ? 1 : !more_y ? -1 : compare_items(kind, &x, &y);
		if (c < 0)
			rc = w->each(w->arg, '-', kind, &x);
		else if (c > 0)
			rc = w->each(w->arg, '+', kind, &y);
		else if (!is_same_row(w->f, &x, w->g, &y, kind))
			rc = w->each(w->arg, '~', kind, &y);
		if (c <= 0)
			more_x = index_file_next(w->f, kind, &x);
		if (c >= 0)
			more_y = index_file_next(w->g, kind, &y);
	}
	return rc;
}

struct diff {
	const struct index_run	*r;
	uint64_t		 added, removed, changed;
};

static int
on_difference(void *arg, char how, enum index_format_kind kind,
    const struct index_file_item *it)
{
	char name[RADIO_NAME_LEN];
	struct diff *d = arg;

	d->added += how == '+';
	d->removed += how == '-';
	d->changed += how == '~';
	if (d->r->verbose) {
		index_format_key(name, kind, it->key);
		printf("%c %s %s\n", how, index_file_name((int)kind), name);
	}
	return 0;
}

int
index_diff(struct index_run *r, char *const *word)
{
	const char *a = word[0], *b = word[1];
	struct index_file *f = index_input(r, index_file_open(a)), *g = NULL;
	struct walk w = { .each = on_difference };
	struct diff d;
	size_t i;
	int rc = EX_NOINPUT;

	if (f != NULL && (g = index_input(r, index_file_open(b))) != NULL) {
		rc = 0;
		w.f = f;
		w.g = g;
		w.arg = &d;
		for (i = 0; i < KINDS && rc != EX_TEMPFAIL; i++) {
			d = (struct diff){ .r = r };
			if (walk_kind(&w, kinds[i]) == -1) {
				rc = EX_TEMPFAIL;
				break;
			}
			printf("%s: %llu added, %llu removed, %llu changed\n",
			    index_file_name((int)kinds[i]),
			    (unsigned long long)d.added,
			    (unsigned long long)d.removed,
			    (unsigned long long)d.changed);
			rc |= d.added + d.removed + d.changed > 0;
		}
	}
	return rc;
}

/* A key that is gone, as the section has it. */
struct gone {
	uint8_t	byte[INDEX_FORMAT_DROPPED_LEN];
};

/* A delta that is being made. */
struct delta {
	struct index_file	*to;
	struct index_writer	*w;
	struct gone		*gone;
	size_t			 n, room;
};

/* Remember that the key of IT is gone. */
static int
note_gone(struct delta *d, enum index_format_kind kind,
    const struct index_file_item *it)
{
	struct gone *more;

	if (d->n == d->room) {
		more = reallocarray(d->gone, d->room * 2 + 64, sizeof(*more));
		if (more == NULL) {
			warn(NULL);
			return -1;
		}
		d->gone = more;
		d->room = d->room * 2 + 64;
	}
	d->gone[d->n].byte[0] = (uint8_t)kind;
	memcpy(d->gone[d->n++].byte + 1, it->key, RADIO_CELL_KEY_MAX);
	return 0;
}

static int
on_delta(void *arg, char how, enum index_format_kind kind,
    const struct index_file_item *it)
{
	struct delta *d = arg;
	struct station_centre c;
	struct station_area a;
	struct station_row r;

	if (how == '-')
		return note_gone(d, kind, it);
	if (kind == INDEX_FORMAT_AREA) {
		index_file_area_row(d->to, it, &a, &c);
		return index_writer_area(d->w, &a, &c) == -1 ? -1 : 0;
	}
	index_file_row(d->to, kind, it, &r);
	return index_writer_row(d->w, &r) == -1 ? -1 : 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct gone));
}

/* What the delta leads from and to. */
static void
fill_ends(uint8_t ends[INDEX_FORMAT_ENDS_LEN], const struct index_file *from,
    const struct index_file *to)
{
	const struct index_file_section *s;
	uint8_t *p;
	size_t i;

	memset(ends, 0, INDEX_FORMAT_ENDS_LEN);
	index_file_id(from, ends);
	index_file_id(to, ends + INDEX_FORMAT_ENDS_TO);
	for (i = 0; i < KINDS; i++) {
		s = index_file_section(to, kinds[i]);
		p = ends + INDEX_FORMAT_ENDS_SHAPE + 2 *
		    index_writer_place(kinds[i]);
		p[0] = (uint8_t)s->bits;
		p[1] = (uint8_t)s->marks;
	}
	index_file_signed(to, ends + INDEX_FORMAT_ENDS_SIGNER,
	    ends + INDEX_FORMAT_ENDS_SIGNER + INDEX_FORMAT_SIGNER_LEN);
}

/* All of the delta from FROM to d->to. */
static int
write_delta(struct delta *d, const struct index_file *from, int has_keys)
{
	const struct walk w = { from, d->to, on_delta, d };
	uint8_t ends[INDEX_FORMAT_ENDS_LEN];
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (index_writer_begin(d->w, kinds[i]) == -1 ||
		    walk_kind(&w, kinds[i]) == -1)
			return -1;
	if (has_keys && index_copy_keys(d->to, d->w) == -1)
		return -1;
	if (d->n > 0)
		qsort(d->gone, d->n, sizeof(*d->gone), by_bytes);
	for (i = 0; i < d->n; i++)
		if (index_writer_dropped(d->w, (enum index_format_kind)
		    d->gone[i].byte[0], d->gone[i].byte + 1) == -1)
			return -1;
	fill_ends(ends, from, d->to);
	return index_writer_ends(d->w, ends);
}

/* What is written has the place and kind of what ABOUT says. */
static void
take_about(struct index_run *r, const struct index_file_about *about)
{
	r->whole = (about->flags & INDEX_FORMAT_WHOLE) != 0;
	r->keys = (about->flags & INDEX_FORMAT_KEYS) != 0;
	strlcpy(r->place.name, about->name, sizeof(r->place.name));
}

int
index_delta(struct index_run *r, char *const *word)
{
	const char *a = word[0], *b = word[1], *path = word[2];
	struct index_file *from = index_input(r, index_file_open(a));
	struct index_file_about is, was;
	struct delta d = { .to = NULL };
	int rc;

	if (from == NULL ||
	    (d.to = index_input(r, index_file_open(b))) == NULL)
		return EX_NOINPUT;
	index_file_about(from, &was);
	index_file_about(d.to, &is);
	if (index_file_verify(from) == -1 || index_file_verify(d.to) == -1)
		return EX_DATAERR;
	if (((was.flags ^ is.flags) & INDEX_FORMAT_WHOLE) != 0 ||
	    strcmp(was.name, is.name) != 0) {
		warnx("%s: of another place, or another kind, than %s", b, a);
		return EX_DATAERR;
	}
	take_about(r, &is);
	if ((d.w = index_begin(r, path, is.built_s, r->keys, NULL)) == NULL)
		return EX_CANTCREAT;
	rc = write_delta(&d, from, r->keys) == -1 ? EX_IOERR : EX_OK;
	rc = index_end(r, d.w, rc);
	free(d.gone);
	return rc;
}

/* What a delta says of a key of KIND. */
struct news {
	const struct index_file	*delta;
	enum index_format_kind	 kind;
};

/* Is the row with KEY not to be copied, as it is gone or another now? */
static int
is_news(void *arg, const uint8_t *key)
{
	const struct news *n = arg;
	const struct index_file_section *s =
	    index_file_section(n->delta, INDEX_FORMAT_DROPPED);
	struct station_centre c;
	struct station_area a;
	struct station_row r;
	struct gone gone;

	gone.byte[0] = (uint8_t)n->kind;
	memcpy(gone.byte + 1, key, RADIO_CELL_KEY_MAX);
	if (s->count > 0 && s->record == sizeof(gone) && bsearch(&gone,
	    s->bytes, s->count, sizeof(gone), by_bytes) != NULL)
		return 1;
	switch (n->kind) {
	case INDEX_FORMAT_AREA:
		return index_file_area(n->delta, key, &a, &c);
	case INDEX_FORMAT_CELL:
		return index_file_cell(n->delta, key, &r);
	default:
		return index_file_mac(n->delta, n->kind == INDEX_FORMAT_BLUE ?
		    OBS_BLUE : OBS_WIFI, key, &r);
	}
}

/* Copy what FROM and DELTA have together. */
static int
apply_delta(struct index_run *r, const struct index_file *from,
    const struct index_file *delta, struct index_writer *w)
{
	struct news n = { .delta = delta };
	size_t i;

	for (i = 0; i < KINDS; i++) {
		n.kind = kinds[i];
		if (index_writer_begin(w, kinds[i]) == -1 ||
		    index_copy(r, from, kinds[i], w, is_news, &n) == -1 ||
		    index_copy(r, delta, kinds[i], w, NULL, NULL) == -1)
			return -1;
	}
	return r->keys ? index_copy_keys(delta, w) : 0;
}

/* Is DELTA whole, signed, and one of FROM?  0 after a warning. */
static int
is_good_delta(const struct index_run *r, const struct index_file *from,
    const struct index_file *delta, const char *path)
{
	const struct index_file_section *s =
	    index_file_section(delta, INDEX_FORMAT_ENDS);
	uint8_t id[INDEX_FORMAT_ID_LEN];

	if (!index_is_signed(r, delta, path) ||
	    index_file_verify(delta) == -1)
		return 0;
	index_file_id(from, id);
	if (memcmp(id, s->bytes, sizeof(id)) == 0)
		return 1;
	warnx("%s: of another index", path);
	return 0;
}

int
index_apply(struct index_run *r, char *const *word)
{
	const char *a = word[0], *b = word[1], *path = word[2];
	struct index_file *from = index_input(r, index_file_open(a)), *delta;
	struct index_file_about about;
	struct index_writer *w;
	int rc;

	if (from == NULL ||
	    (delta = index_input(r, index_file_open_delta(b))) == NULL)
		return EX_NOINPUT;
	if (!is_good_delta(r, from, delta, b))
		return EX_DATAERR;
	index_file_about(delta, &about);
	take_about(r, &about);
	w = index_begin(r, path, about.built_s, r->keys,
	    index_file_section(delta, INDEX_FORMAT_ENDS)->bytes);
	if (w == NULL)
		return EX_CANTCREAT;
	rc = apply_delta(r, from, delta, w) == -1 ? EX_IOERR : EX_OK;
	rc = index_end(r, w, rc);
	if (rc == EX_DATAERR)		/* who is to blame? */
		index_file_verify(from);
	return rc;
}
