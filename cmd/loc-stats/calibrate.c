/* SPDX-License-Identifier: ISC */
/*
 * Every report says what was heard and where, so it is a question whose answer
 * is known.  But most of what the database knows of the networks in it comes
 * from the same device on the same way, seconds before, or from the report
 * itself: who asks about that finds radii that nobody else gets.  So a station
 * counts only if nothing was heard of it since some days before the report.
 *
 * In a database that counts reports all the time that leaves the few networks
 * that were not heard for long, and only before their report is counted.  One
 * that was restored from an older dump knows nothing of all reports since.
 *
 * Each kind of network is asked about alone, as if the device heard no other.
 * What is kept are two numbers for each kind of answer and region.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "api/answer.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "conf/file.h"
#include "geo/dist.h"
#include "geo/region.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/doc.h"
#include "json/write.h"
#include "locate/confidence.h"
#include "locate/search.h"
#include "locate/weigh.h"
#include "obs/report.h"
#include "obs/source.h"
#include "station/row.h"
#include "store/db.h"
#include "store/lookup.h"

#include "calibrate.h"

#define VAGUE_M		100.0	/* positions that are no better say little */
#define LINE_MAX_BYTES	(64 << 20)	/* submissions of a backup are long */

/* The kinds of answers, in the order in which they are printed. */
static const struct {
	enum locate_result_kind	 kind;
	const char		*name;
} answers[] = {
	{ LOCATE_RESULT_BLUE, "blue" }, { LOCATE_RESULT_WIFI, "wifi" },
	{ LOCATE_RESULT_CELL, "cell" }, { LOCATE_RESULT_SITE, "site" },
	{ LOCATE_RESULT_AREA, "area" }
};
#define ANSWERS	(sizeof(answers) / sizeof(answers[0]))

struct sum {
	uint64_t	n, inside;
};

struct run {
	const struct calibrate_opts *o;
	int			 regions;	/* and one for none, all */
	struct sum		*sum[ANSWERS];	/* by region */
	struct base_arena	 arena, line;
	struct base_buf		 reports;
	uint64_t		 read, bad, unfit, judged;
	int			 lost;
};

/* What a report says of itself. */
struct truth {
	double	lat, lon;
	int64_t	time_s;
};

/* Member NAME of V as a number, or NaN. */
static double
number_of(const struct json_doc *d, int v, const char *name)
{
	double f = NAN;
	int at = v == -1 ? -1 : json_doc_get(d, v, name);

	return at != -1 && json_doc_f64(d, at, &f) ? f : NAN;
}

/*
 * Where and when the report LINE was made.  Returns 0 if that is not fit to
 * judge by: not known, vague, or itself an answer of somebody.
 */
static int
read_truth(struct run *r, struct truth *t, const char *line, size_t len)
{
	struct json_doc d;
	const char *source;
	double accuracy, ms;
	size_t n;
	int pos;

	if (json_doc_parse(&d, line, len, &r->line) == -1)
		return 0;
	pos = json_doc_get(&d, 0, "position");
	t->lat = number_of(&d, pos, "latitude");
	t->lon = number_of(&d, pos, "longitude");
	accuracy = number_of(&d, pos, "accuracy");
	ms = number_of(&d, 0, "timestamp");
	source = obs_source_get(line, len, &r->line, &n);
	if (source == NULL || strcmp(source, "gnss") != 0 || isnan(ms) ||
	    !locate_weigh_placed(t->lat, t->lon) || accuracy > VAGUE_M)
		return 0;
	t->time_s = (int64_t)(ms / 1000);
	return 1;
}

/*
 * Leave those of N rows that nobody has heard since BEFORE.  Returns how many
 * others there were.
 */
static size_t
leave_old(struct station_row *row, size_t *n, int64_t before)
{
	size_t i, left = 0, gone;

	for (i = 0; i < *n; i++)
		if (row[i].modified != STATION_ROW_NULL &&
		    row[i].modified < before &&
		    (row[i].last_seen == STATION_ROW_NULL ||
		    row[i].last_seen <= base_civil_day_of(before)))
			row[left++] = row[i];
	gone = *n - left;
	*n = left;
	return gone;
}

/*
 * Ask Q, of one kind of network, and count whether the truth is where the
 * answer says.
 */
