/* SPDX-License-Identifier: ISC */
/*
 * Taking back what witnesses did: stations that moved, were hidden or opted
 * out go back to what they were, contests are dropped, and stations that one
 * witness alone has brought are removed.
 *
 * What is to be changed is listed first, without locks, and then each network
 * is looked at again in a transaction of its own: one of which something else
 * has become meanwhile is left alone.  Each is printed as it was before, so
 * that this can be taken back, too.  Of each the newest comes first, as a
 * station that moved twice goes back twice.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "io/cli.h"
#include "station/trust.h"
#include "store/db.h"
#include "store/retry.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/trust.h"
#include "store/undo.h"

#include "station.h"

#define TIME_EXPECTED	"YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, in UTC"
#define LAST_S		INT64_C(253402300799)	/* 9999-12-31 23:59:59 */

/* A witness on a day. */
struct who {
	int		is_set;
	int64_t		day;
	unsigned	tag;
};

/* What is to be taken back. */
struct wish {
	int64_t		since, until;	/* s since 1970 */
	struct who	witness, born;
	int64_t		votes;		/* of BORN, at most */
	int		contests;
	struct network	network;
	int		is_one;		/* only NETWORK */
};

/* A network that is to be looked at, and what it was before. */
struct victim {
	struct network		n;
	struct station_row	old;
	int64_t			id;	/* in loc_undo; 0: none */
	enum store_undo_what	what;
	unsigned		tag;
	int64_t			day;	/* of that witness */
};

struct victims {
	struct run		*r;
	const struct wish	*w;
	struct victim		*at;
	size_t			 n, cap;
	int			 table;	/* being scanned */
	int			 failed;
};

/* Read "DATE:TAG".  Returns 0, or -1. */
static int
parse_who(struct who *who, const char *text)
{
	const char *colon = strchr(text, ':');
	int64_t s, tag;

	if (colon == NULL || colon - text != 10 ||
	    !base_civil_parse(text, 10, &s) ||
	    !base_num_i64(colon + 1, strlen(colon + 1), &tag) || tag < 0 ||
	    tag > UINT16_MAX)
		return -1;
	*who = (struct who){ 1, base_civil_day_of(s), (unsigned)tag };
	return 0;
}

/* Read "KIND:NETWORK".  Returns 0, or -1. */
static int
parse_one(struct network *n, const char *text)
{
	static const char *const kinds[] = { "blue", "wifi", "cell" };
	const char *expected;
	size_t i, len;

	for (i = 0; i < 3; i++) {
		len = strlen(kinds[i]);
		if (strncmp(text, kinds[i], len) == 0 && text[len] == ':')
			return network_parse(n, (enum kind)i, text + len + 1,
			    &expected);
	}
	return -1;
}

/* No later than the database knows.  Returns 0, or -1. */
static int
parse_end(int64_t *end, const char *text)
{
	if (!base_civil_parse_end(text, end))
		return -1;
	if (*end > LAST_S)
		*end = LAST_S;
	return 0;
}

/*
 * What cannot be told of a station that is born or contested must not be left
 * out, as more would be taken back then than was meant.
 */
static void
check_wish(const struct wish *w)
{
	int has_times = w->since != 0 || w->until != LAST_S;

	if (w->votes > 1 && !w->born.is_set)
		errx(EX_USAGE, "votes=%lld: expected born=, too",
		    (long long)w->votes);
	if (w->born.is_set && (has_times || w->witness.is_set || w->contests))
		errx(EX_USAGE, "born=: goes with network= and votes= only");
	if (w->contests && w->witness.is_set)
		errx(EX_USAGE, "contests: goes with since=, until= and "
		    "network= only");
	if (w->since >= w->until)
		errx(EX_USAGE, "until=: expected a time after since=");
}

