/* SPDX-License-Identifier: ISC */
/*
 * Tables have an index by region and one by latitude and longitude, so that
 * what is read is about what is in the place.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/pick.h"
#include "store/sql.h"

struct found {
	struct store_row_key	*keys;
	size_t			 n, keylen;
};

/* The server was told how many there is room for. */
static int
on_key(void *arg, char **field, const unsigned long *flen)
{
	struct found *f = arg;

	if (flen[0] != f->keylen)
		return -1;
	memset(&f->keys[f->n], 0, sizeof(f->keys[f->n]));
	memcpy(f->keys[f->n++].byte, field[0], f->keylen);
	return 0;
}

static void
add_place(struct base_buf *b, const struct store_pick_place *p)
{
	if (p->region[0] != '\0') {
		base_buf_str(b, "region = ");
		store_sql_quote(b, p->region);
		base_buf_str(b, " AND lat IS NOT NULL");
		return;
	}
	base_buf_fmt(b, "lat BETWEEN %.17g AND %.17g AND ", p->south,
	    p->north);
	base_buf_fmt(b, p->west <= p->east ? "lon >= %.17g AND lon <= %.17g" :
	    "(lon >= %.17g OR lon <= %.17g)", p->west, p->east);
}

int
store_pick(struct store_db *db, int table,
    const struct store_pick_place *place, size_t max,
    struct store_row_key *keys, size_t *n)
{
	struct found f = { .keys = keys, .keylen = store_row_key_len(table) };
	const char *key = store_row_key_name(table);
	struct base_buf b;
	int rc;

	*n = 0;
	if (max == 0)
		return 0;
	base_buf_init(&b);
	base_buf_fmt(&b, "SELECT %s FROM %s WHERE ", key,
	    store_row_table_name(table));
	add_place(&b, place);
	base_buf_fmt(&b, " ORDER BY %s LIMIT %zu", key, max);
	rc = store_sql_query(db, &b, on_key, &f);
	base_buf_done(&b);
	*n = f.n;
	return rc;
}
