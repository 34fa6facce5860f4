/* SPDX-License-Identifier: ISC */
/*
 * A batch is one transaction, and everything that it changes is in it: the ids
 * of its submissions (loc_ledger), opt-outs, stations, marks of dirty areas,
 * what stations were before, the data map, what witnesses did, the counters.
 *
 * Locks.  Every transaction takes them in the same order: ids, opt-outs,
 * stations by table and key, dirty areas, data map, witnesses, counters.  So
 * two workers can wait for each other only where InnoDB locks more than the
 * rows it was asked for; one of them is rolled back then and starts over
 * (store/retry).  Station rows are read FOR UPDATE, decided about in memory,
 * and written whole; between the two nobody else can change them.
 *
 * Rows that do not exist cannot be locked.  Under READ COMMITTED two workers
 * may both find a station missing; the second INSERT then fails as a duplicate
 * and its whole transaction starts over, finding the row.  Under REPEATABLE
 * READ (servers that log statements) missing rows lock the gap they would be
 * in, so that the same race ends in a deadlock instead, and in the same way.
 * There plain SELECTs show the database as it was at the first of them, which
 * is the one of the ledger.  That is sound: an id which was committed since is
 * a duplicate when it is inserted, and everything else that a decision rests
 * on is read FOR UPDATE, which always shows the newest.
 *
 * Why nothing counts twice.  The ids are inserted by the transaction that
 * counts their reports; loc_ledger has them as its primary key.  If a worker
 * dies, or loses its connection, before the COMMIT arrives, InnoDB rolls back
 * and the entry is still pending in Redis: another worker counts it.  If it
 * dies after that, or the answer to COMMIT is lost, the entry comes again,
 * its id is found, and the batch is STORE_UPDATE_KNOWN: nothing is done.
 *
 * In a cluster (Galera) locks are of one node.  What two nodes have changed
 * shows when the second commits: each row that was written is compared, by its
 * keys, with all that was committed meanwhile, and if any meet the second is
 * rolled back as by a deadlock (1213) and starts over.  Rows that were read FOR
 * UPDATE and not changed are not compared.  So all that a decision rests on is
 * changed by it: the ledger's id is inserted, or deleted; stations and opt-outs
 * are written whole; areas' marks and the last day's counters are changed on
 * purpose.  What is only read, unlocked, may be a little old on one server as
 * well.
 *
 * So it is the ledger's primary key that protects there, too, and not what was
 * read before.  An id that another node has, and this one not yet, is not
 * found; its INSERT then fails here as a duplicate when the other's arrives, or
 * at our COMMIT, on all nodes alike.  When the outcome of a COMMIT is not known
 * the same work is done over, at another node perhaps: if it was carried out
 * anywhere, it comes before ours in the one order of all nodes, and if it comes
 * behind, it is the one that fails.  To look the id up on a node that is in
 * sync (store/session.c) spares the attempt; it is not needed to be right.
 *
 * That a deferred report's id is in the ledger says that the report is owed;
 * nothing there tells it from the id of a submission that was counted.  The
 * report counts only in a transaction that deletes that id; FOR UPDATE on it
 * keeps a second one from doing the same.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "ichnaea/rules.h"
#include "store/db.h"
#include "store/error.h"
#include "store/optout.h"
#include "store/retry.h"
#include "store/sql.h"
#include "store/station.h"
#include "store/trust.h"
#include "store/update.h"
#include "store/witness.h"

#define ALL_KINDS	(-1)	/* of ids */

/*
 * The keys of the counters in the table stat, which are Ichnaea's: of each kind
 * the observations that were counted, and the stations that were new.
 */
static const int stat_keys[OBS_KINDS][2] = {
	[OBS_BLUE] = { 8, 9 }, [OBS_WIFI] = { 3, 4 }, [OBS_CELL] = { 1, 2 }
};
#define STAT_KEYS	"1,2,3,4,8,9"

/* A cell of the data map as its table holds it. */
struct grid {
	uint8_t	table;
	uint8_t	key[8];
};

static const char *const grid_tables[] = {
	"datamap_ne", "datamap_nw", "datamap_se", "datamap_sw"
};

/*
 * What is done for one batch.  BATCH, IDS and NOW are the caller's and stay;
 * all the rest is made anew by every attempt, so that an attempt which was
 * rolled back leaves no trace in the counts.
 */
