/* SPDX-License-Identifier: ISC */
/*
 * What trust costs honest people, on recordings: each file of report lines is
 * what one witness heard on one day, and each is left out once; its reports
 * are asked as questions of a world that is made of all others, in memory.
 * Prints how many were answered, and how far off.
 *
 *	vouch [-1w] [-d days] file ...
 *
 * -1: all are of one day and source, and handed in by the operator; -d: so
 * many days lie between two of them, usually one; -w: ask of the wifis alone.
 * vouch_all is the same with everybody believed, and any two networks
 * answering for each other.
 */
#include <assert.h>
#include <err.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "api/answer.h"
#include "api/facts.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "geo/dist.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/doc.h"
#include "locate/result.h"
#include "locate/search.h"
#include "obs/batch.h"
#include "station/believe.h"
#include "station/update.h"

#ifndef BELIEVE_ALL
#define BELIEVE_ALL	0
#endif

#define FIRST_DAY	20786
#define FILES		256
#define ANSWERS		65536

struct known {
	int			 kind;
	int			 exists;
	struct station_row	 row;
};

/* The answers of one kind. */
struct sum {
	double	error[ANSWERS], radius[ANSWERS];
	size_t	asked, n, inside;
};

struct run {
	int			 once, wifi_only;
	int64_t			 days;		/* between recordings */
	struct base_buf		 file[FILES];	/* lines */
	size_t			 n;
	void			*rows;		/* of struct known, a tree */
	struct obs_batch	 batch;
	struct base_arena	 arena;
	struct sum		 all, wifi;
	size_t			 why[LOCATE_COMPANY_WHYS];
	size_t			 scattered, calls;	/* questions, their cost */
};

static int
by_key(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->kind != y->kind ? x->kind - y->kind :
	    memcmp(x->row.key, y->row.key, sizeof(x->row.key));
}

static struct known *
find_row(struct run *r, int kind, const uint8_t *key, size_t len, int make)
{
	struct known want = { .kind = kind }, *made;
	void *at;

	memcpy(want.row.key, key, len);
	if ((at = tfind(&want, &r->rows, by_key)) != NULL || !make)
		return at == NULL ? NULL : *(struct known **)at;
	if ((made = malloc(sizeof(*made))) == NULL)
		err(EX_OSERR, NULL);
	*made = want;
	tsearch(made, &r->rows, by_key);
	return made;
}

static int
mark_of(void *batch, const struct obs_obs *o, uint32_t *mark)
{
	return obs_batch_mark(batch, o, mark);
}

/* What N observations, all of one station and witness, make of it. */
static void
hear_station(struct run *r, const struct obs_obs *o, size_t n,
    const struct obs_batch_witness *who)
{
	static const struct station_believe_rules rules = {
	    STATION_TRUST_OPEN, 50, 20000, FIRST_DAY * BASE_CIVIL_DAY_S };
	struct station_believe_account account = { 0, 0, 0, 0 };
	const struct station_believe_testimony w = { .obs = o, .n = n,
	    .day = who->day, .tag = who->who.tag, .class = who->who.class };
	struct station_believe_told told;
	struct known *k = find_row(r, o->kind, o->key, sizeof(o->key), 1);
	enum station_update_outcome out;

	if (BELIEVE_ALL)
		out = station_update(&k->row, k->exists, o, n,
		    who->day * BASE_CIVIL_DAY_S);
	else
		out = station_believe(&k->row, k->exists, &w, &rules,
		    &account, &told);
	k->exists |= out != STATION_UPDATE_NONE;
	if (!BELIEVE_ALL && o->kind != OBS_CELL &&
	    (out == STATION_UPDATE_NEW || out == STATION_UPDATE_CHANGE))
		station_believe_marks(&k->row, o, n, who->day, mark_of,
		    &r->batch);
}