static void
judge(struct run *r, const struct api_answer *w, const struct locate_query *q,
    const struct truth *t)
{
	const struct locate_result *best;
	struct locate_search *s;
	struct sum *sum;
	int region;
	size_t i;

	s = base_arena_alloc(&r->line, sizeof(*s));
	if (s == NULL || locate_search(s, q, &w->found, w->now_s,
	    &r->line) == -1)
		errx(EX_OSERR, "out of memory");
	if ((best = s->best) == NULL)
		return;
	for (i = 0; answers[i].kind != best->kind; i++)
		assert(i + 1 < ANSWERS);
	region = geo_region_at(t->lat, t->lon);
	sum = &r->sum[i][region == GEO_REGION_NONE ? r->regions : region];
	sum->n++;
	sum->inside += geo_dist_m(t->lat, t->lon, best->lat, best->lon) <=
	    locate_confidence_m(best, (int)r->o->cf->locate_confidence);
	r->judged++;
}

/*
 * Ask about each kind of network of the report LINE alone.  A cell that was
 * heard lately is known, so its neighbours may not answer in its place.  The
 * area stands for many cells, of which some are always fresh: it is left out
 * only if all of it is.
 */
static void
judge_report(struct run *r, const char *line, size_t len)
{
	struct api_answer w = { .rules = ichnaea_rules(0), .arena = &r->line,
	    .now_s = base_clock_now_s() };
	struct store_lookup ask = { &w.need, &w.found, &r->line };
	struct store_lookup *const one = &ask;
	struct locate_query none, q;
	struct truth t;
	size_t i, left = 0;
	int64_t before;

	r->read++;
	base_arena_reset(&r->line);
	if (!read_truth(r, &t, line, len) ||
	    !api_answer_read(&w, line, len)) {
		r->unfit++;
		return;
	}
	before = t.time_s - r->o->days * BASE_CIVIL_DAY_S;
	if (locate_query_has_networks(&w.need) &&
	    store_lookup_run(r->o->db, &one, 1) == -1) {
		r->lost = 1;
		return;
	}
	leave_old(w.found.blue, &w.found.nblue, before);
	leave_old(w.found.wifi, &w.found.nwifi, before);
	if (leave_old(w.found.cell, &w.found.ncell, before) > 0 &&
	    w.found.ncell == 0)
		w.found.narea = 0;
	leave_old(w.found.near, &w.found.nnear, before);
	for (i = 0; i < w.found.narea; i++)
		if (w.found.area[i].created != STATION_ROW_NULL &&
		    w.found.area[i].created < before)
			w.found.area[left++] = w.found.area[i];
	w.found.narea = left;

	none = w.query;
	none.nblue = none.nwifi = none.ncell = none.narea = 0;
	q = none;
	q.nblue = w.query.nblue;
	judge(r, &w, &q, &t);
	q = none;
	q.nwifi = w.query.nwifi;
	judge(r, &w, &q, &t);
	q = none;
	q.ncell = w.query.ncell;
	q.narea = w.query.narea;
	judge(r, &w, &q, &t);
}

/*
 * A line of the file NAME is a report, or an object whose items are reports, as
 * backups have them.  Both become report lines as those that loc-serve accepts.
 */
static void
read_line(struct run *r, const struct io_infile_line *line, const char *name)
{
	struct obs_report report = { .rules = ichnaea_rules(0),
	    .now_ms = base_clock_now_s() * 1000, .arena = &r->arena,
	    .lines = &r->reports };
	enum obs_report_verdict v = OBS_REPORT_REFUSED;
	struct base_buf details;
	struct json_doc d;
	char *at, *end;

	base_arena_reset(&r->arena);
	base_buf_reset(&r->reports);
	base_buf_init(&details);
	report.details = &details;
	if (!line->cut && json_doc_parse(&d, line->text, line->len,
	    &r->arena) == 0 && json_doc_kind(&d, 0) == JSON_DOC_OBJECT) {
		if (json_doc_get(&d, 0, "items") != -1)
			v = obs_report_body(&report, &d);
		else {
			report.api = obs_report_form(&d, 0);
			v = obs_report_item(&report, &d, 0);
		}
	}
	base_buf_done(&details);
	if (v == OBS_REPORT_NOMEM)
		errx(EX_OSERR, "out of memory");
	if (v == OBS_REPORT_REFUSED) {
		r->bad++;
		if (r->o->verbose)
			warnx("%s:%llu: expected a report", name,
			    (unsigned long long)line->number);
		return;
	}
	for (at = r->reports.data; report.n-- > 0 && !r->lost; at = end + 1) {
		end = strchr(at, '\n');
		assert(end != NULL);
		judge_report(r, at, (size_t)(end - at));
	}
}