struct update {
	const struct obs_batch		*batch;
	const struct store_trust	*trust;		/* NULL: none */
	struct store_trust		 trust_now;	/* the same, at NOW */
	struct store_witnesses		 witnesses;
	const struct store_update_id	*ids;
	size_t				 n;
	uint8_t				*known;
	size_t				 nknown;
	int64_t				 now;
	struct store_update_result	 result;
	struct base_arena		 mem;	/* of this attempt */
	int				 try;	/* keep nothing */
	int				 refused;
};

/*
 * Cleared memory that lasts until the next attempt begins; NULL after a
 * warning.
 */
static void *
attempt_zeros(struct update *u, size_t n, size_t size)
{
	void *p = base_arena_calloc(&u->mem, n, size);

	if (p == NULL)
		warnx("database: out of memory");
	return p;
}

/*
 * An id that the ledger has is flagged, of whatever kind it is here; what that
 * means for its kind is find_known_ids()'s to say.
 */
static int
on_known_id(void *arg, char **field, const unsigned long *flen)
{
	struct update *u = arg;
	size_t i;

	if (flen[0] != STORE_UPDATE_ID_LEN)
		return 0;
	for (i = 0; i < u->n; i++)
		if (memcmp(u->ids[i].byte, field[0],
		    STORE_UPDATE_ID_LEN) == 0)
			u->known[i] = 1;
	return 0;
}

/*
 * Run S with the ids of KIND, or all; without any, nothing.  An element is the
 * bare id: what else a statement needs for each (the time of an INSERT) is in
 * what stands between elements, so that one function serves them all.
 */
static int
run_ids(const struct update *u, int kind, struct store_sql *s)
{
	struct base_buf *b;
	size_t i;

	for (i = 0; i < u->n; i++) {
		if (kind != ALL_KINDS && (int)u->ids[i].kind != kind)
			continue;
		if ((b = store_sql_next(s)) == NULL)
			break;
		store_sql_quote_bytes(b, u->ids[i].byte,
		    STORE_UPDATE_ID_LEN);
	}
	return store_sql_end(s);
}

/*
 * Which ids are known?  What is deferred is locked, so that nobody else
 * redeems it; what is not there cannot be.  A batch without replays takes no
 * lock here, as its own INSERT is what decides the race.
 *
 * The flags are turned round for a replay: its id has to be in the ledger, and
 * is not where it has been redeemed.  A report that is set aside is never
 * known by itself: the id of its submission, which is in the same batch,
 * decides.
 */
static int
find_known_ids(struct store_db *db, struct update *u)
{
	struct store_sql s = { .db = db,
	    .head = "SELECT id FROM loc_ledger WHERE id IN (",
	    .between = ",", .tail = ")", .row = on_known_id, .arg = u };
	size_t i;

	for (i = 0; i < u->n; i++)
		if (u->ids[i].kind == STORE_UPDATE_REDEEM)
			s.tail = ") FOR UPDATE";
	assert(u->n > 0 && u->known != NULL);
	memset(u->known, 0, u->n);
	u->nknown = 0;
	if (run_ids(u, ALL_KINDS, &s) == -1)
		return -1;
	for (i = 0; i < u->n; i++) {
		if (u->ids[i].kind == STORE_UPDATE_REDEEM)
			u->known[i] = !u->known[i];
		else if (u->ids[i].kind == STORE_UPDATE_DEFER)
			u->known[i] = 0;
		u->nknown += u->known[i];
	}
	return 0;
}

/*
 * Unless some ids are known, bring the ledger up to date.  This is the first
 * thing that a transaction writes.  A worker that has the same submission
 * waits here for our commit, and then fails with a duplicate key before it has
 * touched a station.
 */
static int
count_ids(struct store_db *db, struct update *u)
{
	char now[BASE_CIVIL_TIME_LEN], tail[BASE_CIVIL_TIME_LEN + 8];
	char between[sizeof(tail) + 8];
	struct store_sql count = { .db = db, .tail = tail,
	    .between = between,
	    .head = "INSERT INTO loc_ledger (id, `time`) VALUES (" };
	struct store_sql defer = count, redeem = { .db = db, .between = ",",
	    .head = "DELETE FROM loc_ledger WHERE id IN (", .tail = ")" };

	if (u->n == 0)
		return 0;
	store_db_stage(db, "ledger");
	if (find_known_ids(db, u) == -1)
		return -1;
	if (u->nknown > 0)
		return 0;
	base_civil_format_time(now, u->now, ' ');
	snprintf(tail, sizeof(tail), ",'%s')", now);
	snprintf(between, sizeof(between), "%s,(", tail);
	if (run_ids(u, STORE_UPDATE_COUNT, &count) == -1 ||
	    run_ids(u, STORE_UPDATE_DEFER, &defer) == -1)
		return -1;
	return run_ids(u, STORE_UPDATE_REDEEM, &redeem);
}

