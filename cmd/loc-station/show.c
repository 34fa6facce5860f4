/* SPDX-License-Identifier: ISC */
/*
 * One network, with all that is known of it: whether it is used and why, its
 * score, and its row.  The line of JSON is also what a change leaves behind
 * for "restore", so it has the whole row with all digits.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "index/file.h"
#include "io/cli.h"
#include "json/write.h"
#include "store/db.h"
#include "store/json.h"
#include "store/row.h"
#include "store/table.h"

#include "station.h"

static const void *
row_of(const struct network *n)
{
	return n->kind == AREA ? (const void *)&n->area : &n->row;
}

int
network_read(struct store_db *db, struct network *n, int lock)
{
	struct store_row_key key;
	size_t found;

	memcpy(key.byte, n->key, sizeof(key.byte));
	if ((n->kind == BLUE || n->kind == WIFI) &&
	    store_optout_get(db, n->kind == BLUE ? OBS_BLUE : OBS_WIFI,
	    n->key, &n->optout) == -1)
		return -1;
	if (store_row_select(db, n->table, &key, 1, lock, n->kind == AREA ?
	    (void *)&n->area : &n->row, &found) == -1)
		return -1;
	n->exists = found == 1;
	return 0;
}

/* The same from the index, which tells nothing of who has opted out. */
static void
network_find(const struct index_file *f, struct network *n)
{
	struct station_centre centre;

	switch (n->kind) {
	case AREA:
		n->exists = index_file_area(f, n->key, &n->area, &centre);
		break;
	case CELL:
		n->exists = index_file_cell(f, n->key, &n->row);
		break;
	default:
		n->exists = index_file_mac(f, n->kind == BLUE ? OBS_BLUE :
		    OBS_WIFI, n->key, &n->row);
		break;
	}
}

static void
add_optout(struct json_write *w, const struct store_optout_row *o)
{
	char day[BASE_CIVIL_DATE_LEN];

	json_write_object(w, "optout");
	json_write_i64(w, "count", o->count);
	base_civil_format_date(day, o->first);
	json_write_text(w, "first", day);
	base_civil_format_date(day, o->last);
	json_write_text(w, "last", day);
	json_write_end(w);
}

void
network_json(const struct run *r, const struct network *n, struct base_buf *b)
{
	char name[NAME_LEN], why[WHY_LEN];
	struct json_write w;

	network_format(name, n);
	network_why(why, n, r->today);
	json_write_begin(&w, b);
	json_write_text(&w, "kind", kind_name(n->kind));
	json_write_text(&w, "network", name);
	if (r->index != NULL)
		json_write_text(&w, "index", r->index_path);
	else
		json_write_text(&w, "table", store_row_table_name(n->table));
	json_write_text(&w, "state", state_name(network_state(n, r->today)));
	json_write_text(&w, "why", why);
	if (n->undone != NULL)
		json_write_text(&w, "undone", n->undone);
	if (n->witness != NULL)
		json_write_text(&w, "witness", n->witness);
	if (n->exists)
		json_write_f7(&w, "score", network_score(n, r->now_s));
	if (n->optout.count > 0)
		add_optout(&w, &n->optout);
	if (n->exists) {
		/* What is in an index is not all of a row, to be put back. */
		json_write_object(&w, r->index != NULL ? "record" : "row");
		store_json_write(&w, &store_table[STORE_TABLE_ROWS +
		    n->table], row_of(n));
		json_write_end(&w);
	}
	json_write_end(&w);
}

/* The columns of the row, a line each. */
static void
print_row(const struct network *n)
{
	const struct store_table *t = &store_table[STORE_TABLE_ROWS +
	    n->table];
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < t->ncol; i++) {
		if (!store_table_is_read(t->col[i].kind) ||
		    t->col[i].kind == STORE_TABLE_KEY)
			continue;
		base_buf_fmt(&b, "  %-15s ", t->col[i].name);
		store_json_text(&b, t, &t->col[i], row_of(n));
		io_cli_line(&b);
	}
	base_buf_done(&b);
}

static void
print_optout(const struct store_optout_row *o)
{
	char first[BASE_CIVIL_DATE_LEN], last[BASE_CIVIL_DATE_LEN];

	base_civil_format_date(first, o->first);
	base_civil_format_date(last, o->last);
	printf("  %-15s %lld times, %s to %s\n", "(opted out)",
	    (long long)o->count, first, last);
}

static void
print_text(const struct run *r, const struct network *n)
{
	char name[NAME_LEN], why[WHY_LEN];

	network_format(name, n);
	network_why(why, n, r->today);
	printf("%s %s: %s: %s\n", kind_name(n->kind), name,
	    state_name(network_state(n, r->today)), why);
	if (n->optout.count > 0)
		print_optout(&n->optout);
	if (!n->exists)
		return;
	if (r->index != NULL)
		printf("  %-15s %s\n", "(index)", r->index_path);
	else
		printf("  %-15s %s\n", "(table)",
		    store_row_table_name(n->table));
	printf("  %-15s %.4f\n", "(score)", network_score(n, r->now_s));
	print_row(n);
}

/* Returns 1 if one of them is not known, as other commands do. */
int
show_networks(struct run *r, char *const *arg)
{
	enum kind kind = kind_of(*arg++);
	int rc = EX_OK;
	struct base_buf b;
	struct network n;

	base_buf_init(&b);
	for (; *arg != NULL; arg++) {
		network_parse(&n, kind, *arg, NULL);
		if (r->index != NULL)
			network_find(r->index, &n);
		else if (network_read(r->db, &n, 0) == -1) {
			base_buf_done(&b);
			return tell_failure(r->db);
		}
		if (r->json) {
			network_json(r, &n, &b);
			io_cli_line(&b);
		} else
			print_text(r, &n);
		if (!n.exists)
			rc = 1;
	}
	base_buf_done(&b);
	return rc;
}