/* Everybody hears what is in recording NUMBER. */
static void
hear(struct run *r, size_t number)
{
	const struct obs_witness who = {
		.class = r->once ? OBS_WITNESS_TRUSTED : OBS_WITNESS_PUBLIC,
		.tag = r->once ? 7 : (uint16_t)(number * 37 + 1),
		.source = r->once ? 7 : (uint32_t)(number * 7919 + 1)
	};
	struct obs_batch *b = &r->batch;
	size_t i, n;

	obs_batch_reset(b);
	if (obs_batch_begin(b, &who, FIRST_DAY + (r->once ? 0 :
	    r->days * (int64_t)number)) == -1 ||
	    obs_batch_add(b, "", 0, r->file[number].data,
	    r->file[number].len) != OBS_BATCH_OK)
		errx(EX_DATAERR, "recording %zu", number);
	for (i = 0; i < b->nday; i++)
		b->day[i].has_salt = 1;
	obs_batch_sort(b);
	for (i = 0; i < b->n; i += n) {
		for (n = 1; i + n < b->n && b->obs[i + n].kind ==
		    b->obs[i].kind && memcmp(b->obs[i + n].key, b->obs[i].key,
		    sizeof(b->obs[i].key)) == 0; n++)
			;
		hear_station(r, &b->obs[i], n, &b->witness[b->obs[i].group]);
	}
}

static size_t
look_up_macs(struct run *r, int kind, const struct locate_mac *m, size_t n,
    struct station_row *row)
{
	const struct known *k;
	size_t found = 0;

	for (; n > 0; m++, n--)
		if ((k = find_row(r, kind, m->mac, RADIO_MAC_LEN, 0)) != NULL &&
		    k->exists)
			row[found++] = k->row;
	return found;
}

static void
look_up(struct run *r, struct api_answer *w)
{
	struct locate_query *q = &w->need;
	uint8_t key[RADIO_CELL_KEY_MAX];
	const struct known *k;
	size_t i;

	if (r->wifi_only)
		w->query.ncell = w->query.narea = q->ncell = q->narea = 0;
	w->found.wifi = base_arena_alloc(w->arena, (q->nwifi + 1) *
	    sizeof(*w->found.wifi));
	w->found.blue = base_arena_alloc(w->arena, (q->nblue + 1) *
	    sizeof(*w->found.blue));
	w->found.cell = base_arena_alloc(w->arena, (q->ncell + 1) *
	    sizeof(*w->found.cell));
	if (w->found.wifi == NULL || w->found.blue == NULL ||
	    w->found.cell == NULL)
		err(EX_OSERR, NULL);
	w->found.nwifi = look_up_macs(r, OBS_WIFI, q->wifi, q->nwifi,
	    w->found.wifi);
	w->found.nblue = look_up_macs(r, OBS_BLUE, q->blue, q->nblue,
	    w->found.blue);
	for (i = 0; i < q->ncell; i++) {
		radio_cell_key(key, &q->cell[i].cell);
		if ((k = find_row(r, OBS_CELL, key, sizeof(key), 0)) != NULL &&
		    k->exists)
			w->found.cell[w->found.ncell++] = k->row;
	}
}

/* Where a report was made.  1, or 0: it does not say. */
static int
read_truth(struct run *r, const char *line, size_t len, double *lat,
    double *lon)
{
	struct json_doc d;
	int at;

	return json_doc_parse(&d, line, len, &r->arena) == 0 &&
	    (at = json_doc_get(&d, 0, "position")) != -1 &&
	    json_doc_f64(&d, json_doc_get(&d, at, "latitude"), lat) &&
	    json_doc_f64(&d, json_doc_get(&d, at, "longitude"), lon);
}

static void
add_answer(struct sum *s, double error_m, double radius_m)
{
	assert(s->n < ANSWERS);
	s->error[s->n] = error_m;
	s->radius[s->n++] = radius_m;
	s->inside += error_m <= radius_m;
}

/* Why wifis gave no position, where there were two and more. */
static enum locate_company_why
why_not(const struct locate_companies *c)
{
	return c->sources < 2 ? LOCATE_COMPANY_ANSWERS :
	    locate_company_why(c);
}