/* What ARG says is to be taken back; else a message, exit 64. */
static void
parse_wish(struct wish *w, char *const *arg)
{
	static const struct {
		const char	*name, *expected;
	} words[] = {
		{ "since=", TIME_EXPECTED }, { "until=", TIME_EXPECTED },
		{ "witness=", "date:tag" }, { "born=", "date:tag" },
		{ "network=", "kind:network" }, { "votes=", "a number" }
	};
	const size_t nwords = sizeof(words) / sizeof(words[0]);
	const char *v = NULL;
	size_t i;
	int rc;

	*w = (struct wish){ .since = 0, .until = LAST_S, .votes = 1 };
	for (; *arg != NULL; arg++) {
		if (strcmp(*arg, "contests") == 0) {
			w->contests = 1;
			continue;
		}
		for (i = 0; i < nwords; i++)
			if (strncmp(*arg, words[i].name,
			    strlen(words[i].name)) == 0)
				break;
		if (i == nwords)
			errx(EX_USAGE, "%s: expected since=, until=, "
			    "witness=, born=, votes=, network= or contests",
			    *arg);
		v = *arg + strlen(words[i].name);
		rc = i == 0 ? !base_civil_parse_all(v, &w->since) :
		    i == 1 ? parse_end(&w->until, v) :
		    i == 2 ? parse_who(&w->witness, v) :
		    i == 3 ? parse_who(&w->born, v) :
		    i == 4 ? parse_one(&w->network, v) :
		    !base_num_i64(v, strlen(v), &w->votes) || w->votes < 1;
		if (rc != 0)
			errx(EX_USAGE, "%s: expected %s", *arg,
			    words[i].expected);
		w->is_one |= i == 4;
	}
	check_wish(w);
}

void
undo_check(char *const *arg)
{
	struct wish w;

	parse_wish(&w, arg);
}

static struct victim *
new_victim(struct victims *v)
{
	size_t cap = v->cap == 0 ? 64 : 2 * v->cap;
	struct victim *more;

	if (v->n == v->cap) {
		more = reallocarray(v->at, cap, sizeof(*more));
		if (more == NULL) {
			v->failed = 1;
			return NULL;
		}
		v->at = more;
		v->cap = cap;
	}
	memset(&v->at[v->n], 0, sizeof(v->at[0]));
	return &v->at[v->n++];
}

static void
set_network(struct network *n, int table, const uint8_t *key)
{
	enum obs_kind kind = store_row_kind(table);

	n->kind = kind == OBS_BLUE ? BLUE : kind == OBS_WIFI ? WIFI : CELL;
	n->table = table;
	memcpy(n->key, key, store_row_key_len(table));
}

static int
on_old(void *arg, const struct store_undo *u)
{
	struct victims *v = arg;
	const struct wish *w = v->w;
	struct victim *to;

	if (w->witness.is_set && (u->tag != w->witness.tag ||
	    u->last != w->witness.day))
		return 0;
	if ((to = new_victim(v)) == NULL)
		return -1;
	set_network(&to->n, u->table, u->key);
	if (u->bad) {
		v->n--;
		return 0;
	}
	to->old = *u->old;
	to->id = u->id;
	to->what = u->what;
	to->tag = u->tag;
	to->day = u->last;
	return 0;
}

static int
on_key(void *arg, char **field, const unsigned long *flen)
{
	struct victims *v = arg;
	struct victim *to;

	if (flen[0] != store_row_key_len(v->table) ||
	    (v->w->is_one && memcmp(field[0], v->w->network.key, flen[0]) != 0))
		return 0;
	if ((to = new_victim(v)) == NULL)
		return -1;
	set_network(&to->n, v->table, (const uint8_t *)field[0]);
	return 0;
}

/*
 * Look through all stations for those that WHERE holds of; which are looked at
 * again, so that it need not be exact.
 */
static int
scan(struct victims *v, const char *where)
{
	struct base_buf b;
	int rc = 0;

	for (v->table = 0; v->table < STORE_ROW_AREA && rc == 0;
	    v->table++) {
		if (v->w->is_one && v->table != v->w->network.table)
			continue;
		base_buf_init(&b);
		base_buf_fmt(&b, "SELECT %s FROM %s WHERE %s",
		    store_row_key_name(v->table),
		    store_row_table_name(v->table), where);
		rc = store_sql_query(v->r->db, &b, on_key, v);
		base_buf_done(&b);
	}
	return rc;
}

