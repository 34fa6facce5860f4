/* SPDX-License-Identifier: ISC */
/*
 * One row for each lease that is held: who holds it, a random number; through
 * which connection to which server; and until when.
 *
 * Why a row.  GET_LOCK() is of one server: two nodes of Galera, or a primary
 * and a replica, give the same lock twice, and Percona's cluster refuses it.  A
 * row that is locked FOR UPDATE is of one node as well.  But a row that was
 * changed is compared at the commit with all that was committed on any node, so
 * that of two who take the lease at once one fails, and finds it taken when it
 * starts over.  Redis could keep a lease, too, but may forget what it has
 * acknowledged, and the database that is being worked on is there anyway.
 *
 * When a holder dies its connection ends, which whoever asks the same server
 * sees.  A node cannot see the connections of another, and waits until the
 * lease has run out.  Neither is a proof: connections are cut, the database's
 * clock may be set, and clocks of nodes differ.  So who finds a lease whose
 * holder seems to be dead looks once more after a while in which one that lives
 * would have changed the row.  A time too far ahead was written before the
 * clock was set back, and counts as one that has come.
 *
 * The holder looks after its connection every second, and renews the lease
 * when it is time to, or through another connection when that is lost.  That
 * somebody has taken the lease shows in the row.
 *
 * WHAT A HOLDER MAY DO.  One that has not looked, or not renewed, for nearly as
 * long as others wait, as it was stopped or the database away, does nothing
 * until it has: then it goes on, unless another has taken the lease, and its
 * process is told to end.  Before each statement that is sent, and whatever
 * else a program does, the clock is looked at: so nobody acts who has slept for
 * too long.  In the database, at the end of each transaction, the row is, too,
 * and locked until the commit: so nobody can have taken the lease, however long
 * a holder was stopped between two instructions.  On another node of Galera the
 * lock is unknown, but not the change of the row: it rolls the transaction back
 * that has locked it.
 */
#include <assert.h>
#include <err.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <mysqld_error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/worker.h"
#include "store/db.h"
#include "store/lease.h"
#include "store/retry.h"
#include "store/session.h"
#include "store/sql.h"

/*
 * The times of a holder, and of others who watch its row, have to be in this
 * order, each with room for a statement:
 *
 *	LOOK_MS < LOOKED_MS < GONE_MS
 *	RENEW_MS + LOOK_MS < RENEWED_MS < DOUBT_MS
 *
 * The first is how often a holder looks, or renews; the next is how long it
 * goes on acting without having done so; and the last is how long others wait,
 * after they have seen the row, before they take it for abandoned.  Besides,
 * RENEWED_MS is less than LEASE_S, so that a lease does not run out while its
 * holder lives, and AHEAD_S is more than that by what clocks may differ.  To
 * renew more often is safe by itself.  The holder and the others may be
 * programs of different versions, so that the order has to hold for any two
 * versions that may run at the same time.
 */
#define LEASE_S		60
#define AHEAD_S		80		/* no lease ends later */
#define LOOK_MS		1000
#define LOOKED_MS	2500		/* without a look nothing is done */
#define GONE_MS		3000		/* ... and others wait for so long */
#define RENEW_MS	10000
#define RENEWED_MS	14000		/* without it nothing is done */
#define DOUBT_MS	15000		/* ... and others wait for so long */
#define CONNECT_S	3
#define ANSWER_S	15
#define ID_LEN		16

#define HELD_MS		600000		/* longest wait to be renewed */
#define NAP_MS		50		/* ... between two looks */
#define END_MS		5000		/* longest wait for the thread */

_Static_assert(LOOK_MS < LOOKED_MS && LOOKED_MS < GONE_MS,
    "who has not looked stops before others take its lease");
_Static_assert(RENEW_MS + LOOK_MS < RENEWED_MS && RENEWED_MS < DOUBT_MS &&
    RENEWED_MS < LEASE_S * 1000 && LEASE_S < AHEAD_S,
    "who has not renewed stops before others take its lease");
_Static_assert(ANSWER_S > STORE_SESSION_LOCK_S,
    "a wait for a lock ends before the connection is given up");

/* Whose connections an account can see: a server's, of the account itself. */
#define NODE	"UNHEX(MD5(CONCAT_WS(' ', @@hostname, @@port, @@datadir, " \
		"SUBSTRING_INDEX(USER(), '@', 1))))"

#define UNTIL	"UTC_TIMESTAMP() + INTERVAL %d SECOND"

