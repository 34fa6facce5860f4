/* SPDX-License-Identifier: ISC */
/*
 * Looking at the stream: what it still knows, what may be let go of, and what
 * has to be given up.
 *
 * Redis forgets: it may be emptied, started from an old dump, replaced by a
 * replica that lacks the last seconds, or have its stream deleted by hand.
 * The spool does not, but it must let go of what all groups are done with.
 * What may never happen is that a record is let go of which some group was
 * not given.
 *
 * So the feed counts the records it has shipped, ever, and the transaction
 * that adds records to the stream also sets a marker to that count, after it
 * has seen that the marker is what it was set to last (WATCH).  The marker
 * stands beside the stream, so what forgets one forgets the other:
 *
 *  (1) The marker is the count: Redis has everything, provided that the
 *	stream was not deleted alone.  That shows in its newest id and in the
 *	number of entries ever added, which never go down otherwise.
 *  (2) The answer to the last batch was lost with the connection, and the
 *	marker is the count with that batch: it has arrived.  Its ids are not
 *	known; the newest of the stream is not below any of them.
 *  (3) The same, and the marker is the count without it: it has not.
 *  (4) Anything else: Redis has forgotten something, or this process was
 *	killed between the transaction and the saving of its state.  Which one
 *	cannot be told, and need not: all that is not done is shipped again.
 *	What was counted already is known by its id.
 *
 * To start over, the groups are made first, those that were seen here before,
 * each from the first entry on: a group that is made later would lack what is
 * shipped before.  Then the state is saved, with a count that no marker ever
 * had; and then the marker is set to it.  Killed before that, the feed finds
 * case (4) again; an older state cannot match, as its count is another.
 *
 * Everything about the stream is read before the marker.  If Redis forgets in
 * between, the marker tells; so what was read holds for a Redis that had
 * forgotten nothing when it was read, and a group's low-water mark, once seen,
 * stays true: entries below it are done.  A group that is new starts behind
 * the newest entry, or (4) at the first, and lowers no mark that counts.
 *
 * The database is waited for, whatever it takes.  The other groups are, as
 * long as there is room: max_lag entries and max_lag_bytes in the stream, the
 * memory that Redis has, and three quarters of the spool.  Beyond that the
 * oldest entries that are counted are given up for them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/tally.h"
#include "feed.h"
#include "net/statsd.h"
#include "queue/lag.h"
#include "queue/redis.h"

#define CHUNK		200		/* entries given up at once */
#define TELL_MS		60000		/* between warnings of that */

/*
 * 1 if G has the groups that were seen last, and no others.  The same ones in
 * another order count as others, which costs no more than one more saving.
 */
static int
are_known(const struct feed *f, const struct queue_groups *g)
{
	size_t i;

	if (g->n != f->groups.n)
		return 0;
	for (i = 0; i < g->n; i++)
		if (strcmp(g->at[i].name, f->groups.at[i].name) != 0 ||
		    g->at[i].listed != f->groups.at[i].listed)
			return 0;
	return 1;
}

/* Keep the names of groups: they have to be made again one day. */
static int
get_to_know(struct feed *f, const struct queue_groups *g)
{
	struct queue_groups new = { 0 };
	size_t i;

	if (are_known(f, g))
		return 0;
	for (i = 0; i < g->n; i++)
		if (queue_groups_add(&new, g->at[i].name,
		    g->at[i].listed) == -1) {
			queue_groups_done(&new);
			return -1;
		}
	queue_groups_done(&f->groups);
	f->groups = new;
	feed_save(f);
	return 0;
}

/*
 * Before anything is shipped again, all groups are there to be given it.
 * They are read again into G.
 */
static int
make_groups(struct feed *f, struct queue_groups *g)
{
	size_t i;

	for (i = 0; i < f->groups.n; i++)
		if (queue_group_make(&f->stream, f->groups.at[i].name,
		    f->groups.at[i].listed) != QUEUE_OK)
			return -1;
	if (queue_group_make(&f->stream, QUEUE_GROUP_INTERNAL, 0) !=
	    QUEUE_OK)
		return -1;
	queue_groups_done(g);
	return queue_groups_read(&f->stream, g) == QUEUE_OK ? 0 : -1;
}

/*
 * Does Redis still know all that was shipped, as ST and its marker tell?
 * Returns 0 with its groups in G, or -1 for later.
 */
static int
verify_marker(struct feed *f, const struct queue_state *st, const char *marker,
    struct queue_groups *g)
{
	char want[24], want_batch[24];
	int connected = f->connected, unsure = f->unsure, whole;

	f->connected = 1;
	f->unsure = 0;
	if (f->verbose && !connected)
		warnx("redis: stream %s has %lld entries", f->stream.name,
		    (long long)st->length);
	snprintf(want, sizeof(want), "%llu", (unsigned long long)f->count);
	snprintf(want_batch, sizeof(want_batch), "%llu",
	    (unsigned long long)(f->count + f->n));
	whole = queue_id_cmp(&st->last, &f->last) >= 0 &&
	    st->added >= f->added;
	if (!whole || (strcmp(marker, want) != 0 &&
	    !(unsure && strcmp(marker, want_batch) == 0))) {
		if (f->count > 0)
			warnx("redis has forgotten submissions (marker %s, "
			    "expected %s): shipping again what is not done",
			    *marker == '\0' ? "missing" : marker, want);
		if (make_groups(f, g) == -1 || feed_start_over(f) == -1)
			return -1;
	} else if (strcmp(marker, want) != 0 &&
	    feed_arrived_unseen(f, &st->last) == -1)
		return -1;
	/* Asked for only if missing: refused when memory is short. */
	if (queue_groups_find(g, QUEUE_GROUP_INTERNAL) == NULL &&
	    make_groups(f, g) == -1)
		return -1;
	return get_to_know(f, g);
}

