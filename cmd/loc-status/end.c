/* SPDX-License-Identifier: ISC */
/*
 * From end to end: one report is handed in, shipped, counted, found, and then
 * taken out again.
 *
 * It comes from the ice of Antarctica, names two networks that nobody has, and
 * carries a key that no client can have: by that no other target of the stream
 * takes it.  So nothing else is touched, and what is left afterwards is an id
 * in the ledger and two observations in the counters of the day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "ichnaea/rules.h"
#include "io/privs.h"
#include "obs/batch.h"
#include "radio/mac.h"
#include "spool/record.h"
#include "spool/writer.h"
#include "store/db.h"
#include "store/export.h"
#include "store/lookup.h"
#include "store/row.h"
#include "store/update.h"

#include "status.h"

#define LAT	"-80.0"
#define LON	"120.0"
#define GRID	"00002710000493e0"	/* the same in datamap_se */

#define COUNT_MS	30000	/* to wait for it to be counted */
#define FIND_MS		10000	/* ... and for a replica to have it */
#define PAUSE_MS	100

struct test {
	struct status	*s;
	uint8_t		 mac[2][RADIO_MAC_LEN];
	uint8_t		 id[SPOOL_RECORD_ID_LEN];
	char		 line[512];	/* a report, and a query */
	int64_t		 start_ms;
};

/*
 * Addresses that no device has: of the range for documentation, and of a
 * private one that was given away and never used.  They are far apart, so that
 * nobody takes the two for one device.
 */
static void
make_report(struct test *t)
{
	static const uint8_t front[2][4] = {
		{ 0x00, 0x00, 0x5e, 0x00 }, { 0x00, 0x00, 0x6c, 0xd7 }
	};
	char hex[2][2 * RADIO_MAC_LEN + 1];
	int i, k;

	for (i = 0; i < 2; i++) {
		memcpy(t->mac[i], front[i], sizeof(front[i]));
		arc4random_buf(t->mac[i] + 4, 2);
		if (i == 0)
			t->mac[i][4] = 0x53;
		for (k = 0; k < RADIO_MAC_LEN; k++)
			snprintf(hex[i] + 2 * k, 3, "%02x", t->mac[i][k]);
	}
	snprintf(t->line, sizeof(t->line), "{\"timestamp\": %lld, "
	    "\"position\": {\"latitude\": " LAT ", \"longitude\": " LON ", "
	    "\"accuracy\": 10}, \"wifiAccessPoints\": ["
	    "{\"macAddress\": \"%s\"}, {\"macAddress\": \"%s\"}]}\n",
	    (long long)base_clock_now_ms(), hex[0], hex[1]);
}

/* As loc-submit does it, and as the owner of the spool. */
static int
hand_in(struct test *t)
{
	struct conf_file *cf = &t->s->cf;
	struct spool_record r = { .count = 1, .payload = t->line,
	    .len = strlen(t->line), .key = STORE_EXPORT_TEST_KEY,
	    .keylen = strlen(STORE_EXPORT_TEST_KEY),
	    .time_ms = base_clock_now_ms() };
	struct spool_writer *w;
	int rc;

	base_uuid_v7(r.id, r.time_ms);
	memcpy(t->id, r.id, sizeof(t->id));
	if (io_privs_enter(cf->spool_dir, cf->http_user) == -1 ||
	    (w = spool_writer_open(cf->spool_dir, cf->spool_max_bytes,
	    cf->spool_segment_bytes)) == NULL)
		return -1;
	rc = spool_writer_append(w, &r);
	spool_writer_end(w);
	return rc;
}

/* Returns 1 when it was counted, 0 if not in time, or -1. */
static int
wait_counted(struct test *t)
{
	int rc;

	while ((rc = store_update_is_known(t->s->rw, t->id)) == 0 &&
	    base_clock_mono_ms() - t->start_ms < COUNT_MS)
		base_clock_nap(PAUSE_MS, NULL);
	return rc;
}

