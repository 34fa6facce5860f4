/* SPDX-License-Identifier: ISC */
/*
 * Segments that cannot be opened, and disks with bad blocks: pread(2) is
 * replaced by one that fails for some bytes, and the clock by one that is
 * moved on by hand.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "spool/look.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "tap.h"

#define BLOCK	4096

static off_t bad_from, bad_to;	/* bytes that give EIO; none if equal */
static int preads;
static int64_t later_ms;

ssize_t
pread(int fd, void *buf, size_t len, off_t at)
{
	preads++;
	if (at < bad_to && at + (off_t)len > bad_from) {
		errno = EIO;
		return -1;
	}
	return (ssize_t)syscall(SYS_pread64, fd, buf, len, at);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	ts->tv_sec += later_ms / 1000;
	ts->tv_nsec += later_ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
	return rc;
}

time_t
time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

/* Put records FROM to TO in DIR, "FROM " and so on, 1000 bytes each. */
static void
put(const char *dir, int from, int to)
{
	struct spool_writer *w = spool_writer_open(dir, 1 << 30, 1 << 30);
	char text[1000];
	struct spool_record r = { .time_ms = 1, .count = 1,
	    .payload = text };

	for (; from <= to; from++) {
		memset(text, '.', sizeof(text));
		snprintf(text, sizeof(text), "%d", from);
		r.len = sizeof(text) - SPOOL_RECORD_HEAD_MAX +
		    SPOOL_RECORD_KEY_MAX;
		base_uuid_v7(r.id, 1);
		if (spool_writer_append(w, &r) == -1)
			err(1, "append");
	}
	spool_writer_end(w);
}

/* The numbers of the records there are now, as "1 2 3". */
static const char *
numbers(struct spool_reader *r)
{
	static struct base_buf b;
	struct spool_record rec;
	struct spool_place place;

	base_buf_reset(&b);
	base_buf_str(&b, "");
	later_ms += 25;			/* the reader looks for new files */
	while (spool_reader_next(r, &rec, &place) == 1) {
		if (b.len > 0)
			base_buf_chr(&b, ' ');
		base_buf_str(&b, rec.payload);
		spool_reader_done(r, &place);
	}
	return b.data;
}

/* The same S seconds later, asked as often as a program does. */
static const char *
numbers_after(struct spool_reader *r, int s)
{
	static char all[1000];
	const char *more;

	all[0] = '\0';
	for (s *= 10; s > 0; s--) {
		later_ms += 75;
		more = numbers(r);
		if (*all != '\0' && *more != '\0')
			strlcat(all, " ", sizeof(all));
		strlcat(all, more, sizeof(all));
	}
	return all;
}

static int
warnings(void)
{
	FILE *fp = fopen("log", "r");
	int c, n = 0;

	while ((c = getc(fp)) != EOF)
		n += c == '\n';
	fclose(fp);
	return n;
}

static struct spool_reader *
reader_of(const char *dir)
{
	int busy;

	return spool_reader_open(dir, &busy);
}

/* A block in the middle costs the records it hits, after some tries. */
static void
bad_block(void)
{
	struct spool_reader *r;
	struct spool_look size;

	put("block", 1, 12);
	bad_from = BLOCK;
	bad_to = 2 * BLOCK;
	r = reader_of("block");
	is_str(numbers(r), "1 2 3 4", "what is before the block");
	ok(spool_reader_is_undecided(r), "it may be read yet");
	is_str(numbers_after(r, 2), "", "nothing, at first");
	ok(spool_reader_is_undecided(r), "still undecided");
	is_str(numbers_after(r, 2), "10 11 12", "what is behind the block");
	ok(!spool_reader_is_undecided(r), "decided");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 5000, "damage");
	spool_reader_clean(r, 0, 0, 3600);
	spool_look_size("block", &size);
	is_int(size.bytes, 0, "the segment can go");
	is_int(size.bad_files, 1, "the damage is kept");
	is_int(size.bad_bytes, 5000, "what can be read of it, and zeros");
	later_ms += 4000 * 1000;
	spool_reader_clean(r, 0, 0, 3600);
	spool_look_size("block", &size);
	is_int(size.bad_files + size.bad_bytes, 0, "for an hour");
	spool_reader_end(r);
	bad_to = bad_from;
}

