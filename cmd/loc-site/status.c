/* SPDX-License-Identifier: ISC */
/*
 * How the service is, by what "loc-monitor -j" printed.  Only gauges that are
 * named here get onto a page that everybody reads: others tell of API keys,
 * addresses and hosts.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "io/infile.h"
#include "json/doc.h"

#include "site.h"

#define ROWS		64
#define WORD_LEN	48

/* How a gauge is shown. */
enum unit { COUNT, AGE, YES_NO, STATUS, BYTES };

/* The gauges, and the tag by which there are several. */
static const struct gauge {
	const char	*name, *tag;
	enum unit	 unit;
} gauges[] = {
	{ "queue", "queue", COUNT },
	{ "queue.age_s", "queue", AGE },
	{ "replica.running", NULL, YES_NO },
	{ "replica.lag_s", NULL, AGE },
	{ "data.spool.waiting_bytes", NULL, BYTES },
	{ "mark.age_s", "mark", AGE },
	{ "job.age_s", "job", AGE },
	{ "job.status", "job", STATUS },
};

struct row {
	const struct gauge	*g;
	char			 of[WORD_LEN];	/* the tag's value, or "" */
	int64_t			 value;
};

struct rows {
	struct row	row[ROWS];
	size_t		n;
};

static const struct gauge *
find_gauge(const struct json_doc *d, int name)
{
	size_t i;

	for (i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		if (name != -1 && json_doc_kind(d, name) == JSON_DOC_STRING &&
		    json_doc_is(d, name, gauges[i].name))
			return &gauges[i];
	return NULL;
}

/* Take one line.  Returns 0, or -1 if it is no gauge at all. */
static int
take_line(struct rows *r, const struct io_infile_line *line,
    struct base_arena *a)
{
	struct row *row = &r->row[r->n];
	const char *s = "";
	struct json_doc d;
	int name, tag;

	base_arena_reset(a);
	if (line->cut || json_doc_parse(&d, line->text, line->len, a) == -1 ||
	    (name = json_doc_get(&d, 0, "name")) == -1 ||
	    !json_doc_i64(&d, json_doc_get(&d, 0, "value") == -1 ? name :
	    json_doc_get(&d, 0, "value"), &row->value))
		return -1;
	if ((row->g = find_gauge(&d, name)) == NULL || r->n == ROWS - 1)
		return 0;
	if (row->g->tag != NULL) {
		tag = json_doc_get(&d, 0, "tags");
		tag = tag == -1 ? -1 : json_doc_get(&d, tag, row->g->tag);
		if (tag == -1 || json_doc_kind(&d, tag) != JSON_DOC_STRING ||
		    (s = json_doc_string(&d, tag, a, NULL)) == NULL)
			return -1;
	}
	strlcpy(row->of, s, sizeof(row->of));
	r->n++;
	return 0;
}

static int
read_rows(struct rows *r, const char *path)
{
	struct io_infile *f = io_infile_open(path);
	struct io_infile_line line;
	struct base_arena a;
	int got, rc = EX_OK;

	if (f == NULL)
		return EX_NOINPUT;
	base_arena_init(&a);
	while ((got = io_infile_next(f, &line)) == 1)
		if (take_line(r, &line, &a) == -1) {
			warnx("%s:%llu: expected a gauge of loc-monitor -j",
			    io_infile_name(f),
			    (unsigned long long)line.number);
			rc = EX_DATAERR;
		}
	if (got == -1)
		rc = EX_NOINPUT;
	base_arena_done(&a);
	io_infile_end(f);
	return rc;
}

/* "3 h", "12 days": what is worth knowing of an age. */
static void
format_age(char out[SITE_COUNT_LEN], int64_t s)
{
	static const struct {
		int64_t		 s;
		const char	*unit;
	} units[] = {
		{ 2 * 86400, "d" }, { 2 * 3600, "h" }, { 2 * 60, "min" },
		{ 0, "s" }
	};
	int i = 0;

	while (s < units[i].s)
		i++;
	snprintf(out, SITE_COUNT_LEN, "%lld\xc2\xa0%s", (long long)(s /
	    (units[i].s == 0 ? 1 : units[i].s / 2)), units[i].unit);
}

static void
format_value(char out[SITE_COUNT_LEN], const struct row *row)
{
	if (row->g->unit == AGE)
		format_age(out, row->value < 0 ? 0 : row->value);
	else if (row->g->unit == BYTES)
		snprintf(out, SITE_COUNT_LEN, "%.1f\xc2\xa0MB",
		    (double)row->value / 1e6);
	else
		site_format_count(out, row->value);
}

/* The part of a name that texts can have: "queue.age_s" is "queue_age_s". */
static void
format_word(char out[WORD_LEN], const char *name)
{
	char *p;

	strlcpy(out, name, WORD_LEN);
	for (p = out; *p != '\0'; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
}

static void
write_row(struct json_write *w, const struct row *row)
{
	char text[SITE_COUNT_LEN], word[WORD_LEN];

	json_write_object(w, NULL);
	format_word(word, row->g->name);
	json_write_object(w, "is");
	json_write_bool(w, word, 1);
	json_write_end(w);
	json_write_text(w, "name", row->g->name);
	json_write_text(w, "of", row->of);
	json_write_i64(w, "value", row->value);
	format_value(text, row);
	json_write_text(w, "text", text);
	json_write_bool(w, "yes", row->g->unit == YES_NO && row->value != 0);
	json_write_bool(w, "no", row->g->unit == YES_NO && row->value == 0);
	json_write_bool(w, "good", row->g->unit == STATUS && row->value == 0);
	json_write_bool(w, "bad", row->g->unit == STATUS && row->value != 0);
	json_write_bool(w, "plain", row->g->unit != YES_NO &&
	    row->g->unit != STATUS);
	json_write_end(w);
}

/* The same as a file, for others who watch the service. */
static int
put_status(struct site *s, const struct rows *r)
{
	struct json_write w;
	struct base_buf b;
	size_t i;
	int rc = -1;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "time_s", s->now_s);
	json_write_array(&w, "gauges");
	for (i = 0; i < r->n; i++) {
		json_write_object(&w, NULL);
		json_write_text(&w, "name", r->row[i].g->name);
		if (*r->row[i].of != '\0')
			json_write_text(&w, r->row[i].g->tag, r->row[i].of);
		json_write_i64(&w, "value", r->row[i].value);
		json_write_end(&w);
	}
	json_write_end(&w);
	json_write_end(&w);
	if (base_buf_ok(&b))
		rc = site_out_put(&s->out, "status.json", b.data, b.len);
	base_buf_done(&b);
	return rc;
}

int
site_status(struct site *s)
{
	static struct rows r;
	size_t i;
	int rc = EX_OK;

	r.n = 0;
	if (s->status != NULL)
		rc = read_rows(&r, s->status);
	json_write_array(&s->w, "status");
	for (i = 0; i < r.n; i++)
		write_row(&s->w, &r.row[i]);
	json_write_end(&s->w);
	if (rc == EX_OK && put_status(s, &r) == -1)
		rc = EX_CANTCREAT;
	return rc;
}
