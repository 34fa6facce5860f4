/* SPDX-License-Identifier: ISC */
/*
 * lookup_bench URL ROWS LOOKUPS [PID] - what a lookup of 10 access points
 * costs beyond its bare query.  Fills the wifi tables up to ROWS rows, then
 * runs LOOKUPS lookups and as many bare queries in turns, and prints for
 * both the CPU time of this process (and of server PID) in microseconds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "locate/found.h"
#include "locate/query.h"
#include "store/db.h"
#include "store/lookup.h"
#include "store/row.h"
#include "store/sql.h"
#include "mix.h"

#define MACS	10
#define TURN	500

/* Access point I of the tables. */
static void
make_mac(uint8_t mac[RADIO_MAC_LEN], uint64_t i)
{
	uint64_t v = mix(i + 1);

	memcpy(mac, &v, RADIO_MAC_LEN);
}

static int
fill(struct store_db *db, int table, uint64_t rows)
{
	const void *rp[1000];
	struct station_row r[1000];
	size_t n = 0;
	uint64_t i;

	for (i = 0; i < rows; i++) {
		station_row_init(&r[n]);
		make_mac(r[n].key, i);
		if (store_row_table(OBS_WIFI, r[n].key) == table) {
			r[n].lat = 50 + (double)(mix(i) % 1000000) / 1e5;
			r[n].lon = 10 + (double)(mix(~i) % 1000000) / 1e5;
			r[n].max_lat = r[n].min_lat = r[n].lat;
			r[n].max_lon = r[n].min_lon = r[n].lon;
			r[n].radius = 42;
			r[n].samples = 12;
			r[n].weight = 12.345;
			r[n].created = 1600000000 + (int64_t)i;
			r[n].modified = 1700000000 + (int64_t)i;
			r[n].last_seen = 20000;
			strlcpy(r[n].region, "DE", sizeof(r[n].region));
			rp[n] = &r[n];
			n++;
		}
		if (n == 1000 || i + 1 == rows) {
			if (store_row_write(db, table, rp, n,
			    STORE_ROW_UPSERT) == -1)
				return -1;
			n = 0;
		}
	}
	return 0;
}

/* Seven known and three unknown access points. */
static void
make_query(struct locate_query *q, struct locate_mac *m, uint64_t rows,
    uint64_t seed)
{
	int i;

	memset(m, 0, MACS * sizeof(*m));
	for (i = 0; i < MACS; i++)
		make_mac(m[i].mac, mix(seed * MACS + (uint64_t)i) % rows +
		    (i < 7 ? 0 : rows));
	memset(q, 0, sizeof(*q));
	q->wifi = m;
	q->nwifi = MACS;
}

static void
make_sql(struct base_buf *b, const struct locate_mac *m)
{
	int i, k, t;

	base_buf_reset(b);
	for (t = 0; t < 16; t++) {
		for (i = k = 0; i < MACS; i++) {
			if (radio_mac_shard(m[i].mac) != t)
				continue;
			if (k++ == 0)
				base_buf_fmt(b, "%sSELECT 1,mac,lat,lon,"
				    "radius,region,samples,created,modified,"
				    "last_seen,block_last,block_count FROM "
				    "wifi_shard_%x WHERE mac IN (",
				    b->len > 0 ? " UNION ALL " : "",
				    (unsigned)t);
			else
				base_buf_chr(b, ',');
			store_sql_quote_bytes(b, m[i].mac, RADIO_MAC_LEN);
		}
		if (k > 0)
			base_buf_chr(b, ')');
	}
}

static int
on_row(void *arg, char **field, const unsigned long *flen)
{
	(void)field;
	(void)flen;
	++*(uint64_t *)arg;
	return 0;
}

static double
own_us(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return 1e6 * (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

static double
server_us(const char *pid)
{
	unsigned long long user = 0, sys = 0;
	char path[64];
	FILE *fp;

	if (pid == NULL)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if ((fp = fopen(path, "r")) == NULL)
		return 0;
	if (fscanf(fp, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
	    "%llu %llu", &user, &sys) != 2)
		user = sys = 0;
	fclose(fp);
	return 1e6 * (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

int
main(int argc, char *argv[])
{
	int status;
	static struct base_buf sql[TURN];
	static struct locate_mac macs[TURN][MACS];
	static struct locate_query q[TURN];
	double own, server, us[2][2] = { { 0 } };
	uint64_t done, found[2] = { 0 }, i, lookups, rows;
	struct store_lookup ask, *const one = &ask;
	struct locate_found f;
	struct store_db *db;
	struct base_arena a;
	const char *pid;
	int64_t n;
	int t;

	if (argc < 4 || (db = store_db_open("url", argv[1], STORE_DB_CAUSAL,
	    &status)) == NULL) {
		fprintf(stderr, "usage: lookup_bench url rows lookups [pid]\n");
		return 64;
	}
	rows = strtoull(argv[2], NULL, 10);
	lookups = strtoull(argv[3], NULL, 10);
	pid = argv[4];
	for (t = 0; t < 16; t++) {
		char count[64];

		snprintf(count, sizeof(count),
		    "SELECT COUNT(*) FROM wifi_shard_%x", (unsigned)t);
		if (store_db_get_i64(db, count, &n, 0) == -1 ||
		    ((uint64_t)n < rows / 20 &&
		    fill(db, STORE_ROW_WIFI + t, rows) == -1))
			return 69;
	}
	base_arena_init(&a);
	for (done = 0; done < lookups; done += TURN) {
		for (i = 0; i < TURN; i++) {
			make_query(&q[i], macs[i], rows, done + i);
			make_sql(&sql[i], macs[i]);
		}
		own = own_us();
		server = server_us(pid);
		for (i = 0; i < TURN; i++)
			store_db_query(db, sql[i].data, sql[i].len, on_row,
			    &found[0]);
		us[0][0] += own_us() - own;
		us[0][1] += server_us(pid) - server;
		own = own_us();
		server = server_us(pid);
		for (i = 0; i < TURN; i++) {
			base_arena_reset(&a);
			ask = (struct store_lookup){ &q[i], &f, &a };
			store_lookup_run(db, &one, 1);
			found[1] += f.nwifi;
		}
		us[1][0] += own_us() - own;
		us[1][1] += server_us(pid) - server;
	}
	for (t = 0; t < 2; t++)
		printf("%-6s client %6.1f us  server %6.1f us  rows %.2f\n",
		    t == 0 ? "bare" : "lookup", us[t][0] / (double)done,
		    us[t][1] / (double)done,
		    (double)found[t] / (double)done);
	base_arena_done(&a);
	store_db_free(db);
	return found[0] == found[1] ? 0 : 1;
}
