/* SPDX-License-Identifier: ISC */
/*
 * loc-backup verify: is everything there that was stored, and nothing else,
 * and is it what was stored?
 *
 * All objects are compared with the manifests by name and size, which costs a
 * list; they are read by several threads, each with a store of its own, all or
 * a part of them.  The parts of -s N/T are by the hash of the key, so that T
 * runs, with each N once, read every object.
 */
#include <assert.h>
#include <err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/parallel.h"
#include "io/cli.h"
#include "io/progress.h"
#include "io/signals.h"
#include "json/write.h"

#include "backup.h"

#define THREADS		4
#define THREADS_MAX	64
/*
 * An object this young, in seconds, may be in a manifest that was not yet in
 * the list when the list was read: it is not called strange.
 */
#define SETTLED_S	60

struct verify {
	struct backup_targets	 t;
	struct seal_key_list	 secret;
	unsigned		 threads;
	unsigned		 part, parts;	/* of objects; 0: by chance */
	uint32_t		 share;		/* of 2^32 - 1, by chance */
	int			 old, quiet;
	int64_t			 start_s;	/* older ones are settled */
	/* of the place at hand */
	const struct backup_target *target;
	struct backup_stock	 stock;
	struct backup_reader	*reader;	/* of each thread */
	struct io_progress	 progress;
	/* of all */
	atomic_size_t		 objects, read, sealed, wrong, failed, done;
	atomic_llong		 reports, bytes;
	size_t			 unfinished;
};

/* Name an object and what is wrong with it. */
static void
tell_wrong(struct verify *v, const char *key, const char *why)
{
	warnx("%s/%s: %s", v->target->place.store, key, why);
	atomic_fetch_add(&v->wrong, 1);
}

/*
 * Is object O to be read, in this run?
 *
 * By chance each run reads others, so that in time all are read with high
 * probability; by parts they are read for certain, if each part has its turn.
 */
static int
is_chosen(const struct verify *v, const struct backup_object *o)
{
	assert(v->parts == 0 || v->part < v->parts);
	if (v->parts > 0)
		return base_crc32c(0, o->key, strlen(o->key)) % v->parts ==
		    v->part;
	return v->share == UINT32_MAX || arc4random() < v->share;
}

/*
 * What can be told of O without reading it: 1 if that is all.  An object that
 * its process was about to store may be there or not.  Processes may be storing
 * meanwhile: what is not in the list is tried to be read, and what was made
 * just now may be in a manifest that is not.
 */
static int
is_judged(struct verify *v, const struct backup_object *o)
{
	if (o->kind == BACKUP_MANIFEST) {
		if (o->why != NULL)
			tell_wrong(v, o->key, o->why);
		return 1;
	}
	if (o->kind == BACKUP_FOREIGN) {
		tell_wrong(v, o->key, "is no backup of reports");
		return 1;
	}
	assert(o->bytes != -1 || o->listed != NULL);
	if (o->bytes == -1 && !o->listed->stored) {
		v->unfinished++;
		return 1;
	}
	atomic_fetch_add(&v->objects, 1);
	if (o->bytes == -1)	/* or it came after the list */
		return 0;
	atomic_fetch_add(&v->bytes, o->bytes);
	if (o->listed == NULL && !v->old && o->made_s < v->start_s)
		tell_wrong(v, o->key, "is in no manifest");
	if (o->listed != NULL && o->bytes != o->listed->bytes) {
		tell_wrong(v, o->key, o->bytes < o->listed->bytes ?
		    "is shorter than what was stored" :
		    "is longer than what was stored");
		return 1;
	}
	return !is_chosen(v, o);
}

/*
 * Read O by the store of THREAD.
 *
 * An object that could not be fetched now says nothing about the backup, so it
 * is counted as failed and not as wrong.  One that is encrypted without a key
 * for it is checked as far as its bytes go, and its reports are those that the
 * manifest tells.
 */
static void
verify_object(struct verify *v, unsigned thread,
    const struct backup_object *o)
{
	struct backup_reader *r = &v->reader[thread];
	const char *why;
	int later;

	why = backup_read(r, o, &later);
	if (later) {
		if (!io_signals_stop)
			warnx("%s/%s: %s", v->target->place.store, o->key,
			    why);
		atomic_fetch_add(&v->failed, 1);
		return;
	}
	atomic_fetch_add(&v->read, 1);
	if (why != NULL)
		tell_wrong(v, o->key, why);
	else if (r->is_open)
		atomic_fetch_add(&v->reports, (long long)r->batch.reports);
	else {
		atomic_fetch_add(&v->sealed, 1);
		if (o->listed != NULL)
			atomic_fetch_add(&v->reports, o->listed->reports);
	}
}

/*
 * Objects that are not chosen are jobs, too, which cost nothing, so that the
 * numbers of jobs are those of objects and progress is by place and not by
 * luck.
 */
static int
verify_job(void *arg, unsigned thread, size_t job)
{
	struct verify *v = arg;
	const struct backup_object *o = &v->stock.object[job];
	size_t done;

	assert(thread < v->threads && job < v->stock.n);
	if (io_signals_stop)
		return -1;
	if (v->reader[thread].store == NULL && backup_read_begin(
	    &v->reader[thread], &v->t.cf, v->target->place.store,
	    &v->secret) == -1) {
		atomic_fetch_add(&v->failed, 1);
		return -1;
	}
	if (o->chosen)
		verify_object(v, thread, o);
	done = atomic_fetch_add(&v->done, 1) + 1;
	if (thread == 0)	/* one of them draws */
		io_progress_show(&v->progress, done,
		    (double)done / (double)v->stock.n);
	return 0;
}

