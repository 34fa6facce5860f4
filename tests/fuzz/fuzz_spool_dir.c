/* SPDX-License-Identifier: ISC */
/*
 * Directories of segments as bad disks and crashes leave them, with a state.
 * Reading has to come to an end and to find every whole record, in whatever
 * company; a second reader, which has the state of the first, none again.
 *
 * The input is up to FILES times a length of two bytes, a byte of flags, and
 * as many bytes; what is left over is the state.  The flags are:
 *
 *	0x01	the segment begins with FLAGS >> 5 whole records
 *	0x02	the bytes are only the payload of these, and else come next
 *	0x04	a whole record ends it
 *	0x08	its writer left it to the next
 *	0x10	on the last: the state gets the checksum that it needs
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "spool/look.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "spool/segment.h"
#include "spool/state.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FILES		4
#define INPUT_MAX	30000
#define READS_MAX	100000

static char dir[64];
static int dir_fd = -1;

/* All that is said here is of damage, which is what this is about. */
void
warnx(const char *fmt, ...)
{
	(void)fmt;
}

static void
empty_dir(const char *sub)
{
	struct dirent *e;
	DIR *d;
	int fd;

	if ((fd = openat(dir_fd, sub, O_RDONLY | O_DIRECTORY)) == -1 ||
	    (d = fdopendir(fd)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			unlinkat(fd, e->d_name, 0);
	closedir(d);
}

static void
remove_dir(void)
{
	empty_dir(SPOOL_SEGMENT_BAD);
	unlinkat(dir_fd, SPOOL_SEGMENT_BAD, AT_REMOVEDIR);
	empty_dir(".");
	rmdir(dir);
}

static void
make_dir(void)
{
	strlcpy(dir, "/dev/shm/fuzz_spool.XXXXXX", sizeof(dir));
	if (mkdtemp(dir) == NULL) {
		strlcpy(dir, "/var/tmp/fuzz_spool.XXXXXX", sizeof(dir));
		if (mkdtemp(dir) == NULL)
			err(1, "%s", dir);
	}
	if ((dir_fd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", dir);
	atexit(remove_dir);
}

static void
put_file(const char *name, const void *p, size_t len, mode_t mode)
{
	int fd = openat(dir_fd, name, O_CREAT | O_TRUNC | O_WRONLY, 0640);

	if (fd == -1 || write(fd, p, len) != (ssize_t)len ||
	    fchmod(fd, mode) == -1)
		abort();
	close(fd);
}

/* Add a whole record with this payload. */
static void
add_record(struct base_buf *b, const uint8_t *p, size_t len)
{
	struct spool_record r = { .time_ms = 1, .count = 1, .key = "abcd",
	    .keylen = 4, .payload = (const char *)p, .len = len };
	uint8_t head[SPOOL_RECORD_HEAD_MAX];

	memset(r.id, (int)len, sizeof(r.id));
	base_buf_add(b, head, spool_record_head(head, &r));
	base_buf_add(b, p, len);
}

/*
 * Write the segment I that LEN bytes at DATA and FLAGS make.  Adds the whole
 * records to *WHOLE; returns 1 if there is nothing else in it.
 */
static int
put_segment(int i, const uint8_t *data, size_t len, int flags, int *whole)
{
	struct base_buf b;
	char name[40];
	int n, pure = (flags & 2) != 0 || len == 0;

	base_buf_init(&b);
	base_buf_str(&b, "");
	for (n = 0; (flags & 1) != 0 && n < flags >> 5; n++, (*whole)++)
		add_record(&b, data, len < 200 ? len : 200);
	if (!pure)
		base_buf_add(&b, data, len);
	if (flags & 4) {
		add_record(&b, data, len < 99 ? len : 99);
		(*whole)++;
	}
	if (!base_buf_ok(&b))
		abort();
	snprintf(name, sizeof(name), "%012x-%08x-%08x.seg", i + 1, i, i);
	put_file(name, b.data, b.len, flags & 8 ? 01640 : 0640);
	base_buf_done(&b);
	return pure;
}

static void
put_state(const uint8_t *data, size_t len, int valid)
{
	struct base_buf b;

	base_buf_init(&b);
	if (valid)
		spool_state_begin(&b, "");
	base_buf_add(&b, data, len);
	if (valid)
		spool_state_end(&b);
	if (!base_buf_ok(&b))
		abort();
	put_file("feed.state", b.data, b.len, 0640);
	base_buf_done(&b);
}

/* How many records a reader finds, which then saves its state. */
static int
read_all(int clean)
{
	struct spool_record rec;
	struct spool_place place;
	struct spool_reader *r;
	int busy, got = 0, rc;

	if ((r = spool_reader_open(dir, &busy)) == NULL)
		abort();
	while ((rc = spool_reader_next(r, &rec, &place)) == 1) {
		if (++got > READS_MAX || rec.keylen > SPOOL_RECORD_KEY_MAX)
			abort();
		spool_reader_sent(r, &place);
		spool_reader_done(r, &place);
	}
	if (rc != 0)
		abort();
	spool_reader_save(r);
	if (clean)
		spool_reader_clean(r, 0, 0, 0);
	spool_reader_end(r);
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int flags = 0, got, i, known, pure = 1, whole = 0;
	struct spool_look size;
	size_t n;

	if (len > INPUT_MAX)
		return 0;
	if (dir_fd == -1)
		make_dir();
	empty_dir(SPOOL_SEGMENT_BAD);
	empty_dir(".");
	for (i = 0; i < FILES && len >= 3; i++) {
		flags = data[2];
		n = (size_t)(data[0] | data[1] << 8);
		data += 3;
		len -= 3;
		if (n > len)
			n = len;
		pure &= put_segment(i, data, n, flags, &whole);
		data += n;
		len -= n;
	}
	known = len > 0 && (flags & 0x10) != 0;
	if (len > 0)
		put_state(data, len, known);
	got = read_all(0);
	/* A state that is none hides nothing. */
	if (!known && (got < whole || (pure && got != whole)))
		abort();
	if (read_all(1) != 0)
		abort();
	/* What was done goes, unless the state knows of more that was sent. */
	if (spool_look_size(dir, &size) != 1 || (!known && size.bytes != 0))
		abort();
	return 0;
}