/* A bad block that recovers costs nothing. */
static void
blip(void)
{
	struct spool_reader *r;

	put("blip", 1, 12);
	bad_from = BLOCK;
	bad_to = 2 * BLOCK;
	r = reader_of("blip");
	is_str(numbers(r), "1 2 3 4", "before");
	numbers_after(r, 2);
	bad_to = bad_from;
	is_str(numbers_after(r, 2), "5 6 7 8 9 10 11 12", "all the others");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 0, "no damage");
	spool_reader_end(r);
}

/* Large bad regions do not take a try for each block. */
static void
bad_region(void)
{
	struct spool_reader *r;
	const char *got;

	put("region", 1, 3000);
	bad_from = BLOCK;
	bad_to = 1000000 / BLOCK * BLOCK;
	r = reader_of("region");
	numbers(r);
	numbers_after(r, 2);
	preads = 0;
	got = numbers_after(r, 4);
	ok(preads < 250, "%d reads", preads);
	ok(atoi(got) > 999 && atoi(got) <= 2000, "goes on with %d",
	    atoi(got));
	spool_reader_end(r);
	bad_to = bad_from;
}

/* A disk that gives nothing, or not the end, is waited for. */
static void
away(void)
{
	struct spool_reader *r;
	int before;

	put("away", 1, 3);
	bad_from = 0;
	bad_to = 1 << 20;
	r = reader_of("away");
	before = warnings();
	is_str(numbers_after(r, 600), "", "nothing for ten minutes");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 0, "no damage");
	ok(warnings() - before <= 11, "one warning a minute: %d",
	    warnings() - before);
	put("away/", 4, 5);
	bad_to = bad_from;
	is_str(numbers_after(r, 61), "4 5 1 2 3", "nothing is lost");
	spool_reader_end(r);

	put("tail", 1, 6);
	bad_from = BLOCK;
	bad_to = 1 << 20;
	r = reader_of("tail");
	is_str(numbers_after(r, 100), "1 2 3 4", "what is before");
	bad_to = bad_from;
	is_str(numbers_after(r, 61), "5 6", "and the rest, one day");
	spool_reader_end(r);
}

/* What cannot be opened costs itself only, and once a minute a warning. */
static void
unreadable(void)
{
	struct spool_reader *r;
	int before, i;
	char name[64];

	mkdir("closed", 0750);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "closed/%012d-%08d-%08d.seg",
		    i + 1, i, i);
		if (symlink("/nowhere", name) == -1 ||
		    (i == 3 && (unlink(name) == -1 ||
		    mkfifo(name, 0600) == -1)) ||
		    (i == 4 && (unlink(name) == -1 ||
		    mkdir(name, 0700) == -1)))
			err(1, "%s", name);
	}
	put("closed", 1, 3);
	before = warnings();
	r = reader_of("closed");
	is_str(numbers(r), "1 2 3", "others are read");
	ok(!spool_reader_is_undecided(r), "nothing is about to be decided");
	is_str(numbers_after(r, 300), "", "no more");
	ok(warnings() - before <= 6, "one warning a minute: %d",
	    warnings() - before);
	before = warnings();
	unlink(name);
	snprintf(name, sizeof(name), "closed/%012d-%08d-%08d.seg", 1, 0, 0);
	unlink(name);
	rmdir("closed/000000000005-00000004-00000004.seg");
	put("other", 4, 4);
	if (system("mv other/*.seg closed/000000000001-00000000-00000000.seg"
	    ) != 0)
		err(1, "mv");
	is_str(numbers_after(r, 61), "4", "until it can be");
	spool_reader_save(r);
	spool_reader_end(r);
	r = reader_of("closed");
	is_str(numbers(r), "", "the state has it");
	spool_reader_end(r);
}

int
main(void)
{
	tap_scratch();
	if (freopen("log", "a", stderr) == NULL)
		return 1;
	setvbuf(stderr, NULL, _IONBF, 0);
	bad_block();
	blip();
	bad_region();
	away();
	unreadable();
	return tap_done();
}
