/* SPDX-License-Identifier: ISC */
#include <glob.h>
#include <limits.h>

#include "base/addr.h"
#include "geo/ip.h"
#include "geoip/db.h"
#include "locate/query.h"

#include "mmdb.h"
#include "tap.h"

/* Records, and what they must yield. */
static const struct {
	const char	*code;
	double		 lat, lon;	/* NaN: not in the record */
	uint32_t	 accuracy_km;	/* 0: not in the record */
	int		 subdivision;
	uint32_t	 city;
	const char	*want;		/* NULL: nothing */
	double		 radius_m, score;
} records[] = {
	{ "US", 40, -100, 1100, 0, 0, "US", 1100000, 0.9 },
	{ "US", 40, -100, 0, 1, 0, "US", 1200000, 0.9 },
	{ "XK", 42, 21, 51, 0, 0, "XK", 51000, 0.9 },
	{ "XK", 42, 21, 11, 0, 0, "XK", 11000, 0.9 },
	{ "RU", 60, 90, 2100, 0, 0, "RU", 2100000, 0.9 },
	{ "RU", 60, 90, 2100, 1, 0, "RU", 1200000, 0.9 },
	{ "RU", 60, 90, 100, 1, 0, "RU", 100000, 0.9 },
	{ "GB", 51.5142, -0.0931, 41, 0, 2643743, "GB", 40000, 0.8 },
	{ "GB", 51.5142, -0.0931, 1, 0, 2643743, "GB", 1000, 0.8 },
	{ "RU", 55, 37, 26, 1, 1, "RU", 25000, 0.8 },
	{ "LI", 47, 9.5, 26, 0, 1, "LI", 14000, 0.3 },
	{ "XX", 1, 2, 5100, 0, 0, "XX", 5000000, 0.9 },
	{ "XX", 1, 2, 100, 0, 0, "XX", 100000, 0.9 },
	{ "XX", 1, 2, 26, 0, 1, "XX", 25000, 0.3 },
	{ "XX", 1, 2, 10, 0, 1, "XX", 10000, 0.3 },
	{ "de", 1, 2, 10, 0, 1, "DE", 10000, 0.8 },
	{ "AX", 60, 20, 10, 0, 0, "FI", 10000, 0.9 },
	{ "PS", 32, 35, 10, 0, 0, "XW", 10000, 0.9 },
	{ "SJ", 78, 16, 10, 0, 0, "XR", 10000, 0.9 },
	{ "UM", 19, 166, 10, 0, 0, "US", 10000, 0.9 },
	{ "GH", 0, 0, 10, 0, 0, "GH", 10000, 0.9 },
	{ "FR", NAN, 2, 10, 0, 0, NULL, 0, 0 },
	{ "FR", 48, NAN, 10, 0, 0, NULL, 0, 0 },
	{ "FR", 91, 2, 10, 0, 0, NULL, 0, 0 },
	{ "F1", 48, 2, 10, 0, 0, NULL, 0, 0 },
	{ "FRA", 48, 2, 10, 0, 0, NULL, 0, 0 },
	{ "FR", 48.123456789, 2.5, 10, 0, 0, "FR", 10000, 0.9 },
};
#define RECORDS	((int)(sizeof(records) / sizeof(records[0])))

static int
find(const struct geoip_db *db, const char *text, struct geo_ip *ip)
{
	struct base_addr a;

	return base_addr_parse(&a, text) && geoip_db_find(db, &a, ip);
}