/* Somebody else's row: does its holder live? */
enum life {
	DEAD,			/* or there is none */
	GONE,			/* its connection is */
	DOUBTFUL,		/* it is over, unless a clock is wrong */
	ALIVE
};

/* The fields of the SELECT in read_lease(), in its order. */
enum { MINE, VALID, SAME_NODE, CONNECTION, NUMBERS, STATE = NUMBERS };

/*
 * Holder, connection and time as a text, which is another one after each
 * renewal: whoever watches a row compares these.
 */
#define STATE_LEN	96

struct lease_row {
	int64_t	v[NUMBERS];
	char	state[STATE_LEN];
	int	found;
};

struct store_lease {
	struct store_db		*db;		/* the thread's, once it runs */
	char			 name[STORE_LEASE_NAME_MAX + 1];
	uint8_t			 holder[ID_LEN];
	const atomic_int		*stop;		/* or NULL */
	_Atomic int64_t		 looked_ms;	/* boot clock, before it was */
	_Atomic int64_t		 renewed_ms;	/* the same */
	atomic_int		 lost;		/* another has it, for good */
	int			 late;		/* as warned of */
	struct base_buf		 fence;		/* of the guard */
	struct store_db_guard	 guard;
	struct base_worker	 worker;
	/* Of attempts to take it: */
	enum life		 life;
	char			 seen[STATE_LEN], watched[STATE_LEN];
};

static int
on_lease(void *arg, char **field, const unsigned long *flen)
{
	struct lease_row *r = arg;
	int i;

	for (i = 0; i < NUMBERS; i++)
		if (field[i] == NULL ||
		    !base_num_i64(field[i], flen[i], &r->v[i]))
			r->v[i] = 0;
	strlcpy(r->state, field[STATE], sizeof(r->state));
	r->found = 1;
	return 0;
}

static void
add_lease_name(struct base_buf *b, const struct store_lease *l)
{
	base_buf_str(b, " WHERE name = ");
	store_sql_quote(b, l->name);
}

static int
read_lease(struct store_db *db, const struct store_lease *l,
    struct lease_row *r)
{
	struct base_buf b;
	int rc;

	*r = (struct lease_row){ .found = 0 };
	base_buf_init(&b);
	base_buf_str(&b, "SELECT holder = ");
	store_sql_quote_bytes(&b, l->holder, ID_LEN);
	base_buf_fmt(&b, ", until > UTC_TIMESTAMP() AND until < " UNTIL
	    ", node = " NODE ", connection, CONCAT_WS(' ', HEX(holder), "
	    "connection, until) FROM loc_lease", AHEAD_S);
	add_lease_name(&b, l);
	base_buf_str(&b, " FOR UPDATE");
	rc = store_sql_query(db, &b, on_lease, r);
	base_buf_done(&b);
	return rc;
}

/* Is the holder's connection of row R, to this server, still there?  Or -1. */
static int
is_connected(struct store_db *db, const struct lease_row *r)
{
	char sql[96];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM "
	    "information_schema.processlist WHERE id = %lld",
	    (long long)r->v[CONNECTION]);
	return store_db_get_i64(db, sql, &n, 0) == -1 ? -1 : n > 0;
}

/* What the row R says of its holder, if that is not us.  Returns 0 or -1. */
static int
judge_holder(struct store_db *db, const struct lease_row *r, enum life *life)
{
	int there;

	*life = DEAD;
	if (!r->found || r->v[MINE])
		return 0;
	if (r->v[SAME_NODE]) {
		if ((there = is_connected(db, r)) == -1)
			return -1;
		if (!there) {
			*life = GONE;
			return 0;
		}
	}
	*life = r->v[VALID] ? ALIVE : DOUBTFUL;
	return 0;
}

/* Write the row: take the lease, or keep it. */
static int
write_lease(struct store_db *db, const struct store_lease *l, int found)
{
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, found ? "UPDATE loc_lease SET holder = " :
	    "INSERT INTO loc_lease SET holder = ");
	store_sql_quote_bytes(&b, l->holder, ID_LEN);
	base_buf_fmt(&b, ", node = " NODE ", connection = CONNECTION_ID(), "
	    "until = " UNTIL, LEASE_S);
	if (found)
		add_lease_name(&b, l);
	else {
		base_buf_str(&b, ", name = ");
		store_sql_quote(&b, l->name);
	}
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

/*
 * One attempt to take it, for store_retry().  From a holder that is not sure to
 * live, and whose row is as it was a while ago, it is taken.
 */
