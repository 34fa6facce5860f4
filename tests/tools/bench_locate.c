/* SPDX-License-Identifier: ISC */
/*
 * CPU microseconds of answering one geolocate body of some wifis, all of
 * them known and standing in memory; what of it is reading the JSON, and
 * what one distance costs.  -x: with the solver of strict answers.
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

#define NOW	1700050000

struct stations {
	double	spread_deg;
	int	networks;
};

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
		r->created = NOW - 50 * 86400;
		r->modified = NOW - 86400;
		r->last_seen = NOW / 86400;
	}
	return 0;
}

static double
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
make_body(struct base_buf *b, int n)
{
	int i;

	base_buf_str(b, "{\"considerIp\":false,\"wifiAccessPoints\":[");
	for (i = 0; i < n; i++)
		base_buf_fmt(b, "%s{\"macAddress\":\"%02x:82:%02x:00:00:%02x"
		    "\",\"signalStrength\":%d,\"channel\":%d,\"age\":%d}",
		    i > 0 ? "," : "", (i & 127) * 2, i * 37 & 255, i >> 7,
		    -50 - i % 40, 1 + i % 11, i * 100);
	base_buf_str(b, "]}");
}

int
main(int argc, char *argv[])
{
	struct stations s = { 0.001, 10 };
	struct api_answer w = { .rules = ichnaea_rules(0), .now_s = NOW };
	struct base_buf body, out;
	struct base_arena a;
	struct json_doc d;
	double answer, json, dist, sum = 0, t;
	long i, rounds = 100000;
	int ch;

	while ((ch = getopt(argc, argv, "n:r:s:x")) != -1)
		switch (ch) {
		case 'n':
			s.networks = (int)io_cli_num('n', optarg, 2, 10000);
			break;
		case 'r':
			rounds = (long)io_cli_num('r', optarg, 1, 1 << 30);
			break;
		case 's':
			s.spread_deg = strtod(optarg, NULL);
			break;
		case 'x':
			w.rules = ichnaea_rules(1);
			w.as_ichnaea = 1;
			break;
		default:
			io_cli_usage("[-x] [-n networks] [-r rounds] "
			    "[-s degrees]", 0);
		}
	base_buf_init(&body);
	base_buf_init(&out);
	base_arena_init(&a);
	w.arena = &a;
	make_body(&body, s.networks);
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
	printf("{\"networks\":%d,\"body_bytes\":%zu,\"answer_us\":%.2f,"
	    "\"json_us\":%.2f,\"distance_us\":%.3f,\"answer\":%s}\n",
	    s.networks, body.len, answer, json, dist, out.data);
	base_arena_done(&a);
	base_buf_done(&out);
	base_buf_done(&body);
	return sum > 0 ? 0 : 1;
}
