/* SPDX-License-Identifier: ISC */
/*
 * Jobs are done by several threads, as each of them waits for the network
 * most of the time.  Every thread has a pair of stores of its own, opened with
 * its first job.
 *
 * Whether two objects of the same size are the same is told by their MD5,
 * which a bucket has as the ETag; another directory is read.  An object whose
 * ETag is made in a way that we do not know counts as another one and is
 * stored again.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parallel.h"
#include "http/type.h"
#include "io/progress.h"
#include "io/signals.h"
#include "object/etag.h"

#include "sync.h"

#define BATCH	OBJECT_DELETE_MAX

/* For one thread at a time: the sums of what passes. */
struct reading {
	struct object_etag	*sum;
	struct object_store_put	*put;	/* where it goes, or NULL */
	long long		 bytes;
};

/* Bytes go to the sum, to the target, or to both, as they are read. */
static int
on_object_bytes(void *arg, const char *data, size_t len)
{
	struct reading *r = arg;

	r->bytes += (long long)len;
	if (r->sum != NULL)
		object_etag_add(r->sum, data, len);
	if (r->put != NULL &&
	    object_store_put_write(r->put, data, len) != OBJECT_OK)
		return -1;
	return io_signals_stop ? -1 : 0;
}

/*
 * Is WANT the ETag of KEY in S?  1, 0, or -1 after a warning: it cannot be
 * read.  Without WANT its MD5 goes to WHOLE.
 */
static int
sum_object(struct object_store *s, const struct sync_entry *of,
    const char *want, char whole[OBJECT_ETAG_LEN])
{
	struct reading r = { .sum = object_etag_new() };
	enum object_verdict v;
	int rc = 0;

	if (r.sum == NULL) {
		warn("%s", of->key);
		return -1;
	}
	if (object_etag_begin(r.sum, want, of->size)) {
		v = object_store_get(s, of->key, 0, -1, on_object_bytes, &r);
		rc = v == OBJECT_OK ? object_etag_end(r.sum, whole) : -1;
		if (v != OBJECT_OK && v != OBJECT_STOPPED)
			warnx("%s", object_store_why(s));
	}
	object_etag_free(r.sum);
	return rc;
}

/*
 * Is the object of J what the file is?  Different sizes need no reading.  A
 * directory has no ETags, so its file is read for one.  1, 0, or -1 after a
 * warning.
 */
static int
is_same_object(struct sync *s, unsigned thread, const struct sync_job *j)
{
	char whole[OBJECT_ETAG_LEN];
	const char *want = j->remote->etag;

	assert(j->remote != NULL);
	if (j->local->size != j->remote->size)
		return 0;
	if (object_store_dir(s->target[thread]) != NULL) {
		if (sum_object(s->target[thread], j->remote, NULL, whole) ==
		    -1)
			return -1;
		want = whole;
	}
	return sum_object(s->source[thread], j->local, want, NULL);
}

/*
 * Store the file KEY.  A file that changes or ends while it is read is given
 * up, and the target keeps what it had.
 */
static enum object_verdict
store_sync_file(struct sync *s, unsigned thread, const char *key)
{
	const struct object_type type = { http_type_of(key), NULL, s->cache };
	struct reading r = { .sum = NULL };
	enum object_verdict got, put;

	r.put = object_store_put_begin(s->target[thread], key, &type);
	if (r.put == NULL)
		return OBJECT_WRONG;
	got = object_store_get(s->source[thread], key, 0, -1, on_object_bytes,
	    &r);
	put = object_store_put_end(r.put, got == OBJECT_OK);
	if (put == OBJECT_OK)
		atomic_fetch_add(&s->bytes, r.bytes);
	/* Why it was given up is known to the store that did. */
	if (got != OBJECT_OK && got != OBJECT_STOPPED)
		warnx("%s", object_store_why(s->source[thread]));
	else if (put != OBJECT_OK && !io_signals_stop)
		warnx("%s", object_store_why(s->target[thread]));
	return put;
}

