/* SPDX-License-Identifier: ISC */
/*
 * CPU microseconds of answering one geolocate body of some wifis and cells, all
 * of them known and standing in memory; what of it is reading the JSON, what is
 * the search alone, and what one distance costs.  -t: with what is kept of them
 * by our own rules, and heard together; -x: with the solver of strict answers.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/answer.h"
#include "base/arena.h"
#include "base/buf.h"
#include "geo/dist.h"
#include "ichnaea/rules.h"
#include "io/cli.h"
#include "json/doc.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"
#include "station/places.h"
#include "station/trust.h"

#define NOW	1700050000
#define PARTS	50

struct stations {
	double	spread_deg;
	int	networks;
	int	cells;
	int	has_trust;
};

/* What loc-work would have made of R: a peak, some votes, a mark of all. */
static void
add_trust(struct station_row *r, size_t i)
{
	const struct station_trust t = { .votes = 3, .days = 2,
	    .last = NOW / 86400 };

	r->peak_lat = llrint(r->lat * 1e7);
	r->peak_lon = llrint(r->lon * 1e7);
	r->peak_weight = 5;
	r->spread = 400;
	station_trust_set(r, &t);
	r->marks.len = 12;
	memset(r->marks.byte, 7, 12);
	r->marks.byte[0] = (uint8_t)i;
	r->marks.byte[4] = (uint8_t)(i / 3);
}

/* What loc-work would have made of R, a cell: places all around. */
static void
add_places(struct station_row *r)
{
	struct station_places p = { .n = 0 };
	int i;

	for (i = 0; i < 2 * STATION_PLACES_MAX; i++)
		station_places_add(&p, r->lat + 0.01 * sin(i), r->lon + 0.01 *
		    cos(i * 3), -70 - i);
	r->places.len = (uint8_t)station_places_write(&p, r->places.byte);
}

static void
set_history(struct station_row *r)
{
	r->created = NOW - 50 * 86400;
	r->modified = NOW - 86400;
	r->last_seen = NOW / 86400;
}

static int
find_cells(const struct stations *s, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	struct station_row *r;
	size_t i;

	if ((f->cell = base_arena_alloc(a, q->ncell * sizeof(*r))) == NULL)
		return -1;
	f->ncell = q->ncell;
	for (i = 0; i < q->ncell; i++) {
		r = &f->cell[i];
		station_row_init(r);
		radio_cell_key(r->key, &q->cell[i].cell);
		r->lat = 51.5 + 0.01 * sin((double)i);
		r->lon = -0.1 + 0.01 * cos((double)i * 3);
		r->radius = 2000;
		r->samples = 200;
		set_history(r);
		if (s->has_trust)
			add_places(r);
	}
	return 0;
}

static int
find_all(const struct stations *s, const struct locate_query *q,
    struct locate_found *f, struct base_arena *a)
{
	struct station_row *r;
	size_t i;

	if ((f->wifi = base_arena_alloc(a, q->nwifi * sizeof(*r))) == NULL)
		return -1;
	f->nwifi = q->nwifi;
	for (i = 0; i < q->nwifi; i++) {
		r = &f->wifi[i];
		station_row_init(r);
		memcpy(r->key, q->wifi[i].mac, RADIO_MAC_LEN);
		r->lat = 51.5 + s->spread_deg * sin((double)i);
		r->lon = -0.1 + s->spread_deg * cos((double)i * 3);
		r->radius = 50;
		r->samples = 20;
		set_history(r);
		if (s->has_trust)
			add_trust(r, i);
	}
	return find_cells(s, q, f, a);
}

