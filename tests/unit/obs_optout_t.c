/* SPDX-License-Identifier: ISC */
/* As many as there is room for, however many are named. */
#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"
#include "obs/batch.h"
#include "obs/optout.h"

#include "tap.h"

static void
add(struct obs_optout_list *l, uint8_t kind, unsigned i)
{
	char mac[16];

	snprintf(mac, sizeof(mac), "a820%08x", i);
	obs_optout_add(l, kind, 1, mac, strlen(mac));
}

int
main(void)
{
	static struct obs_optout_list l, again;
	struct base_buf b, twice;
	struct base_arena a;
	struct json_doc d;
	unsigned i;

	base_arena_init(&a);
	base_buf_init(&b);
	base_buf_init(&twice);
	for (i = 0; i < OBS_OPTOUT_MAX + 10; i++)
		add(&l, i % 2 == 0 ? OBS_WIFI : OBS_BLUE, i);
	ok(l.n == OBS_OPTOUT_MAX, "bounded");
	obs_optout_write(&b, &l, 1);
	ok(json_doc_parse(&d, b.data, b.len, &a) == 0, "JSON");
	ok(obs_optout_read(&again, &d, 0, 1, &a) == 0 &&
	    again.n == OBS_OPTOUT_MAX, "read again");
	obs_optout_write(&twice, &again, 1);
	is_str(twice.data, b.data, "the same");
	ok(obs_optout_read(&again, &d, 0, 1, &a) == 0 &&
	    again.n == OBS_OPTOUT_MAX, "no more than that");
	ok(obs_optout_merge(l.at, 0) == 0, "nothing to merge");
	ok(obs_optout_merge(again.at, again.n) == OBS_OPTOUT_MAX,
	    "different ones");
	l.n = 0;
	add(&l, OBS_WIFI, 7);
	add(&l, OBS_WIFI, 7);
	add(&l, OBS_BLUE, 7);
	ok(obs_optout_merge(l.at, l.n) == 2 && l.at[0].kind == OBS_BLUE &&
	    l.at[0].n == 1 && l.at[1].n == 2, "added up");
	l.n = 0;
	add(&l, OBS_WIFI, 7);
	obs_optout_add(&l, OBS_WIFI, 0, "a82000000007", 12);
	add(&l, OBS_WIFI, 7);
	l.at[2].witness = 1;
	ok(obs_optout_count(&l, 1) == 2 && obs_optout_count(&l, 0) == 1,
	    "names and orders are told apart");
	base_buf_reset(&b);
	obs_optout_write(&b, &l, 0);
	is_str(b.data, "{\"wifi\": [\"a82000000007\"]}", "orders alone");
	ok(obs_optout_merge(l.at, 3) == 3 && l.at[0].named == 0 &&
	    l.at[1].named == 1 && l.at[2].witness == 1,
	    "and so are witnesses");
	base_arena_done(&a);
	base_buf_done(&b);
	base_buf_done(&twice);
	return tap_done();
}