/* Ask where both networks are, as loc-locate does.  An HTTP status. */
static int
locate(struct test *t, struct store_db *db)
{
	const struct conf_file *cf = &t->s->cf;
	struct api_answer w = { .rules = ichnaea_rules(cf->http_strict),
	    .as_ichnaea = cf->http_strict || !cf->locate_model,
	    .confidence = (int)cf->locate_confidence,
	    .now_s = base_clock_now_s() };
	struct base_arena a;
	struct store_lookup ask = { &w.need, &w.found, &a };
	struct store_lookup *const one = &ask;
	struct base_buf out;
	int status;

	base_arena_init(&a);
	base_buf_init(&out);
	w.arena = &a;
	if (api_answer_read(&w, t->line, strlen(t->line))) {
		w.lost = store_lookup_run(db, &one, 1) == -1;
		api_answer_search(&w);
	}
	status = api_answer_write(&w, &out);
	base_buf_done(&out);
	base_arena_done(&a);
	return status;
}

static int
wait_found(struct test *t)
{
	struct store_db *db = t->s->ro != NULL ? t->s->ro : t->s->rw;
	int64_t start = base_clock_mono_ms();
	int status;

	while ((status = locate(t, db)) != 200 &&
	    base_clock_mono_ms() - start < FIND_MS)
		base_clock_nap(PAUSE_MS, NULL);
	return status;
}

/*
 * Take the rows out, and those of earlier tests that were counted only when
 * nobody waited any more.
 */
static int
take_out(struct test *t)
{
	static const char *const rest[] = {
		"DELETE FROM datamap_se WHERE grid = x'" GRID "'",
		"DELETE FROM wifi_shard_5 WHERE mac BETWEEN "
		    "x'00005e005300' AND x'00005e0053ff' AND "
		    "created < UTC_TIMESTAMP() - INTERVAL 1 HOUR",
		"DELETE FROM wifi_shard_6 WHERE mac BETWEEN "
		    "x'00006cd70000' AND x'00006cd7ffff' AND "
		    "created < UTC_TIMESTAMP() - INTERVAL 1 HOUR"
	};
	struct store_db *db = t->s->rw;
	struct base_buf b;
	int rc = 0, table;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < 2; i++) {
		table = store_row_table(OBS_WIFI, t->mac[i]);
		base_buf_reset(&b);
		base_buf_fmt(&b, "DELETE FROM %s WHERE mac = x'",
		    store_row_table_name(table));
		base_buf_hex(&b, t->mac[i], RADIO_MAC_LEN);
		base_buf_chr(&b, '\'');
		if (store_db_run(db, b.data, b.len) == -1)
			rc = -1;
	}
	base_buf_done(&b);
	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (store_db_exec(db, rest[i]) == -1)
			rc = -1;
	return rc;
}

static void
tell_end(struct test *t, int64_t counted_ms, int status)
{
	struct status *s = t->s;

	if (take_out(t) == -1)
		tell(s, "end", DEGRADED, "see rw", "the report of the test "
		    "could not be taken out: %s", said(s));
	else if (status != 200)
		tell(s, "end", BROKEN, "see ro", "the report was counted, and "
		    "not found: %d", status);
	else
		tell(s, "end", FINE, NULL, "a report was handed in, counted "
		    "after %lld ms, found, and taken out",
		    (long long)counted_ms);
}

void
check_end(struct status *s)
{
	struct test t = { .s = s, .start_ms = base_clock_mono_ms() };
	int64_t counted_ms;
	int rc;

	if (s->rw == NULL) {
		tell(s, "end", BROKEN, "see location.ini(5)",
		    "[database] rw_url is not set");
		return;
	}
	make_report(&t);
	if (hand_in(&t) == -1) {
		tell(s, "end", BROKEN, "see spool", "no report can be handed "
		    "in: %s", said(s));
		return;
	}
	rc = wait_counted(&t);
	counted_ms = base_clock_mono_ms() - t.start_ms;
	if (rc != 1) {
		tell(s, "end", BROKEN, "see feed, redis, workers and rw",
		    "a report was handed in, and not counted within %d s",
		    COUNT_MS / 1000);
		return;
	}
	tell_end(&t, counted_ms, wait_found(&t));
}
