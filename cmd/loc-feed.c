/* SPDX-License-Identifier: ISC */
/*
 * loc-feed - ship accepted submissions from the spool to the stream.
 *
 * Reads the spool; adds its records to the stream in Redis, and deletes
 * segments when all consumer groups are done with them.  Together with the
 * records it sets a marker in Redis to the number shipped so far, and adds
 * nothing unless the marker is what it was set to last.  Whenever it is not,
 * or the stream is older than what was shipped, Redis has forgotten
 * something; then everything that is not done is shipped again, and
 * consumers skip what they counted already.  Stopped at any moment it goes
 * on where it was, or from what is done.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "conf/file.h"
#include "io/cli.h"
#include "queue/redis.h"
#include "queue/stream.h"
#include "spool/reader.h"

#define SYNOPSIS	"[-1hvV] [-c config]"
#define BATCH		200		/* records of one transaction ... */
#define BATCH_BYTES	(4 * 1024 * 1024)	/* ... and bytes, about */
#define POLL_US		20000		/* while there is nothing to do */
#define ONCE_TRIES	25		/* of -1, without any progress */
#define LOOK_MS		1000		/* between looks at the groups */
#define FULL_LOOK_MS	100		/* ... while the stream is full */
#define CLEAN_MS	5000
#define TIMEOUT_MS	5000
#define WARN_MS		60000		/* between warnings of the same */

/* What was shipped and is not done yet. */
struct shipped {
	struct spool_place	place;
	struct queue_id		id;
};

struct feed {
	struct spool_reader	*spool;
	struct queue_stream	 stream;
	const struct conf_file	*cf;
	int			 verbose;
	/* kept with the spool's state */
	char			 name[24];	/* of this spool */
	uint64_t		 count;		/* the marker: records shipped */
	struct queue_id		 last;		/* ... the last of them */
	int64_t			 added;		/* to the stream ever, -1: unknown */
	int64_t			 length;	/* entries in it, about */
	struct queue_id		 trimmed;	/* nothing before is in it */
	char			 marker[256];
	/* a ring of shipped records */
	struct shipped		*ring;
	size_t			 cap, head, len;
	/* the batch that is being shipped */
	struct queue_entry	 entry[BATCH];
	struct spool_place	 place[BATCH];
	struct base_buf		 bytes;		/* what entries borrow */
	size_t			 n;
	int			 unsure;	/* it may have arrived */
	int64_t			 refused_ms;	/* warned that it was */
	int			 connected;
	int64_t			 look_ms, clean_ms;
};

static volatile sig_atomic_t stopping, want_status;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
on_status(int sig)
{
	(void)sig;
	want_status = 1;
}

static int
push(struct feed *f, const struct spool_place *place,
    const struct queue_id *id)
{
	struct shipped *p;
	size_t i;

	if (f->len == f->cap) {
		if ((p = calloc(2 * f->cap + 64, sizeof(*p))) == NULL) {
			warn(NULL);
			return -1;
		}
		for (i = 0; i < f->len; i++)
			p[i] = f->ring[(f->head + i) % f->cap];
		free(f->ring);
		f->ring = p;
		f->cap = 2 * f->cap + 64;
		f->head = 0;
	}
	p = &f->ring[(f->head + f->len++) % f->cap];
	p->place = *place;
	p->id = *id;
	return 0;
}

static int
save(struct feed *f)
{
	char id[QUEUE_ID_TEXT], note[128];

	queue_id_format(id, &f->last);
	snprintf(note, sizeof(note), "%s %llu %s", f->name,
	    (unsigned long long)f->count, id);
	spool_reader_set_note(f->spool, note);
	return spool_reader_save(f->spool);
}

/* Take up what an earlier run left, or begin. */
static int
load(struct feed *f)
{
	unsigned long long count;
	struct spool_place place;
	char id[QUEUE_ID_TEXT];
	uint8_t random[8];
	size_t i;

	if (sscanf(spool_reader_note(f->spool), "%23s %llu %43s", f->name,
	    &count, id) == 3 && queue_id_parse(&f->last, id, strlen(id))) {
		f->count = count;
		/* Of these only the id of the last is known. */
		for (i = 0; spool_reader_place(f->spool, i, &place); i++)
			if (push(f, &place, &f->last) == -1)
				return -1;
	} else {
		arc4random_buf(random, sizeof(random));
		for (i = 0; i < sizeof(random); i++)
			snprintf(f->name + 2 * i, 3, "%02x", random[i]);
	}
	snprintf(f->marker, sizeof(f->marker), "%s:feed:%s", f->stream.name,
	    f->name);
	return save(f);
}

/*
 * Go back to what is done.  The state must know before the marker does, and
 * the marker must have a new value, lest an older state matches it.
 */
