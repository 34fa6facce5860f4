/* SPDX-License-Identifier: ISC */
/*
 * loc-backup lifecycle: the rules by which a bucket deletes old objects by
 * itself; shown, or the one of ours set.
 */
#include <assert.h>
#include <err.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "object/lifecycle.h"
#include "object/store.h"

#include "backup.h"

#define DAYS_MAX	36500

/*
 * All rules of the bucket are shown, also those of other places and of others'
 * making: whoever sets ours wants to see what else deletes there.
 */
static int
print_rule(void *arg, const struct object_lifecycle_rule *r)
{
	const struct backup_target *t = arg;
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_text(&w, "place", t->place.store);
	json_write_text(&w, "id", r->id);
	json_write_text(&w, "prefix", r->prefix);
	json_write_i64(&w, "days", r->days);
	json_write_bool(&w, "enabled", r->enabled);
	json_write_end(&w);
	io_cli_last(&b);
	return 0;
}

/*
 * DAYS 0: only show.
 *
 * The rules are shown after ours is set, as the bucket has them then and not as
 * they were sent.
 */
static int
do_place(const struct conf_file *cf, struct backup_target *t, int64_t days)
{
	enum object_verdict v = OBJECT_OK;
	struct object_store *s;

	assert(days >= 0);
	if ((s = object_store_open(cf, t->place.store)) == NULL)
		return EX_CONFIG;
	if (days > 0)
		v = object_lifecycle_set(s, days);
	if (v == OBJECT_OK)
		v = object_lifecycle_get(s, print_rule, t);
	if (v != OBJECT_OK)
		warnx("%s: %s", t->place.store, object_store_why(s));
	object_store_end(s);
	return v == OBJECT_OK ? EX_OK : object_store_status(v);
}

/*
 * Each place is tried, and the status is that of the last that failed: a bucket
 * that knows no rules does not keep the others from getting theirs.
 */
static int
lifecycle_main(int argc, char *argv[])
{
	struct backup_targets t;
	struct io_cli cli;
	int64_t days;
	int one, rc;
	size_t i;

	io_cli_read(&cli, argc, argv, "c:d:", backup_lifecycle.synopsis);
	days = io_cli_num_or(&cli, 'd', 1, DAYS_MAX, 0);
	rc = backup_targets_open(&t, &cli);
	for (i = 0; i < t.n && !io_signals_stop; i++)
		if ((one = do_place(&t.cf, &t.target[i], days)) != EX_OK)
			rc = one;
	backup_targets_done(&t);
	return rc;
}

const struct backup_command backup_lifecycle = {
	"lifecycle", lifecycle_main, "lifecycle [-hV] [-c config] [-d days] "
	"[place ...]"
};
