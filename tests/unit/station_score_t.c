/* SPDX-License-Identifier: ISC */
#include "base/civil.h"
#include "station/row.h"
#include "station/score.h"

#include "tap.h"

#define NOW	1686830400	/* 2023-06-15T12:00:00Z */
#define TODAY	(NOW / BASE_CIVIL_DAY_S)
#define NONE	INT64_MIN

static int64_t
days_ago(int64_t n)
{
	return n == NONE ? STATION_ROW_NULL : NOW - n * BASE_CIVIL_DAY_S;
}

static int64_t
day_ago(int64_t n)
{
	return n == NONE ? STATION_ROW_NULL : TODAY - n;
}

int
main(void)
{
	static const struct {
		int64_t created, modified, radius, samples, block_last;
		int64_t last_seen;
		double want;
	} rows[] = {
		{ 0, 0, 0, 1, NONE, NONE, 0.05 },
		{ 10, 0, 10, 64, NONE, NONE, 6.0 },
		{ 10, 0, 10, 1024, NONE, NONE, 10.0 },
		{ 10, 0, 10, 4096, NONE, NONE, 10.0 },
		{ 10, 0, 0, 1024, NONE, NONE, 0.5 },
		{ 10, 0, NONE, 1024, NONE, NONE, 0.5 },
		{ 70, 40, 10, 1024, NONE, NONE, 7.07 },
		{ 190, 180, 10, 64, NONE, NONE, 2.27 },
		{ 70, 60, 10, 64, 65, NONE, 1.73 },
		{ 70, 60, 10, 64, 65, 58, 2.42 },
		{ -5, -5, 0, 1, NONE, NONE, 0.05 },
		{ NONE, 0, 10, 64, NONE, NONE, 0.6 },
		{ 30, NONE, 10, 64, NONE, NONE, 6.0 },
		{ 30, NONE, 10, 64, NONE, 29, 6.0 },
	};
	static const struct {
		int64_t radius, num_cells;
		double want;
	} areas[] = {
		{ 10, 4, 0.2 }, { 0, 100, 0.1 }, { 10, 1000, 1.0 },
		{ 10, NONE, 0.1 },
	};
	static const struct {
		int64_t created, last, count;
		int want;
	} blocks[] = {
		{ 50, NONE, NONE, 0 }, { 50, 30, 0, 0 },
		{ 14, 14, 1, 1 }, { 30, 30, 1, 1 }, { 44, 44, 1, 1 },
		{ 45, 45, 1, 0 }, { 45, 20, 2, 1 }, { 75, 20, 2, 1 },
		{ 76, 20, 2, 0 }, { 104, 20, 3, 1 }, { 105, 20, 3, 0 },
		{ 135, 20, 4, 1 }, { 136, 20, 4, 0 },
		{ 400, 0, 1, 1 }, { 400, 1, 1, 1 }, { 400, 2, 1, 0 },
		{ 400, -3, 1, 1 }, { NONE, 20, 9, 0 },
	};
	struct station_area a;
	struct station_row r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		station_row_init(&r);
		r.created = days_ago(rows[i].created);
		r.modified = days_ago(rows[i].modified);
		r.radius = rows[i].radius;
		r.samples = rows[i].samples;
		r.block_last = day_ago(rows[i].block_last);
		r.last_seen = day_ago(rows[i].last_seen);
		is_near(station_score_row(&r, NOW), rows[i].want, 0.005,
		    "score of a station");
	}
	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		station_row_area_init(&a);
		a.created = a.modified = NOW;
		a.radius = areas[i].radius;
		a.num_cells = areas[i].num_cells;
		is_near(station_score_area(&a, NOW), areas[i].want, 0.005,
		    "score of an area");
	}
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		station_row_init(&r);
		r.created = days_ago(blocks[i].created);
		r.block_last = day_ago(blocks[i].last);
		r.block_count = blocks[i].count;
		ok(station_score_blocked(&r, TODAY) == blocks[i].want,
		    "blocked %lld times, row %lld days old",
		    (long long)blocks[i].count, (long long)blocks[i].created);
	}
	return tap_done();
}
