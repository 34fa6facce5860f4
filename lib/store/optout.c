/* SPDX-License-Identifier: ISC */
/*
 * Opt-outs are counted and the networks found within the transaction of the
 * batch that they came with, so that a submission which comes twice speaks for
 * its networks once.  The table has a row for every network that was ever
 * named, which is never deleted: a network that was forgotten stays so.
 *
 * Anybody can claim to have heard any name, so that it takes several
 * witnesses, on several days, and each may name so many networks on a day,
 * whether they are known or not; but the owner, who needs no more than to
 * rename the network, only has to wait.  What a witness names beyond that
 * leaves no row, so that nobody can fill the table.
 *
 * All statements go by kind and address in ascending order, which is the
 * order of the primary key, so that two batches that name the same networks
 * wait for each other instead of blocking each other.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "store/db.h"
#include "store/optout.h"
#include "store/row.h"
#include "store/sql.h"
#include "store/trust.h"
#include "store/witness.h"

/* A network that was named in a batch, and what is known of it. */
struct named {
	const struct obs_optout	*o;	/* the first of N in the batch */
	size_t			 n;
	uint32_t		 count;	/* submissions that say so */
	int			 is_known;	/* the table has it */
	int			 is_out;	/* it is forgotten already */
	int			 is_cast;	/* a vote was */
	int			 is_enough;
	int64_t			 votes, days, last;	/* of the table */
	uint32_t		 map;
	uint16_t		 by, from;	/* who was enough, see obs_optout */
};

/* All of a batch. */
struct poll {
	struct store_db			*db;
	const struct obs_batch		*batch;
	const struct store_trust	*trust;
	struct store_witnesses		*witnesses;
	int64_t				 now;
	struct named			*at;	/* by kind, shard and address */
	size_t				 n;
	int				 kind;	/* being read */
};

static int
cmp_network(const struct obs_optout *a, uint8_t kind, const uint8_t *mac)
{
	int c;

	if (a->kind != kind)
		return a->kind < kind ? -1 : 1;
	c = radio_mac_shard(a->mac) - radio_mac_shard(mac);
	return c != 0 ? c : memcmp(a->mac, mac, RADIO_MAC_LEN);
}