/*
 * Update the stations, without those that enough submissions want forgotten.
 * Opt-outs are counted first, so that a network which this very batch brings
 * to the limit is forgotten by it, and its observations with it.
 */
static int
update_stations(struct store_db *db, struct update *u)
{
	struct store_station_job job = { .batch = u->batch,
	    .trust = u->trust, .witnesses = &u->witnesses,
	    .tally = u->result.tally, .now = u->now, .mem = &u->mem };
	const struct obs_optout_sum *s = &u->batch->optouts;
	struct obs_optout *forget;

	if (u->trust != NULL) {
		store_db_stage(db, "witness");
		if (store_witness_read(db, u->batch, &u->witnesses,
		    &u->mem) == -1)
			return -1;
	}
	if (u->trust != NULL && s->n > 0) {
		store_db_stage(db, "optout");
		forget = attempt_zeros(u, s->n, sizeof(*forget));
		if (forget == NULL || store_optout_count(db, u->batch,
		    u->trust, &u->witnesses, u->now, forget, &job.nforget,
		    &u->mem) == -1)
			return -1;
		job.forget = forget;
	}
	return store_station_update(db, &job, &u->result.stations);
}

/* What witnesses have done counts with what came of it. */
static int
update_witnesses(struct store_db *db, struct update *u)
{
	if (u->trust == NULL)
		return 0;
	store_db_stage(db, "witness");
	return store_witness_add(db, &u->witnesses);
}

/*
 * Keys of the data map are big-endian, so that the order of bytes is that of
 * the numbers.
 */
static void
put_map_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/*
 * By table, then by key: that is the order of locks.  There are no holes in
 * the struct that memcmp() could see.
 */
static int
cmp_grid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct grid));
}

/*
 * Insert the cells of the data map that are of one table, heard of on DAY; of
 * those that are there only the day changes.  Many observations may be of the
 * same cell, so that equal neighbours are left out.
 */
static int
update_grids(struct store_db *db, const struct grid *g, size_t n,
    const char *day)
{
	char head[64];
	struct store_sql s = { .db = db, .head = head, .between = ",",
	    .tail = " ON DUPLICATE KEY UPDATE modified = VALUES(modified)" };
	struct base_buf *b;
	size_t i;

	snprintf(head, sizeof(head), "INSERT INTO %s "
	    "(grid, created, modified) VALUES ", grid_tables[g->table]);
	for (i = 0; i < n; i++) {
		if (i > 0 && cmp_grid(&g[i], &g[i - 1]) == 0)
			continue;
		if ((b = store_sql_next(&s)) == NULL)
			break;
		base_buf_chr(b, '(');
		store_sql_quote_bytes(b, g[i].key, sizeof(g[i].key));
		base_buf_fmt(b, ",'%s','%s')", day, day);
	}
	return store_sql_end(&s);
}

/*
 * The data map knows where reports came from, and on which days.  Its four
 * tables are Ichnaea's, which are divided at 36 degrees north and 5 degrees
 * east so that they are of similar sizes.  Coordinates are in thousandths of
 * degrees, and are moved to begin with 0, so that keys have no sign.
 */
static int
update_map(struct store_db *db, struct update *u)
{
	const struct obs_grid *from = u->batch->grid;
	char day[BASE_CIVIL_DATE_LEN];
	struct grid *g;
	size_t i, k, n = u->batch->ngrid;

	if (n == 0)
		return 0;
	store_db_stage(db, "datamap");
	if ((g = attempt_zeros(u, n, sizeof(*g))) == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		g[i].table = (uint8_t)((from[i].lat < 36000 ? 2 : 0) +
		    (from[i].lon < 5000 ? 1 : 0));
		put_map_be32(g[i].key, (uint32_t)(from[i].lat + 90000));
		put_map_be32(g[i].key + 4, (uint32_t)(from[i].lon + 180000));
	}
	qsort(g, n, sizeof(*g), cmp_grid);
	assert(g[n - 1].table < sizeof(grid_tables) / sizeof(grid_tables[0]));
	base_civil_format_date(day, base_civil_day_of(u->now));
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && g[k].table == g[i].table; k++)
			;
		if (update_grids(db, g + i, k - i, day) == -1)
			return -1;
	}
	return 0;
}

/*
 * Change the last row of counter KEY before DAY, and change it back.  Both
 * changes are told to the other nodes of a cluster, where a row that is only
 * locked here may be added to meanwhile: one of the two is done over then.  A
 * server that logs statements is no such node, and would warn of the LIMIT.
 */
