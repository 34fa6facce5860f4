/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "index/file.h"
#include "index/lookup.h"
#include "index/mix.h"
#include "index/record.h"
#include "index/sorter.h"
#include "index/writer.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"
#include "station/peak.h"
#include "station/places.h"
#include "station/score.h"
#include "station/trust.h"
#include "tap.h"

#define NOW	INT64_C(1800000000)
#define DAY	INT64_C(86400)
#define TODAY	(NOW / DAY)

static uint64_t seed = 88172645463325252;

static uint64_t
pick(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Number I of some million addresses of one maker. */
static void
set_mac(uint8_t *mac, uint32_t i)
{
	base_bytes_put_be(mac, UINT64_C(0xa82067000000) + i, RADIO_MAC_LEN);
}

/* Who said so, if that is known. */
static void
make_trust(struct station_row *r)
{
	struct station_trust t = { .flags = pick(2) ? STATION_TRUST_ADOPTED : 0,
	    .votes = (int)pick(9) };

	if (pick(5) == 0)
		return;
	if (pick(5) == 0) {
		t.is_contested = 1;
		t.contest.all = t.contest.days = 9;
		t.contest.last = TODAY - (int64_t)pick(300);
	}
	station_trust_set(r, &t);
	r->marks.len = (uint8_t)(4 * pick(5));
	memset(r->marks.byte, (int)pick(255) + 1, sizeof(r->marks.byte));
}

/* A row of any kind that may come, by chance. */
static void
make_row(struct station_row *r)
{
	station_row_init(r);
	r->lat = 51 + (double)pick(1000000) * 1e-6;
	r->lon = -0.5 + (double)pick(1000000) * 1e-6;
	r->radius = (int64_t)pick(400);
	r->samples = (int64_t)pick(3000);
	r->created = NOW - (int64_t)pick(400) * DAY - (int64_t)pick(86400);
	r->modified = NOW - (int64_t)pick(300) * DAY - (int64_t)pick(86400);
	r->modified -= r->modified % (DAY / 16);
	r->last_seen = r->modified / DAY + (int64_t)pick(5) - 2;
	r->weight = 3;
	strlcpy(r->region, pick(3) ? "GB" : "", sizeof(r->region));
	r->peak_lat = (int64_t)(r->lat * 1e7) + 3;
	r->peak_lon = (int64_t)(r->lon * 1e7) - 3;
	r->peak_weight = (float)exp((double)pick(4000) / 100 - 15);
	r->spread = (int64_t)pick(3000);
	if (pick(20) == 0)
		station_peak_clear(r);
	if (pick(20) == 0)
		r->radius = r->samples = STATION_ROW_NULL;
	if (pick(20) == 0) {
		r->block_last = TODAY - (int64_t)pick(100);
		r->block_count = 1;
	}
	if (pick(50) == 0)
		r->created = r->modified = STATION_ROW_NULL;
	if (pick(50) == 0)
		r->last_seen = TODAY + 1;
	make_trust(r);
}

/* Do two rows of wifi say the same to who asks in the next days? */
static int
is_alike(const struct station_row *a, const struct station_row *b)
{
	uint32_t mark[STATION_TRUST_MARKS], other[STATION_TRUST_MARKS];
	struct station_trust t, u;
	struct station_peak p, q;
	size_t n;
	int64_t s;

	station_trust_get(&t, a, OBS_WIFI);
	station_trust_get(&u, b, OBS_WIFI);
	n = station_trust_marks(mark, a, OBS_WIFI);
	if (((t.flags ^ u.flags) & STATION_TRUST_ADOPTED) != 0 ||
	    station_trust_marks(other, b, OBS_WIFI) != n ||
	    memcmp(mark, other, n * sizeof(*mark)) != 0)
		return 0;
	if (station_peak_get(&p, a, OBS_WIFI) !=
	    station_peak_get(&q, b, OBS_WIFI) || p.lat != q.lat ||
	    p.lon != q.lon || p.spread_m != q.spread_m ||
	    fmin(fmax(p.weight, 1e-3), 1e6) !=
	    fmin(fmax(q.weight, 1e-3), 1e6) ||
	    strcmp(a->region, b->region) != 0)
		return 0;
	for (s = NOW; s < NOW + 100 * DAY; s += 7777777)
		if (station_trust_is_doubtful(&t, s / DAY) !=
		    station_trust_is_doubtful(&u, s / DAY) ||
		    station_score_row(a, s) != station_score_row(b, s) ||
		    station_score_blocked(a, s / DAY) !=
		    station_score_blocked(b, s / DAY))
			return 0;
	return 1;
}

static void
test_mix(void)
{
	static const uint8_t mac[RADIO_MAC_LEN] = { 0xa8, 0x20, 0x67, 0, 0, 1 };
	uint8_t in[RADIO_MAC_LEN], out[RADIO_MAC_LEN];
	size_t i, bad = 0;

	for (i = 0; i < 100000; i++) {
		base_bytes_put_be(in, pick(UINT64_C(1) << 48), sizeof(in));
		index_mix_mac_back(out, index_mix_mac(in));
		bad += memcmp(in, out, sizeof(in)) != 0;
	}
	is_int((long long)bad, 0, "addresses come back from being mixed");
	ok(index_mix_mac(mac) == UINT64_C(0x00c211dbc705),
	    "as loc-index(5) says: %012llx",
	    (unsigned long long)index_mix_mac(mac));
}

static void
test_records(void)
{
	uint8_t shorter[INDEX_FORMAT_MAC_LEN], whole[INDEX_FORMAT_WHOLE_LEN];
	uint8_t marks[INDEX_FORMAT_MARKS * INDEX_FORMAT_MARK_LEN];
	uint8_t once_more[INDEX_FORMAT_WHOLE_LEN];
	struct index_record_regions regions = { (const uint8_t *)"", 0 };
	struct station_peak p;
	struct station_row r, back;
	size_t i, n = 0, bad = 0, bad_whole = 0, other = 0;

	for (i = 0; i < 20000; i++) {
		make_row(&r);
		r.region[0] = '\0';
		station_row_init(&back);
		if (index_record_mac_pack(shorter, &r, OBS_WIFI, TODAY, 0)) {
			n++;
			index_record_mac_unpack(&back, shorter, &regions);
			index_record_marks_unpack(&back, marks,
			    index_record_marks_pack(marks, &r, OBS_WIFI));
			bad += !is_alike(&r, &back);
			memcpy(once_more, shorter, sizeof(shorter));
			other += !index_record_mac_pack(shorter, &back,
			    OBS_WIFI, TODAY, 1) || memcmp(shorter, once_more,
			    sizeof(shorter)) != 0;
		}
		station_row_init(&back);
		index_record_whole_pack(whole, &r, OBS_WIFI);
		index_record_whole_unpack(&back, whole, &regions);
		bad_whole += !is_alike(&r, &back) || back.lat != r.lat;
		index_record_whole_pack(once_more, &back, OBS_WIFI);
		other += memcmp(whole, once_more, sizeof(whole)) != 0;
	}
	ok(n > 10000 && n < 20000, "most fit into short records: %zu", n);
	is_int((long long)bad, 0, "these say the same");
	make_row(&r);
	r.block_last = STATION_ROW_NULL;
	r.created = r.modified = NOW - DAY;
	r.last_seen = TODAY;
	r.trust.len = 0;
	station_peak_clear(&r);
	station_row_init(&back);
	ok(!index_record_mac_pack(shorter, &r, OBS_WIFI, TODAY, 0) &&
	    index_record_mac_pack(shorter, &r, OBS_WIFI, TODAY, 1),
	    "a row without a peak fits if it is rounded");
	index_record_mac_unpack(&back, shorter, &regions);
	station_peak_get(&p, &r, OBS_WIFI);
	ok(fabs(back.lat - p.lat) < 6e-8 && fabs(back.lon - p.lon) < 6e-8 &&
	    fabs((double)back.spread / 10 - p.spread_m) < 0.051 &&
	    fabs(back.peak_weight - p.weight) < 1e-6, "a little");
	is_int((long long)bad_whole, 0, "and so do whole ones");
	is_int((long long)other, 0, "what comes out goes in as it was");
}

/* Items that come in order, the last one of a key. */
struct seen {
	uint64_t	before, n, bad;
};

static int
on_item(void *arg, const uint8_t *item, size_t len)
{
	uint64_t key = base_bytes_get_be(item, 8);
	struct seen *s = arg;

	s->bad += s->n > 0 && key <= s->before;
	s->bad += len != 8 + key % 60 || (len > 8 && item[len - 1] != 2);
	s->before = key;
	s->n++;
	return 0;
}

static void
test_sorter(uint64_t n, const char *what)
{
	struct index_sorter *s = index_sorter_new(8, 1, ".");
	struct seen seen = { 0, 0, 0 };
	uint8_t item[128];
	uint64_t i, key;
	int rc = 0, round;

	for (round = 1; round <= 2; round++)
		for (i = 0; i < n; i++) {
			key = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
			memset(item, round, sizeof(item));
			base_bytes_put_be(item, key, 8);
			rc |= index_sorter_add(s, item, 8 + key % 60);
		}
	ok(rc == 0 && index_sorter_count(s) == 2 * n, "%s: added", what);
	rc = index_sorter_each(s, on_item, &seen);
	ok(rc == 0 && seen.n == n && seen.bad == 0,
	    "%s: in order, and once", what);
	index_sorter_free(s);
}

#define WIFIS	20000

static struct station_row wifi[WIFIS], cell[300];
static struct station_area area[2];
static struct station_centre centre = { { 3, 1, 6, 0, 1, 0, 5 }, 50.5, 8.5,
	1234 };

static void
make_cells(void)
{
	struct radio_cell c = { .type = RADIO_CELL_LTE, .mcc = 262, .mnc = 1,
	    .lac = 5 };
	struct station_places p = { .n = 0 };
	size_t i;

	for (i = 0; i < 300; i++) {
		station_row_init(&cell[i]);
		c.cid = 100 + (int64_t)i * 3;
		radio_cell_key(cell[i].key, &c);
		cell[i].lat = 50 + (double)i * 0.001;
		cell[i].lon = 8;
		cell[i].radius = 500 + (int64_t)i;
		cell[i].samples = 7;
		cell[i].created = cell[i].modified = NOW - 20 * DAY;
		if (i % 2)
			continue;
		station_places_add(&p, cell[i].lat, 8, -80);
		cell[i].places.len = (uint8_t)station_places_write(&p,
		    cell[i].places.byte);
	}
	for (i = 0; i < 2; i++) {
		station_row_area_init(&area[i]);
		c.lac = 5 + (int)i;
		radio_cell_area_key(area[i].key, &c);
		area[i].lat = 50.2;
		area[i].lon = 8.1;
		area[i].radius = 30000;
		area[i].avg_cell_radius = 800;
		area[i].num_cells = 300;
		area[i].created = area[i].modified = NOW - 30 * DAY;
	}
	memcpy(centre.key, area[0].key, sizeof(centre.key));
}

/* Write all of it to PATH, from the back or the front. */
static int
write_index(const char *path, uint32_t flags, int backwards, size_t n)
{
	struct index_writer_options o = { .path = path, .built_s = NOW,
	    .flags = flags | INDEX_FORMAT_KEYS, .mode = 0600, .memory = 1,
	    .tmpdir = ".", .name = "test" };
	struct index_writer *w = index_writer_new(&o);
	int rc = 0;
	size_t i;

	rc |= index_writer_begin(w, INDEX_FORMAT_WIFI);
	for (i = 0; i < n; i++)
		rc |= index_writer_row(w, &wifi[backwards ? n - 1 - i : i]);
	rc |= index_writer_begin(w, INDEX_FORMAT_CELL);
	for (i = 0; i < 300; i++)
		rc |= index_writer_row(w, &cell[backwards ? 299 - i : i]);
	rc |= index_writer_begin(w, INDEX_FORMAT_AREA);
	rc |= index_writer_area(w, &area[backwards], backwards ? NULL :
	    &centre);
	rc |= index_writer_area(w, &area[!backwards], backwards ? &centre :
	    NULL);
	rc |= index_writer_key(w, "alice", "maxreq=5\n", 9);
	rc |= index_writer_key(w, "bob", "", 0);
	return index_writer_end(w, rc != -1) == -1 ? -1 : rc;
}

static int
stop_now(void)
{
	return 1;
}

/* Those of another file may be in any order. */
static void
test_keys(void)
{
	struct index_writer_options o = { .path = "unordered", .built_s = NOW,
	    .flags = INDEX_FORMAT_KEYS, .mode = 0600, .tmpdir = "." };
	struct index_writer *w = index_writer_new(&o);

	is_int(index_writer_key(w, "bob", "", 0), 0, "a key");
	is_int(index_writer_key(w, "bob", "", 0), -1, "not once more");
	is_int(index_writer_key(w, "alice", "", 0), -1, "nor one before it");
	index_writer_end(w, 0);
	is_int(access(o.path, F_OK), -1, "nothing is left");
}

/* One that is stopped leaves nothing. */
static void
test_stop(void)
{
	struct index_writer_options o = { .path = "stopped", .built_s = NOW,
	    .mode = 0600, .tmpdir = ".", .stop = stop_now };
	struct index_writer *w = index_writer_new(&o);

	index_writer_begin(w, INDEX_FORMAT_CELL);
	index_writer_row(w, &cell[0]);
	ok(index_writer_end(w, 1) == -1 && access("stopped", F_OK) == -1,
	    "stopped: nothing is left");
}

/* Is each row found, unless it is of no use? */
static size_t
bad_wifis(const struct index_file *f, int exact)
{
	size_t i, bad = 0;
	struct station_row r;
	int found, useful;

	for (i = 0; i < WIFIS; i++) {
		useful = !station_score_blocked(&wifi[i], TODAY) ||
		    !station_score_blocked(&wifi[i],
		    TODAY + INDEX_WRITER_DAYS);
		found = index_file_mac(f, OBS_WIFI, wifi[i].key, &r);
		bad += found != useful;
		if (found && useful)
			bad += !is_alike(&r, &wifi[i]) ||
			    memcmp(r.key, wifi[i].key, RADIO_MAC_LEN) != 0 ||
			    (exact && r.lat != wifi[i].lat);
	}
	return bad;
}

static void
test_file(const char *path, int exact)
{
	struct index_file *f = index_file_open(path);
	const struct index_file_section *s;
	struct index_file_item it = { .i = 0 };
	struct index_file_about about;
	uint8_t mac[RADIO_MAC_LEN];
	struct station_centre c;
	struct station_area a;
	struct station_row r;
	size_t i, len, bad = 0;
	const char *text;

	if (!ok(f != NULL, "%s: opened", path))
		return;
	index_file_about(f, &about);
	ok(about.built_s == NOW && strcmp(about.name, "test") == 0 &&
	    about.flags == (INDEX_FORMAT_KEYS | (exact ? INDEX_FORMAT_WHOLE :
	    0u)), "what it says of itself");
	is_int(index_file_verify(f), 0, "its sections are whole");
	is_int((long long)bad_wifis(f, exact), 0, "all wifis are found");
	for (i = 0; i < 100000; i++) {
		set_mac(mac, WIFIS * 3 + (uint32_t)i);
		bad += (size_t)index_file_mac(f, OBS_WIFI, mac, &r);
	}
	is_int((long long)bad, 0, "and no others");
	ok(!index_file_mac(f, OBS_BLUE, wifi[0].key, &r), "no beacons");
	s = index_file_section(f, INDEX_FORMAT_WIFI);
	ok(s->record == 5 + (exact ? 128 : 20 + 16), "%u bytes a wifi", s->record);
	for (i = bad = 0; index_file_next(f, INDEX_FORMAT_WIFI, &it); i++) {
		index_file_row(f, INDEX_FORMAT_WIFI, &it, &r);
		bad += memcmp(r.key, it.key, RADIO_MAC_LEN) != 0 ||
		    !index_file_mac(f, OBS_WIFI, it.key, &r) ||
		    memcmp(r.key, it.key, RADIO_MAC_LEN) != 0;
	}
	ok(i == s->count && bad == 0, "each is walked by");

	for (i = bad = 0; i < 300; i++)
		bad += !index_file_cell(f, cell[i].key, &r) ||
		    r.lat != cell[i].lat || r.radius != cell[i].radius ||
		    r.places.len != cell[i].places.len ||
		    memcmp(r.places.byte, cell[i].places.byte,
		    r.places.len) != 0;
	is_int((long long)bad, 0, "all cells are found");
	r = cell[0];
	r.key[10]++;
	ok(!index_file_cell(f, r.key, &r), "and no others");
	ok(index_file_area(f, area[0].key, &a, &c) && a.lat == 50.2 &&
	    a.num_cells == 300 && c.lon == 8.5 && c.spread == 1234,
	    "an area and its centre");
	ok(index_file_area(f, area[1].key, &a, &c) && isnan(c.lat) &&
	    a.avg_cell_radius == 800, "an area without one");
	ok(index_file_key(f, "alice", &text, &len) && len == 9 &&
	    memcmp(text, "maxreq=5\n", 9) == 0, "an API key");
	ok(index_file_key(f, "bob", &text, &len) && len == 0 &&
	    !index_file_key(f, "bo", &text, &len) &&
	    !index_file_key(f, "zoe", &text, &len), "others");
	index_file_free(f);
}

/* The same bytes, whatever the order was. */
static void
test_same(const char *a, const char *b)
{
	int x = open(a, O_RDONLY), y = open(b, O_RDONLY);
	char p[4096], q[sizeof(p)];
	ssize_t n, m;

	do {
		n = read(x, p, sizeof(p));
		m = read(y, q, sizeof(q));
	} while (n > 0 && n == m && memcmp(p, q, (size_t)n) == 0);
	ok(n == 0 && m == 0, "the order of rows makes no difference");
	close(x);
	close(y);
}

/* What is near a cell that is not known, and what a question finds. */
static void
test_lookup(const char *path)
{
	struct index_file *f = index_file_open(path);
	struct locate_mac mac[3] = { 0 };
	struct locate_cell one = { .cell = { .type = RADIO_CELL_LTE,
	    .mcc = 262, .mnc = 1, .lac = 5, .cid = 111 } };
	struct locate_found found;
	struct locate_query q;
	struct base_arena a;
	size_t i;

	base_arena_init(&a);
	locate_query_init(&q);
	for (i = 0; i < 3; i++)
		memcpy(mac[i].mac, wifi[i].key, RADIO_MAC_LEN);
	mac[1].mac[0]++;
	q.wifi = mac;
	q.nwifi = 3;
	q.cell = q.area = &one;
	q.ncell = q.narea = 1;
	q.lacf = 1;
	ok(index_lookup(f, &q, NOW, &found, &a) == 0 && found.ncell == 0 &&
	    found.narea == 1 && found.ncentre == 1 && found.nblue == 0,
	    "a cell that is not known");
	is_int((long long)found.nnear, 4, "and what is near");
	one.cell.cid = 112;
	ok(index_lookup(f, &q, NOW, &found, &a) == 0 && found.ncell == 1 &&
	    found.nnear == 0, "a cell that is known");
	q.only_named = 1;
	one.cell.cid = 111;
	ok(index_lookup(f, &q, NOW, &found, &a) == 0 && found.ncell == 0 &&
	    found.nnear == 0, "nothing else is looked up");
	base_arena_done(&a);
	index_file_free(f);
}

/* Files that are cut, of another kind, or damaged. */
static void
test_refused(const char *path)
{
	struct index_file *f;
	static uint8_t all[4000000];
	ssize_t n;
	int fd = open(path, O_RDONLY);
	size_t i, opened = 0, damaged = 0;

	n = read(fd, all, sizeof(all));
	close(fd);
	if (!freopen("/dev/null", "w", stderr))
		return;
	ok(index_file_of(all, (size_t)n - 1, "cut") == NULL, "a cut file");
	ok(index_file_of(all, 100, "cut") == NULL, "a short one");
	ok(index_file_open("nothing") == NULL && index_file_open(".") == NULL,
	    "no file, and a directory");
	for (i = 0; i < INDEX_FORMAT_HEAD; i += 3) {
		all[i] ^= 0x10;
		f = index_file_of(all, (size_t)n, "damaged");
		opened += f != NULL;
		index_file_free(f);
		all[i] ^= 0x10;
	}
	is_int((long long)opened, 0, "a header with another bit");
	for (i = INDEX_FORMAT_HEAD; i < (size_t)n; i += 9973) {
		all[i] ^= 0x10;
		f = index_file_of(all, (size_t)n, "damaged");
		damaged += f != NULL && index_file_verify(f) == -1;
		index_file_free(f);
		all[i] ^= 0x10;
	}
	is_int((long long)damaged, (n - INDEX_FORMAT_HEAD + 9972) / 9973,
	    "another bit elsewhere");
}

/* Who walks along cells is not given one of a radio that is none. */
static void
test_odd_radio(const char *path)
{
	const struct index_file_section *s;
	static uint8_t all[4000000];
	struct index_file_item it = { .i = 0 };
	int fd = open(path, O_RDONLY), n = 0, bad = 0;
	ssize_t len = read(fd, all, sizeof(all));
	struct index_file *f;

	close(fd);
	f = index_file_of(all, (size_t)len, path);
	s = index_file_section(f, INDEX_FORMAT_CELL);
	all[s->bytes - all] = RADIO_CELL_TYPES;
	all[s->bytes - all + (ptrdiff_t)(s->len - s->record)] = 255;
	for (; index_file_next(f, INDEX_FORMAT_CELL, &it); n++)
		bad += it.key[0] >= RADIO_CELL_TYPES;
	ok(n == 298 && bad == 0, "cells of no radio are passed over");
	index_file_free(f);
}

int
main(void)
{
	struct stat st;
	size_t i;

	tap_scratch();
	test_mix();
	test_records();
	test_sorter(0, "nothing");
	test_sorter(1000, "in memory");
	test_sorter(30000, "by a file");
	for (i = 0; i < WIFIS; i++) {
		make_row(&wifi[i]);
		set_mac(wifi[i].key, (uint32_t)i * 3);
	}
	make_cells();
	ok(write_index("a", 0, 0, WIFIS) != -1, "an index");
	test_file("a", 0);
	ok(write_index("b", 0, 1, WIFIS) != -1, "from the back");
	test_same("a", "b");
	test_lookup("a");
	ok(write_index("whole", INDEX_FORMAT_WHOLE, 0, WIFIS) != -1,
	    "of whole records");
	test_file("whole", 1);
	ok(write_index("none", 0, 0, 0) != -1, "without a wifi");
	ok(stat("a", &st) == 0 && st.st_size < WIFIS * 70, "it is small");
	test_keys();
	test_stop();
	test_refused("a");
	test_odd_radio("a");
	return tap_done();
}