static struct named *
find_named(const struct poll *p, uint8_t kind, const uint8_t *mac)
{
	size_t from = 0, to = p->n, mid;
	int c;

	while (from < to) {
		mid = from + (to - from) / 2;
		if ((c = cmp_network(p->at[mid].o, kind, mac)) == 0)
			return &p->at[mid];
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static enum obs_witness_class
class_of(const struct poll *p, const struct obs_optout *o)
{
	return p->batch->witness[o->witness].who.class;
}

/*
 * Is O an order that need not be confirmed?  loc-serve lets one of a
 * contributor with a key pass only if the name proved it (obs/proof.h).
 */
static int
is_proven(const struct poll *p, const struct obs_optout *o)
{
	return !o->named && class_of(p, o) == OBS_WITNESS_KEYED;
}

/*
 * Does O count?  An order that nobody has heard as a name is only taken from
 * whom the operator trusts, and a closed service hears nobody else.
 */
static int
is_heard(const struct poll *p, const struct obs_optout *o)
{
	enum obs_witness_class class = class_of(p, o);

	if (station_believe_is_trusted(class, p->trust->rules.mode) ||
	    is_proven(p, o))
		return 1;
	return o->named && (p->trust->rules.mode != STATION_TRUST_CLOSED ||
	    class == OBS_WITNESS_RESTORED);
}

/* Gather the opt-outs of each network.  0, or -1 after a warning. */
static int
gather_named(struct poll *p, struct base_arena *a)
{
	const struct obs_optout_sum *s = &p->batch->optouts;
	const struct obs_optout *o;
	struct named *to = NULL;

	if ((p->at = base_arena_calloc(a, s->n, sizeof(*p->at))) == NULL) {
		warnx("database: out of memory");
		return -1;
	}
	for (o = s->at; o < s->at + s->n; o++) {
		if (!is_heard(p, o))
			continue;
		if (to == NULL || cmp_network(to->o, o->kind, o->mac) != 0) {
			to = &p->at[p->n++];
			to->o = o;
		}
		to->n = (size_t)(o - to->o) + 1;
		to->count += o->n;
	}
	return 0;
}

/*
 * Count the submissions, which makes the rows, and locks them.  The sum is kept
 * at what the column holds, for under the strict mode more than that would
 * fail, and the batch with it, for ever.
 */
static int
tally_named(const struct poll *p)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct store_sql s = { .db = p->db, .between = ",",
	    .head = "INSERT INTO loc_optout "
	    "(kind, mac, `count`, `first`, `last`) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE "
	    "`count` = LEAST(`count` + VALUES(`count`), 4294967295)" };
	struct base_buf *b;
	size_t i;

	base_civil_format_date(day, base_civil_day_of(p->now));
	for (i = 0; i < p->n && (b = store_sql_next(&s)) != NULL; i++) {
		base_buf_fmt(b, "(%d,", p->at[i].o->kind);
		store_sql_quote_bytes(b, p->at[i].o->mac, RADIO_MAC_LEN);
		base_buf_fmt(b, ",%u,'%s','%s')", p->at[i].count, day, day);
	}
	return store_sql_end(&s);
}

enum { MAC, VOTES, DAYS, MAP, LAST, FIELDS };

static int
on_named(void *arg, char **field, const unsigned long *flen)
{
	struct poll *p = arg;
	struct named *to;
	int64_t map = 0, v;

	if (flen[MAC] != RADIO_MAC_LEN || (to = find_named(p,
	    (uint8_t)p->kind, (const uint8_t *)field[MAC])) == NULL)
		return 0;
	if (field[VOTES] != NULL)
		base_num_i64(field[VOTES], flen[VOTES], &to->votes);
	if (field[DAYS] != NULL)
		base_num_i64(field[DAYS], flen[DAYS], &to->days);
	if (field[MAP] != NULL)
		base_num_i64(field[MAP], flen[MAP], &map);
	to->map = (uint32_t)map;
	to->is_known = 1;
	if (base_civil_parse(field[LAST], flen[LAST], &v))
		to->last = base_civil_day_of(v);
	return 0;
}

/*
 * Read the votes so far; LOCKING, if the rows are our own by now, as only that
 * shows them as they are in any isolation.
 */
static int
read_votes(struct poll *p, int locking)
{
	char head[128];
	struct store_sql s;
	struct base_buf *b;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < p->n && rc == 0; i = k) {
		s = (struct store_sql){ .db = p->db, .head = head,
		    .between = ",", .tail = locking ? ") FOR UPDATE" : ")",
		    .row = on_named, .arg = p };
		p->kind = p->at[i].o->kind;
		snprintf(head, sizeof(head), "SELECT mac, votes, days, map, "
		    "`last` FROM loc_optout WHERE kind = %d AND mac IN (",
		    p->kind);
		for (k = i; k < p->n && p->at[k].o->kind == p->kind; k++)
			if ((b = store_sql_next(&s)) != NULL)
				store_sql_quote_bytes(b, p->at[k].o->mac,
				    RADIO_MAC_LEN);
		rc = store_sql_end(&s);
	}
	return rc;
}

static int
on_forgotten(void *arg, char **field, const unsigned long *flen)
{
	struct poll *p = arg;
	struct named *to;

	if (flen[0] == RADIO_MAC_LEN && (to = find_named(p,
	    (uint8_t)p->kind, (const uint8_t *)field[0])) != NULL)
		to->is_out = 1;
	return 0;
}

/*
 * Which of them are forgotten already, so that another vote says nothing?
 * Nothing is locked: it only is for a limit.
 */
