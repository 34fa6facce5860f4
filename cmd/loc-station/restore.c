/* SPDX-License-Identifier: ISC */
/*
 * Networks put back as the lines say that "show -j" and changes print.  What
 * the database has of them now is printed like that before, so that this can
 * be taken back, too.  A line without a row removes the row.
 *
 * Of a network that was changed more than once, as undo does and files that
 * several commands were appended to have it, the first line counts: the others
 * are what it became in between.
 */
#include <err.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "io/cli.h"
#include "io/infile.h"
#include "json/doc.h"
#include "store/db.h"
#include "store/json.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/table.h"

#include "station.h"

struct restore {
	const struct run	*r;
	const struct network	*n;
};

/* Networks that had their line, for tsearch(3). */
struct seen {
	int	table;
	uint8_t	key[RADIO_CELL_KEY_MAX];
};

static int
cmp_seen(const void *va, const void *vb)
{
	const struct seen *a = va, *b = vb;

	return a->table != b->table ? a->table - b->table :
	    memcmp(a->key, b->key, sizeof(a->key));
}

/* Note N in the tree ROOT; 1 if it is new there. */
static int
is_first(void **root, const struct network *n)
{
	struct seen *s = malloc(sizeof(*s)), **at;

	if (s == NULL)
		err(EX_OSERR, NULL);
	s->table = n->table;
	memcpy(s->key, n->key, sizeof(s->key));
	if ((at = tsearch(s, root, cmp_seen)) == NULL)
		err(EX_OSERR, NULL);
	if (*at == s)
		return 1;
	free(s);
	return 0;
}

/* Member NAME of object OBJ as text, or "" if it is none. */
static const char *
text_of(const struct json_doc *d, int obj, const char *name,
    struct base_arena *a)
{
	int v = json_doc_get(d, obj, name);
	const char *s = NULL;

	if (v != -1 && json_doc_kind(d, v) == JSON_DOC_STRING)
		s = json_doc_string(d, v, a, NULL);
	return s == NULL ? "" : s;
}

static int
read_day(const struct json_doc *d, int obj, const char *name, int64_t *day,
    struct base_arena *a)
{
	const char *text = text_of(d, obj, name, a);
	int64_t s;

	if (!base_civil_parse(text, strlen(text), &s))
		return -1;
	*day = base_civil_day_of(s);
	return 0;
}

/* Opt-outs are optional.  Returns NULL, or what is wrong. */
static const char *
read_optout(struct network *n, const struct json_doc *d, struct base_arena *a)
{
	int v = json_doc_get(d, 0, "optout"), count;

	if (v == -1)
		return NULL;
	count = json_doc_get(d, v, "count");
	if (n->kind == CELL || count == -1 ||
	    !json_doc_i64(d, count, &n->optout.count) ||
	    n->optout.count < 1 || n->optout.count > UINT32_MAX ||
	    read_day(d, v, "first", &n->optout.first, a) == -1 ||
	    read_day(d, v, "last", &n->optout.last, a) == -1)
		return "optout";
	return NULL;
}

/*
 * Read a line into N.  Returns NULL, or the member that is wrong.  The key of
 * the row is compared, so that no line can change another network than the one
 * that it names.
 */
static const char *
read_network(struct network *n, const struct json_doc *d,
    struct base_arena *a)
{
	static const char *const kinds[] = { "blue", "wifi", "cell" };
	const char *kind = text_of(d, 0, "kind", a), *bad;
	size_t i;
	int v;

	for (i = 0; i < 3 && strcmp(kind, kinds[i]) != 0; i++)
		;
	if (i == 3)
		return "kind";
	if (network_parse(n, (enum kind)i, text_of(d, 0, "network", a),
	    NULL) == -1)
		return "network";
	if ((bad = read_optout(n, d, a)) != NULL)
		return bad;
	if ((v = json_doc_get(d, 0, "row")) == -1)
		return NULL;
	n->exists = 1;
	bad = store_json_read(&store_table[STORE_TABLE_ROWS + n->table], d,
	    v, &n->row);
	if (bad != NULL)
		return bad;
	return memcmp(n->row.key, n->key, sizeof(n->key)) == 0 ? NULL :
	    "network";
}

static int
work(struct store_db *db, void *arg)
{
	const struct restore *s = arg;
	struct network before = { .kind = s->n->kind, .table = s->n->table };
	struct base_buf b;

	memcpy(before.key, s->n->key, sizeof(before.key));
	if (network_read(db, &before, 1) == -1)
		return -1;
	if (!s->r->dry && network_write(db, s->n, before.exists) == -1)
		return -1;
	base_buf_init(&b);
	network_json(s->r, &before, &b);
	io_cli_line(&b);
	io_cli_flush();
	base_buf_done(&b);
	return 0;
}

/* Returns an exit status; bad lines have been told of, and do no harm. */
static int
restore_line(struct run *r, const struct io_infile *f,
    const struct io_infile_line *line, struct base_arena *a, void **seen)
{
	struct network n;
	struct restore s = { r, &n };
	struct json_doc d;
	const char *bad;

	base_arena_reset(a);
	if (line->cut ||
	    json_doc_parse(&d, line->text, line->len, a) == -1) {
		warnx("%s:%llu: %s", io_infile_name(f),
		    (unsigned long long)line->number,
		    line->cut ? "too long" : d.why);
		return EX_DATAERR;
	}
	if ((bad = read_network(&n, &d, a)) != NULL) {
		warnx("%s:%llu: %s: missing, or not what loc-station prints",
		    io_infile_name(f), (unsigned long long)line->number, bad);
		return EX_DATAERR;
	}
	if (!is_first(seen, &n))
		return EX_OK;
	if (store_retry(r->db, work, &s) == -1)
		return store_db_status(r->db);
	return EX_OK;
}

int
restore_networks(struct run *r, char *const *arg)
{
	struct io_infile_line line;
	struct base_arena a;
	struct io_infile *f;
	int got, one, rc = EX_OK;
	void *seen = NULL;

	if ((f = io_infile_open(*arg == NULL ? "-" : *arg)) == NULL)
		return EX_NOINPUT;
	base_arena_init(&a);
	while ((got = io_infile_next(f, &line)) == 1) {
		one = restore_line(r, f, &line, &a, &seen);
		if (one != EX_OK)
			rc = one;
		if (one != EX_OK && one != EX_DATAERR)
			break;
	}
	tdestroy(seen, free);
	base_arena_done(&a);
	io_infile_end(f);
	return got == -1 ? EX_DATAERR : rc;
}
