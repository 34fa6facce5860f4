/* SPDX-License-Identifier: ISC */
/*
 * Rows of export_config are written by people, with SQL, so that each is
 * checked whenever it is read.  A bad row costs itself, and is warned of once:
 * the warnings of the last time are kept to be compared.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "store/db.h"
#include "store/export.h"

#define COLUMNS		"name, batch, `schema`, url, skip_keys, skip_sources"
enum { NAME, BATCH, SCHEMA, URL, SKIP_KEYS, SKIP_SOURCES };
#define LETTERS		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define IN_HOST		LETTERS "0123456789.-_"

static const char *const schemas[] = {
	[STORE_EXPORT_DUMMY] = "dummy",
	[STORE_EXPORT_GEOSUBMIT] = "geosubmit",
	[STORE_EXPORT_S3] = "s3",
	[STORE_EXPORT_INTERNAL] = "internal"
};

void
store_export_init(struct store_export_list *l)
{
	memset(l, 0, sizeof(*l));
	base_buf_init(&l->told);
}

void
store_export_done(struct store_export_list *l)
{
	free(l->row);
	base_buf_done(&l->told);
	store_export_init(l);
}

/* 1 if S has control characters or blanks. */
static int
has_gaps(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return 1;
	return 0;
}

/*
 * Append TEXT as part of a path: it must not lead anywhere else.  Texts come
 * from submissions; a slash, or a dot in front, could leave the folder that
 * the administrator meant.
 */
static void
add_path_part(struct base_buf *b, const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		base_buf_chr(b, strchr(IN_HOST, text[i]) == NULL ||
		    (i == 0 && text[i] == '.') ? '_' : text[i]);
}

/*
 * The same function is used for checking a path when the row is read, so that
 * nothing can be accepted there that fails here later.
 */
int
store_export_path(struct base_buf *b, const char *path,
    const struct store_export_place *p)
{
	const struct {
		const char	*name;
		const char	*text;		/* or the number */
		int		 num;
	} known[] = {
		{ "{source}", p->source, 0 }, { "{api_key}", p->api_key, 0 },
		{ "{year}", NULL, p->year }, { "{month}", NULL, p->month },
		{ "{day}", NULL, p->day }
	};
	const size_t n = sizeof(known) / sizeof(known[0]);
	size_t i, len;

	for (; *path != '\0'; path += len) {
		if ((len = strcspn(path, "{}")) > 0) {
			base_buf_add(b, path, len);
			continue;
		}
		for (i = 0; i < n; i++) {
			len = strlen(known[i].name);
			if (strncmp(path, known[i].name, len) == 0)
				break;
		}
		if (i == n)
			return -1;
		if (known[i].text != NULL)
			add_path_part(b, known[i].text);
		else
			base_buf_i64(b, known[i].num);
	}
	return 0;
}

static int
has_good_braces(const char *path)
{
	const struct store_export_place any = { "s", "k", 1, 1, 1 };
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	rc = store_export_path(&b, path, &any);
	base_buf_done(&b);
	return rc == 0;
}

/*
 * Return what was expected as the URL of E; NULL: what it is.  Only the form
 * is checked, because a server that does not answer now may do so when reports
 * are sent.
 */
static const char *
check_url(const struct store_export *e)
{
	const char *u = e->url;
	size_t n;

	if (e->schema == STORE_EXPORT_GEOSUBMIT) {
		n = strncmp(u, "http://", 7) == 0 ? 7 :
		    strncmp(u, "https://", 8) == 0 ? 8 : 0;
		return n > 0 && strcspn(u + n, "/?#") > 0 && !has_gaps(u) ?
		    NULL : "http://HOST/PATH or https://HOST/PATH";
	}
	if (e->schema != STORE_EXPORT_S3)
		return NULL;
	n = strncmp(u, "s3://", 5) == 0 ? strspn(u + 5, IN_HOST) : 0;
	if ((n == 0 || (u[5 + n] != '/' && u[5 + n] != '\0')) &&
	    strncmp(u, "file:///", 8) != 0 && *u != '/')
		return "s3://BUCKET/PATH, file:///PATH or /PATH";
	if (has_gaps(u))
		return "no blanks or control characters";
	return has_good_braces(u) ? NULL : "no placeholders but {source}, "
	    "{api_key}, {year}, {month} and {day}";
}

/*
 * Find what is wrong with E: return the column, and in *WANT what was
 * expected.  A name that could not be shown in a message comes first.  Only
 * one row may be internal, as it stands for this database.
 */