static int
find_forgotten(struct poll *p)
{
	char head[96];
	struct store_sql s;
	struct base_buf *b;
	size_t i, k;
	int rc = 0, table;

	for (i = 0; i < p->n && rc == 0; i = k) {
		s = (struct store_sql){ .db = p->db, .head = head,
		    .between = ",", .tail = ") AND block_last = "
		    "'9999-12-31'", .row = on_forgotten, .arg = p };
		p->kind = p->at[i].o->kind;
		table = store_row_table((enum obs_kind)p->kind,
		    p->at[i].o->mac);
		snprintf(head, sizeof(head), "SELECT mac FROM %s "
		    "WHERE mac IN (", store_row_table_name(table));
		for (k = i; k < p->n && store_row_table((enum obs_kind)
		    p->at[k].o->kind, p->at[k].o->mac) == table; k++)
			if ((b = store_sql_next(&s)) != NULL)
				store_sql_quote_bytes(b, p->at[k].o->mac,
				    RADIO_MAC_LEN);
		rc = store_sql_end(&s);
	}
	return rc;
}

/*
 * Let the witness of O vote for N to be forgotten, once a day.  That costs it
 * some of what it may name; who is trusted is enough.  Of
 * what was brought back from a backup each submission is a vote, and the days
 * are not asked for: what an owner wants must not be lost with the names of
 * those who heard it.
 */
static void
cast_vote(const struct poll *p, struct named *n, const struct obs_optout *o)
{
	const struct obs_batch_witness *w = &p->batch->witness[o->witness];
	struct station_believe_account *a = &p->witnesses->of[o->witness]->now;
	uint32_t bit = station_trust_bit(w->who.tag);
	int restored = w->who.class == OBS_WITNESS_RESTORED;
	int trusted = station_believe_is_trusted(w->who.class,
	    p->trust->rules.mode) || is_proven(p, o);

	if (n->votes > 0 && w->day <= n->last && (n->map & bit) != 0 &&
	    !trusted && !restored)
		return;
	if (!trusted && !restored &&
	    (n->is_out || station_believe_optouts(a) <= 0))
		return;
	if (n->votes == 0 || w->day > n->last) {
		n->days += n->days < UINT8_MAX;
		n->map = 0;
		if (w->day > n->last || n->votes == 0)
			n->last = w->day;
	}
	n->map |= bit;
	n->votes += n->votes < UINT16_MAX;
	a->optout += !trusted && !restored;
	n->is_cast = 1;
	n->by = o->witness;
	n->from = o->from;
	if (trusted && n->votes < p->trust->optout_votes)
		n->votes = p->trust->optout_votes;
	if ((trusted || restored) && n->days < p->trust->optout_days)
		n->days = p->trust->optout_days;
}

static void
cast_votes(struct poll *p)
{
	struct named *n;
	size_t k;

	for (n = p->at; n < p->at + p->n; n++) {
		for (k = 0; k < n->n; k++)
			if (is_heard(p, &n->o[k]))
				cast_vote(p, n, &n->o[k]);
		n->is_enough = n->is_cast &&
		    n->votes >= p->trust->optout_votes &&
		    n->days >= p->trust->optout_days;
	}
}

/*
 * Leave out what has no row and will have no vote, by what can be read without
 * a lock.  Accounts are as before afterwards.  Returns 0, or -1 after a
 * warning.
 */
static int
drop_refused(struct poll *p, struct base_arena *a)
{
	const size_t size = p->witnesses->n * sizeof(*p->witnesses->at);
	struct store_witness *before = base_arena_alloc(a, size);
	struct named *n, *to = p->at;

	if (before == NULL) {
		warnx("database: out of memory");
		return -1;
	}
	memcpy(before, p->witnesses->at, size);
	cast_votes(p);
	memcpy(p->witnesses->at, before, size);
	for (n = p->at; n < p->at + p->n; n++)
		if (n->is_cast || n->is_known)
			*to++ = (struct named){ .o = n->o, .n = n->n,
			    .count = n->count, .is_out = n->is_out };
	p->n = (size_t)(to - p->at);
	return 0;
}

