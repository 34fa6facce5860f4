/* SPDX-License-Identifier: ISC */
/*
 * loc-backup list: what there is, a line for each day, API key and source.
 *
 * The numbers of reports are those of the manifests, so no object is read, and
 * no key is needed for encrypted ones, whose API keys are "?" here.  Objects
 * that no manifest lists are counted as well, with a "?" where nothing is known
 * of them; what a manifest has as stored and the list does not is counted as
 * missing.  Whether objects are what they were is the business of "verify".
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"

#include "backup.h"

/* The sums of a line: of a day, an API key and a source. */
struct sums {
	int64_t		 day;
	const char	*source, *key;		/* NULL: it is not known */
	int64_t		 objects, reports, bytes, missing;
};

/* All lines of a place. */
struct lines {
	struct sums	*sums;
	size_t		 n, cap;
};

/* What is not known comes first, and is equal to itself only. */
static int
cmp_known_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? (a != NULL) - (b != NULL) :
	    strcmp(a, b);
}

/*
 * Output is sorted by day, then key, then source, whatever the store's order
 * is, so that two lists can be compared by diff(1).
 */
static int
cmp_sums(const void *a, const void *b)
{
	const struct sums *x = a, *y = b;
	int c;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if ((c = cmp_known_text(x->key, y->key)) != 0)
		return c;
	return cmp_known_text(x->source, y->source);
}

/*
 * The line that O counts in.  Objects come by time, so those of its day are
 * the last ones; there is one for each key and source that day.  NULL: no
 * memory.
 *
 * The search is from the end and stops at another day: an object is compared
 * with the lines of its day only.
 */
static struct sums *
get_line(struct lines *l, const struct backup_object *o)
{
	struct sums new = { .day = base_civil_day_of(o->made_s) }, *grown;
	size_t i;

	if (o->listed != NULL) {
		new.source = o->listed->source;
		new.key = o->listed->api_key;
	}
	for (i = l->n; i > 0 && l->sums[i - 1].day == new.day; i--)
		if (cmp_sums(&l->sums[i - 1], &new) == 0)
			return &l->sums[i - 1];
	assert(l->n <= l->cap);
	if (l->n == l->cap) {
		l->cap = 2 * l->cap + 64;
		grown = reallocarray(l->sums, l->cap, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		l->sums = grown;
	}
	l->sums[l->n] = new;
	return &l->sums[l->n++];
}

/*
 * One line.  A key that is not known is "?", and reports without a key have
 * "-"; in JSON the former is null and the latter "".  The number of reports is
 * left out where no manifest tells it, as 0 would be a lie.
 */
static void
print_sums(const struct backup_target *t, const struct sums *s, int json)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct json_write w;
	struct base_buf b;

	base_civil_format_date(day, s->day);
	base_buf_init(&b);
	if (json) {
		json_write_begin(&w, &b);
		json_write_text(&w, "place", t->place.store);
		json_write_text(&w, "day", day);
		json_write_text(&w, "key", s->key);
		json_write_text(&w, "source", s->source);
		json_write_i64(&w, "objects", s->objects);
		if (s->source != NULL)
			json_write_i64(&w, "reports", s->reports);
		json_write_i64(&w, "bytes", s->bytes);
		json_write_i64(&w, "missing", s->missing);
		json_write_end(&w);
	} else {
		base_buf_fmt(&b, "%s %s %s %s: %lld objects, ",
		    t->place.store, day, s->key == NULL ? "?" :
		    *s->key == '\0' ? "-" : s->key,
		    s->source == NULL ? "?" : s->source,
		    (long long)s->objects);
		if (s->source != NULL)
			base_buf_fmt(&b, "%lld reports, ",
			    (long long)s->reports);
		base_buf_fmt(&b, "%lld bytes", (long long)s->bytes);
		if (s->missing > 0)
			base_buf_fmt(&b, ", %lld missing",
			    (long long)s->missing);
	}
	io_cli_last(&b);
}

/*
 * Add up what is in K.  0, or -1 when memory is short.
 *
 * A batch that a process was about to store when it died is neither there nor
 * missing, and counts nowhere.
 */
static int
add_up_stock(struct lines *l, const struct backup_stock *k)
{
	const struct backup_object *o;
	struct sums *s;
	size_t i;

	for (i = 0; i < k->n; i++) {
		o = &k->object[i];
		assert(o->bytes != -1 || o->listed != NULL);
		if (o->kind != BACKUP_BATCH ||
		    (o->bytes == -1 && !o->listed->stored))
			continue;
		if ((s = get_line(l, o)) == NULL)
			return -1;
		if (o->bytes == -1) {
			s->missing++;
			continue;
		}
		s->objects++;
		s->bytes += o->bytes;
		if (o->listed != NULL)
			s->reports += o->listed->reports;
	}
	if (l->n > 0)
		qsort(l->sums, l->n, sizeof(*l->sums), cmp_sums);
	return 0;
}

/* Nothing is printed of a place whose list broke off. */
static int
list_place(const struct conf_file *cf, const struct backup_target *t,
    int json)
{
	struct lines l = { 0 };
	struct backup_stock k;
	size_t i;
	int rc;

	rc = backup_stock_read(&k, cf, t->place.store);
	if (rc == EX_OK && add_up_stock(&l, &k) == -1) {
		warnx("out of memory");
		rc = EX_OSERR;
	}
	for (i = 0; rc == EX_OK && i < l.n; i++)
		print_sums(t, &l.sums[i], json);
	free(l.sums);
	backup_stock_done(&k);
	return rc;
}

/* A place that cannot be read does not keep the others from being told of. */
static int
list_places_main(int argc, char *argv[])
{
	struct backup_targets t;
	struct io_cli cli;
	int one, rc;
	size_t i;

	io_cli_read(&cli, argc, argv, "c:j", backup_list.synopsis);
	rc = backup_targets_open(&t, &cli);
	for (i = 0; i < t.n && !io_signals_stop; i++)
		if ((one = list_place(&t.cf, &t.target[i],
		    cli.arg['j'] != NULL)) != EX_OK)
			rc = one;
	backup_targets_done(&t);
	return rc;
}

const struct backup_command backup_list = {
	"list", list_places_main, "list [-hjV] [-c config] [place ...]"
};