/*
 * Let go of what all groups are done with: below the lowest of their marks.
 * The state is saved before the stream is trimmed, but that order does not
 * matter: what is done is never asked for again.
 */
static int
release_done(struct feed *f, const struct queue_groups *g)
{
	struct queue_id low;
	struct spool_place place;
	int any = 0;
	int64_t n;

	queue_groups_low_water(g, &low);
	for (; feed_ring_pop(&f->ring, &low, &place); any = 1)
		spool_reader_done(f->spool, &place);
	if (any)
		feed_save(f);
	if (queue_id_cmp(&low, &f->trimmed) <= 0)
		return 0;
	if (queue_stream_trim(&f->stream, &low, &n) != QUEUE_OK)
		return -1;
	f->trimmed = low;
	feed_ring_trimmed(&f->ring, n, f->length);
	f->length -= n;
	return 0;
}

/* REPORTS were given up for GROUP; they are told of when it is time. */
static void
on_lost(void *arg, const char *group, int64_t reports)
{
	struct feed *f = arg;

	base_tally_add(f->lost, group, strlen(group), reports);
	net_statsd_count(f->statsd, "data.export.drop", reports, "key", group,
	    NULL);
}

void
feed_tell(struct feed *f, int now)
{
	const char *group;
	int64_t reports;
	size_t i, len;

	if (base_tally_count(f->lost) == 0 || (!now && f->told_ms != 0 &&
	    base_clock_mono_ms() - f->told_ms < TELL_MS))
		return;
	for (i = 0; i < base_tally_count(f->lost); i++) {
		group = base_tally_at(f->lost, i, &len, &reports);
		warnx("group %s is too far behind: %lld reports given up",
		    group, (long long)reports);
	}
	base_tally_reset(f->lost);
	f->told_ms = base_clock_mono_ms();
}

/* How many of the oldest entries there is no room for. */
static int64_t
excess_entries(const struct feed *f, const struct queue_id *counted)
{
	int64_t excess = f->length - f->cf->queue_max_lag, more;

	more = feed_ring_bytes(&f->ring) - f->cf->queue_max_lag_bytes;
	if (more > 0) {
		more = feed_ring_entries_of(&f->ring, more, f->length);
		excess = excess < more ? more : excess;
	}
	if (f->starved && excess < CHUNK)
		excess = CHUNK;
	more = (f->length - f->behind) / 8 + CHUNK;
	if (f->crowded && excess < more &&
	    feed_ring_has_before(&f->ring, counted))
		excess = more;
	return excess;
}

/* Give up the oldest entries that are COUNTED, if there is no room. */
static int
give_up_oldest(struct feed *f, const struct queue_id *counted)
{
	int64_t excess = excess_entries(f, counted), n;

	f->starved = 0;
	for (; excess > 0; excess -= n) {
		if (queue_lag_give_up(&f->stream, counted, excess > CHUNK ?
		    CHUNK : (size_t)excess, &n, on_lost, f) != QUEUE_OK)
			return -1;
		if (n == 0)
			break;
		feed_ring_trimmed(&f->ring, n, f->length);
		f->length -= n;
		f->gave_up = 1;
	}
	feed_tell(f, 0);
	return 0;
}

/*
 * What was given up is done, and the state should say so at once: what it
 * says is in the stream an end of this program would leave to the next.
 */
static int
release_again(struct feed *f, struct queue_groups *g)
{
	queue_groups_done(g);
	if (queue_groups_read(&f->stream, g) != QUEUE_OK)
		return -1;
	return release_done(f, g);
}

/* The marker is asked for last: what was read is then true of it. */
static int
read_stream(struct feed *f, struct queue_state *st, struct queue_groups *g,
    char *marker, size_t cap)
{
	if (!f->connected && queue_redis_check(f->stream.redis,
	    f->cf->queue_allow_eviction) != QUEUE_OK)
		return -1;
	if (queue_stream_state(&f->stream, st) != QUEUE_OK ||
	    queue_groups_read(&f->stream, g) != QUEUE_OK)
		return -1;
	return queue_stream_marker(&f->stream, f->marker, marker, cap) < 0 ?
	    -1 : 0;
}

int
feed_look(struct feed *f)
{
	const struct queue_group *internal;
	struct queue_groups g = { 0 };
	struct queue_state st;
	char marker[24] = "";
	int rc = -1;

	if (read_stream(f, &st, &g, marker, sizeof(marker)) == 0 &&
	    verify_marker(f, &st, marker, &g) == 0 &&
	    (internal = queue_groups_find(&g, QUEUE_GROUP_INTERNAL)) !=
	    NULL) {
		f->added = st.added;
		f->length = st.length;
		feed_ring_trimmed(&f->ring, 0, f->length);
		f->behind = internal->lag == -1 ? st.length :
		    internal->lag;
		f->behind_bytes = f->behind == 0 ? 0 :
		    feed_ring_bytes_from(&f->ring, &internal->low);
		rc = release_done(f, &g) == -1 ? -1 :
		    give_up_oldest(f, &internal->low);
		if (rc == 0 && f->gave_up)
			rc = release_again(f, &g);
	}
	queue_groups_done(&g);
	return rc;
}
