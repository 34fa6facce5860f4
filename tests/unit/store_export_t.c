/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/export.h"
#include "tap.h"

static const struct {
	const char	*path, *want;		/* NULL: refused */
} paths[] = {
	{ "backups/{source}/{api_key}/{year}/{month}/{day}",
	    "backups/gnss/a_key/2023/7/5" },
	{ "{api_key}{api_key}", "a_keya_key" },
	{ "", "" },
	{ "a{b}", NULL },
	{ "{Year}", NULL },
	{ "{year", NULL },
	{ "year}", NULL },
	{ "{{year}}", NULL },
	{ "{year:02}", NULL }
};

static void
test_paths(void)
{
	struct store_export_place p = { "gnss", "a/key", 2023, 7, 5 };
	struct base_buf b;
	size_t i;
	int rc;

	base_buf_init(&b);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		base_buf_reset(&b);
		base_buf_str(&b, "");
		rc = store_export_path(&b, paths[i].path, &p);
		ok(rc == (paths[i].want == NULL ? -1 : 0) &&
		    (rc == -1 || strcmp(b.len == 0 ? "" : b.data,
		    paths[i].want) == 0), "\"%s\"", paths[i].path);
	}
	base_buf_reset(&b);
	p.api_key = "../..";
	p.source = "a\nb\xc3\xa4";
	ok(store_export_path(&b, "/{api_key}/{source}", &p) == 0 &&
	    strcmp(b.data, "/_._../a_b__") == 0, "leads nowhere else: %s",
	    b.data);
	base_buf_done(&b);
}

static void
test_skips(void)
{
	struct store_export e = { .skip_keys = "test,Test_1,,a b",
	    .skip_sources = "gnss" }, none = { 0 };

	ok(store_export_skips_key(&e, "test", 4), "the first");
	ok(store_export_skips_key(&e, "Test_1", 6), "one in the middle");
	ok(store_export_skips_key(&e, "a b", 3), "the last");
	ok(!store_export_skips_key(&e, "test_1", 6), "case matters");
	ok(!store_export_skips_key(&e, "tes", 3), "the whole word");
	ok(!store_export_skips_key(&e, "test,Test_1", 11), "one word");
	ok(!store_export_skips_key(&e, "", 0), "no key is never skipped");
	ok(!store_export_skips_key(&none, "test", 4), "an empty set");
	ok(store_export_skips_source(&e, "gnss", 4), "a source");
	ok(!store_export_skips_source(&e, "query", 5), "another");
	ok(!store_export_skips_source(&none, "gnss", 4), "no sources");
}

int
main(void)
{
	test_paths();
	test_skips();
	return tap_done();
}
