/* SPDX-License-Identifier: ISC */
/*
 * Lists: how much there is, where, and who submits what.  Each is a function
 * that prints lines as rows come, so that none is bounded by memory but that
 * of keys, whose rows are put beside each other.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "io/cli.h"
#include "json/write.h"
#include "store/db.h"
#include "store/keyday.h"
#include "store/totals.h"

#include "contra.h"
#include "list.h"

#define DAY_WITNESSES	200	/* listed of a day */

/* What a list works with. */
struct list {
	struct store_db	*db;
	int64_t		 first, today;	/* days */
	int		 json;
	/* keys: the row being gathered */
	int64_t		 day;
	char		 key[64];
	int64_t		 reports, dropped, networks, refused, optout, calls;
	struct contra	*contra;
	/* totals: the last value of each counter */
	int		 counter;
	int64_t		 before;
};

static const char *
day_text(char out[BASE_CIVIL_DATE_LEN], int64_t day)
{
	base_civil_format_date(out, day);
	return out;
}

static const char *
counter_name(int key)
{
	switch (key) {
	case STORE_TOTALS_CELL:
		return "cell";
	case STORE_TOTALS_UNIQUE_CELL:
		return "cell_new";
	case STORE_TOTALS_WIFI:
		return "wifi";
	case STORE_TOTALS_UNIQUE_WIFI:
		return "wifi_new";
	case STORE_TOTALS_BLUE:
		return "blue";
	case STORE_TOTALS_UNIQUE_BLUE:
		return "blue_new";
	default:
		return NULL;
	}
}

/*
 * A counter holds what there was up to the end of its day, so what a day has
 * brought is the difference to the row before.
 */
static int
on_total(void *arg, int key, int64_t day, int64_t value)
{
	const char *name = counter_name(key);
	char date[BASE_CIVIL_DATE_LEN];
	struct list *l = arg;
	struct json_write w;
	struct base_buf b;
	int64_t gain = key == l->counter ? value - l->before : value;

	l->counter = key;
	l->before = value;
	if (name == NULL || day < l->first)
		return 0;
	if (!l->json) {
		printf("%s %-10s %14" PRId64 " %+12" PRId64 "\n",
		    day_text(date, day), name, value, gain);
		return 0;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "list", "totals");
	json_write_text(&w, "day", day_text(date, day));
	json_write_text(&w, "what", name);
	json_write_i64(&w, "total", value);
	json_write_i64(&w, "gain", gain);
	json_write_end(&w);
	io_cli_last(&b);
	return 0;
}

static int
list_totals(struct list *l)
{
	if (!l->json)
		printf("%-10s %-10s %14s %12s\n", "day", "what", "total",
		    "that day");
	return store_totals_days(l->db, on_total, l);
}

/* Print how many networks a region has, in columns or as a line of JSON. */
static int
on_region(void *arg, const struct store_totals_region *r)
{
	const struct list *l = arg;
	struct json_write w;
	struct base_buf b;

	if (!l->json) {
		printf("%-6s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10"
		    PRId64 " %12" PRId64 " %12" PRId64 "\n", r->code, r->gsm,
		    r->wcdma, r->lte, r->nr, r->blue, r->wifi);
		return 0;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "list", "regions");
	json_write_text(&w, "region", r->code);
	json_write_i64(&w, "gsm", r->gsm);
	json_write_i64(&w, "wcdma", r->wcdma);
	json_write_i64(&w, "lte", r->lte);
	json_write_i64(&w, "nr", r->nr);
	json_write_i64(&w, "blue", r->blue);
	json_write_i64(&w, "wifi", r->wifi);
	json_write_end(&w);
	io_cli_last(&b);
	return 0;
}

static int
list_regions(struct list *l)
{
	if (!l->json)
		printf("%-6s %10s %10s %10s %10s %12s %12s\n", "region", "gsm",
		    "wcdma", "lte", "nr", "blue", "wifi");
	return store_totals_regions(l->db, on_region, l);
}

/* Print the row that was gathered, if there is one, and begin a new one. */
static void
end_key(struct list *l)
{
	char date[BASE_CIVIL_DATE_LEN], contra[24] = "-";
	struct json_write w;
	struct base_buf b;
	int64_t n = *l->key == '\0' ? -1 : contra_of(l->contra, l->day,
	    l->key);

	if (n != -1)
		snprintf(contra, sizeof(contra), "%" PRId64, n);
	if (*l->key != '\0' && !l->json)
		printf("%s %-36s %9" PRId64 " %9" PRId64 " %9" PRId64 " %9"
		    PRId64 " %9" PRId64 " %7" PRId64 " %7s\n",
		    day_text(date, l->day), l->key, l->calls, l->reports,
		    l->dropped, l->networks, l->refused, l->optout, contra);
	if (*l->key != '\0' && l->json) {
		base_buf_init(&b);
		json_write_begin(&w, &b);
		json_write_text(&w, "list", "keys");
		json_write_text(&w, "day", day_text(date, l->day));
		json_write_text(&w, "key", l->key);
		json_write_i64(&w, "calls", l->calls);
		json_write_i64(&w, "reports", l->reports);
		json_write_i64(&w, "dropped", l->dropped);
		json_write_i64(&w, "networks", l->networks);
		json_write_i64(&w, "refused", l->refused);
		json_write_i64(&w, "optout", l->optout);
		if (n != -1)
			json_write_i64(&w, "contra", n);
		json_write_end(&w);
		io_cli_last(&b);
	}
	*l->key = '\0';
	l->reports = l->dropped = l->networks = l->refused = 0;
	l->optout = l->calls = 0;
}

