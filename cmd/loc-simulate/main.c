/* SPDX-License-Identifier: ISC */
/*
 * loc-simulate - lines of a made-up world, always the same for the same seed.
 *
 * Reads nothing; writes report lines for loc-submit(1), query lines with the
 * true position for measuring accuracy, or cell CSV for loc-import(1).
 */
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/cli.h"
#include "json/write.h"
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

/* A number with so many DECIMALS, as devices send them. */
static void
add_fixed(struct json_write *w, const char *name, int decimals, double v)
{
	json_write_value(w, name);
	base_buf_fmt(w->b, "%.*f", decimals, v);
}

/* One network as it was heard, in the words of /v2/geosubmit. */
static void
add_network(struct json_write *w, const struct world_signal *s)
{
	json_write_object(w, NULL);
	if (s->kind == WORLD_WIFI || s->kind == WORLD_BLUE) {
		json_write_hex(w, "macAddress", s->mac, sizeof(s->mac));
		if (s->kind == WORLD_WIFI)
			json_write_i64(w, "channel", s->channel);
	} else {
		json_write_text(w, "radioType", radios[s->kind]);
		json_write_i64(w, "mobileCountryCode", s->mcc);
		json_write_i64(w, "mobileNetworkCode", s->mnc);
		json_write_i64(w, "locationAreaCode", s->lac);
		json_write_i64(w, "cellId", (int64_t)s->cid);
		if (s->psc >= 0)
			json_write_i64(w, "primaryScramblingCode", s->psc);
	}
	json_write_i64(w, "signalStrength", s->signal_dbm);
	json_write_end(w);
}

/* The member NAME with the entries of kinds FIRST to LAST, if any. */
static void
add_networks_of(struct json_write *w, const char *name,
    const struct world_signal *s, size_t n, enum world_kind first,
    enum world_kind last)
{
	int any = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i].kind < first || s[i].kind > last)
			continue;
		if (!any++)
			json_write_array(w, name);
		add_network(w, &s[i]);
	}
	if (any)
		json_write_end(w);
}

/* All that was heard, by kind, in the order of the API's documentation. */
static void
add_networks(struct json_write *w, const struct world_signal *s, size_t n)
{
	add_networks_of(w, "bluetoothBeacons", s, n, WORLD_BLUE, WORLD_BLUE);
	add_networks_of(w, "wifiAccessPoints", s, n, WORLD_WIFI, WORLD_WIFI);
	add_networks_of(w, "cellTowers", s, n, WORLD_GSM, WORLD_NR);
}

/* A report from a place on the way, where the receiver errs a little. */
static void
put_report_line(struct base_buf *b, struct world *world, int64_t ms)
{
	struct world_signal heard[HEARD_MAX];
	struct world_place p;
	struct json_write w;
	double accuracy_m, lat, lon, speed_mps;
	size_t n;

	simulate_world_wander(world, &p);
	n = simulate_world_hear(world, &p, heard, HEARD_MAX);
	p.x_m += simulate_world_noise(world, 4);
	p.y_m += simulate_world_noise(world, 4);
	simulate_world_position(world, &p, &lat, &lon);
	speed_mps = fabs(simulate_world_noise(world, 2));
	accuracy_m = 5 + fabs(simulate_world_noise(world, 5));
	json_write_begin(&w, b);
	json_write_i64(&w, "timestamp", ms);
	json_write_object(&w, "position");
	add_fixed(&w, "latitude", 6, lat);
	add_fixed(&w, "longitude", 6, lon);
	add_fixed(&w, "accuracy", 1, accuracy_m);
	add_fixed(&w, "speed", 1, speed_mps);
	json_write_text(&w, "source", "gnss");
	json_write_end(&w);
	add_networks(&w, heard, n);
	json_write_end(&w);
}

/* A question, beside the place that it was asked from. */
static void
put_query_line(struct base_buf *b, struct world *world)
{
	struct world_signal heard[HEARD_MAX];
	struct world_place p;
	struct json_write w;
	double lat, lon;
	size_t n;

	simulate_world_wander(world, &p);
	n = simulate_world_hear(world, &p, heard, HEARD_MAX);
	simulate_world_position(world, &p, &lat, &lon);
	json_write_begin(&w, b);
	json_write_array(&w, "truth");
	add_fixed(&w, NULL, 6, lat);
	add_fixed(&w, NULL, 6, lon);
	add_fixed(&w, NULL, 1, 0);
	json_write_end(&w);
	json_write_object(&w, "query");
	add_networks(&w, heard, n);
	json_write_end(&w);
	json_write_end(&w);
}

/* A row of cell CSV, as the Mozilla Location Service published them. */
static void
put_cell_row(struct base_buf *b, const struct world_signal *s, int64_t time_s)
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
	base_buf_fmt(b, ",%.7f,%.7f,%d,%d,1,%lld,%lld,", s->lon, s->lat,
	    range_m[s->kind], 1 + (int)(s->cid % 50),
	    (long long)(time_s - 90 * 86400), (long long)time_s);
}

/*
 * Write the lines of WHAT.  The world is made anew of the seed each time, and
 * every line is written when it is made: so any number of them takes no
 * memory, and whoever reads them may stop at any.
 */
static void
simulate_lines(const struct opts *o, const char *what)
{
	struct world w;
	struct world_signal s;
	struct base_buf b;
	uint64_t next = 0;
	long long i;

	simulate_world_init(&w, o->seed, o->size_m);
	base_buf_init(&b);
	if (*what == 'c')
		puts("radio,mcc,net,area,cell,unit,lon,lat,range,samples,"
		    "changeable,created,updated,averageSignal");
	for (i = 0; o->count < 0 || i < o->count; i++) {
		if (*what == 'r')
			put_report_line(&b, &w, o->time_s * 1000 + i * 1000);
		else if (*what == 'q')
			put_query_line(&b, &w);
		else if (simulate_world_next_cell(&w, &next, &s))
			put_cell_row(&b, &s, o->time_s);
		else
			break;
		io_cli_line(&b);
	}
	base_buf_done(&b);
	io_cli_flush();
}

/* Cells are counted by the towns; there is no end of reports and queries. */
int
main(int argc, char *argv[])
{
	static const char *const kinds[] = { "reports", "queries", "cells" };
	struct io_cli cli;
	const char *what;
	struct opts o;

	io_cli_read(&cli, argc, argv, "n:s:t:w:", SYNOPSIS);
	o.count = io_cli_num_or(&cli, 'n', 0, 1LL << 40, -1);
	o.seed = (uint64_t)io_cli_num_or(&cli, 's', 0, INT64_MAX, 1);
	o.time_s = io_cli_num_or(&cli, 't', 1000000001, 9999999999,
	    1700000000);
	o.size_m = (double)io_cli_num_or(&cli, 'w', 100, 50000, 1000);
	if (cli.words == 0)
		io_cli_usage(SYNOPSIS, 0);
	what = *(const char *const *)IO_CLI_FIND(cli.word[0], kinds);
	if (cli.words > 1) {
		warnx("%s: unexpected %s", what, cli.word[1]);
		io_cli_usage(SYNOPSIS, 0);
	}
	if (o.count < 0 && *what != 'c')
		o.count = 1000;
	simulate_lines(&o, what);
	return 0;
}
