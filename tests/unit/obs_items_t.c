/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "obs/items.h"
#include "tap.h"

static const struct {
	const char	*lines, *want;
} cases[] = {
	{ "", "{\"items\": []}" },
	{ "{\"a\": 1}\n", "{\"items\": [{\"a\": 1}]}" },
	{ "{\"a\": 1}\n{\"b\": 2}", "{\"items\": [{\"a\": 1}, {\"b\": 2}]}" },
	{ "\n{\"a\": 1}\n\n", "{\"items\": [{\"a\": 1}]}" },
	{ "{\"a\": 1, \"position\": null}\n{\"position\": {}}\n",
	    "{\"items\": [{\"a\": 1}, {\"position\": {}}]}" },
	{ "{\"position\": null}\n", "{\"items\": [{\"position\": null}]}" }
};

int
main(void)
{
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		base_buf_reset(&b);
		obs_items_add(&b, cases[i].lines, strlen(cases[i].lines),
		    0);
		obs_items_end(&b);
		is_str(b.data, cases[i].want, cases[i].want);
	}
	base_buf_reset(&b);
	obs_items_add(&b, "1\n", 2, 0);
	obs_items_add(&b, "2\n3\n", 4, 0);
	obs_items_end(&b);
	is_str(b.data, "{\"items\": [1, 2, 3]}", "in several goes");
	base_buf_reset(&b);
	obs_items_add(&b, cases[4].lines, strlen(cases[4].lines), 1);
	obs_items_end(&b);
	is_str(b.data, "{\"items\": [{\"a\": 1, \"position\": null}, "
	    "{\"position\": {}}]}", "as they are");
	base_buf_done(&b);
	return tap_done();
}
