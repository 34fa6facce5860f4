/* SPDX-License-Identifier: ISC */
/* The description of tables: what is made of it, and what goes through it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "radio/cell.h"
#include "station/row.h"
#include "store/key.h"
#include "store/row.h"
#include "store/table.h"
#include "tap.h"

static const struct store_table_column *
column(const struct store_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->ncol; i++)
		if (strcmp(t->col[i].name, name) == 0)
			return &t->col[i];
	return NULL;
}

/* How many columns of indexes of T there are not. */
static size_t
missing_columns(const struct store_table *t)
{
	size_t bad = 0, i, len;
	const char *p;
	char name[64];

	for (i = 0; i < t->nidx; i++)
		for (p = t->idx[i].columns; *p != '\0'; p += len) {
			p += *p == ',';
			len = strcspn(p, ",");
			snprintf(name, sizeof(name), "%.*s", (int)len, p);
			bad += column(t, name) == NULL;
		}
	return bad;
}

/* What every table must have, or the rest does not hold. */
static void
test_sanity(void)
{
	const struct store_table *t;
	size_t bad = 0, c, i, k;

	for (i = 0; i < store_tables; i++) {
		t = &store_table[i];
		if (t->name == NULL) {
			ok(0, "no table is number %zu", i);
			return;
		}
		for (k = 0; k < i; k++)
			bad += strcmp(t->name, store_table[k].name) == 0;
		bad += t->idx[0].name != NULL || store_table_find(t->name) != t;
		bad += missing_columns(t);
		for (c = 0; c < t->ncol; c++) {
			bad += t->row_size != 0 && t->col[c].offset +
			    t->col[c].size > t->row_size &&
			    t->col[c].kind != STORE_TABLE_IDENT;
			bad += t->col[c].kind == STORE_TABLE_KEY &&
			    (strcmp(t->key->name, t->col[c].name) != 0 ||
			    strcmp(t->key->type, t->col[c].type) != 0 ||
			    t->key->offset != t->col[c].offset ||
			    t->keylen > t->col[c].size);
		}
	}
	ok(bad == 0, "names differ, keys are keys, members are within rows");
	ok(strcmp(store_table[STORE_TABLE_API_KEY].name, "api_key") == 0 &&
	    strcmp(store_table[STORE_TABLE_ROWS].name, "blue_shard_0") == 0 &&
	    strcmp(store_row_table_name(STORE_ROW_AREA), "cell_area") == 0,
	    "tables are where they are said to be");
	ok(strcmp(store_table[STORE_TABLE_API_KEY].col->name, "valid_key") == 0,
	    "the first column of an API key is itself");
}

static void
test_lists(void)
{
	const struct store_table *t = store_table_find("cell_area");
	char list[STORE_TABLE_LIST_LEN];
	struct base_buf b;

	store_table_slot_list(list, t);
	is_str(list, ",lat,lon,radius,region,num_cells,created,modified,"
	    "last_seen,NULL,NULL,avg_cell_radius,NULL,NULL,NULL,NULL,NULL,"
	    "NULL,NULL,NULL,NULL,NULL",
	    "what lookups ask of areas");
	store_table_slot_list(list, store_table_find("wifi_shard_3"));
	ok(strstr(list, ",lat,lon,radius,region,samples,created,modified,"
	    "last_seen,block_last,block_count,max_lat,min_lat,") == list &&
	    strstr(list, ",peak_weight+0e0,") != NULL,
	    "and of stations");
	base_buf_init(&b);
	store_table_read_list(&b, t);
	ok(strstr(b.data, "mcc") == NULL && strstr(b.data, "areaid") != NULL,
	    "what the key says is not read");
	base_buf_reset(&b);
	store_table_write_list(&b, t);
	ok(strstr(b.data, "radio,mcc,mnc,lac") != NULL, "but written");
	base_buf_reset(&b);
	store_table_create(&b, store_table_find("loc_ledger"));
	is_str(b.data, "CREATE TABLE IF NOT EXISTS `loc_ledger` ("
	    "`id` binary(16) NOT NULL, `time` datetime NOT NULL, "
	    "PRIMARY KEY (`id`), KEY `loc_ledger_time_idx` (`time`)) "
	    "ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci",
	    "a table is made");
	base_buf_done(&b);
}

/* Text TEXT of column NAME, read into a row and written again. */
static void
through(const char *table, const char *name, const char *text,
    const char *want)
{
	const struct store_table *t = store_table_find(table);
	union {
		struct station_row	station;
		struct store_key	key;
	} row;
	struct base_buf b;

	t->init(&row);
	if (text != NULL)
		store_table_take_text(t, column(t, name), text, strlen(text),
		    &row);
	base_buf_init(&b);
	store_table_literal(&b, t, column(t, name), &row);
	ok(strcmp(b.data, want) == 0, "%s %s is %s", name,
	    text == NULL ? "NULL" : text, b.data);
	base_buf_done(&b);
}

static void
test_values(void)
{
	static const char lte[] = "cell_lte";
	const struct store_table *t = store_table_find(lte);
	struct station_row r;
	struct base_buf b;
	struct radio_cell cell = { .type = RADIO_CELL_LTE, .mcc = 262,
	    .mnc = 2, .lac = 100, .cid = 268435455 };

	through(lte, "lat", NULL, "NULL");
	through(lte, "lat", "51.5", "51.5");
	through(lte, "radius", "4294967295", "4294967295");
	through(lte, "radius", "4294967296", "4294967295");
	through(lte, "samples", "-1", "0");
	through(lte, "block_count", "300", "255");
	through(lte, "psc", NULL, "NULL");
	through(lte, "created", "2020-02-29 12:34:56", "20200229123456");
	through(lte, "last_seen", "2020-02-29", "20200229");
	through(lte, "region", "DE", "'DE'");
	through(lte, "region", "DEU", "'DE'");
	through(lte, "region", "", "NULL");
	through("api_key", "valid_key", "a'b", "'a\\'b'");
	through("api_key", "maxreq", NULL, "NULL");
	station_row_init(&r);
	radio_cell_key(r.key, &cell);
	base_buf_init(&b);
	store_table_literal(&b, t, t->key, &r);
	is_str(b.data, "x'030106000200640fffffff'", "a key");
	ok(store_table_num(t, column(t, "cid"), &r) == 268435455 &&
	    store_table_num(t, column(t, "mcc"), &r) == 262,
	    "what it is made of");
	r.lat = INFINITY;
	ok(isfinite(store_table_f64(column(t, "lat"), &r)),
	    "no infinity is written");
	base_buf_done(&b);
}

int
main(void)
{
	test_sanity();
	test_lists();
	test_values();
	return tap_done();
}
