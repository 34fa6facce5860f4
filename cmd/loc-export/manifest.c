/* SPDX-License-Identifier: ISC */
/*
 * A manifest stands beside each published file: a JSON object that says what
 * is in the file, and what was in the one before.  The next export compares
 * itself with it.
 *
 * Whoever lists downloads goes by "full-" and "diff-" in the names of files, as
 * Ichnaea's page does; so manifests, and files that are kept aside, have names
 * without these.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "io/signals.h"
#include "json/doc.h"
#include "json/write.h"
#include "object/store.h"

#include "export.h"

#define MANIFEST_START	"MLS-cell-export-"
#define STAMP_LEN	17			/* YYYY-MM-DDTHHMMSS */
#define MANIFEST_BYTES	(1024 * 1024)

/*
 * The same word stands in names and in manifests, so that one can be found from
 * the other.
 */
static const char *
word_of_kind(enum export_kind kind)
{
	return kind == EXPORT_FULL ? "full" : "diff";
}

/*
 * A time without its colons, which some systems want in no name.  It has the
 * same length always, and its texts sort as the times do:
 * export_manifest_last() finds the latest one by comparing names.
 */
static void
format_stamp(char out[STAMP_LEN + 1], int64_t time)
{
	char text[BASE_CIVIL_TIME_LEN];

	base_civil_format_time(text, time, 'T');
	snprintf(out, STAMP_LEN + 1, "%.13s%.2s%.2s", text, text + 14,
	    text + 17);
}

/*
 * This is the name that Ichnaea gave its files, which scripts that fetch them
 * expect.
 */
void
export_manifest_name(char out[EXPORT_NAME_MAX], const struct export_window *w)
{
	char stamp[STAMP_LEN + 1];

	format_stamp(stamp, w->time);
	snprintf(out, EXPORT_NAME_MAX, "MLS-%s-cell-export-%s.csv.gz",
	    word_of_kind(w->kind), stamp);
}

/*
 * The kind comes last, so that all manifests of a place have one beginning,
 * which a bucket can list, and those of a kind one end.
 */
void
export_manifest_key(char out[EXPORT_NAME_MAX], const struct export_window *w)
{
	char stamp[STAMP_LEN + 1];

	format_stamp(stamp, w->time);
	snprintf(out, EXPORT_NAME_MAX, MANIFEST_START "%s.%s.json", stamp,
	    word_of_kind(w->kind));
}

/*
 * What is held has a folder of its own: a list of the manifests does not have
 * it, so that no later export is ever compared with one that was thought wrong.
 */
void
export_manifest_held(char name[EXPORT_NAME_MAX], char key[EXPORT_NAME_MAX],
    const struct export_window *w)
{
	char stamp[STAMP_LEN + 1];

	format_stamp(stamp, w->time);
	snprintf(name, EXPORT_NAME_MAX, "held/" MANIFEST_START "%s.%s.csv.gz",
	    stamp, word_of_kind(w->kind));
	snprintf(key, EXPORT_NAME_MAX, "held/" MANIFEST_START "%s.%s.json",
	    stamp, word_of_kind(w->kind));
}

/* The latest manifest so far that is not later than its own. */
struct search {
	char	own[EXPORT_NAME_MAX];
	char	best[EXPORT_NAME_MAX];
};

/*
 * Names of one kind differ in their time only, so that their order is that of
 * their times.
 */
static int
on_listed(void *arg, const char *key, const struct object_info *info)
{
	struct search *s = arg;
	size_t stamp_end = strlen(MANIFEST_START) + STAMP_LEN;

	(void)info;
	if (strlen(key) == strlen(s->own) &&
	    strcmp(key + stamp_end, s->own + stamp_end) == 0 &&
	    strcmp(key, s->own) <= 0 && strcmp(key, s->best) > 0)
		strlcpy(s->best, key, sizeof(s->best));
	return io_signals_stop ? -1 : 0;
}

/*
 * A manifest has some kilobytes.  What is larger is something else, of which no
 * more than this is read into memory.
 */
static int
on_manifest_piece(void *arg, const char *data, size_t len)
{
	struct base_buf *b = arg;

	if (b->len + len > MANIFEST_BYTES)
		return -1;
	base_buf_add(b, data, len);
	return 0;
}

/*
 * A manifest that is none is told, and counts as if there were none: the file
 * beside it is gone or foreign, too, and the next export should not fail for
 * ever.
 */
