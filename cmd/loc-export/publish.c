/* SPDX-License-Identifier: ISC */
/*
 * Publishing: the file is made and counted, compared with the one before, and
 * stored; then its manifest; then the mark in the database says how far it has
 * come.  Whatever stops it in between, the next run does the last step over,
 * with the same name, so that nothing is missing and nothing is there twice.
 *
 * Marks: "export.full" and "export.diff" hold the time in the name of the last
 * file, and were set when it was stored.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "conf/file.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/signals.h"
#include "json/write.h"
#include "object/store.h"
#include "store/db.h"
#include "store/lease.h"
#include "store/mark.h"
#include "store/snapshot.h"

#include "export.h"

#define HOUR_S		3600
/* Bytes that are read from the temporary file at a time. */
#define PIECE		(1024 * 1024)

/* Workers set the time of an hour and commit it a little later. */
#define SETTLE_S	60

/* How long a replica may lag behind. */
#define REPLICA_MS	60000
#define REPLICA_NAP_MS	250
#define MARK_BEGUN	"export.begun"

/*
 * For caches between the bucket and the world: a full export may change within
 * its day.
 */
#define CACHE		"max-age=3600, public"

/* What a run has done, for -j. */
struct published {
	int64_t	files, held, cells, bytes;
};

/* A run: the place, and the database that has the marks. */
struct publish {
	const struct export	*e;
	struct object_store	*store;
	struct store_db		*rw;
	const char		*mark;
	int64_t			 now;		/* of the server of RW */
	char			 begun[64];	/* another mark, or "" */
	struct published	*sum;
};

/* An export that has been made and is to be stored. */
struct made {
	struct export_window	 w;
	struct export_out	 out;
	struct export_counts	 counts, before;
	char			 last[EXPORT_NAME_MAX];	/* manifest, or "" */
	struct export_fall	 fall[EXPORT_FALLS];
	size_t			 nfall;
};

/*
 * What a store's verdict makes the program exit with, after a warning.  What
 * may go well the next time has another status than what an administrator has
 * to mend.
 */
static int
status_of(const struct publish *p, enum object_verdict v)
{
	if (v == OBJECT_OK)
		return EX_OK;
	warnx("%s", object_store_why(p->store));
	return v == OBJECT_LATER ? EX_TEMPFAIL : EX_CANTCREAT;
}

/*
 * Pass on what is in FD.  0, or -1: why the rest is missing was told.  The file
 * is read by position, as its end is where writing left off.
 */
static int
put_pieces(struct object_store_put *put, int fd, char *piece)
{
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, at)) > 0) {
		if (io_signals_stop || object_store_put_write(put, piece,
		    (size_t)n) != OBJECT_OK)
			return -1;
		at += n;
	}
	if (n == -1)
		warn("temporary file");
	return n == 0 ? 0 : -1;
}

/*
 * Store the file under KEY.  Returns an exit status.  A part that was given up
 * leaves nothing in the store; OBJECT_STOPPED comes of a signal, or of a
 * temporary file that cannot be read.
 */
