/* SPDX-License-Identifier: ISC */
/*
 * loc-backup restore: reports on their way back, for loc-submit.
 *
 * A line of output is a submission, under the id that it was accepted under:
 * whoever counts it sees whether that was done already.  As an id counts once,
 * a submission must come as a whole, and its reports may be in several
 * objects: where a batch was full, or when they are of different sources.  A
 * submission is put together in memory until all of it is there, which each
 * object says of its own reports; objects are read by time, so that this is
 * soon.  If it is not, as objects are missing, texts beyond 64 MB (-m) wait in
 * a temporary file.  What is still incomplete at the end goes out as it is:
 * nothing else of it was stored.
 *
 * Objects from before there were ids, and those of Ichnaea, are left out
 * unless they are asked for (-o): nobody can tell what of them was counted.
 * They get ids that follow from their content, so that bringing them back
 * twice counts once.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/sha256.h"
#include "base/uuid.h"
#include "io/cli.h"
#include "io/progress.h"
#include "io/scratch.h"
#include "io/signals.h"
#include "json/write.h"
#include "object/store.h"

#include "backup.h"

/*
 * Incomplete submissions are few at a time when all is well.  The table is
 * large for the case that it is not: when an object in the middle is missing
 * they pile up, and lists of a million would be walked for each report.
 */
#define BUCKETS		65536
#define MEGABYTE	(1024 * 1024)
#define SPILL_MEGABYTES	64
#define MEGABYTES_MAX	(1024 * 1024)

/* A report of a submission that is not complete. */
struct piece {
	struct piece	*next;		/* by their lines */
	uint32_t	 line;
	size_t		 len;
	off_t		 at;		/* in the file, or -1: the text is here */
	char		 text[];
};

/* A submission that is not complete. */
struct partial {
	struct partial	*next;
	struct backup_batch_run run;	/* N: how many reports are there */
	char		*key;		/* or NULL */
	struct piece	*pieces;
};

struct restore {
	struct backup_targets	 t;
	struct seal_key_list	 secret;
	const char		*key;		/* -k, or NULL */
	int64_t			 from_ms, to_ms;
	int			 old, quiet;
	const struct backup_target *target;
	struct backup_reader	 reader;
	struct partial		*partial[BUCKETS];
	size_t			 kept, keep;	/* bytes of texts; at most */
	int			 fd;		/* of the others, or -1 */
	off_t			 spilt;		/* bytes in it */
	struct base_buf		 out, piece;
	uint64_t		 reports, submissions, incomplete;
	uint64_t		 objects, wrong, old_objects, failed;
};

/*
 * Begin the line of a submission.
 *
 * The key is null for reports that came without one, as loc-submit reads it.
 */
static void
begin_submission_line(struct restore *r, const struct backup_batch_run *run,
    const char *key)
{
	base_buf_str(&r->out, "{\"submission\":\"");
	base_buf_hex(&r->out, run->id, sizeof(run->id));
	base_buf_fmt(&r->out, "\",\"accepted_ms\":%lld,\"key\":",
	    (long long)run->accepted_ms);
	if (key == NULL)
		base_buf_str(&r->out, "null");
	else
		json_write_cstr(&r->out, key);
	base_buf_str(&r->out, ",\"items\":[");
}

/*
 * Add a report: its text is valid JSON, in which line ends can only stand
 * where a blank can.
 *
 * The text is copied, not parsed and written anew: numbers stay as they were
 * sent, and members that we do not know come back, too.
 */
static void
add_raw_report(struct restore *r, const char *text, size_t len, int first)
{
	size_t at = r->out.len, i;

	if (!first)
		base_buf_chr(&r->out, ',');
	base_buf_add(&r->out, text, len);
	for (i = at; base_buf_ok(&r->out) && i < r->out.len; i++)
		if (r->out.data[i] == '\n' || r->out.data[i] == '\r')
			r->out.data[i] = ' ';
	r->reports++;
}

