/* SPDX-License-Identifier: ISC */
/*
 * A disk that fails while a reader follows: what was acknowledged is read,
 * what was not is not.  fdatasync(2) and pwritev(2) are replaced by ones that
 * fail on demand.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "tap.h"

static int sync_errno, sync_calls;
static ssize_t write_room = -1;		/* bytes left on the disk */

/* What the reader finds when a write or sync is about to fail. */
static struct spool_reader *follower;

static const char *follow(struct spool_reader *r);

int
fdatasync(int fd)
{
	sync_calls++;
	if (sync_errno == 0)
		return (int)syscall(SYS_fdatasync, fd);
	if (follower != NULL)
		follow(follower);
	errno = sync_errno;
	return -1;
}

/* Write the first part that has any bytes, as far as there is room. */
ssize_t
pwritev(int fd, const struct iovec *iov, int n, off_t at)
{
	size_t len;
	ssize_t rc;

	for (; n > 1 && iov->iov_len == 0; n--)
		iov++;
	len = iov->iov_len;
	if (write_room != -1 && len > (size_t)write_room)
		len = (size_t)write_room;
	if (len == 0) {
		if (follower != NULL)
			follow(follower);
		errno = ENOSPC;
		return -1;
	}
	if ((rc = pwrite(fd, iov->iov_base, len, at)) > 0 && write_room != -1)
		write_room -= rc;
	return rc;
}

static int no_memory;

/* Of what a writer is made from, the last. */
char *
strdup(const char *s)
{
	size_t len = strlen(s) + 1;
	char *copy;

	if (no_memory) {
		errno = ENOMEM;
		return NULL;
	}
	if ((copy = malloc(len)) != NULL)
		memcpy(copy, s, len);
	return copy;
}

static int
put(struct spool_writer *w, const char *payload)
{
	struct spool_record r = { .time_ms = 1700000000123, .count = 1,
	    .key = "test", .keylen = 4, .payload = payload,
	    .len = strlen(payload) };

	base_uuid_v7(r.id, r.time_ms);
	return spool_writer_append(w, &r);
}

/* The payloads of what is there now, joined. */
static const char *
follow(struct spool_reader *r)
{
	static char text[1024];
	struct spool_record rec;
	struct spool_place place;
	size_t len = 0;

	text[0] = '\0';
	usleep(25000);			/* the reader looks for new files */
	while (spool_reader_next(r, &rec, &place) == 1)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%.*s", (int)rec.len, rec.payload);
	return text;
}

static void
failures(void)
{
	struct spool_writer *w = spool_writer_open("a", 1 << 20, 1 << 20);
	struct spool_reader *r;
	int busy;

	r = follower = spool_reader_open("a", &busy);
	ok(put(w, "1 ") == 0, "append");
	is_str(follow(r), "1 ", "read");
	write_room = 30;
	ok(put(w, "2 ") == -1 && errno == ENOSPC, "disk full");
	is_str(follow(r), "", "nothing of it");
	write_room = -1;
	ok(put(w, "3 ") == 0, "room again");
	is_str(follow(r), "3 ", "what took its place");
	sync_errno = EIO;
	sync_calls = 0;
	ok(put(w, "4 ") == -1 && errno == EIO, "sync failed");
	is_int(sync_calls, 1, "is not tried again");
	sync_errno = 0;
	ok(put(w, "5 ") == 0 && put(w, "6 ") == 0, "disk mended");
	is_str(follow(r), "5 6 ", "what took its place");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 0, "no damage");
	spool_reader_end(r);
	follower = NULL;
	unlink("a/feed.state");
	r = spool_reader_open("a", &busy);
	is_str(follow(r), "1 3 5 6 ", "exactly what was acknowledged");
	spool_reader_end(r);
	spool_writer_end(w);
}

/* The only segment of DIR, opened. */
static int
open_segment(const char *dir)
{
	char cmd[64], path[256] = "";
	FILE *fp;

	snprintf(cmd, sizeof(cmd), "ls %s/*.seg", dir);
	if ((fp = popen(cmd, "r")) != NULL) {
		if (fgets(path, sizeof(path), fp) == NULL)
			path[0] = '\0';
		pclose(fp);
	}
	path[strcspn(path, "\n")] = '\0';
	return open(path, O_RDWR);
}

/* Damage in a segment that is still being written. */
static void
live_damage(void)
{
	struct spool_writer *w = spool_writer_open("b", 1 << 20, 1 << 20);
	struct spool_reader *r;
	int busy, fd;

	r = spool_reader_open("b", &busy);
	put(w, "1 ");			/* 54 bytes each */
	put(w, "2 ");
	fd = open_segment("b");
	ok(pwrite(fd, "\xff", 1, 54 + 5) == 1, "a length grows");
	is_str(follow(r), "1 ", "it may be unfinished");
	put(w, "3 ");
	is_str(follow(r), "3 ", "until a whole one follows");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 54, "damage");
	ok(pwrite(fd, "\0\0\0\0\0\0\0\0", 8, 3 * 54) == 8, "zeros");
	is_str(follow(r), "", "wait");
	spool_writer_end(w);
	is_str(follow(r), "", "zeros at the end are none");
	is_int((long long)spool_reader_stats(r)->bad_bytes, 54, "damage");
	spool_reader_end(r);
	close(fd);
}

/* More segments than files may be open. */
static void
many(void)
{
	struct rlimit lim = { 32, 32 };
	struct spool_writer *w = spool_writer_open("c", 1 << 20, 1);
	struct spool_reader *r;
	int busy, i;

	for (i = 0; i < 100; i++)
		put(w, "x");
	spool_writer_end(w);
	setrlimit(RLIMIT_NOFILE, &lim);
	r = spool_reader_open("c", &busy);
	is_int((long long)strlen(follow(r)), 100, "a hundred segments");
	spool_reader_end(r);
}

/* What could not be made is not undone to others. */
static void
short_of_memory(void)
{
	struct stat before, after;
	int fd = open("stdin", O_CREAT | O_RDWR, 0600);

	dup2(fd, STDIN_FILENO);
	fstat(STDIN_FILENO, &before);
	no_memory = 1;
	ok(spool_writer_open("d", 1, 1) == NULL, "no memory for a writer");
	no_memory = 0;
	ok(fstat(STDIN_FILENO, &after) == 0 &&
	    before.st_mode == after.st_mode && before.st_ino == after.st_ino,
	    "descriptor 0 is left alone");
	close(fd);
}

int
main(void)
{
	tap_scratch();
	if (freopen("log", "w", stderr) == NULL)
		return 1;
	failures();
	live_damage();
	short_of_memory();
	many();
	return tap_done();
}