/* Rows of a key and day come one after the other; calls are those of paths. */
static int
on_key_day(void *arg, int64_t day, const char *key, const char *what,
    int64_t count)
{
	struct list *l = arg;
	size_t len = strlen(what);

	if (strchr(what, ':') != NULL)
		return 0;	/* see list_reasons() */
	if (day != l->day || strcmp(key, l->key) != 0) {
		end_key(l);
		l->day = day;
		strlcpy(l->key, key, sizeof(l->key));
	}
	if (strcmp(what, "reports") == 0)
		l->reports = count;
	else if (strcmp(what, "dropped") == 0)
		l->dropped = count;
	else if (strcmp(what, "optout") == 0)
		l->optout = count;
	else if (len > 8 && strcmp(what + len - 8, ".refused") == 0)
		l->refused += count;
	else if (strchr(what, '.') == NULL)
		l->networks += count;
	else
		l->calls += count;
	return 0;
}

static int
list_keys(struct list *l)
{
	int rc;

	if (!l->json)
		printf("%-10s %-36s %9s %9s %9s %9s %9s %7s %7s\n", "day",
		    "key", "calls", "reports", "dropped", "networks",
		    "refused", "optouts", "contra");
	if ((l->contra = contra_read(l->db, l->first)) == NULL)
		return -1;
	rc = store_keyday_list(l->db, l->first, l->today, on_key_day, l);
	end_key(l);
	contra_free(l->contra);
	return rc;
}

/* One of "report:no_position" and the like, see cmd/loc-work/why.c. */
static int
on_reason(void *arg, int64_t day, const char *key, const char *what,
    int64_t count)
{
	const char *reason = strchr(what, ':');
	char date[BASE_CIVIL_DATE_LEN], of[40];
	const struct list *l = arg;
	struct json_write w;
	struct base_buf b;

	if (reason == NULL)
		return 0;
	snprintf(of, sizeof(of), "%.*ss", (int)(reason - what), what);
	reason++;
	if (!l->json) {
		printf("%s %-36s %-8s %-21s %9" PRId64 "\n",
		    day_text(date, day), key, of, reason, count);
		return 0;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "list", "reasons");
	json_write_text(&w, "day", day_text(date, day));
	json_write_text(&w, "key", key);
	json_write_text(&w, "of", of);
	json_write_text(&w, "reason", reason);
	json_write_i64(&w, "count", count);
	json_write_end(&w);
	io_cli_last(&b);
	return 0;
}

/* Why what was submitted did not count, or changed nothing. */
static int
list_reasons(struct list *l)
{
	if (!l->json)
		printf("%-10s %-36s %-8s %-21s %9s\n", "day", "key", "of",
		    "reason", "count");
	return store_keyday_list(l->db, l->first, l->today, on_reason, l);
}

/* A row of loc_witness: day, tag, agree, contra, born, optout. */
static int
on_witness(void *arg, char **field, const unsigned long *flen)
{
	static const char *const names[] = { "agree", "contra", "born",
	    "optout" };
	char date[BASE_CIVIL_DATE_LEN];
	const struct list *l = arg;
	int64_t v[6] = { 0 };
	struct json_write w;
	struct base_buf b;
	int i;

	for (i = 0; i < 6; i++)
		base_num_i64(field[i], flen[i], &v[i]);
	if (!l->json) {
		printf("%s:%-5" PRId64 " %9" PRId64 " %9" PRId64 " %9" PRId64
		    " %7" PRId64 "\n", day_text(date, v[0]), v[1], v[2],
		    v[3], v[4], v[5]);
		return 0;
	}
	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "list", "witnesses");
	json_write_text(&w, "day", day_text(date, v[0]));
	json_write_i64(&w, "tag", v[1]);
	for (i = 0; i < 4; i++)
		json_write_i64(&w, names[i], v[i + 2]);
	json_write_end(&w);
	io_cli_last(&b);
	return 0;
}

/* Those who did most against what is known, of each of the days. */
static int
list_witnesses(struct list *l)
{
	char sql[512];

	if (!l->json)
		printf("%-16s %9s %9s %9s %7s\n", "day:tag", "agree",
		    "contra", "born", "optouts");
	snprintf(sql, sizeof(sql), "SELECT day, tag, agree, contra, born, "
	    "optout FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY day "
	    "ORDER BY contra + optout DESC, born DESC, tag) AS place "
	    "FROM loc_witness WHERE day >= %lld AND contra + optout + born > "
	    "0) AS w WHERE place <= %d ORDER BY day, place",
	    (long long)l->first, DAY_WITNESSES);
	return store_db_query(l->db, sql, strlen(sql), on_witness, l);
}

static const struct kind {
	const char	*name;
	int		(*run)(struct list *l);
} kinds[] = {
	{ "totals", list_totals },
	{ "regions", list_regions },
	{ "keys", list_keys },
	{ "reasons", list_reasons },
	{ "witnesses", list_witnesses }
};
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

void
list_check(const char *what)
{
	IO_CLI_FIND(what, kinds);
}

int
list_print(struct store_db *db, const char *what, int64_t days, int json)
{
	struct list l = { .db = db, .json = json };
	int64_t now;
	size_t i;

	if (store_db_now(db, &now) == -1)
		return -1;
	l.today = base_civil_day_of(now);
	l.first = l.today - days + 1;
	for (i = 0; i < KINDS; i++) {
		if (what != NULL && strcmp(what, kinds[i].name) != 0)
			continue;
		if (what == NULL && !json && i > 0)
			putchar('\n');
		if (kinds[i].run(&l) == -1)
			return -1;
	}
	return 0;
}