/* The sum over regions, which is the last of them. */
static void
add_up(struct run *r)
{
	size_t i;
	int k;

	for (i = 0; i < ANSWERS; i++)
		for (k = 0; k <= r->regions; k++) {
			r->sum[i][r->regions + 1].n += r->sum[i][k].n;
			r->sum[i][r->regions + 1].inside +=
			    r->sum[i][k].inside;
		}
}

/* One line: of a region, of places in none, or of all. */
static void
print_sum(const struct run *r, const char *kind, const char *region,
    const struct sum *s)
{
	struct json_write w;
	struct base_buf b;

	if (!r->o->json) {
		printf("%-4s  %-6s  %8llu  %5.1f %%\n", kind, region,
		    (unsigned long long)s->n, 100.0 * (double)s->inside /
		    (double)s->n);
		return;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "job", "calibrate");
	json_write_text(&w, "kind", kind);
	json_write_text(&w, "region", region);
	json_write_i64(&w, "confidence", r->o->cf->locate_confidence);
	json_write_i64(&w, "reports", (int64_t)s->n);
	json_write_i64(&w, "inside", (int64_t)s->inside);
	json_write_end(&w);
	io_cli_last(&b);
}

static void
print_sums(const struct run *r)
{
	size_t i;
	int k;

	if (!r->o->json && r->judged > 0)
		printf("%-4s  %-6s  %8s  %7s\n", "kind", "region", "reports",
		    "inside");
	for (i = 0; i < ANSWERS; i++)
		for (k = 0; k <= r->regions + 1; k++)
			if (r->sum[i][k].n > 0)
				print_sum(r, answers[i].name,
				    k < r->regions ? geo_region_code(k) :
				    k == r->regions ? "none" : "all",
				    &r->sum[i][k]);
}

/* What is not in the sums: lines, and reports that say nothing. */
static void
tell_rest(const struct run *r)
{
	if (r->bad > 0 && !r->o->verbose)
		warnx("%llu bad lines left out: -v names them",
		    (unsigned long long)r->bad);
	if (r->o->verbose || (r->read > 0 && r->judged == 0))
		warnx("%llu reports, %llu without a good position; %llu "
		    "answers by what was not heard for %lld days",
		    (unsigned long long)r->read,
		    (unsigned long long)r->unfit,
		    (unsigned long long)r->judged, (long long)r->o->days);
}

/* Judge by the reports of file NAME.  Returns an exit status. */
static int
read_reports(struct run *r, const char *name)
{
	struct io_infile_line line;
	struct io_infile *f;
	int got = 0;

	if ((f = io_infile_open(name)) == NULL)
		return EX_NOINPUT;
	io_infile_line_max(f, LINE_MAX_BYTES);
	while (!r->lost && (got = io_infile_next(f, &line)) == 1)
		read_line(r, &line, io_infile_name(f));
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : EX_OK;
}

int
calibrate(const struct calibrate_opts *o, char *const *file, int n)
{
	struct run r = { .o = o, .regions = geo_region_count() };
	int i, one, rc = EX_OK;

	for (i = 0; i < (int)ANSWERS; i++) {
		r.sum[i] = calloc((size_t)r.regions + 2, sizeof(*r.sum[i]));
		if (r.sum[i] == NULL)
			err(EX_OSERR, NULL);
	}
	base_arena_init(&r.arena);
	base_arena_init(&r.line);
	base_buf_init(&r.reports);
	if (n == 0)
		rc = read_reports(&r, "-");
	for (i = 0; i < n && !r.lost; i++)
		if ((one = read_reports(&r, file[i])) > rc)
			rc = one;
	if (r.lost)
		rc = store_db_status(o->db);
	else {
		add_up(&r);
		print_sums(&r);
		tell_rest(&r);
	}
	if (rc == EX_OK && r.bad > 0)
		rc = EX_DATAERR;
	base_buf_done(&r.reports);
	base_arena_done(&r.line);
	base_arena_done(&r.arena);
	for (i = 0; i < (int)ANSWERS; i++)
		free(r.sum[i]);
	return rc;
}