static int
start_over(struct feed *f)
{
	char value[24];

	f->n = 0;
	f->head = f->len = 0;
	spool_reader_rewind(f->spool);
	memset(&f->last, 0, sizeof(f->last));
	memset(&f->trimmed, 0, sizeof(f->trimmed));
	f->count++;
	if (save(f) == -1)
		return -1;
	snprintf(value, sizeof(value), "%llu", (unsigned long long)f->count);
	return queue_stream_set_marker(&f->stream, f->marker, value) == 0 ?
	    0 : -1;
}

/* The batch is in the stream. */
static int
arrived(struct feed *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		spool_reader_sent(f->spool, &f->place[i]);
		if (push(f, &f->place[i], &f->entry[i].id) == -1)
			return -1;
	}
	f->count += f->n;
	f->length += (int64_t)f->n;
	if (f->added != -1)
		f->added += (int64_t)f->n;
	f->last = f->entry[f->n - 1].id;
	if (f->verbose)
		warnx("shipped %zu, %llu in all", f->n,
		    (unsigned long long)f->count);
	f->n = 0;
	return save(f);
}

/* A batch whose answer was lost has arrived; its ids are below LAST. */
static int
arrived_unseen(struct feed *f, const struct queue_id *last)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		f->entry[i].id = *last;
	return arrived(f);
}

/*
 * Does Redis still know all that was shipped?  Returns 0 with its state, or
 * -1 for later.
 */
static int
verify(struct feed *f, struct queue_state *st)
{
	char value[24] = "", want[24], want_batch[24];
	int rc = 0, unsure = f->unsure, whole;

	if (!f->connected && queue_redis_check(f->stream.redis) != 0)
		return -1;
	if (queue_stream_state(&f->stream, st) != 0)
		return -1;
	/* Asked for only if missing: refused when memory is short. */
	if (!st->internal &&
	    (queue_stream_group(&f->stream, QUEUE_STREAM_INTERNAL) != 0 ||
	    queue_stream_state(&f->stream, st) != 0))
		return -1;
	/* After the state: what it says is then true of this marker. */
	if (queue_stream_marker(&f->stream, f->marker, value,
	    sizeof(value)) < 0)
		return -1;
	f->connected = 1;
	f->unsure = 0;
	snprintf(want, sizeof(want), "%llu", (unsigned long long)f->count);
	snprintf(want_batch, sizeof(want_batch), "%llu",
	    (unsigned long long)(f->count + f->n));
	whole = queue_id_cmp(&st->last, &f->last) >= 0 &&
	    st->added >= f->added;
	if (whole && unsure && strcmp(value, want_batch) == 0)
		rc = arrived_unseen(f, &st->last);
	else if (!whole || strcmp(value, want) != 0) {
		if (f->count > 0)
			warnx("redis has forgotten submissions (marker %s, "
			    "expected %s): shipping again what is not done",
			    *value == '\0' ? "missing" : value, want);
		rc = start_over(f);
	}
	f->added = st->added;
	f->length = st->length;
	return rc;
}

/* Learn what the groups are done with, and let go of it. */
static int
look(struct feed *f)
{
	struct queue_state st;
	size_t before = f->len;
	int64_t n;

	if (verify(f, &st) == -1)
		return -1;
	for (; f->len > 0; f->len--) {
		if (queue_id_cmp(&f->ring[f->head].id, &st.bound) >= 0)
			break;
		spool_reader_done(f->spool, &f->ring[f->head].place);
		f->head = (f->head + 1) % f->cap;
	}
	if (f->len != before && save(f) == -1)
		return -1;
	if (queue_id_cmp(&st.bound, &f->trimmed) <= 0)
		return 0;
	if ((n = queue_stream_trim(&f->stream, &st.bound)) < 0)
		return -1;
	f->trimmed = st.bound;
	f->length -= n;
	return 0;
}

/* Copy records of the spool into the batch, as many as fit. */
static int
gather(struct feed *f)
{
	struct spool_record rec;
	struct queue_entry *e;
	size_t at[BATCH], i;
	int rc = 0;

	base_buf_reset(&f->bytes);
	while (f->n < BATCH && f->bytes.len < BATCH_BYTES &&
	    (rc = spool_reader_next(f->spool, &rec, &f->place[f->n])) == 1) {
		e = &f->entry[f->n];
		memset(e, 0, sizeof(*e));
		memcpy(e->sub, rec.id, sizeof(e->sub));
		e->time_ms = rec.time_ms;
		e->count = rec.count;
		e->keylen = rec.keylen;
		e->len = rec.len;
		at[f->n++] = f->bytes.len;
		base_buf_add(&f->bytes, rec.key, rec.keylen);
		base_buf_add(&f->bytes, rec.payload, rec.len);
	}
	if (!base_buf_ok(&f->bytes)) {
		warnx("out of memory");
		return -1;
	}
	for (i = 0; i < f->n; i++) {
		f->entry[i].key = f->bytes.data + at[i];
		f->entry[i].payload = f->entry[i].key + f->entry[i].keylen;
	}
	return rc == -1 ? -1 : 0;
}