static int
store_export_file(const struct publish *p, const struct made *m,
    const char *key)
{
	static const struct object_type type = { "application/gzip", NULL,
	    CACHE };
	struct object_store_put *put;
	char *piece = malloc(PIECE);
	enum object_verdict v;
	int rc;

	if (piece == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	if ((put = object_store_put_begin(p->store, key, &type)) == NULL) {
		free(piece);
		return status_of(p, OBJECT_WRONG);
	}
	rc = put_pieces(put, m->out.fd, piece);
	v = object_store_put_end(put, rc == 0);
	free(piece);
	if (v == OBJECT_STOPPED) {
		if (!io_signals_stop)
			return EX_IOERR;
		warnx("stopped; the file was not stored");
		return EX_TEMPFAIL;
	}
	return status_of(p, v);
}

/*
 * Store the manifest of FILE under KEY.  Returns an exit status.  It is always
 * stored after its file: a manifest promises that the file is there, and what
 * crashes in between leaves a file that nobody compares with, which the next
 * run replaces.
 */
static int
store_export_manifest(const struct publish *p, const struct made *m,
    const char *key, const char *file)
{
	static const struct object_type type = { "application/json", NULL,
	    CACHE };
	struct base_buf b;
	int status = EX_OSERR;

	base_buf_init(&b);
	export_manifest_write(&b, file, &m->w, &m->out, &m->counts, m->last,
	    &m->before, m->fall, m->nfall);
	if (base_buf_ok(&b))
		status = status_of(p, object_store_put(p->store, key, &type,
		    b.data, b.len));
	else
		warnx("out of memory");
	base_buf_done(&b);
	return status;
}

/*
 * "MCC 208 (FR)", with the regions that use the code: people know countries
 * rather than numbers, and an island may share the code of its country.
 */
static void
format_country(char *out, size_t size, int mcc)
{
	const int16_t *list;
	int i, n = geo_region_of_mcc(mcc, &list);
	size_t len;

	len = (size_t)snprintf(out, size, "MCC %d", mcc);
	for (i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i == 0 ? " (" : ", ", geo_region_code(list[i]));
	if (n > 0)
		strlcat(out, ")", size);
}

/*
 * Each fall has a message of its own, for whoever gets cron's mail has to
 * decide whether the file is right: a country that is gone tells another story
 * than ten percent of all.
 */
static void
tell_falls(const struct made *m, const char *name)
{
	const struct export_fall *f;
	char what[128];
	size_t i;

	for (i = 0; i < m->nfall && i < EXPORT_FALLS; i++) {
		f = &m->fall[i];
		if (strcmp(f->what, "mcc") == 0)
			format_country(what, sizeof(what), f->number);
		else if (strcmp(f->what, "radio") == 0)
			snprintf(what, sizeof(what), "cells of %s",
			    station_csv_radio(f->number));
		else
			strlcpy(what, "all cells", sizeof(what));
		warnx("%s: %s fell from %lld to %lld", name, what,
		    (long long)f->before, (long long)f->now);
	}
	if (m->nfall > EXPORT_FALLS)
		warnx("%s: and %zu more", name, m->nfall - EXPORT_FALLS);
}

/*
 * Keep the file aside, where no list of downloads shows it.  Returns an exit
 * status: 1 if that went well.  The mark stays where it was, so that the
 * monitor tells of an export that is overdue until somebody has looked.
 */
static int
hold_back(const struct publish *p, const struct made *m)
{
	char held[EXPORT_NAME_MAX], key[EXPORT_NAME_MAX];
	char name[EXPORT_NAME_MAX];
	int status;

	assert(m->nfall > 0 && m->w.kind == EXPORT_FULL);
	export_manifest_name(name, &m->w);
	export_manifest_held(held, key, &m->w);
	tell_falls(m, name);
	if ((status = store_export_file(p, m, held)) != EX_OK ||
	    (status = store_export_manifest(p, m, key, held)) != EX_OK)
		return status;
	p->sum->held++;
	warnx("%s is not published; it is kept as %s/%s, and -F would "
	    "publish it", name, object_store_name(p->store), held);
	return 1;
}

/*
 * Remove what was kept aside under the same time.  Nobody needs it.  That it
 * cannot be removed is told and no more: the file itself is published.
 */
static void
forget_held(const struct publish *p, const struct made *m)
{
	char held[EXPORT_NAME_MAX], key[EXPORT_NAME_MAX];
	const char *const keys[] = { held, key };
	size_t failed;

	export_manifest_held(held, key, &m->w);
	if (object_store_delete(p->store, keys, 2, &failed) != OBJECT_OK)
		warnx("%s", object_store_why(p->store));
}

/*
 * Store what was made, or keep it aside.  Returns an exit status.  Asked with
 * -F it is stored whatever has fallen; the manifest still says what was there
 * before.
 */
static int
store_made(const struct publish *p, struct made *m)
{
	char key[EXPORT_NAME_MAX], name[EXPORT_NAME_MAX];
	const struct conf_file *cf = p->e->cf;
	int status;

	status = export_manifest_last(p->store, &m->w, m->last, &m->before);
	if (status != EX_OK)
		return status;
	/* What changes within an hour is now much and now little. */
	if (m->w.kind == EXPORT_FULL && *m->last != '\0' && !p->e->force)
		m->nfall = export_manifest_falls(&m->before, &m->counts,
		    cf->export_max_fall, cf->export_min_cells, m->fall);
	if (m->nfall > 0)
		return hold_back(p, m);
	export_manifest_name(name, &m->w);
	export_manifest_key(key, &m->w);
	if ((status = store_export_file(p, m, name)) != EX_OK ||
	    (status = store_export_manifest(p, m, key, name)) != EX_OK)
		return status;
	p->sum->files++;
	p->sum->cells += m->counts.rows;
	p->sum->bytes += m->out.bytes;
	if (m->w.kind == EXPORT_FULL)
		forget_held(p, m);
	if (p->e->verbose)
		warnx("%s/%s: %lld cells, %lld bytes",
		    object_store_name(p->store), name,
		    (long long)m->counts.rows, (long long)m->out.bytes);
	return EX_OK;
}

/*
 * Is what the other database had when this began in LOOK, too?  1, 0, or -1
 * after a warning.  Replication keeps the order of commits, so that whoever has
 * the mark has all that was committed before it.
 */
static int
has_begun(const struct publish *p, struct store_snapshot *look)
{
	struct store_db *db = store_snapshot_db(look, 0);
	char seen[STORE_MARK_MAX + 1];

	if (*p->begun == '\0')
		return 1;
	if (store_mark_get(db, MARK_BEGUN, seen, sizeof(seen)) == -1) {
		export_db_failed(db);
		return -1;
	}
	return strcmp(seen, p->begun) == 0;
}

/*
 * The database that is read may be a replica, and behind a proxy each time
 * another one.  What the other database has must have come there, or an hour
 * would lack what came late.  Returns NULL with an exit status after a warning.
 */
static struct store_snapshot *
await_look(const struct publish *p, int *status)
{
	int64_t due_ms = base_clock_mono_ms() + REPLICA_MS;
	struct store_snapshot *look;
	int rc;

	for (;;) {
		if ((look = export_look(p->e, status)) == NULL)
			return NULL;
		if ((rc = has_begun(p, look)) == 1)
			return look;
		store_snapshot_end(look);
		*status = EX_UNAVAILABLE;
		if (rc == -1)
			return NULL;
		if (io_signals_stop || base_clock_mono_ms() > due_ms)
			break;
		base_clock_nap(REPLICA_NAP_MS, NULL);
	}
	warnx("[database] ro_url does not have what rw_url has; its "
	    "replication may lag");
	*status = EX_TEMPFAIL;
	return NULL;
}

/*
 * Make the file.  Returns an exit status.  The snapshot ends before the file is
 * stored: a bucket may take its time, and the server keeps all old versions of
 * rows for as long as a snapshot is open.
 */
static int
make_file(const struct publish *p, struct made *m)
{
	struct store_snapshot *look;
	int end, status;

	if ((look = await_look(p, &status)) != NULL)
		status = export_cells(p->e, look, &m->w, &export_csv,
		    &m->out, &m->counts);
	store_snapshot_end(look);
	end = export_out_end(&m->out, status == EX_OK);
	return status != EX_OK ? status : end;
}

/*
 * Make and store the export of window W.  Returns an exit status.  With its
 * counts of all countries and its paths an export is too large for a stack.
 */
static int
publish_window(const struct publish *p, const struct export_window *w)
{
	struct made *m = calloc(1, sizeof(*m));
	int status;

	if (m == NULL) {
		warn(NULL);
		return EX_OSERR;
	}
	m->w = *w;
	if ((status = export_out_spool(&m->out)) == EX_OK) {
		if ((status = make_file(p, m)) == EX_OK)
			status = store_made(p, m);
		export_out_done(&m->out);
	}
	free(m);
	return status;
}

/*
 * Say how far we are: TIME.  Returns an exit status.  It is set after the file
 * and its manifest are stored: a crash before makes the next run store the same
 * again, and a crash after leaves nothing to do.
 */
static int
set_export_mark(const struct publish *p, int64_t time)
{
	char text[BASE_CIVIL_TIME_LEN];

	base_civil_format_time(text, time, 'T');
	return store_mark_set(p->rw, p->mark, text) == 0 ? EX_OK :
	    export_db_failed(p->rw);
}

/*
 * Where we are, INT64_MIN if nobody knows.  Returns an exit status.  A mark
 * that somebody has spoilt, or that stands in the future since the server's
 * clock was wrong, is told and counts as none: the last hour is exported then,
 * and sets it right.
 */
static int
get_export_mark(const struct publish *p, int64_t *time)
{
	char text[STORE_MARK_MAX + 1];

	*time = INT64_MIN;
	if (store_mark_get(p->rw, p->mark, text, sizeof(text)) == -1)
		return export_db_failed(p->rw);
	if (*text != '\0' && !base_civil_parse(text, strlen(text), time)) {
		warnx("mark %s: expected a time, not \"%s\"", p->mark, text);
		*time = INT64_MIN;
	} else if (*time > p->now) {
		warnx("mark %s: %s has not come", p->mark, text);
		*time = INT64_MIN;
	}
	return EX_OK;
}

/*
 * Leave a mark that a replica has when it has all before it.  Two runs within a
 * millisecond differ by their process.
 */
static int
set_begun(struct publish *p)
{
	snprintf(p->begun, sizeof(p->begun), "%lld %ld",
	    (long long)base_clock_now_ms(), (long)getpid());
	return store_mark_set(p->rw, MARK_BEGUN, p->begun) == 0 ? EX_OK :
	    export_db_failed(p->rw);
}

/*
 * The first hour to be exported when LAST is the last one and MARK what was
 * exported before.  Hours from too long ago are given up.
 */
static int64_t
first_hour(const struct publish *p, int64_t last, int64_t mark)
{
	int64_t most = p->e->cf->export_catch_up_hours;

	if (mark == INT64_MIN || mark >= last)
		return last;
	if ((last - mark) / HOUR_S <= most)
		return mark + HOUR_S;
	warnx("%lld hours are too long ago and left to the full export",
	    (long long)((last - mark) / HOUR_S - most));
	return last - (most - 1) * HOUR_S;
}

/*
 * All hours since the last one, each in a file of its own.  A time that was
 * asked for is exported again if need be, and the mark never goes back.
 */
static int
publish_hours(struct publish *p, int64_t now)
{
	const int asked = p->e->time != EXPORT_NOW;
	struct export_window w;
	int64_t last, mark, time;
	int status;

	if ((status = get_export_mark(p, &mark)) != EX_OK)
		return status;
	export_window(&w, EXPORT_DIFF, asked ? now : now - SETTLE_S);
	last = w.time;
	if (mark >= last && !asked)
		return EX_OK;
	if ((status = set_begun(p)) != EX_OK)
		return status;
	for (time = first_hour(p, last, mark); time <= last; time += HOUR_S) {
		export_window(&w, EXPORT_DIFF, time);
		if ((status = publish_window(p, &w)) != EX_OK)
			return status;
		if (time > mark && (status = set_export_mark(p, time)) != EX_OK)
			return status;
	}
	return EX_OK;
}

/*
 * A day needs no catching up: a full export has everything that the missed ones
 * had.  No replica is waited for, either: what it lacks is in the next one.
 */
static int
publish_day(const struct publish *p, int64_t now)
{
	struct export_window w;
	int64_t mark;
	int status;

	export_window(&w, EXPORT_FULL, now);
	if ((status = get_export_mark(p, &mark)) != EX_OK ||
	    (status = publish_window(p, &w)) != EX_OK)
		return status;
	return w.time >= mark ? set_export_mark(p, w.time) : EX_OK;
}

/*
 * A time to come is refused, as the mark would then stand in the future and
 * keep all hours until then from being exported.  Returns an exit status.
 */
static int
publish_kind(struct publish *p, enum export_kind kind)
{
	int64_t time = p->e->time;

	if (store_db_now(p->rw, &p->now) == -1)
		return export_db_failed(p->rw);
	if (time > p->now) {
		warnx("-t: that time has not come");	/* nor would marks */
		return EX_USAGE;
	}
	if (time == EXPORT_NOW)
		time = p->now;
	return kind == EXPORT_FULL ? publish_day(p, time) :
	    publish_hours(p, time);
}

/* Nothing is stored any more when another publishes. */
static int
may_publish(void *lease)
{
	return store_lease_held(lease);
}

/*
 * One at a time, wherever it runs, since two machines may have the same
 * crontab.  Returns an exit status.
 */
static int
publish_alone(struct publish *p, enum export_kind kind)
{
	const struct store_lease_wish wish = { "rw_url", p->e->cf->rw_url,
	    p->mark, 0, &io_signals_stop };
	struct object_tuning tuning = { .may = may_publish };
	enum store_lease_verdict verdict;
	struct store_lease *lease;
	int status;

	lease = store_lease_take(&wish, &verdict, &status);
	if (verdict == STORE_LEASE_BUSY) {
		warnx("another one is at it");
		return EX_TEMPFAIL;
	}
	if (lease != NULL) {
		store_db_set_guard(p->rw, store_lease_guard(lease));
		tuning.may_arg = lease;
		object_store_tune(p->store, &tuning);
		status = publish_kind(p, kind);
		store_db_set_guard(p->rw, NULL);
	}
	store_lease_end(lease);
	return status;
}

/*
 * With -j, what was published, as a line of JSON: that a run ends without a
 * new file, as one was there already, is told apart from one that was small.
 */
static void
print_published(const struct published *sum)
{
	struct json_write w;
	struct base_buf b;

	base_buf_init(&b);
	json_write_begin(&w, &b);
	json_write_i64(&w, "files", sum->files);
	json_write_i64(&w, "held", sum->held);
	if (sum->files > 0) {
		json_write_i64(&w, "cells", sum->cells);
		json_write_i64(&w, "bytes", sum->bytes);
	}
	json_write_end(&w);
	io_cli_last(&b);
}

/*
 * Two connections are used: one for the marks and the lock, where writing is
 * allowed, and that of the snapshot, which may go to another server.
 */
int
export_publish(struct export *e, enum export_kind kind)
{
	struct published sum = { 0 };
	struct publish p = { .e = e, .sum = &sum, .mark =
	    kind == EXPORT_FULL ? "export.full" : "export.diff" };
	int status = EX_CONFIG;

	if (conf_file_need(e->cf, &e->cf->rw_url) == -1 ||
	    (p.store = object_store_open(e->cf, e->url)) == NULL)
		return EX_CONFIG;
	if ((p.rw = store_db_open("rw_url", e->cf->rw_url, STORE_DB_CAUSAL,
	    &status)) != NULL)
		status = publish_alone(&p, kind);
	if (e->json)
		print_published(&sum);
	store_db_free(p.rw);
	object_store_end(p.store);
	return status;
}