static void
nested(struct base_buf *b, size_t *at)
{
	int i;

	for (i = 0; i < RECORDS; i++) {
		/* The last is kept where the first one is. */
		while (i == RECORDS - 1 && (b->len - at[0]) % 4096 != 0)
			base_buf_chr(b, '\0');
		at[i] = b->len;
		mmdb_map(b, 2 + records[i].subdivision +
		    (records[i].city != 0));
		mmdb_str(b, "country");
		mmdb_map(b, 1);
		mmdb_str(b, "iso_code");
		mmdb_str(b, records[i].code);
		mmdb_str(b, "location");
		mmdb_map(b, !isnan(records[i].lat) + !isnan(records[i].lon) +
		    (records[i].accuracy_km != 0));
		if (!isnan(records[i].lat)) {
			mmdb_str(b, "latitude");
			mmdb_double(b, records[i].lat);
		}
		if (!isnan(records[i].lon)) {
			mmdb_str(b, "longitude");
			mmdb_double(b, records[i].lon);
		}
		if (records[i].accuracy_km != 0) {
			mmdb_str(b, "accuracy_radius");
			mmdb_u32(b, records[i].accuracy_km);
		}
		if (records[i].subdivision) {
			mmdb_str(b, "subdivisions");
			mmdb_array(b, 1);
			mmdb_map(b, 1);
			mmdb_str(b, "iso_code");
			mmdb_str(b, "X");
		}
		if (records[i].city != 0) {
			mmdb_str(b, "city");
			mmdb_map(b, 1);
			mmdb_str(b, "geoname_id");
			mmdb_u32(b, records[i].city);
		}
	}
}

static void
test_nested(void)
{
	char addr[32], name[64];
	struct base_buf b;
	struct geoip_db *db;
	struct geo_ip ip;
	size_t at[RECORDS];
	int got, i, turn;

	base_buf_init(&b);
	nested(&b, at);
	mmdb_write("nested", "GeoIP2-City", &b, at, RECORDS);
	if (!ok((db = geoip_db_new("nested")) != NULL, "open"))
		return;
	is_int(geoip_db_built_s(db), 1700000000, "built");
	/* The second time they are recalled. */
	for (turn = 0; turn < 2 * RECORDS; turn++) {
		i = turn % RECORDS;
		snprintf(addr, sizeof(addr), "%d.1.2.3", i + 1);
		snprintf(name, sizeof(name), "record %d", i + 1);
		got = find(db, addr, &ip);
		is_int(got, records[i].want != NULL, name);
		if (!got || records[i].want == NULL)
			continue;
		is_str(ip.code, records[i].want, name);
		is_near(ip.radius_m, records[i].radius_m, 0, name);
		is_near(ip.score, records[i].score, 0, name);
		is_near(ip.lat, records[i].lat, 5e-8, name);
	}
	is_near(ip.lat, 48.1234568, 0, "rounded");
	is_near(ip.region_radius_m, 570000, 0, "radius of the region");
	ok(!find(db, "200.1.1.1", &ip), "no record");
	ok(!find(db, "2001:db8::1", &ip), "IPv6 in an IPv4 file");
	ok(find(db, "::ffff:8.1.2.3", &ip), "IPv4 in IPv6");
	geoip_db_free(db);
	geoip_db_free(NULL);
	base_buf_done(&b);
}

static void
test_flat(void)
{
	struct base_buf b;
	struct geoip_db *db;
	struct geo_ip ip;
	size_t at[2] = { 0 };

	base_buf_init(&b);
	mmdb_map(&b, 5);
	mmdb_str(&b, "country_code");
	mmdb_str(&b, "AU");
	mmdb_str(&b, "latitude");
	mmdb_float(&b, -27.5F);
	mmdb_str(&b, "longitude");
	mmdb_float(&b, 153.0F);
	mmdb_str(&b, "state1");
	mmdb_str(&b, "Queensland");
	mmdb_str(&b, "city");
	mmdb_str(&b, "Brisbane");
	at[1] = b.len;
	mmdb_map(&b, 5);
	mmdb_str(&b, "country_code");
	mmdb_str(&b, "AU");
	mmdb_str(&b, "latitude");
	mmdb_float(&b, -27.5F);
	mmdb_str(&b, "longitude");
	mmdb_float(&b, 153.0F);
	mmdb_str(&b, "state1");
	mmdb_str(&b, "Queensland");
	mmdb_str(&b, "city");
	mmdb_str(&b, "");
	mmdb_write("flat", "city ipv4", &b, at, 2);
	db = geoip_db_new("flat");
	ok(db != NULL && find(db, "1.1.1.1", &ip), "flat record");
	ok(strcmp(ip.code, "AU") == 0 && ip.lat == -27.5 && ip.lon == 153 &&
	    ip.radius_m == 25000 && ip.score == 0.7, "with a city");
	ok(db != NULL && find(db, "2.1.1.1", &ip) &&
	    ip.radius_m == 1200000 && ip.score == 0.9, "without one");
	geoip_db_free(db);
	mmdb_write("country", "GeoIP2-Country", &b, at, 2);
	ok(geoip_db_new("country") == NULL, "not a city database");
	ok(geoip_db_new("missing") == NULL, "no file");
	base_buf_done(&b);
}

