/* SPDX-License-Identifier: ISC */
/*
 * Totals and how they grew, of all and by region: values for the pages, and
 * the files stats*.json and regions.*, of which those that Ichnaea had are what
 * they were.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/civil.h"
#include "geo/region.h"
#include "json/write.h"
#include "store/db.h"
#include "store/totals.h"

#include "site.h"

#define HISTORY_DAYS	365
#define REGIONS		300

/* A counter, and the names that it has in texts and files. */
static const struct counter {
	int		 key;
	const char	*name;
	const char	*file, *title;	/* Ichnaea's, or NULL */
} counters[] = {
	{ STORE_TOTALS_UNIQUE_WIFI, "unique_wifi", "stats_wifi.json",
	    "MLS WiFi" },
	{ STORE_TOTALS_WIFI, "wifi", NULL, NULL },
	{ STORE_TOTALS_UNIQUE_CELL, "unique_cell", "stats_cell.json",
	    "MLS Cells" },
	{ STORE_TOTALS_CELL, "cell", NULL, NULL },
	{ STORE_TOTALS_UNIQUE_BLUE, "unique_blue", "stats_blue.json",
	    "MLS Bluetooth" },
	{ STORE_TOTALS_BLUE, "blue", NULL, NULL },
};
#define COUNTERS	(sizeof(counters) / sizeof(counters[0]))

struct point {
	int	key;
	int64_t	day, value;
};

struct history {
	struct point	*point;
	size_t		 n;
	int64_t		 today;
};

struct region {
	int	r;
	int64_t	n[6];		/* wifi, blue, gsm, wcdma, lte, nr */
	int64_t	cells;
};

struct regions {
	struct region	 row[REGIONS];
	size_t		 n;
};

static int
on_day(void *arg, int key, int64_t day, int64_t value)
{
	struct history *h = arg;
	struct point *more;

	if (h->n % 1024 == 0) {
		more = reallocarray(h->point, h->n + 1024, sizeof(*more));
		if (more == NULL) {
			warn(NULL);
			return -1;
		}
		h->point = more;
	}
	h->point[h->n++] = (struct point){ key, day, value };
	return 0;
}

/* What the counter KEY has come to; rows are in the order of days. */
static int64_t
latest(const struct history *h, int key)
{
	size_t i = h->n;

	while (i > 0)
		if (h->point[--i].key == key)
			return h->point[i].value;
	return 0;
}

void
site_format_count(char out[SITE_COUNT_LEN], int64_t n)
{
	static const char blank[] = "\xe2\x80\xaf";	/* U+202F */
	char digits[24];
	size_t i, len;

	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	*out = '\0';
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			strlcat(out, blank, SITE_COUNT_LEN);
		strlcat(out, (char[]){ digits[i], '\0' }, SITE_COUNT_LEN);
	}
}

/*
 * A count, for people, and beside it for machines.  What was not counted (-1)
 * has no text.
 */
static void
write_count(struct json_write *w, const char *name, int64_t n)
{
	char text[SITE_COUNT_LEN] = "";

	if (n != -1)
		site_format_count(text, n);
	json_write_object(w, name);
	json_write_i64(w, "n", n == -1 ? 0 : n);
	json_write_text(w, "text", text);
	json_write_end(w);
}

/*
 * Ichnaea's millions: two decimals, cut and not rounded.  Empty for what is
 * less, of which they would say little or nothing.
 */
static void
write_millions(struct json_write *w, int64_t n)
{
	char text[40] = "";

	if (n >= 1000000)
		snprintf(text, sizeof(text), "%lld.%02d",
		    (long long)(n / 1000000), (int)(n / 10000 % 100));
	json_write_text(w, "millions", text);
}

static void
write_totals(struct site *s, const struct history *h)
{
	size_t i;
	int64_t n;

	json_write_array(&s->w, "totals");
	for (i = 0; i < COUNTERS; i++) {
		n = latest(h, counters[i].key);
		json_write_object(&s->w, NULL);
		json_write_object(&s->w, "is");
		json_write_bool(&s->w, counters[i].name, 1);
		json_write_end(&s->w);
		json_write_text(&s->w, "name", counters[i].name);
		write_count(&s->w, "count", n);
		write_millions(&s->w, n);
		json_write_end(&s->w);
	}
	json_write_end(&s->w);
}

