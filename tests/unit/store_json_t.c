/* SPDX-License-Identifier: ISC */
/* A row that goes out as JSON comes back as it was, every column of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "json/write.h"
#include "station/row.h"
#include "store/json.h"
#include "store/row.h"
#include "store/table.h"
#include "tap.h"

static const char *const bad[] = {
	"{}",				/* no key */
	"{\"mac\":\"a8206700000\"}",
	"{\"mac\":\"a820670000zz\"}",
	"{\"mac\":\"a82067000001\",\"lat\":\"51\"}",
	"{\"mac\":\"a82067000001\",\"samples\":true}",
	"{\"mac\":\"a82067000001\",\"region\":\"GBR\"}",
	"{\"mac\":\"a82067000001\",\"last_seen\":\"2026\"}",
	"{\"mac\":\"a82067000001\",\"marks\":\"0\"}",
	("{\"mac\":\"a82067000001\",\"marks\":"
	    "\"00000000000000000000000000000000ff\"}")
};

/* Set every column that is read, each to another value; bytes in full. */
static void
fill(const struct store_table *t, void *row)
{
	const struct store_table_column *c;
	char text[300];

	t->init(row);
	for (c = t->col; c < t->col + t->ncol; c++) {
		if (!store_table_is_read(c->kind))
			continue;
		switch (c->kind) {
		case STORE_TABLE_TIME:
		case STORE_TABLE_DATE:
			strlcpy(text, "2026-11-30 12:34:56",
			    c->kind == STORE_TABLE_DATE ? 11 : sizeof(text));
			break;
		case STORE_TABLE_TEXT:
			strlcpy(text, "GB", sizeof(text));
			break;
		case STORE_TABLE_KEY:
		case STORE_TABLE_BYTES:
			memset(text, 0xa5, sizeof(text));
			store_table_take_text(t, c, text, c->kind ==
			    STORE_TABLE_KEY ? t->keylen : (size_t)c->max, row);
			continue;
		default:
			snprintf(text, sizeof(text), "%d", (int)(c - t->col) +
			    1);
		}
		store_table_take_text(t, c, text, strlen(text), row);
	}
}

static void
test_table(int table)
{
	const struct store_table *t = &store_table[STORE_TABLE_ROWS + table];
	union {
		struct station_row	row;
		struct station_area	area;
	} in, out;
	struct base_arena a;
	struct json_write w;
	struct base_buf b, again;
	struct json_doc d;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	base_arena_init(&a);
	base_buf_init(&b);
	base_buf_init(&again);
	fill(t, &in);
	json_write_begin(&w, &b);
	store_json_write(&w, t, &in);
	json_write_end(&w);
	ok(json_doc_parse(&d, b.data, b.len, &a) == 0, "%s: JSON", t->name);
	ok(store_json_read(t, &d, 0, &out) == NULL, "%s: read", t->name);
	json_write_begin(&w, &again);
	store_json_write(&w, t, &out);
	json_write_end(&w);
	ok(again.len == b.len && memcmp(again.data, b.data, b.len) == 0,
	    "%s: the same again", t->name);
	base_buf_done(&again);
	base_buf_done(&b);
	base_arena_done(&a);
}

int
main(void)
{
	const struct store_table *t = &store_table[STORE_TABLE_ROWS +
	    STORE_ROW_WIFI];
	struct station_row row;
	struct base_arena a;
	struct json_doc d;
	size_t i;

	test_table(STORE_ROW_WIFI);
	test_table(STORE_ROW_CELL);
	test_table(STORE_ROW_CELL_NR);
	test_table(STORE_ROW_AREA);
	base_arena_init(&a);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(json_doc_parse(&d, bad[i], strlen(bad[i]), &a) == 0 &&
		    store_json_read(t, &d, 0, &row) != NULL, "%s", bad[i]);
	ok(json_doc_parse(&d, "{\"mac\":\"a82067000001\"}", 22, &a) == 0 &&
	    store_json_read(t, &d, 0, &row) == NULL && isnan(row.lat) &&
	    row.samples == STATION_ROW_NULL, "what is missing is NULL");
	base_arena_done(&a);
	return tap_done();
}
