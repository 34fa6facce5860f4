/* SPDX-License-Identifier: ISC */
/*
 * The server asks for a file by its name, and gets what is in memory, whatever
 * the name: so not even a server in foreign hands can read a file here.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <mysql.h>
#include <mysqld_error.h>

#include "store/db.h"
#include "store/infile.h"

struct source {
	const char	*data;
	size_t		 len, at;
};

static int
open_source(void **ptr, const char *name, void *arg)
{
	(void)name;
	*ptr = arg;
	return 0;
}

static int
read_infile_source(void *ptr, char *buf, unsigned int len)
{
	struct source *s = ptr;
	size_t n = s->len - s->at < len ? s->len - s->at : len;

	memcpy(buf, s->data + s->at, n);
	s->at += n;
	return (int)n;
}

static void
close_source(void *ptr)
{
	(void)ptr;
}

/* Reading memory does not fail, but the library wants to be able to ask. */
static int
tell_source(void *ptr, char *text, unsigned int len)
{
	(void)ptr;
	snprintf(text, len, "no error");
	return 0;
}

int
store_infile_run(struct store_db *db, const char *sql, const char *data,
    size_t len)
{
	struct source s = { data, len, 0 };
	MYSQL *my = store_db_handle(db);

	if (my == NULL || store_db_may_send(db, sql) == -1)
		return -1;
	mysql_set_local_infile_handler(my, open_source, read_infile_source,
	    close_source, tell_source, &s);
	if (mysql_query(my, sql) != 0)
		return store_db_fail(db, sql, NULL);
	return 0;
}