static double
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
make_body(struct base_buf *b, int n, int cells)
{
	int i;

	base_buf_str(b, "{\"considerIp\":false,");
	if (cells > 0)
		base_buf_str(b, "\"cellTowers\":[");
	for (i = 0; i < cells; i++)
		base_buf_fmt(b, "%s{\"radioType\":\"lte\","
		    "\"mobileCountryCode\":234,\"mobileNetworkCode\":30,"
		    "\"locationAreaCode\":5,\"cellId\":%d,"
		    "\"signalStrength\":%d}", i > 0 ? "," : "", 1000 + i,
		    -75 - i);
	if (cells > 0)
		base_buf_str(b, "],");
	base_buf_str(b, "\"wifiAccessPoints\":[");
	for (i = 0; i < n; i++)
		base_buf_fmt(b, "%s{\"macAddress\":\"%02x:82:%02x:00:00:%02x"
		    "\",\"signalStrength\":%d,\"channel\":%d,\"age\":%d}",
		    i > 0 ? "," : "", (i & 127) * 2, i * 37 & 255, i >> 7,
		    -50 - i % 40, 1 + i % 11, i * 100);
	base_buf_str(b, "]}");
}

/*
 * The time of one search with what W has read and found: the least of some
 * parts, as others of the machine only ever add to it.
 */
static double
time_search(const struct api_answer *w, long rounds)
{
	long i, part, each = rounds / PARTS + 1;
	double best = INFINITY, t;
	struct base_arena a;

	base_arena_init(&a);
	for (part = 0; part < PARTS; part++) {
		t = cpu_us();
		for (i = 0; i < each; i++) {
			base_arena_reset(&a);
			locate_search(w->search, &w->query, &w->found, NOW,
			    &a);
		}
		best = fmin(best, (cpu_us() - t) / (double)each);
	}
	base_arena_done(&a);
	return best;
}

int
main(int argc, char *argv[])
{
	struct stations s = { 0.001, 10, 0, 0 };
	struct api_answer w = { .rules = ichnaea_rules(0), .now_s = NOW };
	struct base_buf body, out;
	struct base_arena a;
	struct json_doc d;
	double answer, json, dist, search, sum = 0, t;
	long i, rounds = 100000;
	int ch;

	while ((ch = getopt(argc, argv, "c:n:r:s:tx")) != -1)
		switch (ch) {
		case 'c':
			s.cells = (int)io_cli_num('c', optarg, 0, 100);
			break;
		case 'n':
			s.networks = (int)io_cli_num('n', optarg, 2, 10000);
			break;
		case 'r':
			rounds = (long)io_cli_num('r', optarg, 1, 1 << 30);
			break;
		case 's':
			s.spread_deg = strtod(optarg, NULL);
			break;
		case 't':
			s.has_trust = 1;
			break;
		case 'x':
			w.rules = ichnaea_rules(1);
			w.as_ichnaea = 1;
			break;
		default:
			io_cli_usage("[-tx] [-c cells] [-n networks] "
			    "[-r rounds] [-s degrees]", 0);
		}
	base_buf_init(&body);
	base_buf_init(&out);
	base_arena_init(&a);
	w.arena = &a;
	make_body(&body, s.networks, s.cells);
	t = cpu_us();
	for (i = 0; i < rounds; i++) {
		base_arena_reset(&a);
		base_buf_reset(&out);
		if (api_answer_read(&w, body.data, body.len) &&
		    find_all(&s, &w.need, &w.found, &a) == 0)
			api_answer_search(&w);
		api_answer_write(&w, &out);
	}
	answer = (cpu_us() - t) / (double)rounds;
	search = w.search == NULL ? 0 : time_search(&w, rounds);
	t = cpu_us();
	for (i = 0; i < rounds; i++) {
		base_arena_reset(&a);
		json_doc_parse(&d, body.data, body.len, &a);
	}
	json = (cpu_us() - t) / (double)rounds;
	t = cpu_us();
	for (i = 0; i < rounds; i++)
		sum += geo_dist_m(51.5, -0.1, 51.5 + (double)i * 1e-8, -0.101);
	dist = (cpu_us() - t) / (double)rounds;
	printf("{\"networks\":%d,\"cells\":%d,\"body_bytes\":%zu,"
	    "\"answer_us\":%.2f,\"json_us\":%.2f,\"search_us\":%.2f,"
	    "\"distance_us\":%.3f,\"answer\":%s}\n", s.networks, s.cells,
	    body.len, answer, json, search, dist, out.data);
	base_arena_done(&a);
	base_buf_done(&out);
	base_buf_done(&body);
	return sum > 0 ? 0 : 1;
}