int
export_manifest_last(struct object_store *s, const struct export_window *w,
    char key[EXPORT_NAME_MAX], struct export_counts *c)
{
	struct search search = { .best = "" };
	enum object_verdict v;
	struct base_buf b;

	*key = '\0';
	export_manifest_key(search.own, w);
	v = object_store_list(s, MANIFEST_START, on_listed, &search);
	if (v == OBJECT_NONE || (v == OBJECT_OK && *search.best == '\0'))
		return EX_OK;
	base_buf_init(&b);
	if (v == OBJECT_OK)
		v = object_store_get(s, search.best, 0, -1,
		    on_manifest_piece, &b);
	if (v == OBJECT_OK && base_buf_ok(&b) &&
	    export_manifest_parse(b.data, b.len, c))
		strlcpy(key, search.best, EXPORT_NAME_MAX);
	else if (v == OBJECT_OK || (v == OBJECT_STOPPED &&
	    !io_signals_stop)) {
		warnx("%s/%s: no manifest; nothing is compared with it",
		    object_store_name(s), search.best);
		v = OBJECT_OK;
	} else if (v != OBJECT_STOPPED)
		warnx("%s", object_store_why(s));
	base_buf_done(&b);
	return v == OBJECT_OK ? EX_OK : v == OBJECT_WRONG ?
	    EX_CANTCREAT : EX_TEMPFAIL;
}

/*
 * The type of cells that a published file calls a radio, or NONE.  Types that
 * are never stored stand in no file.
 */
static enum radio_cell_type
radio_of_member(const struct json_doc *d, int name)
{
	int type;

	for (type = 0; type < RADIO_CELL_TYPES; type++)
		if (radio_cell_is_stored(type) &&
		    json_doc_is(d, name, station_csv_radio(type)))
			return (enum radio_cell_type)type;
	return RADIO_CELL_NONE;
}

/*
 * A count is a whole number that is not negative.  Anything else would make
 * nonsense of the comparison, which is what keeps a broken export from being
 * published; so the manifest counts as none then.
 */
static int
take_cell_count(const struct json_doc *d, int v, int64_t *count)
{
	return v != -1 && json_doc_kind(d, v) == JSON_DOC_INT &&
	    json_doc_i64(d, v, count) && *count >= 0;
}

/*
 * Radios and countries that this version does not know are passed over: a newer
 * one may have written the manifest, and to go back to this one must not stop
 * the exports.  What the manifest does not name is zero, as nothing is written
 * of countries without cells.
 */
static int
take_counts(const struct json_doc *d, struct export_counts *c)
{
	int mccs = json_doc_get(d, 0, "mcc");
	int radios = json_doc_get(d, 0, "radio");
	int k, type;
	int64_t mcc;
	const char *s;
	size_t len;

	if (!take_cell_count(d, json_doc_get(d, 0, "rows"), &c->rows) ||
	    radios == -1 || json_doc_kind(d, radios) != JSON_DOC_OBJECT ||
	    mccs == -1 || json_doc_kind(d, mccs) != JSON_DOC_OBJECT)
		return 0;
	for (k = json_doc_first(d, radios); k != -1; k = json_doc_next(d, k))
		if ((type = radio_of_member(d, k)) != RADIO_CELL_NONE &&
		    !take_cell_count(d, json_doc_value(k), &c->radio[type]))
			return 0;
	for (k = json_doc_first(d, mccs); k != -1; k = json_doc_next(d, k)) {
		s = json_doc_raw(d, k, &len);
		if (base_num_i64(s, len, &mcc) && mcc >= 0 &&
		    mcc < EXPORT_MCCS &&
		    !take_cell_count(d, json_doc_value(k), &c->mcc[mcc]))
			return 0;
	}
	return 1;
}

/*
 * Manifests come from a bucket that others may write to, so that they are read
 * as foreign bytes: this is what the fuzzer feeds.
 */
int
export_manifest_parse(const char *text, size_t len, struct export_counts *c)
{
	struct base_arena a;
	struct json_doc d;
	int ok;

	memset(c, 0, sizeof(*c));
	base_arena_init(&a);
	ok = json_doc_parse(&d, text, len, &a) == 0 &&
	    json_doc_kind(&d, 0) == JSON_DOC_OBJECT && take_counts(&d, c);
	base_arena_done(&a);
	return ok;
}

/*
 * One more fall, if it is one.  Falls are counted also when there is no more
 * room for them, so that the message can say how many there are.  The
 * comparison is of products, in floating point: a percentage would divide, and
 * large counts times 100 are still exact enough.
 */
