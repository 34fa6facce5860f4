/* SPDX-License-Identifier: ISC */
/*
 * loc-backup expire: delete what is older than so many days, where the store
 * has no rules that do it.
 *
 * A manifest goes when all that it lists goes, and what it lists goes with it,
 * not before: so what remains is whole, with its manifests.  Objects are
 * deleted before the manifest; killed in between, the next run finds the
 * manifest and goes on.  What is no backup of reports is never touched.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "object/store.h"

#include "backup.h"

#define DAYS_MAX	36500
/*
 * A daily run on a place that keeps ninety days removes about one in ninety;
 * much more than that is a mistake in the command, the clock or the backup, and
 * wants to be confirmed.
 */
#define PERCENT		25

struct expire {
	struct backup_targets	 t;
	int64_t			 before_s;
	unsigned		 percent;
	int			 dry, verbose;
	const struct backup_target *target;
	struct object_store	*store;
	const char		**key;		/* to go, in this order */
	size_t			 n;
	uint64_t		 objects, deleted, failed;
};

/*
 * For each manifest, by its number: must it stay?  NULL: no memory.
 *
 * A manifest that cannot be read stays, as nobody knows what it lists; so does
 * one that lists anything whose age is not told by its name.
 */
static char *
find_staying(const struct expire *e, const struct backup_stock *k)
{
	char *stays = calloc(k->manifests + 1, 1);
	const struct backup_object *o;
	size_t i;
	int64_t made_s;

	if (stays == NULL)
		return NULL;
	for (i = 0; i < k->n; i++) {
		assert(k->object[i].number <= k->manifests);
		o = &k->object[i];
		if (o->kind == BACKUP_MANIFEST && (o->why != NULL ||
		    o->made_s >= e->before_s))
			stays[o->number] = 1;
	}
	for (i = 0; i < k->manifest.n; i++) {
		assert(k->manifest.entry[i].of <= k->manifests);
		made_s = INT64_MAX;
		if (!backup_place_is_batch(k->manifest.entry[i].key,
		    &made_s) || made_s >= e->before_s)
			stays[k->manifest.entry[i].of] = 1;
	}
	return stays;
}

/*
 * List what is to go: batches, then manifests.
 *
 * Batches that no manifest lists go by their own age.  Missing ones have
 * nothing to be deleted.
 */
static int
choose(struct expire *e, const struct backup_stock *k)
{
	char *stays = find_staying(e, k);
	const struct backup_object *o;
	size_t i;

	e->n = 0;
	e->key = calloc(k->n + 1, sizeof(*e->key));
	if (stays == NULL || e->key == NULL) {
		free(stays);
		warn(NULL);
		return -1;
	}
	for (i = 0; i < k->n; i++) {
		o = &k->object[i];
		if (o->kind == BACKUP_BATCH && o->bytes != -1 &&
		    o->made_s < e->before_s &&
		    (o->listed == NULL || !stays[o->listed->of]))
			e->key[e->n++] = o->key;
	}
	for (i = 0; i < k->n; i++) {
		o = &k->object[i];
		if (o->kind == BACKUP_MANIFEST && !stays[o->number])
			e->key[e->n++] = o->key;
	}
	assert(e->n <= k->n);
	free(stays);
	return 0;
}

/*
 * Delete what was chosen, in requests as large as a bucket takes them.
 *
 * After a failure nothing further is deleted in this place, above all no
 * manifest whose objects may still be there.
 */
static void
delete_chosen(struct expire *e)
{
	size_t at, failed, i, n;

	for (at = 0; at < e->n && !io_signals_stop; at += n) {
		n = e->n - at < OBJECT_DELETE_MAX ? e->n - at :
		    OBJECT_DELETE_MAX;
		failed = 0;
		if (!e->dry && object_store_delete(e->store, e->key + at, n,
		    &failed) != OBJECT_OK)
			warnx("%s: %s", e->target->place.store,
			    object_store_why(e->store));
		e->deleted += n - failed;
		e->failed += failed;
		for (i = at; e->verbose && i < at + n; i++)
			warnx("%s/%s", e->target->place.store, e->key[i]);
		if (failed > 0)
			break;
	}
}

/*
 * A wrong clock or a backup that stopped must not cost what there is.
 *
 * The share is of what is in the place and ours, and is looked at before the
 * first deletion, in a dry run as well.
 */
static int
expire_place(struct expire *e)
{
	struct backup_stock k;
	size_t i, batches = 0;
	int rc;

	if ((e->store = object_store_open(&e->t.cf,
	    e->target->place.store)) == NULL)
		return EX_CONFIG;
	rc = backup_stock_read(&k, &e->t.cf, e->target->place.store);
	for (i = 0; rc == EX_OK && i < k.n; i++)
		batches += k.object[i].bytes != -1 &&
		    k.object[i].kind != BACKUP_FOREIGN;
	if (rc == EX_OK && choose(e, &k) == -1)
		rc = EX_OSERR;
	if (rc == EX_OK && (unsigned long long)e->n * 100 >
	    (unsigned long long)batches * e->percent) {
		warnx("%s: %zu of %zu objects would be deleted, more than %u "
		    "percent; nothing was changed, -D allows more",
		    e->target->place.store, e->n, batches, e->percent);
		rc = 1;
	} else if (rc == EX_OK)
		delete_chosen(e);
	e->objects += batches;
	free(e->key);
	e->key = NULL;
	backup_stock_done(&k);
	object_store_end(e->store);
	return rc;
}

/* The sums of all places; DELETED of a dry run is what would have been. */
static void
print_expired(const struct expire *e)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "objects", (int64_t)e->objects);
	json_write_i64(&w, "deleted", (int64_t)e->deleted);
	json_write_i64(&w, "failed", (int64_t)e->failed);
	json_write_end(&w);
	io_cli_last(&b);
}

/* Days are whole ones of UTC, as rules of buckets count them. */
static int
expire_reports_main(int argc, char *argv[])
{
	struct expire e = { 0 };
	struct io_cli cli;
	int one, rc;
	int64_t days;
	size_t i;

	io_cli_read(&cli, argc, argv, "c:D:(max-delete)d:nv",
	    backup_expire.synopsis);
	e.percent = (unsigned)io_cli_num_or(&cli, 'D', 0, 100, PERCENT);
	days = io_cli_num_or(&cli, 'd', 1, DAYS_MAX, 0);
	e.dry = cli.arg['n'] != NULL;
	e.verbose = cli.arg['v'] != NULL;
	if (days == 0)
		io_cli_usage(backup_expire.synopsis, 0);
	e.before_s = (base_civil_day_of(base_clock_now_s()) - days) *
	    BASE_CIVIL_DAY_S;
	rc = backup_targets_open(&e.t, &cli);
	for (i = 0; i < e.t.n && !io_signals_stop; i++) {
		e.target = &e.t.target[i];
		if ((one = expire_place(&e)) != EX_OK)
			rc = one;
	}
	if (e.t.n > 0)
		print_expired(&e);
	if (rc == EX_OK && (e.failed > 0 || io_signals_stop))
		rc = EX_TEMPFAIL;
	backup_targets_done(&e.t);
	return rc;
}

const struct backup_command backup_expire = {
	"expire", expire_reports_main, "expire -d days [-hnvV] [-c config] "
	"[-D percent] [place ...]"
};