/* Ship the batch.  Returns 0, or -1 to verify and try again later. */
static int
ship(struct feed *f)
{
	char expect[24], value[24];
	int rc;

	snprintf(expect, sizeof(expect), "%llu",
	    (unsigned long long)f->count);
	snprintf(value, sizeof(value), "%llu",
	    (unsigned long long)(f->count + f->n));
	rc = queue_stream_ship(&f->stream, f->entry, f->n, f->marker, expect,
	    value);
	if (rc == 0)
		return arrived(f);
	if (rc == -2 && (f->refused_ms == 0 ||
	    base_civil_mono_ms() - f->refused_ms >= WARN_MS)) {
		warnx("redis takes no more, waiting");
		f->refused_ms = base_civil_mono_ms();
	}
	f->unsure = rc == -1;
	f->connected = 0;
	return -1;
}

static void
print_status(struct feed *f)
{
	const struct spool_reader_stats *st = spool_reader_stats(f->spool);

	want_status = 0;
	warnx("shipped %llu, not done %zu, waiting %lld bytes, torn %llu, "
	    "damaged %llu bytes", (unsigned long long)f->count, f->len,
	    (long long)spool_reader_waiting(f->spool),
	    (unsigned long long)st->torn_bytes,
	    (unsigned long long)st->bad_bytes);
}

/* What is done must not fill the spool. */
static void
clean(struct feed *f)
{
	spool_reader_clean(f->spool, f->cf->spool_keep_s,
	    f->cf->spool_max_bytes / 2);
}

/* One round: 1 something was shipped, 0 nothing to do, -1 try later. */
static int
turn(struct feed *f)
{
	int64_t now = base_civil_mono_ms();
	int full = f->length >= f->cf->queue_max_backlog;

	if (!queue_redis_connected(f->stream.redis))
		f->connected = 0;
	if (!f->connected ||
	    now - f->look_ms >= (full ? FULL_LOOK_MS : LOOK_MS)) {
		if (look(f) == -1)
			return -1;
		f->look_ms = now;
	}
	if (now - f->clean_ms >= CLEAN_MS) {
		clean(f);
		f->clean_ms = now;
	}
	if (f->length >= f->cf->queue_max_backlog)
		return 0;
	if (f->n == 0 && gather(f) == -1)
		return -1;
	if (f->n == 0)
		return 0;
	return ship(f) == -1 ? -1 : 1;
}

static int
run(struct feed *f, int once)
{
	useconds_t pause = POLL_US;
	int idle = 0, rc;

	while (!stopping) {
		if (want_status)
			print_status(f);
		if ((rc = turn(f)) == 1) {
			pause = POLL_US;
			idle = 0;
			continue;
		}
		if (once && rc == 0 && spool_reader_waiting(f->spool) == 0)
			break;
		if (once && ++idle > ONCE_TRIES) {
			warnx("%lld bytes of the spool cannot be shipped now",
			    (long long)spool_reader_waiting(f->spool));
			return EX_TEMPFAIL;
		}
		/* Failures are repeated more and more slowly. */
		pause = rc == 0 || once ? POLL_US : pause < 1000000 ?
		    2 * pause : pause;
		usleep(pause);
	}
	if (once)
		clean(f);
	return save(f) == -1 ? EX_IOERR : EX_OK;
}

int
main(int argc, char *argv[])
{
	static struct feed f;
	struct sigaction sa = { .sa_handler = on_stop };
	struct conf_file cf;
	const char *conf = NULL;
	int busy, ch, once = 0, status = EX_SOFTWARE;

	while ((ch = getopt(argc, argv, "1c:hvV")) != -1)
		switch (ch) {
		case '1':
			once = 1;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'v':
			f.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	if (argc != optind)
		io_cli_usage(SYNOPSIS, 0);
	if (conf_file_open(&cf, conf) == -1)
		return EX_CONFIG;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = on_status;
	sigaction(SIGUSR1, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	f.cf = &cf;
	f.added = -1;
	f.stream.name = cf.queue_stream;
	base_buf_init(&f.bytes);
	if ((f.stream.redis = queue_redis_new(cf.cache_url,
	    TIMEOUT_MS)) == NULL)
		status = EX_CONFIG;
	else if ((f.spool = spool_reader_open(cf.spool_dir, &busy)) == NULL) {
		if (busy)
			warnx("%s: another loc-feed is at work", cf.spool_dir);
		status = busy ? EX_TEMPFAIL : EX_CANTCREAT;
	} else if (queue_redis_check(f.stream.redis) == -2)
		status = EX_CONFIG;
	else if (load(&f) == -1)
		status = EX_IOERR;
	else
		status = run(&f, once);
	spool_reader_end(f.spool);
	queue_redis_free(f.stream.redis);
	base_buf_done(&f.bytes);
	free(f.ring);
	conf_file_end(&cf);
	return status;
}
