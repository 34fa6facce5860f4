/* SPDX-License-Identifier: ISC */
/*
 * Rows of stations and areas as JSON, column by column, so that people and
 * programs can read them, keep them, and put them back exactly as they were.
 */
#ifndef STORE_JSON_H
#define STORE_JSON_H

struct base_buf;
struct json_doc;
struct json_write;
struct store_table;
struct store_table_column;

/*
 * Append the value of column C of ROW as people read it, without quotes; "-"
 * is NULL.
 */
void	store_json_text(struct base_buf *b, const struct store_table *t,
	    const struct store_table_column *c, const void *row);

/*
 * Write the columns of ROW that are not NULL as members of the object that W
 * is in: numbers with all their digits, times as in SQL, bytes and keys as
 * hexadecimal digits.
 */
void	store_json_write(struct json_write *w, const struct store_table *t,
	    const void *row);

/*
 * Set ROW from object OBJ of D, as store_json_write() wrote it; what is not
 * there is NULL.  Returns NULL, or the name of a column that has a value that
 * it cannot have, or of one that a row must have and has not.
 */
const char *store_json_read(const struct store_table *t,
	    const struct json_doc *d, int obj, void *row);

#endif