/* Put V where the metadata of PATH have the number of nodes. */
static void
set_node_count(const char *path, uint32_t v)
{
	static const char key[] = "node_count\xc4";
	uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 8), (uint8_t)v };
	char text[65536], *at;
	FILE *fp = fopen(path, "r+");
	size_t len = fread(text, 1, sizeof(text), fp);

	at = memmem(text, len, key, sizeof(key) - 1);
	fseek(fp, at - text + (long)sizeof(key) - 1, SEEK_SET);
	fwrite(be, 1, sizeof(be), fp);
	fclose(fp);
}

/* Files that claim more nodes than they have room for. */
static void
test_node_count(void)
{
	static const uint32_t counts[] = { 0, MMDB_NODES * 100, 0x2aaaaaab,
	    0x55555556, 0xaaaaaaab, 0xfffffffe, 0xffffffff };
	struct base_buf b;
	struct geoip_db *db;
	char name[32];
	size_t at[RECORDS], i;

	base_buf_init(&b);
	nested(&b, at);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		snprintf(name, sizeof(name), "count%zu", i);
		mmdb_write(name, "GeoIP2-City", &b, at, RECORDS);
		set_node_count(name, counts[i]);
		ok(geoip_db_new(name) == NULL, "%u nodes", counts[i]);
	}
	snprintf(name, sizeof(name), "count%zu", i);
	mmdb_write(name, "GeoIP2-City", &b, at, RECORDS);
	set_node_count(name, MMDB_NODES);
	db = geoip_db_new(name);
	ok(db != NULL, "as many as there are");
	geoip_db_free(db);
	base_buf_done(&b);
}

/* Files that are written to, and cut, while they are used. */
static void
changing(void)
{
	struct base_buf b;
	struct geoip_db *copy, *cut, *fresh, *mapped;
	struct geo_ip ip;
	size_t at[RECORDS];
	char name[32];
	int i;

	base_buf_init(&b);
	nested(&b, at);
	mmdb_write("file", "GeoIP2-City", &b, at, RECORDS);
	mmdb_write("cut", "GeoIP2-City", &b, at, RECORDS);
	fresh = geoip_db_map("file");
	sleep(3);		/* until it is no new file any more */
	mapped = geoip_db_map("file");
	for (i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "count%d", i);
		ok(geoip_db_map(name) == NULL, "mapped: %s", name);
	}
	cut = geoip_db_map("cut");
	copy = geoip_db_new("file");
	if (!ok(fresh != NULL && mapped != NULL && cut != NULL && copy != NULL,
	    "open"))
		return;
	ok(find(mapped, "1.1.1.1", &ip) && find(cut, "1.1.1.1", &ip) &&
	    !geoip_db_stale(mapped), "mapped");
	ok(truncate("cut", 0) == 0 && !find(cut, "1.1.1.1", &ip) &&
	    geoip_db_stale(cut), "cut");
	mmdb_write("file", "GeoIP2-City", &b, at, RECORDS);
	ok(!find(mapped, "1.1.1.1", &ip) && geoip_db_stale(mapped),
	    "written to");
	ok(find(copy, "1.1.1.1", &ip) && !geoip_db_stale(copy), "a copy");
	ok(find(fresh, "1.1.1.1", &ip) && !geoip_db_stale(fresh),
	    "a new file is copied");
	ok(truncate("file", 100) == 0 && geoip_db_new("file") == NULL &&
	    find(copy, "1.1.1.1", &ip), "half a file");
	geoip_db_free(fresh);
	geoip_db_free(mapped);
	geoip_db_free(cut);
	geoip_db_free(copy);
	base_buf_done(&b);
}