static int
take_attempt(struct store_db *db, void *arg)
{
	struct store_lease *l = arg;
	struct lease_row r;

	atomic_store(&l->looked_ms, base_clock_boot_ms());
	atomic_store(&l->renewed_ms, atomic_load(&l->looked_ms));
	if (read_lease(db, l, &r) == -1 ||
	    judge_holder(db, &r, &l->life) == -1)
		return -1;
	strlcpy(l->seen, r.state, sizeof(l->seen));
	if (l->life != ALIVE && strcmp(l->seen, l->watched) == 0)
		l->life = DEAD;
	return l->life == DEAD ? write_lease(db, l, r.found) : 0;
}

/*
 * One attempt to keep it, for store_retry().  Also a lease that has run out is
 * kept while nobody else has taken it.
 */
static int
renew_attempt(struct store_db *db, void *arg)
{
	struct store_lease *l = arg;
	struct lease_row r;
	int lost;

	if (read_lease(db, l, &r) == -1)
		return -1;
	lost = !r.found || !r.v[MINE];
	atomic_store(&l->lost, lost);
	return lost ? 0 : write_lease(db, l, 1);
}

/* 1 if others may have taken L without our knowing. */
static int
is_late(struct store_lease *l)
{
	int64_t now = base_clock_boot_ms();

	return now - atomic_load(&l->looked_ms) >= LOOKED_MS ||
	    now - atomic_load(&l->renewed_ms) >= RENEWED_MS;
}

/* Say that it is late, or in time again, once. */
static void
tell_late(struct store_lease *l)
{
	int late = base_clock_boot_ms() - atomic_load(&l->renewed_ms) >=
	    RENEWED_MS;

	if (late && !l->late)
		warnx("%s: the lease \"%s\" could not be renewed: nothing is "
		    "done until it is", store_db_where(l->db), l->name);
	else if (!late && l->late)
		warnx("%s: the lease \"%s\" is renewed",
		    store_db_where(l->db), l->name);
	l->late = late;
}

/*
 * What the thread does every second; see the top.  A connection that was made
 * anew by the first statement is another one than the row names, so that it is
 * renewed as well.  Returns 0, or -1 when the lease is lost.
 */
static int
look_after(struct store_lease *l)
{
	int64_t now = base_clock_boot_ms();

	if (now - atomic_load(&l->renewed_ms) < RENEW_MS &&
	    store_db_connected(l->db) && store_db_exec(l->db, "DO 0") == 0) {
		atomic_store(&l->looked_ms, now);
		return 0;
	}
	if (store_retry(l->db, renew_attempt, l) == 0 &&
	    !atomic_load(&l->lost)) {
		atomic_store(&l->looked_ms, now);
		atomic_store(&l->renewed_ms, now);
	}
	if (!atomic_load(&l->lost)) {
		tell_late(l);
		return 0;
	}
	warnx("%s: the lease \"%s\" is lost: another may be at it, so this "
	    "one stops", store_db_where(l->db), l->name);
	kill(getpid(), SIGTERM);
	return -1;
}

/*
 * The thread renews it meanwhile, or finds it lost.  A thread that hangs in an
 * answer that does not come does neither, so that the clock alone decides.
 */
int
store_lease_held(struct store_lease *l)
{
	int64_t due_ms = base_clock_mono_ms() + HELD_MS;

	while (!atomic_load(&l->lost) && is_late(l) &&
	    (l->stop == NULL || !*l->stop) && base_clock_mono_ms() < due_ms)
		base_clock_nap(NAP_MS, l->stop);
	return !atomic_load(&l->lost) && !is_late(l);
}

static int
may_change(void *arg)
{
	return store_lease_held(arg);
}

const struct store_db_guard *
store_lease_guard(struct store_lease *l)
{
	return &l->guard;
}

/* For store_retry(): what is not ours any more stays. */
static int
drop_attempt(struct store_db *db, void *arg)
{
	const struct store_lease *l = arg;
	struct base_buf b;
	int rc;

	base_buf_init(&b);
	base_buf_str(&b, "DELETE FROM loc_lease");
	add_lease_name(&b, l);
	base_buf_str(&b, " AND holder = ");
	store_sql_quote_bytes(&b, l->holder, ID_LEN);
	rc = store_sql_run(db, &b);
	base_buf_done(&b);
	return rc;
}