/* The first day of the month of DAY. */
static int64_t
month_of(int64_t day)
{
	struct base_civil c;

	base_civil_split(&c, day * BASE_CIVIL_DAY_S);
	return base_civil_days(c.year, c.month, 1);
}

/* The greatest value of KEY in the month that begins with MONTH; or -1. */
static int64_t
month_value(const struct history *h, int key, int64_t month)
{
	int64_t most = -1;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->point[i].key == key &&
		    h->point[i].day >= h->today - HISTORY_DAYS &&
		    month_of(h->point[i].day) == month &&
		    h->point[i].value > most)
			most = h->point[i].value;
	return most;
}

/* The month after the one that begins with MONTH. */
static int64_t
next_month(int64_t month)
{
	return month_of(month + 31);
}

/* The row of MONTH, unless there is no count of it. */
static void
write_month(struct site *s, const struct history *h, int64_t month)
{
	char text[BASE_CIVIL_DATE_LEN];
	int64_t v[COUNTERS], most = -1;
	size_t i;

	for (i = 0; i < COUNTERS; i++) {
		v[i] = month_value(h, counters[i].key, month);
		most = v[i] > most ? v[i] : most;
	}
	if (most == -1)
		return;
	base_civil_format_date(text, month);
	text[7] = '\0';
	json_write_object(&s->w, NULL);
	json_write_text(&s->w, "month", text);
	json_write_array(&s->w, "counts");
	for (i = 0; i < COUNTERS; i++)
		write_count(&s->w, NULL, v[i]);
	json_write_end(&s->w);
	json_write_end(&s->w);
}

/* A row for each month, the newest first: for who has no plots. */
static void
write_months(struct site *s, const struct history *h)
{
	int64_t first = month_of(h->today - HISTORY_DAYS), month;

	json_write_array(&s->w, "months");
	for (month = month_of(h->today); month >= first;
	    month = month_of(month - 1))
		write_month(s, h, month);
	json_write_end(&s->w);
}