static size_t
add_fall(struct export_fall *fall, size_t n, const struct export_fall *f,
    int64_t percent, int64_t least)
{
	if (f->before < least || f->before == 0 || f->now >= f->before ||
	    (double)(f->before - f->now) * 100 <=
	    (double)percent * (double)f->before)
		return n;
	if (n < EXPORT_FALLS)
		fall[n] = *f;
	return n + 1;
}

/*
 * Each country is compared by itself, as all cells of a small one can vanish
 * without being seen in the sum.  LEAST keeps countries with a few cells, which
 * come and go, from holding back the file of the world.
 */
size_t
export_manifest_falls(const struct export_counts *before,
    const struct export_counts *now, int64_t percent, int64_t least,
    struct export_fall fall[EXPORT_FALLS])
{
	struct export_fall f = { "rows", 0, before->rows, now->rows };
	size_t n;
	int i;

	n = add_fall(fall, 0, &f, percent, least);
	for (i = 0; i < RADIO_CELL_TYPES; i++) {
		f = (struct export_fall){ "radio", i, before->radio[i],
		    now->radio[i] };
		n = add_fall(fall, n, &f, percent, least);
	}
	for (i = 0; i < EXPORT_MCCS; i++) {
		f = (struct export_fall){ "mcc", i, before->mcc[i],
		    now->mcc[i] };
		n = add_fall(fall, n, &f, percent, least);
	}
	return n;
}

/*
 * Members rows, radio and mcc; radios and countries without cells are left out,
 * so that the manifest has a few hundred members and not a thousand.
 */
static void
write_counts(struct json_write *w, const struct export_counts *c)
{
	char name[8];
	int i;

	json_write_i64(w, "rows", c->rows);
	json_write_object(w, "radio");
	for (i = 0; i < RADIO_CELL_TYPES; i++)
		if (c->radio[i] > 0)
			json_write_i64(w, station_csv_radio(i), c->radio[i]);
	json_write_end(w);
	json_write_object(w, "mcc");
	for (i = 0; i < EXPORT_MCCS; i++)
		if (c->mcc[i] > 0) {
			snprintf(name, sizeof(name), "%d", i);
			json_write_i64(w, name, c->mcc[i]);
		}
	json_write_end(w);
}

/* Times are for people, and for -t, which takes them as they are here. */
static void
write_time(struct json_write *w, const char *name, int64_t time)
{
	char text[BASE_CIVIL_TIME_LEN + 1];

	base_civil_format_time(text, time, 'T');
	strlcat(text, "Z", sizeof(text));
	json_write_text(w, name, text);
}

/*
 * Why a file is kept aside: what fell, from how many to how many.  Without a
 * country or a radio it is the number of all cells.
 */
static void
write_falls(struct json_write *w, const struct export_fall *fall, size_t n)
{
	size_t i;

	json_write_array(w, "held");
	for (i = 0; i < n && i < EXPORT_FALLS; i++) {
		json_write_object(w, NULL);
		if (strcmp(fall[i].what, "mcc") == 0)
			json_write_i64(w, "mcc", fall[i].number);
		else if (strcmp(fall[i].what, "radio") == 0)
			json_write_text(w, "radio",
			    station_csv_radio(fall[i].number));
		json_write_i64(w, "before", fall[i].before);
		json_write_i64(w, "now", fall[i].now);
		json_write_end(w);
	}
	json_write_end(w);
}

/*
 * One line, so that manifests of a place can be put together and read by lines.
 * What was compared is repeated in it: the manifest before may be gone when
 * somebody asks why a file was held.
 */
void
export_manifest_write(struct base_buf *b, const char *file,
    const struct export_window *w, const struct export_out *o,
    const struct export_counts *c, const char *last,
    const struct export_counts *before, const struct export_fall *fall,
    size_t nfall)
{
	struct json_write j;

	assert(nfall == 0 || *last != '\0');
	json_write_begin(&j, b);
	json_write_text(&j, "file", file);
	json_write_text(&j, "kind", word_of_kind(w->kind));
	json_write_i64(&j, "bytes", o->bytes);
	json_write_text(&j, "sha256", o->sha256);
	write_time(&j, "time", w->time);
	write_time(&j, "from", w->from);
	if (w->to != INT64_MAX)
		write_time(&j, "to", w->to);
	write_counts(&j, c);
	if (*last != '\0') {
		json_write_object(&j, "previous");
		json_write_text(&j, "manifest", last);
		write_counts(&j, before);
		json_write_end(&j);
	}
	if (nfall > 0)
		write_falls(&j, fall, nfall);
	json_write_end(&j);
	base_buf_chr(b, '\n');
}