/*
 * Returns an exit status; what is wrong is only counted.
 *
 * Names and sizes are judged by one thread, before others read: what can be
 * told from the list is told first, and in the order of time.
 */
static int
verify_place(struct verify *v)
{
	unsigned i;
	size_t k;
	int rc;

	v->reader = calloc(v->threads, sizeof(*v->reader));
	rc = backup_stock_read(&v->stock, &v->t.cf,
	    v->target->place.store);
	if (rc == EX_OK && v->reader == NULL)
		rc = EX_OSERR;
	if (rc == EX_OK) {
		for (k = 0; k < v->stock.n; k++)
			v->stock.object[k].chosen =
			    !is_judged(v, &v->stock.object[k]);
		atomic_store(&v->done, 0);
		io_progress_init(&v->progress, "objects", v->quiet);
		base_parallel_run(v->threads, v->stock.n, verify_job, v);
		io_progress_done(&v->progress);
	}
	for (i = 0; v->reader != NULL && i < v->threads; i++)
		backup_read_end(&v->reader[i]);
	free(v->reader);
	backup_stock_done(&v->stock);
	return rc;
}

/*
 * The sums of all places, as one line of JSON, whatever was wrong: a monitor
 * compares the numbers with those of the last run.
 */
static void
print_verified(const struct verify *v)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "objects", (int64_t)atomic_load(&v->objects));
	json_write_i64(&w, "bytes", atomic_load(&v->bytes));
	json_write_i64(&w, "read", (int64_t)atomic_load(&v->read));
	json_write_i64(&w, "reports", atomic_load(&v->reports));
	json_write_i64(&w, "not_decrypted",
	    (int64_t)atomic_load(&v->sealed));
	json_write_i64(&w, "unfinished", (int64_t)v->unfinished);
	json_write_i64(&w, "wrong", (int64_t)atomic_load(&v->wrong));
	json_write_i64(&w, "failed", (int64_t)atomic_load(&v->failed));
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * "N%" or "N/T"; anything else ends the program.
 *
 * The text behind the number is matched as well, so that "10%x" is refused.
 */
static void
set_sample(struct verify *v, const char *arg)
{
	unsigned n, t;
	char end[2] = "";

	if (sscanf(arg, "%u/%u%1s", &n, &t, end) == 2 && n >= 1 && n <= t &&
	    t <= 10000) {
		v->part = n - 1;
		v->parts = t;
	} else if (sscanf(arg, "%u%1[%]%1s", &n, end, end) == 2 && n >= 1 &&
	    n <= 100)
		v->share = (uint32_t)((uint64_t)UINT32_MAX * n / 100);
	else
		errx(EX_USAGE, "-s %s: expected PERCENT%% or PART/PARTS",
		    arg);
}

/*
 * An empty place is no backup: a check that checked nothing has failed.
 *
 * What is wrong outweighs what failed: status 1 asks for an administrator,
 * EX_TEMPFAIL for patience.  The mark is set only when all was well, so its age
 * is that of the last good check.
 */
static int
verify_main(int argc, char *argv[])
{
	struct verify v = { .share = UINT32_MAX };
	struct io_cli cli;
	int one, rc;
	size_t i;

	io_cli_read(&cli, argc, argv, "c:i:oP:qs:", backup_verify.synopsis);
	v.old = cli.arg['o'] != NULL;
	v.threads = (unsigned)io_cli_num_or(&cli, 'P', 1, THREADS_MAX,
	    THREADS);
	v.quiet = cli.arg['q'] != NULL;
	if (cli.arg['s'] != NULL)
		set_sample(&v, cli.arg['s']);
	v.start_s = base_clock_now_s() - SETTLED_S;
	if (cli.arg['i'] != NULL &&
	    seal_key_open(&v.secret, cli.arg['i']) == -1)
		return EX_NOINPUT;
	rc = backup_targets_open(&v.t, &cli);
	if (v.t.none) {		/* as of backup_reports */
		backup_targets_done(&v.t);
		seal_key_done(&v.secret);
		return EX_OK;
	}
	for (i = 0; i < v.t.n && !io_signals_stop; i++) {
		v.target = &v.t.target[i];
		if ((one = verify_place(&v)) != EX_OK)
			rc = one;
	}
	if (v.t.n > 0)
		print_verified(&v);
	if (rc == EX_OK && (io_signals_stop || atomic_load(&v.failed) > 0))
		rc = EX_TEMPFAIL;
	if (rc == EX_OK && atomic_load(&v.objects) == 0) {
		warnx("there is nothing to verify");
		rc = 1;
	}
	if (atomic_load(&v.wrong) > 0)
		rc = 1;
	if (rc == EX_OK)
		backup_mark_set(&v.t.cf, "verify");
	backup_targets_done(&v.t);
	seal_key_done(&v.secret);
	return rc;
}

const struct backup_command backup_verify = {
	"verify", verify_main, "verify [-hoqV] [-c config] [-i file] "
	"[-P threads] [-s sample] [place ...]"
};
