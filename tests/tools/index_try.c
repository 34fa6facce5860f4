/* SPDX-License-Identifier: ISC */
/*
 * index_try FILE COUNT [MiB] - an index of COUNT access points that are made
 * up, built with MiB of memory (128), and looked up in: time, memory and
 * microseconds.  Addresses are as they are in the world, some thousands of each
 * of a few thousand makers.  FILE is left behind; one that is there already
 * with as many is used again.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "index/file.h"
#include "index/lookup.h"
#include "index/writer.h"
#include "locate/found.h"
#include "locate/query.h"
#include "locate/search.h"
#include "mix.h"

#define MAKERS	4096
#define LOOKUPS	2000000
#define ASKED	10	/* networks of a question */

/* Access point I: those with numbers beside each other are of many makers. */
static void
make_mac(uint8_t mac[RADIO_MAC_LEN], uint64_t i)
{
	uint64_t maker = mix(i % MAKERS) & 0xfcffff;

	base_bytes_put_be(mac, maker << 24 | (i / MAKERS & 0xffffff),
	    RADIO_MAC_LEN);
}

/* What is known of it: ten beside each other are at one place. */
static void
make_row(struct station_row *r, uint64_t i, int64_t now)
{
	uint64_t at = mix(i / ASKED + 7), own = mix(i);

	station_row_init(r);
	make_mac(r->key, i);
	r->lat = -60 + (double)(at % 130000000) * 1e-6 +
	    (double)(own % 1000) * 1e-6;
	r->lon = -180 + (double)(at / 130000000 % 359000000) * 1e-6;
	r->peak_lat = (int64_t)(r->lat * 1e7);
	r->peak_lon = (int64_t)(r->lon * 1e7);
	r->peak_weight = (float)(1 + own % 100);
	r->spread = (int64_t)(own % 1000);
	r->radius = 50;
	r->samples = (int64_t)(own % 500);
	r->modified = now - (int64_t)(own % 40000000);
	r->created = r->modified - 8640000;
	strlcpy(r->region, "GB", sizeof(r->region));
}

static double
seconds(void)
{
	return (double)base_clock_mono_us() / 1e6;
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* The seconds of CPU that it takes to make up N rows, before they are taken. */
static double
make_rows(uint64_t n, int64_t now)
{
	double cpu = cpu_seconds();
	struct station_row r;
	uint64_t i;

	for (i = 0; i < n; i++) {
		make_row(&r, i, now);
		__asm__ volatile("" : : "r"(&r) : "memory");
	}
	return cpu_seconds() - cpu;
}

static void
build(const char *path, uint64_t n, size_t mib)
{
	struct index_writer_options o = { .path = path,
	    .built_s = base_clock_now_s(), .mode = 0644,
	    .memory = mib << 20 };
	struct index_writer *w = index_writer_new(&o);
	double making = make_rows(n, o.built_s);
	double begin = seconds(), cpu = cpu_seconds(), added;
	struct station_row r;
	struct rusage u;
	uint64_t i;

	if (w == NULL || index_writer_begin(w, INDEX_FORMAT_WIFI) == -1)
		exit(1);
	for (i = 0; i < n; i++) {
		make_row(&r, i, o.built_s);
		if (index_writer_row(w, &r) != 1)
			errx(1, "a row is not taken");
	}
	added = seconds();
	if (index_writer_end(w, 1) == -1)
		exit(1);
	getrusage(RUSAGE_SELF, &u);
	printf("rows %llu: added in %.1f s, written after %.1f s, "
	    "%.2f us of CPU a row, but for %.2f that made it up, "
	    "%ld MiB of memory\n",
	    (unsigned long long)n, added - begin, seconds() - begin,
	    (cpu_seconds() - cpu - making) * 1e6 / (double)n,
	    making * 1e6 / (double)n, u.ru_maxrss / 1024);
}

/* Microseconds a lookup; those there are from FROM on. */
static void
try_macs(const struct index_file *f, const char *what, uint64_t from,
    uint64_t n)
{
	struct station_row r;
	uint8_t mac[RADIO_MAC_LEN];
	double begin = seconds();
	uint64_t i, found = 0;

	for (i = 0; i < LOOKUPS; i++) {
		make_mac(mac, from + mix(i) % n);
		found += (uint64_t)index_file_mac(f, OBS_WIFI, mac, &r);
	}
	printf("%-34s %8.3f us, %.1f %% found\n", what,
	    (seconds() - begin) * 1e6 / LOOKUPS,
	    100 * (double)found / LOOKUPS);
}

/* Questions of ten: looked up, and answered. */
static void
try_questions(const struct index_file *f, uint64_t n)
{
	struct locate_mac mac[ASKED];
	struct locate_search s;
	struct locate_found found;
	struct locate_query q;
	struct base_arena a;
	double begin = seconds(), looking = 0, at;
	int64_t now = base_clock_now_s();
	uint64_t i, k, first, answered = 0;

	base_arena_init(&a);
	memset(mac, 0, sizeof(mac));
	for (i = 0; i < LOOKUPS / ASKED; i++) {
		locate_query_init(&q);
		first = mix(i) % (n / ASKED) * ASKED;
		for (k = 0; k < ASKED; k++) {
			make_mac(mac[k].mac, first + k);
			mac[k].signal_dbm = -70;
		}
		q.wifi = mac;
		q.nwifi = ASKED;
		base_arena_reset(&a);
		at = seconds();
		if (index_lookup(f, &q, now, &found, &a) == -1)
			errx(1, "out of memory");
		looking += seconds() - at;
		if (locate_search(&s, &q, &found, now, &a) == 0)
			answered += s.best != NULL;
	}
	printf("%-34s %8.3f us, of it looking up %.3f us; %.1f %% answered\n",
	    "a question of 10",
	    (seconds() - begin) * 1e6 * ASKED / LOOKUPS,
	    looking * 1e6 * ASKED / LOOKUPS,
	    100 * (double)answered * ASKED / LOOKUPS);
	base_arena_done(&a);
}

int
main(int argc, char *argv[])
{
	const struct index_file_section *s = NULL;
	struct index_file_about about;
	struct index_file *f = NULL;
	double begin;
	uint64_t n;

	if (argc < 3 || argc > 4)
		errx(64, "usage: index_try file count [MiB]");
	n = strtoull(argv[2], NULL, 10);
	if (n < ASKED)
		errx(64, "%s: at least %d", argv[2], ASKED);
	if (access(argv[1], R_OK) == 0 &&
	    (f = index_file_open(argv[1])) != NULL)
		s = index_file_section(f, INDEX_FORMAT_WIFI);
	if (f == NULL || s->count != n)
		build(argv[1], n, argc == 4 ? strtoul(argv[3], NULL, 10) : 128);
	index_file_free(f);
	begin = seconds();
	if ((f = index_file_open(argv[1])) == NULL)
		return 1;
	printf("%-34s %8.0f us\n", "opening", (seconds() - begin) * 1e6);
	index_file_about(f, &about);
	s = index_file_section(f, INDEX_FORMAT_WIFI);
	printf("%-34s %8.2f bytes a wifi (%u a record)\n", "file",
	    (double)about.size / (double)s->count, s->record);
	begin = seconds();
	index_file_verify(f);
	printf("%-34s %8.2f s\n", "verifying", seconds() - begin);
	try_macs(f, "a wifi that is there", 0, n);
	try_macs(f, "one that is not", n, n);
	try_questions(f, n);
	index_file_free(f);
	return 0;
}