/* Ask what the device that made the report LINE would have asked. */
static void
ask(struct run *r, const char *line, size_t len)
{
	struct api_answer w = { .rules = ichnaea_rules(0),
	    .arena = &r->arena, .now_s = (FIRST_DAY + r->days *
	    (int64_t)r->n) * BASE_CIVIL_DAY_S };
	const struct locate_result *best;
	double lat, lon, error_m;
	struct api_facts facts;
	struct base_buf out;

	base_arena_reset(&r->arena);
	if (!read_truth(r, line, len, &lat, &lon))
		return;
	base_buf_init(&out);
	if (api_answer_read(&w, line, len)) {
		look_up(r, &w);
		api_answer_search(&w);
		if (r->wifi_only && w.query.nwifi == 0)
			goto done;
		r->all.asked++;
		r->why[why_not(&w.search->wifi_support.companies)]++;
		r->wifi.asked += w.query.nwifi > 0;
		api_answer_facts(&w, &facts);
		r->calls += facts.scattered > 0 ? (size_t)facts.scattered : 1;
		r->scattered += facts.scattered > 0;
		if ((best = w.search->best) != NULL) {
			error_m = geo_dist_m(lat, lon, best->lat, best->lon);
			add_answer(&r->all, error_m, best->accuracy_m);
			if (best->kind == LOCATE_RESULT_WIFI)
				add_answer(&r->wifi, error_m,
				    best->accuracy_m);
		}
	}
done:
	api_answer_write(&w, &out);
	base_buf_done(&out);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
quantile(double *v, size_t n, double part)
{
	qsort(v, n, sizeof(*v), by_value);
	return n == 0 ? 0 : v[(size_t)(part * (double)(n - 1))];
}

static void
print_sum(const char *name, struct sum *s)
{
	printf("%-5s %6zu asked, %6zu answered (%.1f %%), median %.1f m, "
	    "95 %% %.0f m, inside %.1f %%, radius %.0f m\n", name, s->asked,
	    s->n, 100 * (double)s->n / (double)(s->asked + !s->asked),
	    quantile(s->error, s->n, .5), quantile(s->error, s->n, .95),
	    100 * (double)s->inside / (double)(s->n + !s->n),
	    quantile(s->radius, s->n, .5));
}

static void
read_recording(struct run *r, const char *name)
{
	struct io_infile_line line;
	struct io_infile *f;

	if (r->n == FILES)
		errx(EX_USAGE, "more than %d files", FILES);
	if ((f = io_infile_open(name)) == NULL)
		exit(EX_NOINPUT);
	base_buf_init(&r->file[r->n]);
	while (io_infile_next(f, &line) == 1) {
		base_buf_add(&r->file[r->n], line.text, line.len);
		base_buf_chr(&r->file[r->n], '\n');
	}
	io_infile_end(f);
	r->n++;
}

static void
leave_out(struct run *r, size_t number)
{
	const char *at, *end, *lf;
	size_t i;

	tdestroy(r->rows, free);
	r->rows = NULL;
	for (i = 0; i < r->n; i++)
		if (i != number)
			hear(r, i);
	at = r->file[number].data;
	end = at + r->file[number].len;
	for (; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		ask(r, at, (size_t)(lf - at));
	}
}

int
main(int argc, char *argv[])
{
	static struct run r = { .days = 1 };
	size_t i;
	int ch;

	while ((ch = io_cli_next(argc, argv, "1d:w",
	    "[-1w] [-d days] file ...")) != -1)
		switch (ch) {
		case '1':
			r.once = 1;
			break;
		case 'd':
			r.days = io_cli_num('d', optarg, 1, 100);
			break;
		case 'w':
			r.wifi_only = 1;
			break;
		}
	for (; optind < argc; optind++)
		read_recording(&r, argv[optind]);
	obs_batch_init(&r.batch);
	base_arena_init(&r.arena);
	for (i = 0; i < r.n; i++)
		leave_out(&r, i);
	print_sum("all", &r.all);
	print_sum("wifi", &r.wifi);
	if (!BELIEVE_ALL)
		printf("%zu cost more calls than one; %.2f calls a question\n",
		    r.scattered, (double)r.calls / (double)r.all.asked);
	for (i = LOCATE_COMPANY_ALONE; i < LOCATE_COMPANY_WHYS && !BELIEVE_ALL;
	    i++)
		printf("%s %zu\n", locate_company_why_name(
		    (enum locate_company_why)i), r.why[i]);
	return EX_OK;
}