static int
touch_last_row(struct store_db *db, int key, const char *day)
{
	int by;

	if (store_db_logs_statements(db))
		return 0;
	for (by = 1; by >= -1; by -= 2)
		if (store_db_execf(db, "UPDATE stat SET value = "
		    "COALESCE(value, 0) + %d WHERE `key` = %d AND "
		    "`time` < '%s' ORDER BY `time` DESC LIMIT 1", by, key,
		    day) == -1)
			return -1;
	return 0;
}

/*
 * Start the day: its rows go on from the last ones before.  The last row is
 * read FOR UPDATE, because a worker that adds to it now would otherwise do so
 * after we have read it and before there is a row of today for it to add to.
 * Rows that are there already are left as they are.
 */
static int
begin_day(struct store_db *db, int64_t today)
{
	char day[BASE_CIVIL_DATE_LEN], sql[160];
	int64_t base;
	size_t i;

	base_civil_format_date(day, today);
	for (i = 0; i < 2 * OBS_KINDS; i++) {
		snprintf(sql, sizeof(sql), "SELECT value FROM stat "
		    "WHERE `key` = %d AND `time` < '%s' "
		    "ORDER BY `time` DESC LIMIT 1 FOR UPDATE",
		    stat_keys[i / 2][i % 2], day);
		if (touch_last_row(db, stat_keys[i / 2][i % 2], day) == -1 ||
		    store_db_get_i64(db, sql, &base, 0) == -1 ||
		    store_db_execf(db, "INSERT INTO stat (`key`, `time`, "
		    "value) VALUES (%d, '%s', %lld) "
		    "ON DUPLICATE KEY UPDATE value = value",
		    stat_keys[i / 2][i % 2], day, (long long)base) == -1)
			return -1;
	}
	return 0;
}

/*
 * Almost always the rows are there, and one SELECT that takes no lock shows
 * it.  Yesterday's are made before today's, which go on from them, so that a
 * day without any report has its totals, too.
 */
int
store_update_days(struct store_db *db, int64_t now)
{
	char day[BASE_CIVIL_DATE_LEN], before[BASE_CIVIL_DATE_LEN], sql[160];
	int64_t rows, today = base_civil_day_of(now);

	base_civil_format_date(day, today);
	base_civil_format_date(before, today - 1);
	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM stat WHERE `key` IN "
	    "(" STAT_KEYS ") AND `time` IN ('%s', '%s')", before, day);
	if (store_db_get_i64(db, sql, &rows, 0) == -1)
		return -1;
	if (rows == 4 * OBS_KINDS)
		return 0;
	return begin_day(db, today - 1) == -1 ? -1 : begin_day(db, today);
}

/*
 * Add to the totals by day.  Rows of later days, if the clock was set back,
 * include today's, so they grow too.  All counters are changed by one
 * statement, which is the last before the commit: every worker needs these few
 * rows, and whoever has them makes all others wait.
 */
