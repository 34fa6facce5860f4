/* SPDX-License-Identifier: ISC */
#include "../../cmd/loc-export/manifest.c"

#include "tap.h"

static void
test_names(void)
{
	struct export_window w = { EXPORT_FULL, 1686787200, 0, INT64_MAX };
	char key[EXPORT_NAME_MAX], name[EXPORT_NAME_MAX];

	export_manifest_name(name, &w);
	is_str(name, "MLS-full-cell-export-2023-06-15T000000.csv.gz", "full");
	export_manifest_key(key, &w);
	is_str(key, "MLS-cell-export-2023-06-15T000000.full.json",
	    "its manifest");
	export_manifest_held(name, key, &w);
	is_str(name, "held/MLS-cell-export-2023-06-15T000000.full.csv.gz",
	    "kept aside");
	is_str(key, "held/MLS-cell-export-2023-06-15T000000.full.json",
	    "and its manifest");
	w.kind = EXPORT_DIFF;
	w.time += 12 * 3600;
	export_manifest_name(name, &w);
	is_str(name, "MLS-diff-cell-export-2023-06-15T120000.csv.gz", "diff");
}

/* Of a list only the last of the kind counts that is not later. */
static void
test_search(void)
{
	static const char *const keys[] = {
		"MLS-cell-export-2023-06-12T000000.full.json",
		"MLS-cell-export-2023-06-14T000000.full.json",
		"MLS-cell-export-2023-06-13T000000.full.json",
		"MLS-cell-export-2023-06-16T000000.full.json",
		"MLS-cell-export-2023-06-15T000000.diff.json",
		"MLS-cell-export-2023-06-15T000000.full.json.gz", "MLS-" };
	struct search s = { "MLS-cell-export-2023-06-15T000000.full.json",
	    "" };
	struct object_info info = { 0 };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		on_listed(&s, keys[i], &info);
	is_str(s.best, "MLS-cell-export-2023-06-14T000000.full.json",
	    "the one before");
}

/* What is written is read again. */
static void
test_round_trip(void)
{
	struct export_window w = { EXPORT_FULL, 1686787200, 0, INT64_MAX };
	static struct export_counts before, c, got;
	struct export_out o = { .bytes = 5, .sha256 = "ab" };
	struct base_buf b;

	c.rows = c.radio[RADIO_CELL_NR] = c.mcc[0] = c.mcc[999] =
	    INT64_MAX;
	c.radio[RADIO_CELL_WCDMA] = 1;
	base_buf_init(&b);
	export_manifest_write(&b, "f", &w, &o, &c, "last", &before, NULL, 0);
	ok(export_manifest_parse(b.data, b.len, &got) &&
	    memcmp(&got, &c, sizeof(c)) == 0, "round trip");
	base_buf_done(&b);
	ok(!export_manifest_parse("{\"rows\":1.5}", 12, &got) &&
	    !export_manifest_parse("", 0, &got), "none");
}

/* Whether a fall from BEFORE to NOW in a country is one beyond 10 percent. */
static int
falls(int64_t before, int64_t now)
{
	static struct export_counts a, b;
	struct export_fall f[EXPORT_FALLS];
	size_t n;

	a.mcc[262] = before;
	b.mcc[262] = now;
	n = export_manifest_falls(&a, &b, 10, 100, f);
	return n == 1 && strcmp(f[0].what, "mcc") == 0 &&
	    f[0].number == 262 && f[0].before == before && f[0].now == now;
}

static void
test_falls(void)
{
	static struct export_counts a, b;
	struct export_fall f[EXPORT_FALLS];
	int i;

	ok(!falls(100, 90) && falls(100, 89), "more than the share");
	ok(!falls(99, 0) && falls(100, 0), "from a size on");
	ok(!falls(100, 100) && !falls(0, 100), "no falls");
	for (i = 0; i < EXPORT_MCCS; i++)
		a.mcc[i] = 1000;
	is_int((long long)export_manifest_falls(&a, &b, 10, 100, f),
	    EXPORT_MCCS, "all countries");
	is_int((long long)export_manifest_falls(&a, &b, 100, 100, f), 0,
	    "100 percent allow everything");
}

int
main(void)
{
	test_names();
	test_search();
	test_round_trip();
	test_falls();
	return tap_done();
}
