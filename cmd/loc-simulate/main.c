/* SPDX-License-Identifier: ISC */
/*
 * loc-simulate - lines of a made-up world, always the same for the same seed.
 *
 * Reads nothing; writes report lines for loc-submit(1), query lines with the
 * true position for measuring accuracy, or cell CSV for loc-import(1).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/cli.h"
#include "radio/cell.h"
#include "world.h"

#define SYNOPSIS	"[-hV] [-n count] [-s seed] [-t time] [-w metres] " \
			"reports | queries | cells"
#define HEARD_MAX	256

struct opts {
	long long	count;		/* -n: lines; cells: all if not given */
	uint64_t	seed;		/* -s */
	int64_t		time_s;		/* -t: when all of it happens */
	double		size_m;		/* -w: side of a town */
};

static const char *const radios[WORLD_KINDS] = {
	[WORLD_GSM] = "gsm", [WORLD_WCDMA] = "wcdma", [WORLD_LTE] = "lte",
	[WORLD_NR] = "nr"
};

static void
add_entry(struct base_buf *b, const struct world_signal *s)
{
	if (s->kind == WORLD_WIFI || s->kind == WORLD_BLUE) {
		base_buf_str(b, "{\"macAddress\": \"");
		base_buf_hex(b, s->mac, sizeof(s->mac));
		base_buf_chr(b, '"');
		if (s->kind == WORLD_WIFI)
			base_buf_fmt(b, ", \"channel\": %d", s->channel);
	} else {
		base_buf_fmt(b, "{\"radioType\": \"%s\", "
		    "\"mobileCountryCode\": %d, \"mobileNetworkCode\": %d, "
		    "\"locationAreaCode\": %d, \"cellId\": %llu",
		    radios[s->kind], s->mcc, s->mnc, s->lac,
		    (unsigned long long)s->cid);
		if (s->psc >= 0)
			base_buf_fmt(b, ", \"primaryScramblingCode\": %d",
			    s->psc);
	}
	base_buf_fmt(b, ", \"signalStrength\": %d}", s->signal_dbm);
}

/* The member NAME with the entries of kinds FIRST to LAST, if any. */
static int
add_list(struct base_buf *b, const char *name, const struct world_signal *s,
    size_t n, enum world_kind first, enum world_kind last, int any)
{
	const char *sep = any ? ", " : "";
	int here = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i].kind < first || s[i].kind > last)
			continue;
		if (!here++)
			base_buf_fmt(b, "%s\"%s\": [", sep, name);
		else
			base_buf_str(b, ", ");
		add_entry(b, &s[i]);
	}
	if (here)
		base_buf_chr(b, ']');
	return any || here;
}

static void
add_networks(struct base_buf *b, const struct world_signal *s, size_t n,
    int any)
{
	any = add_list(b, "bluetoothBeacons", s, n, WORLD_BLUE, WORLD_BLUE,
	    any);
	any = add_list(b, "wifiAccessPoints", s, n, WORLD_WIFI, WORLD_WIFI,
	    any);
	add_list(b, "cellTowers", s, n, WORLD_GSM, WORLD_NR, any);
}

static void
add_report(struct base_buf *b, struct world *w, int64_t ms)
{
	struct world_signal heard[HEARD_MAX];
	struct world_place p;
	double lat, lon;
	size_t n;

	world_wander(w, &p);
	n = world_hear(w, &p, heard, HEARD_MAX);
	p.x_m += world_noise(w, 4);	/* of the receiver */
	p.y_m += world_noise(w, 4);
	world_position(w, &p, &lat, &lon);
	base_buf_fmt(b, "{\"timestamp\": %lld, \"position\": {\"latitude\": "
	    "%.6f, \"longitude\": %.6f, \"accuracy\": %.1f, \"speed\": %.1f, "
	    "\"source\": \"gnss\"}", (long long)ms, lat, lon,
	    5 + fabs(world_noise(w, 5)), fabs(world_noise(w, 2)));
	add_networks(b, heard, n, 1);
	base_buf_str(b, "}\n");
}