/* List what is to be looked at.  0 or -1. */
static int
list_victims(struct victims *v)
{
	const struct wish *w = v->w;
	char day[BASE_CIVIL_DATE_LEN], end[BASE_CIVIL_DATE_LEN], where[160];

	if (w->born.is_set) {
		/* It may have been counted a day later. */
		base_civil_format_date(day, w->born.day);
		base_civil_format_date(end, w->born.day + 2);
		snprintf(where, sizeof(where), "created >= '%s' AND "
		    "created < '%s' AND SUBSTR(trust, 3, 2) = x'%02x%02x'",
		    day, end, w->born.tag & 0xff, w->born.tag >> 8);
		return scan(v, where);
	}
	if (w->contests)
		return scan(v, "LENGTH(trust) = 38");
	return store_undo_list(v->r->db, w->is_one ? w->network.table : -1,
	    w->network.key, w->since, w->until, on_old, v);
}

/* Is it still as the change has left it? */
static int
is_undoable(const struct victim *v, const struct station_trust *t)
{
	switch (v->what) {
	case STORE_UNDO_HIDE:
		return (t->flags & STATION_TRUST_HIDDEN) != 0;
	case STORE_UNDO_OPTOUT:
		return (t->flags & STATION_TRUST_OPTED_OUT) != 0;
	default:
		return (t->flags & STATION_TRUST_HIDDEN) == 0 &&
		    t->moves > 0 && t->founder == v->tag;
	}
}

struct undoing {
	const struct run	*r;
	const struct wish	*w;
	const struct victim	*v;
	int			 refused;
	struct network		 after;	/* what it has become */
	int64_t			 ndry;	/* so often, but only to be told */
};

/* 1 if V had no place when it was opted out, or no row. */
static int
had_no_place(const struct victim *v)
{
	return v->id != 0 && v->what == STORE_UNDO_OPTOUT &&
	    isnan(v->old.lat);
}

/* N, which has state T, as it was before; with nothing said against it. */
static int
put_back(struct store_db *db, const struct undoing *u, struct network *n,
    const struct station_trust *t)
{
	const struct victim *v = u->v;
	struct station_trust old;
	int64_t later;
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM loc_undo AS a, "
	    "loc_undo AS b WHERE a.id = %lld AND b.kind = a.kind AND "
	    "b.sid = a.sid AND b.id > a.id", (long long)v->id);
	if (store_db_get_i64(db, sql, &later, 0) == -1)
		return -1;
	if (later > u->ndry || !(had_no_place(v) ? network_is_for_good(n) :
	    is_undoable(v, t)))
		return 0;
	n->exists = v->old.created != STATION_ROW_NULL;
	n->row = v->old;
	if (station_trust_get(&old, &n->row, store_row_kind(n->table)) ||
	    old.is_contested) {
		old.is_contested = 0;
		station_trust_set(&n->row, &old);
	}
	n->row.modified = u->r->now_s;
	if (v->what == STORE_UNDO_OPTOUT)
		n->optout.count = 0;
	return u->r->dry || store_undo_delete(db, v->id) == 0 ? 1 : -1;
}

/* Change N, which has state T.  1, 0 if there is nothing to be done, or -1. */
static int
undo_one(struct store_db *db, const struct undoing *u, struct network *n,
    struct station_trust *t)
{
	const struct wish *w = u->w;

	if (u->v->id != 0)
		return put_back(db, u, n, t);
	if (w->born.is_set) {
		n->exists = 0;
		return t->founder == w->born.tag && t->votes <= w->votes &&
		    (t->last == w->born.day || w->votes > 1) &&
		    (t->flags & STATION_TRUST_ADOPTED) == 0 &&
		    t->moves == 0;
	}
	if (!t->is_contested || (t->flags & STATION_TRUST_HIDDEN) != 0 ||
	    t->contest.first < base_civil_day_of(w->since) ||
	    t->contest.last > base_civil_day_of(w->until - 1))
		return 0;
	t->is_contested = 0;
	station_trust_set(&n->row, t);
	return 1;
}