/* MaxMind's own test files, and broken ones. */
static void
vendor(const char *dir)
{
	static const struct {
		const char *addr, *code;
		double lat, lon, radius_m, score;
	} t[] = {
		{ "81.2.69.192", "GB", 51.5142, -0.0931, 40000, 0.8 },
		{ "81.2.69.144", "GB", 51.5142, -0.0931, 3000, 0.8 },
		{ "2.125.160.216", "GB", 51.75, -1.25, 25000, 0.8 },
		{ "67.43.156.1", "BT", 27.5, 90.5, 190000, 0.9 },
		{ "2a02:ffc0::", "GI", 36.13333, -5.35, 3000, 0.9 },
		{ "175.16.199.1", "CN", 43.88, 125.3228, 25000, 0.6 },
		{ "216.160.83.57", "US", 47.2513, -122.3149, 22000, 0.8 },
		{ "89.160.20.112", "SE", 58.4167, 15.6167, 25000, 0.7 },
		{ "2001:218::1", "JP", 35.68536, 139.75309, 100000, 0.9 },
	};
	static const char *const addrs[] = { "1.1.1.1", "81.2.69.192",
		"255.255.255.255", "::1", "2001:db8::1" };
	char path[PATH_MAX];
	struct geoip_db *db;
	struct geo_ip ip;
	glob_t g;
	size_t i, j;

	snprintf(path, sizeof(path), "%s/data/geo/maxmind-test/test-data/"
	    "GeoIP2-City-Test.mmdb", dir);
	if (access(path, R_OK) == -1) {
		ok(1, "vendor's files # SKIP not there: %s", path);
		return;
	}
	db = geoip_db_new(path);
	for (i = 0; db != NULL && i < sizeof(t) / sizeof(t[0]); i++)
		ok(find(db, t[i].addr, &ip) &&
		    strcmp(ip.code, t[i].code) == 0 && ip.lat == t[i].lat &&
		    ip.lon == t[i].lon && ip.radius_m == t[i].radius_m &&
		    ip.score == t[i].score, "%s", t[i].addr);
	ok(db != NULL && !find(db, "127.0.0.1", &ip), "localhost");
	geoip_db_free(db);
	snprintf(path, sizeof(path), "%s/data/geo/maxmind-test/*/*/*.mmdb",
	    dir);
	if (glob(path, 0, NULL, &g) != 0)
		return;
	for (i = 0; i < g.gl_pathc; i++) {
		db = geoip_db_new(g.gl_pathv[i]);
		if (strstr(g.gl_pathv[i], "/bad-data/") != NULL)
			ok(db == NULL, "refused: %s",
			    strrchr(g.gl_pathv[i], '/') + 1);
		if (db == NULL)
			continue;
		for (j = 0; j < sizeof(addrs) / sizeof(addrs[0]); j++)
			find(db, addrs[j], &ip);
		geoip_db_free(db);
	}
	ok(1, "%zu files", g.gl_pathc);
	globfree(&g);
}

int
main(void)
{
	char dir[PATH_MAX];
	const char *s = getenv("LOC_SHARED");

	/* Before the scratch directory becomes the current one. */
	if (realpath(s != NULL ? s : "../shared", dir) == NULL)
		dir[0] = '\0';
	tap_scratch();
	test_nested();
	test_flat();
	test_node_count();
	changing();
	vendor(dir);
	return tap_done();
}