/* Open the stores of THREAD, unless they are.  0, or -1 after a warning. */
static int
open_stores(struct sync *s, unsigned thread)
{
	assert(thread < s->threads);
	if (s->source[thread] == NULL)
		s->source[thread] = object_store_open(s->cf, s->from);
	if (s->target[thread] == NULL)
		s->target[thread] = object_store_open(s->cf, s->to);
	return s->source[thread] != NULL && s->target[thread] != NULL ? 0 :
	    -1;
}

/* Only for those who want to see each file. */
static void
name_job(const struct sync *s, const char *what, const char *key)
{
	if (s->verbose)
		warnx("%s %s", what, key);
}

/* Decide on job J, and do it unless all is to be left as it is. */
static void
do_sync_job(struct sync *s, unsigned thread, const struct sync_job *j)
{
	int same = j->remote == NULL ? 0 : is_same_object(s, thread, j);

	if (same == 1)
		atomic_fetch_add(&s->unchanged, 1);
	else if (same == -1 || (!s->dry &&
	    store_sync_file(s, thread, j->local->key) != OBJECT_OK))
		atomic_fetch_add(&s->failed, 1);
	else {
		atomic_fetch_add(j->remote == NULL ? &s->added : &s->changed,
		    1);
		name_job(s, j->remote == NULL ? "new" : "changed",
		    j->local->key);
	}
}

struct running {
	struct sync		*s;
	struct io_progress	 progress;
};

/*
 * One that fails is counted and told, and the others go on; only when there
 * are no stores is there no use in going on.
 */
static int
sync_job(void *arg, unsigned thread, size_t job)
{
	struct running *r = arg;
	struct sync *s = r->s;
	size_t done;

	if (io_signals_stop)
		return -1;
	if (open_stores(s, thread) == -1) {
		atomic_fetch_add(&s->failed, 1);
		return -1;
	}
	do_sync_job(s, thread, &s->plan.job[job]);
	done = atomic_fetch_add(&s->done, 1) + 1;
	if (thread == 0)	/* one of them draws */
		io_progress_show(&r->progress, done,
		    (double)done / (double)s->plan.njob);
	return 0;
}

/* Progress is drawn by the first thread, which is the caller's. */
void
sync_run(struct sync *s)
{
	struct running r = { .s = s };
	unsigned i;

	io_progress_init(&r.progress, "files", s->quiet);
	base_parallel_run(s->threads, s->plan.njob, sync_job, &r);
	io_progress_done(&r.progress);
	for (i = 0; i < s->threads; i++) {
		object_store_end(s->source[i]);
		object_store_end(s->target[i]);
		s->source[i] = s->target[i] = NULL;
	}
}

/*
 * In batches, as large as a bucket takes them.  One that fails is told of, and
 * the next one is tried: what can go goes, and the exit status says that
 * something is left.
 */
void
sync_run_delete(struct sync *s)
{
	struct object_store *to = NULL;
	size_t at, failed, k, n;

	if (s->plan.norphan > 0 && !s->dry &&
	    (to = object_store_open(s->cf, s->to)) == NULL) {
		atomic_fetch_add(&s->failed, s->plan.norphan);
		return;
	}
	for (at = 0; at < s->plan.norphan && !io_signals_stop; at += n) {
		n = s->plan.norphan - at < BATCH ? s->plan.norphan - at :
		    BATCH;
		failed = 0;
		if (!s->dry && object_store_delete(to, s->plan.orphan + at, n,
		    &failed) != OBJECT_OK)
			warnx("%s", object_store_why(to));
		atomic_fetch_add(&s->failed, failed);
		s->deleted += n - failed;
		for (k = at; k < at + n; k++)
			name_job(s, "deleted", s->plan.orphan[k]);
	}
	object_store_end(to);
}