/*
 * A line is written when it is whole: a program that reads until we are killed
 * never sees half a submission that it could count.
 */
static void
end_submission_line(struct restore *r)
{
	base_buf_str(&r->out, "]}");
	io_cli_line(&r->out);
	r->submissions++;
}

/*
 * The place of the submission ID among those that are not complete.
 *
 * The last two bytes of the id choose the list.  In an id of version 7 they are
 * random, and in one of version 8 of a hash.  The pointer is where the next one
 * would be linked in, if there is none.
 */
static struct partial **
find_partial(struct restore *r, const uint8_t id[BASE_UUID_LEN])
{
	struct partial **p = &r->partial[(id[14] << 8 | id[15]) % BUCKETS];

	while (*p != NULL && memcmp((*p)->run.id, id, BASE_UUID_LEN) != 0)
		p = &(*p)->next;
	return p;
}

/* The text of P, or NULL after a warning. */
static const char *
read_piece(struct restore *r, const struct piece *p)
{
	char *text;

	if (p->at == -1)
		return p->text;
	base_buf_reset(&r->piece);
	if ((text = base_buf_room(&r->piece, p->len)) == NULL) {
		warnx("out of memory");
		return NULL;
	}
	if (pread(r->fd, text, p->len, p->at) != (ssize_t)p->len) {
		warnx("temporary file in %s: cannot be read",
		    io_scratch_dir());
		return NULL;
	}
	return text;
}

/*
 * Write the submission at AT, complete or not, and forget it.  0, or -1 after
 * a warning: then nothing of it was written.
 *
 * Reports come out in the order of their lines, in whatever order the objects
 * came.
 */
static int
flush_partial(struct restore *r, struct partial **at)
{
	struct partial *p = *at;
	struct piece *next, *piece;
	const char *text = "";

	assert(p != NULL);
	begin_submission_line(r, &p->run, p->key);
	for (piece = p->pieces; piece != NULL; piece = next) {
		next = piece->next;
		if (text != NULL && (text = read_piece(r, piece)) != NULL)
			add_raw_report(r, text, piece->len,
			    piece == p->pieces);
		if (piece->at == -1)
			r->kept -= piece->len;
		free(piece);
	}
	if (text != NULL)
		end_submission_line(r);
	*at = p->next;
	free(p->key);
	free(p);
	return text != NULL ? 0 : -1;
}

/*
 * A new piece of LEN bytes of TEXT, which goes to the file when there are many
 * in memory; or NULL after a warning.
 */
static struct piece *
new_piece(struct restore *r, const char *text, size_t len)
{
	int here = r->kept + len <= r->keep;
	struct piece *new;

	if (!here && ((r->fd == -1 && (r->fd = io_scratch_open(NULL)) == -1) ||
	    io_scratch_add(r->fd, NULL, text, len) == -1))
		return NULL;
	if ((new = malloc(sizeof(*new) + (here ? len : 0))) == NULL) {
		warnx("out of memory");
		return NULL;
	}
	new->len = len;
	new->at = here ? -1 : r->spilt;
	if (here) {
		memcpy(new->text, text, len);
		r->kept += len;
	} else
		r->spilt += (off_t)len;
	return new;
}

/*
 * Keep a report of P; one that came twice is the same.  0, or -1 after a
 * warning.
 *
 * An object that was stored twice, after an answer that was lost, has the same
 * reports twice.
 */
static int
keep_piece(struct restore *r, struct partial *p, uint32_t line,
    const char *text, size_t len)
{
	struct piece **at = &p->pieces, *new;

	while (*at != NULL && (*at)->line < line)
		at = &(*at)->next;
	if (*at != NULL && (*at)->line == line)
		return 0;
	if ((new = new_piece(r, text, len)) == NULL)
		return -1;
	new->line = line;
	new->next = *at;
	*at = new;
	p->run.n++;
	return 0;
}

/*
 * The submission of RUN among those that are not complete; or NULL.
 *
 * How many there are in all is the same in each object; should they differ, the
 * larger number is waited for, and what is there goes out at the end.
 */
