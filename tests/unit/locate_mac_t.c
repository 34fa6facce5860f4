/* SPDX-License-Identifier: ISC */
/* Clusters, against the plain definition of complete linkage. */
#include "base/arena.h"
#include "geo/dist.h"
#include "locate/mac.h"
#include "locate/query.h"
#include "locate/result.h"

#include "tap.h"
#include "world.h"

#define MAX	400
#define DEG_M	111195.0	/* about a degree of latitude */

struct net {
	struct locate_mac	 heard[MAX];
	struct station_row	 row[MAX];
	size_t			 n;
};

static void
add(struct net *net, double lat, double lon)
{
	size_t i = net->n++;

	memset(&net->heard[i], 0, sizeof(net->heard[i]));
	net->heard[i].mac[4] = (uint8_t)(i >> 8);
	net->heard[i].mac[5] = (uint8_t)i;
	net->heard[i].age_ms = net->heard[i].signal_dbm = LOCATE_UNKNOWN;
	station_row_init(&net->row[i]);
	memcpy(net->row[i].key, net->heard[i].mac, RADIO_MAC_LEN);
	net->row[i].lat = lat;
	net->row[i].lon = lon;
	net->row[i].radius = 10;
	net->row[i].samples = 2 + (int64_t)i;
	net->row[i].created = WORLD_NOW - 30 * BASE_CIVIL_DAY_S;
	net->row[i].modified = WORLD_NOW;
}

/* The group of each station, as letters; '-' for those alone. */
static const char *
groups(const struct net *net, char *text, size_t *used, struct base_arena *a)
{
	static struct locate_result_list l;
	const struct locate_mac_ask ask = { &locate_mac_wifi, net->heard,
	    net->n, net->row, net->n, WORLD_NOW, 0, 0 };
	struct locate_mac_found mf;
	size_t i;

	base_arena_reset(a);
	l.n = 0;
	locate_mac_search(&ask, &l, &mf, a);
	*used = 0;
	for (i = 0; i < mf.n; i++) {
		text[i] = (char)(mf.at[i].group == -1 ? '-' :
		    'a' + mf.at[i].group % 26);
		*used += (size_t)mf.at[i].used;
	}
	text[i] = '\0';
	return text;
}

/* Complete linkage as defined, of at most 40 stations. */
static const char *
plain(const struct net *net, char *text, double limit_m)
{
	double d[40][40], best, far;
	int of[40], bi, bj, next = 0;
	size_t i, j, k, m, n = net->n, size;

	for (i = 0; i < n; i++) {
		of[i] = (int)i;
		for (j = 0; j < n; j++)
			d[i][j] = geo_dist_m(net->row[i].lat,
			    net->row[i].lon, net->row[j].lat,
			    net->row[j].lon);
	}
	for (;;) {
		best = INFINITY;
		bi = bj = 0;
		for (i = 0; i < n; i++)
			for (j = i + 1; j < n; j++) {
				if (of[i] == of[j])
					continue;
				far = 0;
				for (k = 0; k < n; k++)
					for (m = 0; m < n; m++)
						if (of[k] == of[i] &&
						    of[m] == of[j])
							far = fmax(far,
							    d[k][m]);
				if (far < best) {
					best = far;
					bi = of[i];
					bj = of[j];
				}
			}
		if (!(best <= limit_m))
			break;
		for (i = 0; i < n; i++)
			if (of[i] == bj)
				of[i] = bi;
	}
	memset(text, 0, MAX);
	for (i = 0; i < n; i++) {
		size = 0;
		for (j = 0; j < n; j++)
			size += of[j] == of[i];
		for (j = 0; j < i && of[j] != of[i]; j++)
			;
		text[i] = (char)(size < 2 ? '-' : j < i ? text[j] :
		    'a' + next++ % 26);
	}
	return text;
}

/* A point of a reproducible sequence in [0, 1). */
static double
unit(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (double)*state / 4294967296.0;
}

int
main(void)
{
	static const double line1[] = { 0, 222.5, 456.2, 923.4 };
	static const double line2[] = { 0, 301.5, 625.3, 971.3, 1339.5 };
	static const struct {
		double lat, lon, spread;
	} where[] = {
		{ 51.5, -0.1, 0.004 }, { 51.5, -0.1, 0.01 },
		{ 51.5, -0.1, 0.05 }, { 0, 0, 0.01 }, { 0, 179.998, 0.01 },
		{ 89.99, 20, 0.01 }, { -70, -179.999, 0.02 },
	};
	static struct net net;
	static char got[MAX + 1], want[MAX + 1];
	struct base_arena a;
	uint32_t state = 1;
	size_t i, j, used;
	double lat, lon;
	int bad, round;

	base_arena_init(&a);
	for (i = 0; i < 4; i++)
		add(&net, 51.5 + line1[i] / DEG_M, -0.1);
	is_str(groups(&net, got, &used, &a), "aaa-", "three of a line");
	net.n = 0;
	for (i = 0; i < 5; i++)
		add(&net, 51.5 + line2[i] / DEG_M, -0.1);
	is_str(groups(&net, got, &used, &a), "aabb-", "two pairs of a line");
	net.n = 0;
	add(&net, 51.5, -0.1);
	is_str(groups(&net, got, &used, &a), "-", "one alone");
	add(&net, 51.5, 0.1);
	is_str(groups(&net, got, &used, &a), "--", "two far apart");

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		for (bad = 0, round = 0; round < 20; round++) {
			net.n = 0;
			for (j = 0; j < 2 + (size_t)round; j++) {
				lat = where[i].lat + where[i].spread *
				    (unit(&state) - 0.5);
				lon = where[i].lon + where[i].spread *
				    (unit(&state) - 0.5);
				add(&net, fmin(lat, 90), lon > 180 ?
				    lon - 360 : lon < -180 ? lon + 360 : lon);
			}
			bad += strcmp(groups(&net, got, &used, &a),
			    plain(&net, want, 500)) != 0;
		}
		ok(bad == 0, "random clusters at %g, %g", where[i].lat,
		    where[i].lon);
	}

	net.n = 0;
	for (i = 0; i < MAX; i++)
		add(&net, 51.5 + 1e-6 * (double)i, -0.1 + 1e-6 * (double)i);
	is_int((long long)strlen(groups(&net, got, &used, &a)),
	    LOCATE_MAC_MAX, "the best of many");
	is_int((long long)used, 20, "of these the best twenty are used");
	base_arena_done(&a);
	return tap_done();
}