/* Write the votes of those that have one more. */
static int
write_votes(const struct poll *p)
{
	char last[BASE_CIVIL_DATE_LEN];
	struct store_sql s = { .db = p->db, .between = ",",
	    .head = "INSERT INTO loc_optout (kind, mac, `count`, `first`, "
	    "`last`, votes, days, map) VALUES ",
	    .tail = " ON DUPLICATE KEY UPDATE `last` = VALUES(`last`), "
	    "votes = VALUES(votes), days = VALUES(days), "
	    "map = VALUES(map)" };
	const struct named *n;
	struct base_buf *b;

	for (n = p->at; n < p->at + p->n; n++) {
		if (!n->is_cast)
			continue;
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_civil_format_date(last, n->last);
		base_buf_fmt(b, "(%d,", n->o->kind);
		store_sql_quote_bytes(b, n->o->mac, RADIO_MAC_LEN);
		base_buf_fmt(b, ",%u,'%s','%s',%lld,%lld,%u)", n->count, last,
		    last, (long long)n->votes, (long long)n->days,
		    (unsigned)n->map);
	}
	return store_sql_end(&s);
}

int
store_optout_count(struct store_db *db, const struct obs_batch *batch,
    const struct store_trust *trust, struct store_witnesses *witnesses,
    int64_t now, struct obs_optout *forget, size_t *nforget,
    struct base_arena *a)
{
	struct poll p = { .db = db, .batch = batch, .trust = trust,
	    .witnesses = witnesses, .now = now };
	size_t i;

	*nforget = 0;
	if (gather_named(&p, a) == -1)
		return -1;
	if (p.n == 0)
		return 0;
	if (find_forgotten(&p) == -1 || read_votes(&p, 0) == -1 ||
	    drop_refused(&p, a) == -1)
		return -1;
	if (p.n == 0)
		return 0;
	if (tally_named(&p) == -1 || read_votes(&p, 1) == -1)
		return -1;
	cast_votes(&p);
	if (write_votes(&p) == -1)
		return -1;
	for (i = 0; i < p.n; i++)
		if (p.at[i].is_enough) {
			forget[*nforget] = *p.at[i].o;
			forget[*nforget].from = p.at[i].from;
			forget[(*nforget)++].witness = p.at[i].by;
		}
	return 0;
}

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	struct store_optout_row *row = arg;

	return base_num_i64(field[0], flen[0], &row->count) &&
	    base_civil_parse(field[1], flen[1], &row->first) &&
	    base_civil_parse(field[2], flen[2], &row->last) ? 0 : -1;
}

/* Who may only read can ask, as nothing is locked. */
int
store_optout_get(struct store_db *db, int kind,
    const uint8_t mac[RADIO_MAC_LEN], struct store_optout_row *row)
{
	struct base_buf b;
	int rc;

	*row = (struct store_optout_row){ 0 };
	base_buf_init(&b);
	base_buf_fmt(&b, "SELECT `count`, `first`, `last` FROM loc_optout "
	    "WHERE kind = %d AND mac = ", kind);
	store_sql_quote_bytes(&b, mac, RADIO_MAC_LEN);
	rc = store_sql_query(db, &b, on_row, row);
	base_buf_done(&b);
	row->first = base_civil_day_of(row->first);
	row->last = base_civil_day_of(row->last);
	return rc == -1 ? -1 : row->count > 0;
}

int
store_optout_put(struct store_db *db, int kind,
    const uint8_t mac[RADIO_MAC_LEN], const struct store_optout_row *row)
{
	char first[BASE_CIVIL_DATE_LEN], last[BASE_CIVIL_DATE_LEN];
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	if (row == NULL) {
		base_buf_fmt(&b, "DELETE FROM loc_optout WHERE kind = %d "
		    "AND mac = ", kind);
		store_sql_quote_bytes(&b, mac, RADIO_MAC_LEN);
	} else {
		base_civil_format_date(first, row->first);
		base_civil_format_date(last, row->last);
		base_buf_fmt(&b, "INSERT INTO loc_optout (kind, `count`, "
		    "`first`, `last`, mac) VALUES (%d,%lld,'%s','%s',", kind,
		    (long long)row->count, first, last);
		store_sql_quote_bytes(&b, mac, RADIO_MAC_LEN);
		base_buf_str(&b, ") ON DUPLICATE KEY UPDATE "
		    "`count` = VALUES(`count`), `first` = VALUES(`first`), "
		    "`last` = VALUES(`last`)");
	}
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}