static struct partial **
get_partial(struct restore *r, const struct backup_batch_run *run,
    const char *key)
{
	struct partial **at = find_partial(r, run->id), *p;

	if ((p = *at) == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL || (key != NULL &&
		    (p->key = strdup(key)) == NULL)) {
			warnx("out of memory");
			free(p);
			return NULL;
		}
		p->run = *run;
		p->run.n = 0;
		*at = p;
	}
	if (p->run.of < run->of)
		p->run.of = run->of;
	return at;
}

/*
 * Take in the reports of RUN, whose first is value *V of the batch, and move
 * *V behind them.  0, or -1 after a warning.
 *
 * A submission that is whole in one object, which most are, goes straight to
 * the output without being copied into memory.  One of which pieces are kept
 * already takes the other way, so that no report is written twice.  Reports of
 * another time are passed over, but *V is moved behind them in each case, as
 * the next run begins there.
 */
static int
take_run(struct restore *r, const struct backup_batch_run *run, int *v)
{
	const struct backup_batch *b = &r->reader.batch;
	int wanted = run->accepted_ms >= r->from_ms &&
	    run->accepted_ms < r->to_ms;
	struct partial **at = NULL;
	int whole = run->n == run->of && *find_partial(r, run->id) == NULL;
	const char *text;
	uint32_t i;
	size_t len;

	if (wanted && whole)
		begin_submission_line(r, run, b->key);
	else if (wanted && (at = get_partial(r, run, b->key)) == NULL)
		return -1;
	for (i = 0; i < run->n; i++, *v = json_doc_next(&b->doc, *v)) {
		assert(*v != -1);	/* the batch has so many */
		text = json_doc_raw(&b->doc, *v, &len);
		if (wanted && whole)
			add_raw_report(r, text, len, i == 0);
		else if (wanted &&
		    keep_piece(r, *at, run->line + i, text, len) == -1)
			return -1;
	}
	if (wanted && whole)
		end_submission_line(r);
	else if (wanted && (*at)->run.n >= (*at)->run.of)
		return flush_partial(r, at);
	return 0;
}

/*
 * The run that a batch without ids becomes: all of it, as one submission.
 *
 * The id is made of the content and not of the name: an object that was copied
 * under another name is still the same submission.
 */
static void
set_old_run(struct backup_batch_run *run, const struct backup_reader *r,
    const struct backup_object *o)
{
	unsigned char sum[BASE_SHA256_BYTES];

	assert(r->batch.reports > 0 && r->batch.reports <= UINT32_MAX);
	base_sha256(sum, r->text.data, r->text.len);
	base_uuid_v8(run->id, sum);
	run->accepted_ms = o->made_s * 1000;
	run->line = 1;
	run->n = run->of = (uint32_t)r->batch.reports;
}

/*
 * Take in the batch that was read.  0, or -1 after a warning.
 *
 * With -k, reports without a key are left out, as nobody can say that they
 * belong to it.  Old objects are counted even when they are left out, so that
 * the end can say so.
 */
static int
take_read_batch(struct restore *r, const struct backup_object *o)
{
	const struct backup_batch *b = &r->reader.batch;
	struct backup_batch_run old;
	size_t i;
	int v = json_doc_first(&b->doc, b->items);

	if (b->reports == 0 || (r->key != NULL && (b->key == NULL ||
	    strcmp(r->key, b->key) != 0)))
		return 0;
	if (b->runs == 0 && !r->old) {
		r->old_objects++;
		return 0;
	}
	if (b->runs == 0) {
		set_old_run(&old, &r->reader, o);
		return take_run(r, &old, &v);
	}
	for (i = 0; i < b->runs; i++)
		if (take_run(r, &b->run[i], &v) == -1)
			return -1;
	return 0;
}

/*
 * What is known without reading O: nothing of it is wanted, or it is gone.
 *
 * Manifests that cannot be read are told of here, once each: without them it is
 * not known whether something is missing.  A batch that its manifest has as
 * stored and the list does not have is tried to be read, and found to be
 * missing then.
 */