static void
keep_lease(void *arg)
{
	struct store_lease *l = arg;
	int rc = 0;

	while (!l->worker.stopping && rc == 0) {
		base_worker_rest(&l->worker, base_clock_mono_ms() + LOOK_MS);
		if (l->worker.stopping)
			break;
		base_worker_unlock(&l->worker);
		rc = look_after(l);
		base_worker_lock(&l->worker);
	}
	while (!l->worker.stopping)
		base_worker_wait(&l->worker, BASE_WORKER_FOREVER);
	base_worker_unlock(&l->worker);
	if (rc == 0)
		store_retry(l->db, drop_attempt, l);
	base_worker_lock(&l->worker);
}

static void
free_lease(void *arg)
{
	struct store_lease *l = arg;

	base_worker_done(&l->worker);
	store_db_free(l->db);
	base_buf_done(&l->fence);
	free(l);
}

/* Ask, and once more after a while if a holder is not clearly dead or alive. */
static int
ask_twice(struct store_lease *l)
{
	int rc = store_retry(l->db, take_attempt, l);

	if (rc == -1 || l->life == DEAD || l->life == ALIVE)
		return rc;
	strlcpy(l->watched, l->seen, sizeof(l->watched));
	base_clock_nap(l->life == GONE ? GONE_MS : DOUBT_MS, l->stop);
	return l->stop != NULL && *l->stop ? 0 :
	    store_retry(l->db, take_attempt, l);
}

/*
 * A row that is locked for as long as locks are waited for has a holder who is
 * about to commit.  A database that was never migrated has no table for leases.
 */
static enum store_lease_verdict
ask_for_lease(struct store_lease *l, int is_optional)
{
	int rc;

	if (is_optional)
		store_db_expect(l->db, ER_NO_SUCH_TABLE);
	rc = ask_twice(l);
	store_db_expect(l->db, 0);
	if (rc == 0)
		return l->life == DEAD ? STORE_LEASE_TAKEN : STORE_LEASE_BUSY;
	if (store_db_errno(l->db) == ER_LOCK_WAIT_TIMEOUT)
		return STORE_LEASE_BUSY;
	return is_optional && store_db_errno(l->db) == ER_NO_SUCH_TABLE ?
	    STORE_LEASE_ABSENT : STORE_LEASE_FAILED;
}

/* Connect and ask.  The verdict, with an exit status. */
static enum store_lease_verdict
take_lease(struct store_lease *l, const struct store_lease_wish *wish,
    int *status)
{
	enum store_lease_verdict v = STORE_LEASE_FAILED;

	*status = EX_CONFIG;
	if ((l->db = store_db_new(wish->key, wish->url,
	    STORE_DB_CAUSAL)) == NULL)
		return v;
	store_db_timeouts(l->db, CONNECT_S, ANSWER_S);
	if (store_db_connect(l->db, 0) == 0)
		v = ask_for_lease(l, wish->is_optional);
	*status = store_db_status(l->db);
	return v;
}

/* What connections that work by virtue of L are held by.  0, or -1. */
static int
make_guard(struct store_lease *l)
{
	base_buf_str(&l->fence, "SELECT COUNT(*) FROM loc_lease");
	add_lease_name(&l->fence, l);
	base_buf_str(&l->fence, " AND holder = ");
	store_sql_quote_bytes(&l->fence, l->holder, ID_LEN);
	base_buf_str(&l->fence, " LOCK IN SHARE MODE");
	l->guard = (struct store_db_guard){ may_change, l, l->fence.data,
	    "the lease is lost" };
	return base_buf_ok(&l->fence) ? 0 : -1;
}

struct store_lease *
store_lease_take(const struct store_lease_wish *wish,
    enum store_lease_verdict *verdict, int *status)
{
	struct store_lease *l = calloc(1, sizeof(*l));

	assert(strlen(wish->name) <= STORE_LEASE_NAME_MAX);
	*verdict = STORE_LEASE_FAILED;
	*status = EX_OSERR;
	if (l == NULL) {
		warn("database");
		return NULL;
	}
	base_worker_init(&l->worker);
	base_buf_init(&l->fence);
	strlcpy(l->name, wish->name, sizeof(l->name));
	l->stop = wish->stop;
	arc4random_buf(l->holder, sizeof(l->holder));
	*verdict = take_lease(l, wish, status);
	if (*verdict == STORE_LEASE_TAKEN) {
		if (make_guard(l) == 0 && base_worker_start(&l->worker,
		    keep_lease, free_lease, l) == 0)
			return l;
		warn("thread");
		*status = EX_OSERR;
		*verdict = STORE_LEASE_FAILED;
	}
	free_lease(l);
	return NULL;
}

void
store_lease_end(struct store_lease *l)
{
	if (l != NULL)
		base_worker_stop(&l->worker, END_MS);
}
