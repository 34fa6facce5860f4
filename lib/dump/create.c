/* SPDX-License-Identifier: ISC */
/*
 * The text is what all servers write: a line for each column and index, and
 * none has a line break in it, since comments and defaults escape theirs.
 *
 * Rows are loaded faster into a table that has no index yet, and a statement
 * that makes all indexes at once sorts instead of inserting.  So the statement
 * is cut in two.  What is not understood for certain stays in the first half,
 * where it was: then it is slower, and not wrong.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "dump/create.h"

#define HEAD		"CREATE TABLE `"

static int
begins(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

/*
 * Is LINE an index that can wait?  A unique one, too: all rows were in a table
 * that had it.
 *
 * FULLTEXT and SPATIAL are other words: a table that has one is not split at
 * all.
 */
static int
is_index_line(const char *line)
{
	return begins(line, "  KEY `") || begins(line, "  UNIQUE KEY `");
}

/*
 * Indexes stay where something needs them from the start, or where it is not
 * known that it does not: counters, foreign keys, partitions, other engines.
 *
 * The words are searched in the whole statement, so that a comment with such a
 * word keeps a table from being split.  That costs time, and is right.
 */
static int
can_split(const char *create)
{
	return begins(create, HEAD) &&
	    strstr(create, "\n  PRIMARY KEY (") != NULL &&
	    strstr(create, "\n) ENGINE=InnoDB") != NULL &&
	    strstr(create, " AUTO_INCREMENT") == NULL &&
	    strstr(create, "\n  CONSTRAINT ") == NULL &&
	    strstr(create, "\n  FULLTEXT ") == NULL &&
	    strstr(create, "\n  SPATIAL ") == NULL &&
	    strstr(create, " VERSIONING") == NULL &&
	    strstr(create, "PARTITION BY") == NULL;
}

/*
 * The two halves are used by a run that may be the second one, hence IF NOT
 * EXISTS.
 */
static void
add_head(struct base_buf *table, const char **create)
{
	if (!begins(*create, HEAD))
		return;
	base_buf_str(table, "CREATE TABLE IF NOT EXISTS `");
	*create += sizeof(HEAD) - 1;
}

/*
 * One index more, which may have a comma behind it.
 *
 * The name of the table is taken with its quotes from the statement, where it
 * ends before the first " (" with a line end; each index goes without its
 * indentation.
 */
static void
add_key(struct base_buf *keys, const char *create, const char *line,
    size_t len)
{
	const char *name = create + sizeof(HEAD) - 2;

	assert(begins(create, HEAD) && len > 2);
	if (keys->len == 0)
		base_buf_fmt(keys, "ALTER TABLE %.*s",
		    (int)(strstr(name, " (\n") - name), name);
	else
		base_buf_chr(keys, ',');
	if (line[len - 1] == ',')
		len--;
	base_buf_fmt(keys, " ADD %.*s", (int)len - 2, line + 2);
}

/*
 * The comma before an index that leaves belongs to it: lines that stay are
 * joined anew.
 *
 * The statement is longer by a line feed at its end than it was, which servers
 * do not mind.
 */
void
dump_create_split(struct base_buf *table, struct base_buf *keys,
    const char *create)
{
	const char *line = create, *lf, *start = create;
	size_t len;

	add_head(table, &line);
	if (!can_split(create) || strstr(create, " (\n") == NULL) {
		base_buf_str(table, line);
		return;
	}
	for (; *line != '\0'; line = lf + (*lf == '\n')) {
		lf = line + strcspn(line, "\n");
		len = (size_t)(lf - line);
		if (is_index_line(line)) {
			add_key(keys, start, line, len);
			continue;
		}
		if (begins(line, ")") && base_buf_ok(table) &&
		    table->len >= 2 && table->data[table->len - 2] == ',')
			table->data[--table->len - 1] = '\n';
		base_buf_add(table, line, len);
		base_buf_chr(table, '\n');
	}
}

/*
 * A quote within a quoted text is doubled, or has a backslash before it.
 *
 * Only outside of quotes is the word the charset's name: comments and defaults
 * are data.  Collations are renamed with it, as their names begin with the same
 * word: utf8mb3_general_ci becomes utf8_general_ci.
 */
void
dump_create_rename(struct base_buf *b, const char *create)
{
	char quote = 0;

	for (; *create != '\0'; create++) {
		if (quote == 0 && begins(create, "utf8mb3")) {
			base_buf_str(b, "utf8");
			create += sizeof("utf8mb3") - 2;
			continue;
		}
		base_buf_chr(b, *create);
		if (quote == '\'' && *create == '\\' && create[1] != '\0')
			base_buf_chr(b, *++create);
		else if (quote != 0)
			quote = *create == quote ? 0 : quote;
		else if (*create == '\'' || *create == '`')
			quote = *create;
	}
}