/* The file that Ichnaea had of counter C. */
static int
put_series(struct site *s, const struct history *h, const struct counter *c)
{
	int64_t month = month_of(h->today - HISTORY_DAYS), v;
	struct json_write w;
	struct base_buf b;
	int rc = -1;

	base_buf_init(&b);
	json_write_init(&w, &b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	json_write_array(&w, "series");
	json_write_object(&w, NULL);
	json_write_text(&w, "title", c->title);
	json_write_array(&w, "data");
	for (; month <= h->today; month = next_month(month)) {
		if ((v = month_value(h, c->key, month)) == -1)
			continue;
		json_write_array(&w, NULL);
		json_write_i64(&w, NULL, month * BASE_CIVIL_DAY_S * 1000);
		json_write_i64(&w, NULL, v);
		json_write_end(&w);
	}
	json_write_end(&w);
	json_write_end(&w);
	json_write_end(&w);
	json_write_end(&w);
	if (base_buf_ok(&b))
		rc = site_out_put(&s->out, c->file, b.data, b.len);
	base_buf_done(&b);
	return rc;
}

/* All rows there are, by counter: "days" and "values", for the plots. */
static int
put_days(struct site *s, const struct history *h)
{
	struct json_write w;
	struct base_buf b;
	size_t i, k;
	int rc = -1;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	for (k = 0; k < COUNTERS; k++) {
		json_write_array(&w, counters[k].name);
		for (i = 0; i < h->n; i++) {
			if (h->point[i].key != counters[k].key)
				continue;
			json_write_array(&w, NULL);
			json_write_i64(&w, NULL,
			    h->point[i].day * BASE_CIVIL_DAY_S);
			json_write_i64(&w, NULL, h->point[i].value);
			json_write_end(&w);
		}
		json_write_end(&w);
	}
	json_write_end(&w);
	if (base_buf_ok(&b))
		rc = site_out_put(&s->out, "stats.json", b.data, b.len);
	base_buf_done(&b);
	return rc;
}

static int
put_history(struct site *s, struct history *h)
{
	size_t i;
	int rc = put_days(s, h);

	write_totals(s, h);
	write_months(s, h);
	for (i = 0; rc == 0 && i < COUNTERS; i++)
		if (counters[i].file != NULL)
			rc = put_series(s, h, &counters[i]);
	return rc == 0 ? EX_OK : EX_CANTCREAT;
}

/* Rows of regions that are none, of which we know no name, are left out. */
static int
on_region(void *arg, const struct store_totals_region *t)
{
	int r = geo_region_find(t->code);
	struct regions *g = arg;

	if (r == GEO_REGION_NONE || g->n == REGIONS)
		return 0;
	g->row[g->n++] = (struct region){ r, { t->wifi, t->blue, t->gsm,
	    t->wcdma, t->lte, t->nr }, t->gsm + t->wcdma + t->lte + t->nr };
	return 0;
}

static int
cmp_region(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	if (x->cells != y->cells)
		return x->cells < y->cells ? 1 : -1;
	return strcmp(geo_region_name(x->r), geo_region_name(y->r));
}

static const char *const kinds[] = { "wifi", "blue", "gsm", "wcdma", "lte",
    "nr" };

static void
write_regions(struct site *s, const struct regions *g)
{
	size_t i, k;

	json_write_array(&s->w, "regions");
	for (i = 0; i < g->n; i++) {
		json_write_object(&s->w, NULL);
		json_write_text(&s->w, "code", geo_region_code(g->row[i].r));
		json_write_text(&s->w, "name", geo_region_name(g->row[i].r));
		for (k = 0; k < 6; k++)
			write_count(&s->w, kinds[k], g->row[i].n[k]);
		write_count(&s->w, "cell", g->row[i].cells);
		json_write_end(&s->w);
	}
	json_write_end(&s->w);
}

/*
 * Names may have quotes in them.  They come from our own table, so that none
 * begins as a formula of a spreadsheet does.
 */
static void
add_csv_name(struct base_buf *b, const char *name)
{
	base_buf_chr(b, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			base_buf_chr(b, '"');
		base_buf_chr(b, *name);
	}
	base_buf_chr(b, '"');
}

/*
 * The table by country in two forms for machines: CSV for spreadsheets and
 * JSON, each with the same columns as the page.  0, or -1 with a message.
 */
static int
put_regions(struct site *s, const struct regions *g)
{
	struct base_buf csv, json;
	struct json_write w;
	size_t i, k;
	int rc = -1;

	base_buf_init(&csv);
	base_buf_init(&json);
	base_buf_str(&csv, "code,name,wifi,blue,gsm,wcdma,lte,nr,cell\r\n");
	json_write_init(&w, &json, JSON_WRITE_COMPACT);
	json_write_array(&w, NULL);
	for (i = 0; i < g->n; i++) {
		base_buf_fmt(&csv, "%s,", geo_region_code(g->row[i].r));
		add_csv_name(&csv, geo_region_name(g->row[i].r));
		json_write_object(&w, NULL);
		json_write_text(&w, "code", geo_region_code(g->row[i].r));
		json_write_text(&w, "name", geo_region_name(g->row[i].r));
		for (k = 0; k < 6; k++) {
			base_buf_fmt(&csv, ",%lld",
			    (long long)g->row[i].n[k]);
			json_write_i64(&w, kinds[k], g->row[i].n[k]);
		}
		base_buf_fmt(&csv, ",%lld\r\n", (long long)g->row[i].cells);
		json_write_i64(&w, "cell", g->row[i].cells);
		json_write_end(&w);
	}
	json_write_end(&w);
	if (base_buf_ok(&csv) && base_buf_ok(&json) &&
	    site_out_put(&s->out, "regions.csv", csv.data, csv.len) == 0)
		rc = site_out_put(&s->out, "regions.json", json.data,
		    json.len);
	base_buf_done(&csv);
	base_buf_done(&json);
	return rc;
}

int
site_totals(struct site *s, struct store_db *db)
{
	struct history h = { .today = base_civil_day_of(s->now_s) };
	static struct regions g;
	int rc;

	g.n = 0;
	if (store_totals_days(db, on_day, &h) == -1 ||
	    store_totals_regions(db, on_region, &g) == -1) {
		warnx("%s: %s", store_db_where(db), store_db_error(db));
		rc = store_db_status(db);
		goto out;
	}
	qsort(g.row, g.n, sizeof(g.row[0]), cmp_region);
	if ((rc = put_history(s, &h)) == EX_OK)
		rc = put_regions(s, &g) == 0 ? EX_OK : EX_CANTCREAT;
	write_regions(s, &g);
out:
	free(h.point);
	return rc;
}