/* Print N, with what is taken back. */
static void
print_undone(const struct undoing *u, struct network *n)
{
	static const char *const names[] = { [STORE_UNDO_MOVE] = "move",
	    [STORE_UNDO_HIDE] = "hide", [STORE_UNDO_OPTOUT] = "optout" };
	const struct who born = u->w->born;
	char day[BASE_CIVIL_DATE_LEN], witness[BASE_CIVIL_DATE_LEN + 8];
	struct base_buf b;

	if (u->v->id == 0)
		n->undone = born.is_set ? "born" : "contest";
	else if ((unsigned)u->v->what <= STORE_UNDO_OPTOUT)
		n->undone = names[u->v->what];
	if (u->v->id != 0 || born.is_set) {
		base_civil_format_date(day, u->v->id != 0 ? u->v->day :
		    born.day);
		snprintf(witness, sizeof(witness), "%s:%u", day,
		    u->v->id != 0 ? u->v->tag : born.tag);
		n->witness = witness;
	}
	base_buf_init(&b);
	network_json(u->r, n, &b);
	io_cli_line(&b);
	io_cli_flush();
	base_buf_done(&b);
}

/* For store_retry(). */
static int
work(struct store_db *db, void *arg)
{
	struct undoing *u = arg;
	struct network before = u->ndry > 0 ? u->after : u->v->n, after;
	struct station_trust t;
	int rc;

	u->refused = 1;
	if (u->ndry == 0 && network_read(db, &before, 1) == -1)
		return -1;
	if (!before.exists || (!station_trust_get(&t, &before.row,
	    store_row_kind(before.table)) && !had_no_place(u->v)))
		return 0;
	after = before;
	if ((rc = undo_one(db, u, &after, &t)) != 1)
		return rc;
	u->refused = 0;
	if (!u->r->dry && network_write(db, &after, 1) == -1)
		return -1;
	print_undone(u, &before);
	u->after = after;
	return 0;
}

/* Those of loc_undo that cannot be put back are told of. */
static void
tell_changed(const struct victim *v)
{
	char name[NAME_LEN];

	network_format(name, &v->n);
	warnx("%s %s: something else has become of it since",
	    kind_name(v->n.kind), name);
}

static int
is_same_network(const struct victim *a, const struct victim *b)
{
	return a->n.table == b->n.table &&
	    memcmp(a->n.key, b->n.key, sizeof(a->n.key)) == 0;
}

/* By network, the newest first: so a dry run knows what has become of it. */
static int
cmp_victims(const void *va, const void *vb)
{
	const struct victim *a = va, *b = vb;
	int c = a->n.table - b->n.table;

	if (c == 0)
		c = memcmp(a->n.key, b->n.key, sizeof(a->n.key));
	return c != 0 ? c : a->id < b->id ? 1 : a->id > b->id ? -1 : 0;
}

int
undo_networks(struct run *r, char *const *arg)
{
	struct wish w;
	struct victims v = { .r = r, .w = &w };
	struct undoing u = { .r = r, .w = &w };
	int done = 0, rc = EX_OK;
	size_t i;

	parse_wish(&w, arg);
	if (list_victims(&v) == -1) {
		free(v.at);
		return v.failed ? EX_OSERR : tell_failure(r->db);
	}
	if (v.n > 0)
		qsort(v.at, v.n, sizeof(v.at[0]), cmp_victims);
	for (i = 0; i < v.n; i++) {
		u.v = &v.at[i];
		if (i > 0 && !is_same_network(u.v, u.v - 1))
			u.ndry = 0;
		if (store_retry(r->db, work, &u) == -1) {
			rc = store_db_status(r->db);
			break;
		}
		done += !u.refused;
		u.ndry += r->dry && !u.refused;
		if (u.refused && u.v->id != 0) {
			tell_changed(u.v);
			rc = 1;
		}
	}
	free(v.at);
	return rc == EX_OK && done == 0 ? 1 : rc;
}