static void
add_query(struct base_buf *b, struct world *w)
{
	struct world_signal heard[HEARD_MAX];
	struct world_place p;
	double lat, lon;
	size_t n;

	world_wander(w, &p);
	n = world_hear(w, &p, heard, HEARD_MAX);
	world_position(w, &p, &lat, &lon);
	base_buf_fmt(b, "{\"truth\": [%.6f, %.6f, 0.0], \"query\": {", lat,
	    lon);
	add_networks(b, heard, n, 0);
	base_buf_str(b, "}}\n");
}

static void
add_cell(struct base_buf *b, const struct world_signal *s, int64_t time_s)
{
	static const char *const names[WORLD_KINDS] = { [WORLD_GSM] = "GSM",
	    [WORLD_WCDMA] = "UMTS", [WORLD_LTE] = "LTE",
	    [WORLD_NR] = "NR" };
	static const int range_m[WORLD_KINDS] = { [WORLD_GSM] = 2000,
	    [WORLD_WCDMA] = 1500, [WORLD_LTE] = 900,
	    [WORLD_NR] = 600 };

	base_buf_fmt(b, "%s,%d,%d,%d,%llu,", names[s->kind], s->mcc, s->mnc,
	    s->lac, (unsigned long long)s->cid);
	if (s->psc >= 0)
		base_buf_i64(b, s->psc);
	base_buf_fmt(b, ",%.7f,%.7f,%d,%d,1,%lld,%lld,\n", s->lon, s->lat,
	    range_m[s->kind], 1 + (int)(s->cid % 50),
	    (long long)(time_s - 90 * 86400), (long long)time_s);
}

static void
run(const struct opts *o, const char *what)
{
	struct world w;
	struct world_signal s;
	struct base_buf b;
	uint64_t next = 0;
	long long i;

	world_init(&w, o->seed, o->size_m);
	base_buf_init(&b);
	if (*what == 'c')
		puts("radio,mcc,net,area,cell,unit,lon,lat,range,samples,"
		    "changeable,created,updated,averageSignal");
	for (i = 0; o->count < 0 || i < o->count; i++) {
		base_buf_reset(&b);
		if (*what == 'r')
			add_report(&b, &w, o->time_s * 1000 + i * 1000);
		else if (*what == 'q')
			add_query(&b, &w);
		else if (world_next_cell(&w, &next, &s))
			add_cell(&b, &s, o->time_s);
		else
			break;
		io_cli_put(b.data, b.len);
	}
	base_buf_done(&b);
	io_cli_flush();
}

int
main(int argc, char *argv[])
{
	struct opts o = { .count = -1, .seed = 1, .time_s = 1700000000,
	    .size_m = 1000 };
	const char *what;
	int ch;

	while ((ch = io_cli_next(argc, argv, "n:s:t:w:", SYNOPSIS)) != -1)
		switch (ch) {
		case 'n':
			o.count = io_cli_num(ch, optarg, 0, 1LL << 40);
			break;
		case 's':
			o.seed = (uint64_t)io_cli_num(ch, optarg, 0, INT64_MAX);
			break;
		case 't':
			o.time_s = io_cli_num(ch, optarg, 1000000001,
			    9999999999);
			break;
		case 'w':
			o.size_m = (double)io_cli_num(ch, optarg, 100, 50000);
			break;
		}
	if (argc - optind != 1)
		io_cli_usage(SYNOPSIS, 0);
	what = argv[optind];
	if (strcmp(what, "reports") != 0 && strcmp(what, "queries") != 0 &&
	    strcmp(what, "cells") != 0)
		io_cli_usage(SYNOPSIS, 0);
	if (o.count < 0 && *what != 'c')
		o.count = 1000;
	run(&o, what);
	return 0;
}