static const char *
check_row(const struct store_export_list *l, const struct store_export *e,
    const char **want)
{
	const struct store_export *internal = store_export_internal(l);
	const char *p;

	*want = "printable characters";
	for (p = e->name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "name";
	if (e->name[0] == '\0')
		return "name";
	*want = "internal, geosubmit, s3 or dummy";
	if (e->schema == STORE_EXPORT_UNKNOWN)
		return "schema";
	*want = "internal, which is kept for that schema";
	if (e->schema != STORE_EXPORT_INTERNAL &&
	    strcmp(e->name, STORE_EXPORT_INTERNAL_NAME) == 0)
		return "schema";
	*want = "only one row that is internal";
	if (e->schema == STORE_EXPORT_INTERNAL && e != internal)
		return "schema";
	*want = check_url(e);
	return *want == NULL ? NULL : "url";
}

/*
 * Warn of rows that cannot be used, unless all was said before.  The texts as
 * a whole are compared with those of the last time, so that any change repeats
 * all of them: whoever mends one row sees what is left.
 */
static void
judge_rows(struct store_export_list *l, struct base_buf *told)
{
	const char *column, *lf, *p, *want;
	struct store_export *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->row[i];
		column = check_row(l, e, &want);
		if ((e->usable = column == NULL))
			continue;
		base_buf_fmt(told, "export_config: row %s: %s: expected %s\n",
		    strcmp(column, "name") == 0 ? "?" : e->name, column,
		    want);
	}
	if (!base_buf_ok(told) || (told->len == l->told.len &&
	    (told->len == 0 || memcmp(told->data, l->told.data,
	    told->len) == 0)))
		return;
	for (p = told->data; p != NULL && *p != '\0'; p = lf + 1) {
		lf = strchr(p, '\n');
		warnx("%.*s", (int)(lf - p), p);
	}
}

/*
 * One row becomes an entry of the list; NULL is empty.  A schema that is not
 * known leaves UNKNOWN, of which check_row() then tells.
 */
static int
on_export_row(void *arg, char **field, const unsigned long *flen)
{
	struct store_export_list *l = arg;
	struct store_export *e;
	size_t i;

	if ((e = reallocarray(l->row, l->n + 1, sizeof(*e))) == NULL) {
		warn("export_config");
		return -1;
	}
	l->row = e;
	e += l->n++;
	memset(e, 0, sizeof(*e));
	strlcpy(e->name, field[NAME], sizeof(e->name));
	if (field[BATCH] != NULL)
		base_num_i64(field[BATCH], flen[BATCH], &e->batch);
	if (e->batch < 0)
		e->batch = 0;
	for (i = STORE_EXPORT_DUMMY; i <= STORE_EXPORT_INTERNAL; i++)
		if (field[SCHEMA] != NULL &&
		    strcmp(field[SCHEMA], schemas[i]) == 0)
			e->schema = (enum store_export_schema)i;
	if (field[URL] != NULL)
		strlcpy(e->url, field[URL], sizeof(e->url));
	if (field[SKIP_KEYS] != NULL)
		strlcpy(e->skip_keys, field[SKIP_KEYS], sizeof(e->skip_keys));
	if (field[SKIP_SOURCES] != NULL)
		strlcpy(e->skip_sources, field[SKIP_SOURCES],
		    sizeof(e->skip_sources));
	return 0;
}

static int
read_export_rows(struct store_db *db, struct store_export_list *l)
{
	static const char sql[] = "SELECT " COLUMNS " FROM export_config "
	    "ORDER BY name";

	l->n = 0;
	return store_db_query(db, sql, sizeof(sql) - 1, on_export_row, l);
}

/*
 * The new list is read beside the old one, which programs go on with if the
 * database is away.  A lost connection is tried once more at once, as this
 * runs at long intervals, in which servers may close connections.
 */
int
store_export_load(struct store_db *db, struct store_export_list *l)
{
	struct store_export_list new;
	struct base_buf told;

	store_export_init(&new);
	if (read_export_rows(db, &new) == -1 &&
	    (store_db_retry(db) != STORE_ERROR_LOST ||
	    store_db_connect(db, 0) == -1 ||
	    read_export_rows(db, &new) == -1)) {
		store_export_done(&new);
		return -1;
	}
	base_buf_init(&told);
	free(l->row);
	l->row = new.row;
	l->n = new.n;
	judge_rows(l, &told);
	base_buf_done(&l->told);
	l->told = told;
	return 0;
}

const struct store_export *
store_export_find(const struct store_export_list *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->row[i].usable && strcmp(l->row[i].name, name) == 0)
			return &l->row[i];
	return NULL;
}

/* The one of that name, or else the first. */
const struct store_export *
store_export_internal(const struct store_export_list *l)
{
	const struct store_export *first = NULL;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->row[i].schema != STORE_EXPORT_INTERNAL)
			continue;
		if (strcmp(l->row[i].name, STORE_EXPORT_INTERNAL_NAME) == 0)
			return &l->row[i];
		if (first == NULL)
			first = &l->row[i];
	}
	return first;
}

/*
 * Returns 1 if LEN bytes of WORD are an element of LIST.  Elements are
 * compared exactly; blanks are part of them.
 */
static int
list_has(const char *list, const char *word, size_t len)
{
	size_t n;

	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, word, n) == 0)
			return 1;
	}
	return 0;
}

int
store_export_skips_key(const struct store_export *e, const char *key,
    size_t len)
{
	if (e->schema != STORE_EXPORT_INTERNAL &&
	    len == strlen(STORE_EXPORT_TEST_KEY) &&
	    memcmp(key, STORE_EXPORT_TEST_KEY, len) == 0)
		return 1;
	return len > 0 && list_has(e->skip_keys, key, len);
}

int
store_export_skips_source(const struct store_export *e, const char *source,
    size_t len)
{
	return list_has(e->skip_sources, source, len);
}