static int
update_stat(struct store_db *db, struct update *u)
{
	char day[BASE_CIVIL_DATE_LEN];
	struct base_buf b;
	size_t i;
	int rc;

	store_db_stage(db, "stat");
	if (store_update_days(db, u->now) == -1)
		return -1;
	base_civil_format_date(day, base_civil_day_of(u->now));
	base_buf_init(&b);
	base_buf_str(&b, "UPDATE stat SET value = COALESCE(value, 0) + "
	    "CASE `key`");
	for (i = 0; i < OBS_KINDS; i++)
		base_buf_fmt(&b, " WHEN %d THEN %llu WHEN %d THEN %llu",
		    stat_keys[i][0],
		    (unsigned long long)u->result.stations.kind[i].obs,
		    stat_keys[i][1],
		    (unsigned long long)u->result.stations.kind[i].created);
	base_buf_fmt(&b, " END WHERE `key` IN (" STAT_KEYS ") "
	    "AND `time` >= '%s'", day);
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

int
store_update_count_cells(struct store_db *db, uint64_t n, int64_t now)
{
	char day[BASE_CIVIL_DATE_LEN];

	store_db_stage(db, "stat");
	if (store_update_days(db, now) == -1)
		return -1;
	base_civil_format_date(day, base_civil_day_of(now));
	return store_db_execf(db, "UPDATE stat SET value = "
	    "COALESCE(value, 0) + %llu WHERE `key` = %d AND `time` >= '%s'",
	    (unsigned long long)n, stat_keys[OBS_CELL][1], day);
}

/*
 * Do all that belongs to a batch, in the order of locks which the top of this
 * file gives.  A batch with known ids ends here without having written
 * anything.
 */
static int
update_all(struct store_db *db, struct update *u)
{
	struct store_tally *tally = u->result.tally;

	base_arena_reset(&u->mem);
	u->result = (struct store_update_result){ .tally = tally };
	if (tally != NULL)
		memset(tally, 0, u->batch->nkey * OBS_KINDS * sizeof(*tally));
	if (count_ids(db, u) == -1)
		return -1;
	if (u->nknown > 0)
		return 0;
	if (update_stations(db, u) == -1 || update_map(db, u) == -1 ||
	    update_witnesses(db, u) == -1)
		return -1;
	return u->batch->n > 0 ? update_stat(db, u) : 0;
}

/*
 * One attempt, for store_retry().  A trial is rolled back at its end, so that
 * the COMMIT that follows commits nothing; it has waited for the same locks as
 * the real thing.  The error is noted at once, before the rollback and other
 * statements follow it.
 */
static int
update_attempt(struct store_db *db, void *arg)
{
	struct update *u = arg;

	store_db_warn_of_log(db);
	if (update_all(db, u) == 0)
		return u->try ? store_db_exec(db, "ROLLBACK") : 0;
	u->refused = store_error_is_bad_data(store_db_errno(db));
	u->result.refusal_code = store_db_errno(db);
	strlcpy(u->result.refusal, store_db_error(db),
	    sizeof(u->result.refusal));
	return -1;
}

/*
 * The result is given to the caller whatever the verdict is, as it also holds
 * the reason of a refusal.  Only a batch that is refused is known to be at
 * fault; after all other failures it has to come again.
 */
static enum store_update_verdict
apply_batch(struct store_db *db, struct update *u,
    struct store_update_result *result)
{
	enum store_update_verdict v = STORE_UPDATE_DONE;

	assert((u->trust == NULL) == u->batch->rules->believe_all);
	if (u->trust != NULL) {
		u->trust_now = *u->trust;
		u->trust_now.rules.now = u->now;
		u->trust = &u->trust_now;
	}
	base_arena_init(&u->mem);
	if (store_retry(db, update_attempt, u) == -1)
		v = u->refused ? STORE_UPDATE_REFUSED : STORE_UPDATE_AGAIN;
	else if (u->nknown > 0)
		v = STORE_UPDATE_KNOWN;
	*result = u->result;
	base_arena_done(&u->mem);
	return v;
}

enum store_update_verdict
store_update(struct store_db *db, const struct obs_batch *batch,
    const struct store_trust *trust, const struct store_update_id *ids,
    size_t n, uint8_t *known, int64_t now, struct store_update_result *result)
{
	struct update u = { .batch = batch, .trust = trust, .ids = ids,
	    .n = n, .known = known, .now = now,
	    .result.tally = result->tally };

	return apply_batch(db, &u, result);
}

enum store_update_verdict
store_update_try(struct store_db *db, const struct obs_batch *batch,
    const struct store_trust *trust, int64_t now,
    struct store_update_result *result)
{
	struct update u = { .batch = batch, .trust = trust, .now = now,
	    .try = 1 };

	return apply_batch(db, &u, result);
}

/*
 * The answer is that of a moment: a worker may be counting the submission
 * right now.
 */
int
store_update_is_known(struct store_db *db,
    const uint8_t id[STORE_UPDATE_ID_LEN])
{
	struct base_buf b;
	int64_t n = 0;
	int rc = -1;

	base_buf_init(&b);
	base_buf_str(&b, "SELECT COUNT(*) FROM loc_ledger WHERE id = ");
	store_sql_quote_bytes(&b, id, STORE_UPDATE_ID_LEN);
	if (base_buf_ok(&b) && store_db_get_i64(db, b.data, &n, 0) == 0)
		rc = n > 0;
	base_buf_done(&b);
	return rc;
}

/*
 * The statement is a transaction of its own.  Its order is that of the index
 * on the time, so that it locks few rows besides the oldest; it also makes a
 * replica that replays statements delete the same rows.
 */
int64_t
store_update_forget(struct store_db *db, int64_t before, int max)
{
	char time[BASE_CIVIL_TIME_LEN];

	base_civil_format_time(time, before, ' ');
	if (store_db_execf(db, "DELETE FROM loc_ledger WHERE `time` < '%s' "
	    "ORDER BY `time`, id LIMIT %d", time, max) == -1)
		return -1;
	return (int64_t)store_db_affected(db);
}
