/* SPDX-License-Identifier: ISC */
/*
 * Everything goes by the description in store/table.c, so that a new column is
 * shown, kept and put back without a change here.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "json/doc.h"
#include "json/write.h"
#include "station/row.h"
#include "store/json.h"
#include "store/table.h"

static const void *
member_of(const struct store_table_column *c, const void *row)
{
	return (const char *)row + c->offset;
}

static int
is_null(const struct store_table_column *c, const void *row)
{
	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		return isnan(*(const double *)member_of(c, row));
	case STORE_TABLE_TEXT:
		return *(const char *)member_of(c, row) == '\0';
	case STORE_TABLE_BYTES:
		return *(const uint8_t *)member_of(c, row) == 0;
	case STORE_TABLE_KEY:
		return 0;
	default:
		return *(const int64_t *)member_of(c, row) ==
		    STATION_ROW_NULL;
	}
}

/* 1 if JSON has the value in quotes. */
static int
is_quoted(enum store_table_kind kind)
{
	return kind != STORE_TABLE_F64 && kind != STORE_TABLE_F32 &&
	    kind != STORE_TABLE_INT && kind != STORE_TABLE_BOOL;
}

/* None of the values has a character that would need to be escaped. */
static void
add_value(struct base_buf *b, const struct store_table *t,
    const struct store_table_column *c, const void *row)
{
	const void *p = member_of(c, row);
	const uint8_t *bytes;
	char text[BASE_CIVIL_TIME_LEN];

	switch (c->kind) {
	case STORE_TABLE_F64:
	case STORE_TABLE_F32:
		base_buf_f64(b, *(const double *)p);
		break;
	case STORE_TABLE_TIME:
		base_civil_format_time(text, *(const int64_t *)p, ' ');
		base_buf_str(b, text);
		break;
	case STORE_TABLE_DATE:
		base_civil_format_date(text, *(const int64_t *)p);
		base_buf_str(b, text);
		break;
	case STORE_TABLE_TEXT:
		base_buf_str(b, p);
		break;
	case STORE_TABLE_KEY:
		base_buf_hex(b, p, t->keylen);
		break;
	case STORE_TABLE_BYTES:
		bytes = p;
		base_buf_hex(b, bytes + 1, bytes[0]);
		break;
	default:
		base_buf_i64(b, *(const int64_t *)p);
	}
}

void
store_json_text(struct base_buf *b, const struct store_table *t,
    const struct store_table_column *c, const void *row)
{
	assert(store_table_is_read(c->kind));
	if (is_null(c, row))
		base_buf_chr(b, '-');
	else
		add_value(b, t, c, row);
}

void
store_json_write(struct json_write *w, const struct store_table *t,
    const void *row)
{
	const struct store_table_column *c;

	for (c = t->col; c < t->col + t->ncol; c++) {
		if (!store_table_is_read(c->kind) || is_null(c, row))
			continue;
		json_write_value(w, c->name);
		if (is_quoted(c->kind))
			base_buf_chr(w->b, '"');
		add_value(w->b, t, c, row);
		if (is_quoted(c->kind))
			base_buf_chr(w->b, '"');
	}
}

/* LEN hex digits become bytes of column C.  Returns 0, or -1. */
static int
take_hex(const struct store_table *t, const struct store_table_column *c,
    const char *text, size_t len, void *row)
{
	uint8_t byte[UINT8_MAX];
	size_t n = len / 2;

	if (len % 2 != 0 || n == 0 || n > sizeof(byte) ||
	    !base_num_unhex(byte, n, text))
		return -1;
	if (c->kind == STORE_TABLE_KEY && n != t->keylen)
		return -1;
	if (c->kind == STORE_TABLE_BYTES && n > (size_t)c->max)
		return -1;
	store_table_take_text(t, c, (const char *)byte, n, row);
	return 0;
}

/* Set column C of ROW to value V of D.  Returns 0, or -1 if it cannot be. */
static int
take_value(const struct store_table *t, const struct store_table_column *c,
    const struct json_doc *d, int v, void *row)
{
	enum json_doc_kind kind = json_doc_kind(d, v);
	const char *text;
	size_t len;

	if (is_quoted(c->kind) ? kind != JSON_DOC_STRING :
	    kind != JSON_DOC_INT && kind != JSON_DOC_FLOAT)
		return -1;
	text = json_doc_raw(d, v, &len);
	if (c->kind == STORE_TABLE_KEY || c->kind == STORE_TABLE_BYTES)
		return take_hex(t, c, text, len, row);
	if (c->kind == STORE_TABLE_TEXT && len > (size_t)c->max)
		return -1;
	store_table_take_text(t, c, text, len, row);
	return is_null(c, row) ? -1 : 0;
}

const char *
store_json_read(const struct store_table *t, const struct json_doc *d,
    int obj, void *row)
{
	const struct store_table_column *c;
	int v;

	t->init(row);
	for (c = t->col; c < t->col + t->ncol; c++) {
		if (!store_table_is_read(c->kind))
			continue;
		v = json_doc_get(d, obj, c->name);
		if (v == -1 ? c->kind == STORE_TABLE_KEY :
		    take_value(t, c, d, v, row) == -1)
			return c->name;
	}
	return NULL;
}