static int
can_skip(struct restore *r, const struct backup_object *o)
{
	const struct backup_manifest_entry *e = o->listed;

	if (o->kind == BACKUP_MANIFEST && o->why != NULL) {
		warnx("%s/%s: %s", r->target->place.store, o->key, o->why);
		r->wrong++;
	}
	if (o->kind != BACKUP_BATCH)
		return 1;
	if (e == NULL)
		return 0;
	return (o->bytes == -1 && !e->stored) || e->last_ms < r->from_ms ||
	    e->first_ms >= r->to_ms ||
	    (r->key != NULL && e->api_key != NULL &&
	    strcmp(r->key, e->api_key) != 0);
}

/*
 * A batch that is not what it should be is left out, and the others are
 * brought back all the same.
 *
 * An object in no manifest may be one that somebody has put there to have it
 * counted.  It is taken only when old ones are asked for, which have no
 * manifests either.
 */
static int
restore_object(struct restore *r, const struct backup_object *o)
{
	const char *why;
	int later;

	if (can_skip(r, o))
		return EX_OK;
	why = backup_read(&r->reader, o, &later);
	if (io_signals_stop)
		return EX_TEMPFAIL;
	if (why == NULL && !r->reader.is_open)
		why = "is encrypted: expected -i";
	if (why == NULL && o->listed == NULL && !r->old)
		why = "is in no manifest";
	if (why != NULL) {
		warnx("%s/%s: %s; left out", r->target->place.store, o->key,
		    why);
		*(later ? &r->failed : &r->wrong) += 1;
		return EX_OK;
	}
	return take_read_batch(r, o) == -1 ? EX_OSERR : EX_OK;
}

/*
 * What is incomplete at the end of a place stays in memory, as another place
 * may have the rest.
 */
static int
restore_place(struct restore *r)
{
	struct io_progress progress;
	struct backup_stock k = { 0 };
	size_t i;
	int rc = EX_CONFIG;

	if (backup_read_begin(&r->reader, &r->t.cf, r->target->place.store,
	    &r->secret) == 0)
		rc = backup_stock_read(&k, &r->t.cf,
		    r->target->place.store);
	io_progress_init(&progress, "reports", r->quiet);
	for (i = 0; rc == EX_OK && i < k.n; i++) {
		r->objects += k.object[i].kind == BACKUP_BATCH;
		rc = io_signals_stop ? EX_TEMPFAIL :
		    restore_object(r, &k.object[i]);
		io_progress_show(&progress, r->reports,
		    (double)i / (double)k.n);
	}
	io_progress_done(&progress);
	backup_stock_done(&k);
	backup_read_end(&r->reader);
	return rc;
}

/*
 * ARG as a time, of a day its begin or, with END, its end; else exit 64.
 *
 * A day as the end of a range includes that day.  Times are those at which
 * reports were accepted, not those of observations.
 */
static int64_t
parse_time(int opt, const char *arg, int end)
{
	int64_t s;

	if (!(end ? base_civil_parse_end : base_civil_parse_all)(arg, &s))
		errx(EX_USAGE, "-%c %s: expected YYYY-MM-DD or "
		    "YYYY-MM-DDTHH:MM:SS, in UTC", opt, arg);
	return s * 1000;
}

/*
 * Write what is incomplete, last, so that whole ones are counted first.
 *
 * They are written only after all places were gone through: after a run that
 * was stopped, or that could not list a place, what is missing may come the
 * next time, and an id counts once.
 */
static int
flush_all(struct restore *r)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		while (r->partial[i] != NULL) {
			r->incomplete++;
			if (flush_partial(r, &r->partial[i]) == -1)
				return EX_OSERR;
		}
	return EX_OK;
}

