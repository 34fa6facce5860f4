/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <err.h>
#include <string.h>

#include "store/db.h"
#include "store/sql.h"

void
store_sql_quote(struct base_buf *b, const char *text)
{
	if (text == NULL) {
		base_buf_str(b, "NULL");
		return;
	}
	base_buf_chr(b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			base_buf_chr(b, '\\');
		base_buf_chr(b, *text);
	}
	base_buf_chr(b, '\'');
}

void
store_sql_quote_bytes(struct base_buf *b, const void *p, size_t len)
{
	base_buf_str(b, "x'");
	base_buf_hex(b, p, len);
	base_buf_chr(b, '\'');
}

int
store_sql_run(struct store_db *db, const struct base_buf *b)
{
	if (base_buf_ok(b))
		return store_db_run(db, b->data, b->len);
	warnx("database: out of memory");
	return -1;
}

int
store_sql_query(struct store_db *db, const struct base_buf *b,
    int (*row)(void *arg, char **field, const unsigned long *flen), void *arg)
{
	if (base_buf_ok(b))
		return store_db_query(db, b->data, b->len, row, arg);
	warnx("database: out of memory");
	return -1;
}

/* Run the statement in S and empty it. */
static void
run_list(struct store_sql *s)
{
	assert(s->n > 0);
	base_buf_str(&s->b, s->tail);
	if ((s->row == NULL ? store_sql_run(s->db, &s->b) :
	    store_sql_query(s->db, &s->b, s->row, s->arg)) == -1 ||
	    (s->after != NULL && s->after(s->arg) == -1))
		s->failed = 1;
	base_buf_reset(&s->b);
	s->n = 0;
}

struct base_buf *
store_sql_next(struct store_sql *s)
{
	if (s->n > 0 && (s->n == STORE_SQL_MANY || s->b.len +
	    STORE_SQL_ELEMENT_MAX > store_db_packet(s->db)))
		run_list(s);
	if (s->n == 0 && store_db_handle(s->db) == NULL)
		s->failed = 1;
	if (s->failed)
		return NULL;
	base_buf_str(&s->b, s->n++ > 0 ? s->between : s->head);
	return &s->b;
}

int
store_sql_end(struct store_sql *s)
{
	if (s->n > 0 && !s->failed)
		run_list(s);
	base_buf_done(&s->b);
	s->n = 0;
	return s->failed ? -1 : 0;
}
