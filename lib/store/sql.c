/* SPDX-License-Identifier: ISC */
/*
 * Quoting here is right for the sessions of store/session.c only: utf8, in
 * which no byte of a longer character looks like a quote, and a mode without
 * NO_BACKSLASH_ESCAPES.  That is why mysql_real_escape_string(), which needs a
 * connection, is not used.
 *
 * A list that grows past the limit is run in the middle of being built.  The
 * caller is in a transaction then, or bears that only the first of the
 * statements has been run when the second fails.
 */
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
store_sql_name(struct base_buf *b, const char *name)
{
	base_buf_chr(b, '`');
	for (; *name != '\0'; name++) {
		if (*name == '`')
			base_buf_chr(b, '`');
		base_buf_chr(b, *name);
	}
	base_buf_chr(b, '`');
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

/*
 * Run the statement in S and empty it.  A failure is kept for good: later
 * elements are refused, and store_sql_end() returns it.
 */
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

/*
 * An element is counted as if it were as long as any may be, since it is
 * written after this returns.  Before the first one the connection is made,
 * because the limit is the server's; but not after a failure, whose error would
 * be forgotten by it.
 */
struct base_buf *
store_sql_next(struct store_sql *s)
{
	if (s->n > 0 && (s->n == STORE_SQL_MANY || s->b.len +
	    STORE_SQL_ELEMENT_MAX > store_db_packet(s->db)))
		run_list(s);
	if (!s->failed && s->n == 0 && store_db_handle(s->db) == NULL)
		s->failed = 1;
	if (s->failed)
		return NULL;
	base_buf_str(&s->b, s->n++ > 0 ? s->between : s->head);
	return &s->b;
}

/* This has to be called in any case, as it gives back the buffer. */
int
store_sql_end(struct store_sql *s)
{
	if (s->n > 0 && !s->failed)
		run_list(s);
	base_buf_done(&s->b);
	s->n = 0;
	return s->failed ? -1 : 0;
}