/* Forget what is incomplete, when it is not to be written. */
static void
free_all(struct restore *r)
{
	struct piece *piece;
	struct partial *p;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		while ((p = r->partial[i]) != NULL) {
			r->partial[i] = p->next;
			while ((piece = p->pieces) != NULL) {
				p->pieces = piece->next;
				free(piece);
			}
			free(p->key);
			free(p);
		}
}

/*
 * What became of all, on stderr, as stdout has the reports.
 *
 * Status 1 is for data that will not become better by another run, and
 * EX_TEMPFAIL, which says more to a caller that tries again, goes before it.
 */
static int
tell_restored(const struct restore *r, int rc)
{
	if (!r->quiet)
		warnx("%llu reports of %llu submissions, %llu of them "
		    "incomplete", (unsigned long long)r->reports,
		    (unsigned long long)r->submissions,
		    (unsigned long long)r->incomplete);
	if (r->old_objects > 0)
		warnx("%llu objects without ids were left out: nobody knows "
		    "whether they are counted, -o takes them",
		    (unsigned long long)r->old_objects);
	if (rc == EX_OK && r->failed > 0)
		rc = EX_TEMPFAIL;
	if (rc == EX_OK && r->objects == 0) {
		warnx("there is nothing to restore");
		rc = 1;
	}
	if (rc == EX_OK && r->wrong + r->old_objects > 0)
		rc = 1;
	return rc;
}

/*
 * Read the options of "restore" and bring back the reports of all its places.
 * The table of incomplete submissions is half a megabyte, so the whole state is
 * on the heap.  Memory that is short ends the run, as nothing further could be
 * put together; other failures of one place leave the next one its turn.
 */
static int
restore_main(int argc, char *argv[])
{
	struct restore *r = calloc(1, sizeof(*r));
	struct io_cli cli;
	int one, rc;
	size_t i;

	if (r == NULL)
		err(EX_OSERR, NULL);
	r->to_ms = INT64_MAX;
	r->from_ms = INT64_MIN;
	r->fd = -1;
	base_buf_init(&r->out);
	base_buf_init(&r->piece);
	io_cli_read(&cli, argc, argv, "c:f:(from)i:k:m:oqt:(to)",
	    backup_restore.synopsis);
	if (cli.arg['f'] != NULL)
		r->from_ms = parse_time('f', cli.arg['f'], 0);
	r->key = cli.arg['k'];
	r->keep = MEGABYTE * (size_t)io_cli_num_or(&cli, 'm', 0, MEGABYTES_MAX,
	    SPILL_MEGABYTES);
	r->old = cli.arg['o'] != NULL;
	r->quiet = cli.arg['q'] != NULL;
	if (cli.arg['t'] != NULL)
		r->to_ms = parse_time('t', cli.arg['t'], 1);
	if (r->from_ms >= r->to_ms)
		errx(EX_USAGE, "-f %s -t %s: expected a time and a later one",
		    cli.arg['f'], cli.arg['t']);
	if (cli.arg['i'] != NULL &&
	    seal_key_open(&r->secret, cli.arg['i']) == -1)
		return EX_NOINPUT;
	rc = backup_targets_open(&r->t, &cli);
	for (i = 0; i < r->t.n && rc != EX_OSERR && !io_signals_stop; i++) {
		r->target = &r->t.target[i];
		if ((one = restore_place(r)) != EX_OK)
			rc = one;
	}
	/*
	 * What is incomplete because an object could not be read now waits for
	 * another run: half of a submission would use up its id.
	 */
	if (rc == EX_OK && r->failed == 0)
		rc = flush_all(r);
	free_all(r);
	rc = tell_restored(r, rc);
	backup_targets_done(&r->t);
	seal_key_done(&r->secret);
	base_buf_done(&r->out);
	base_buf_done(&r->piece);
	if (r->fd != -1)
		close(r->fd);
	free(r);
	return rc;
}

const struct backup_command backup_restore = {
	"restore", restore_main, "restore [-hoqV] [-c config] [-f from] "
	"[-i file] [-k key] [-m megabytes] [-t to] [place ...]"
};
