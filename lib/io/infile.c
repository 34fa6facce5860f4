/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "io/infile.h"

#define RAW_LEN		(128 * 1024)
#define TEXT_LEN	(2 * IO_INFILE_LINE_MAX)

enum form { PLAIN, GZIP, ZSTD };

struct io_infile {
	const char	*name;
	int		 fd;
	enum form	 form;
	int		 raw_end;	/* end of file seen */
	int		 mid_frame;	/* compressed data is incomplete */
	off_t		 size, bytes;	/* of the file, read of it */
	const volatile sig_atomic_t *stop;	/* or NULL */
	z_stream	 z;
	ZSTD_DStream	*zstd;
	size_t		 raw_at, raw_len;	/* unused bytes in raw */
	size_t		 text_at, text_len;	/* ... in text */
	uint64_t	 number;
	unsigned char	 raw[RAW_LEN];
	char		 text[TEXT_LEN];
};

void
io_infile_stop_on(struct io_infile *f, const volatile sig_atomic_t *stop)
{
	f->stop = stop;
}

static int
stopped(const struct io_infile *f)
{
	return f->stop != NULL && *f->stop;
}

/* More raw bytes.  Returns 1, 0 at the end, or -1 after a warning. */
static int
fill_raw(struct io_infile *f)
{
	ssize_t n;

	if (f->raw_at < f->raw_len)
		return 1;
	f->raw_at = f->raw_len = 0;
	if (f->raw_end)
		return 0;
	if (f->fd == STDIN_FILENO)
		fflush(stdout);
	while ((n = read(f->fd, f->raw, RAW_LEN)) == -1 && errno == EINTR &&
	    !stopped(f))
		;
	if (n == -1 && errno == EINTR)
		n = 0;
	if (n == -1) {
		warn("%s", f->name);
		return -1;
	}
	f->raw_end = n == 0;
	f->raw_len = (size_t)n;
	f->bytes += n;
	return n > 0;
}

static int
open_form(struct io_infile *f)
{
	ssize_t n;

	/* Enough to tell, even from a pipe that trickles. */
	while (f->raw_len < 4 && !f->raw_end) {
		n = read(f->fd, f->raw + f->raw_len, RAW_LEN - f->raw_len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			warn("%s", f->name);
			return -1;
		}
		f->raw_end = n == 0;
		f->raw_len += (size_t)n;
		f->bytes += n;
	}
	if (f->raw_len >= 2 && memcmp(f->raw, "\x1f\x8b", 2) == 0) {
		f->form = GZIP;
		if (inflateInit2(&f->z, 15 + 16) != Z_OK) {
			warnx("%s: out of memory", f->name);
			return -1;
		}
	} else if (f->raw_len >= 4 &&
	    memcmp(f->raw, "\x28\xb5\x2f\xfd", 4) == 0) {
		if ((f->zstd = ZSTD_createDStream()) == NULL) {
			warnx("%s: out of memory", f->name);
			return -1;
		}
		f->form = ZSTD;
	}
	return 0;
}

struct io_infile *
io_infile_open(const char *path)
{
	struct io_infile *f;
	struct stat st;

	if ((f = malloc(sizeof(*f))) == NULL) {
		warn(NULL);
		return NULL;
	}
	memset(f, 0, offsetof(struct io_infile, raw));
	f->name = strcmp(path, "-") == 0 ? "stdin" : path;
	f->fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd == -1 || fstat(f->fd, &st) == -1) {
		warn("%s", path);
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		warnc(EISDIR, "%s", path);
		goto fail;
	}
	f->size = S_ISREG(st.st_mode) ? st.st_size : -1;
	if (open_form(f) == 0)
		return f;
fail:
	io_infile_end(f);
	return NULL;
}

void
io_infile_end(struct io_infile *f)
{
	if (f == NULL)
		return;
	if (f->form == GZIP)
		inflateEnd(&f->z);
	ZSTD_freeDStream(f->zstd);
	if (f->fd > STDIN_FILENO)
		close(f->fd);
	free(f);
}

const char *
io_infile_name(const struct io_infile *f)
{
	return f->name;
}

double
io_infile_done(const struct io_infile *f)
{
	return f->size <= 0 ? -1 : (double)f->bytes / (double)f->size;
}

static ssize_t
inflate_some(struct io_infile *f, char *out, size_t len)
{
	int rc;

	if (!f->mid_frame && inflateReset(&f->z) != Z_OK)
		return -1;
	f->z.next_in = f->raw + f->raw_at;
	f->z.avail_in = (uInt)(f->raw_len - f->raw_at);
	f->z.next_out = (Bytef *)out;
	f->z.avail_out = (uInt)len;
	rc = inflate(&f->z, Z_NO_FLUSH);
	f->raw_at = f->raw_len - f->z.avail_in;
	f->mid_frame = rc != Z_STREAM_END;
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return -1;
	return (ssize_t)(len - f->z.avail_out);
}

static ssize_t
unzstd_some(struct io_infile *f, char *out, size_t len)
{
	ZSTD_inBuffer in = { f->raw, f->raw_len, f->raw_at };
	ZSTD_outBuffer to = { out, len, 0 };
	size_t rc;

	rc = ZSTD_decompressStream(f->zstd, &to, &in);
	if (ZSTD_isError(rc))
		return -1;
	f->raw_at = in.pos;
	f->mid_frame = rc != 0;
	return (ssize_t)to.pos;
}

/* More text at OUT.  Returns the bytes, 0 at the end, -1 after a warning. */
static ssize_t
read_text(struct io_infile *f, char *out, size_t len)
{
	ssize_t n;
	int rc;

	for (;;) {
		if ((rc = fill_raw(f)) == -1)
			return -1;
		if (rc == 0 && f->mid_frame && !stopped(f)) {
			warnx("%s: compressed data ends early", f->name);
			f->mid_frame = 0;
			return -1;
		}
		if (rc == 0)
			return 0;
		if (f->form == PLAIN) {
			n = (ssize_t)(f->raw_len - f->raw_at);
			if ((size_t)n > len)
				n = (ssize_t)len;
			memcpy(out, f->raw + f->raw_at, (size_t)n);
			f->raw_at += (size_t)n;
		} else if (f->form == GZIP)
			n = inflate_some(f, out, len);
		else
			n = unzstd_some(f, out, len);
		if (n == -1) {
			warnx("%s: compressed data is damaged", f->name);
			return -1;
		}
		if (n > 0)
			return n;
	}
}

int
io_infile_next(struct io_infile *f, struct io_infile_line *line)
{
	char *lf, *start;
	ssize_t n = 1;
	size_t have, seen = 0;

	line->cut = 0;
	for (;;) {
		start = f->text + f->text_at;
		have = f->text_len - f->text_at;
		if ((lf = memchr(start + seen, '\n', have - seen)) != NULL)
			break;
		if (line->cut || have > IO_INFILE_LINE_MAX) {
			/* Keep its beginning, drop the rest. */
			if (!line->cut)
				memmove(f->text, start, IO_INFILE_LINE_MAX);
			line->cut = 1;
			f->text_at = 0;
			f->text_len = have = seen = IO_INFILE_LINE_MAX;
		} else {
			memmove(f->text, start, have);
			f->text_at = 0;
			f->text_len = seen = have;
		}
		if (n <= 0 || (n = read_text(f, f->text + f->text_len,
		    TEXT_LEN - f->text_len)) <= 0)
			break;
		f->text_len += (size_t)n;
	}
	if (n == -1)
		return -1;
	if (lf == NULL && f->text_len == 0)
		return 0;
	line->text = start = f->text + f->text_at;
	line->len = lf != NULL ? (size_t)(lf - start) : f->text_len;
	f->text_at = lf != NULL ? f->text_at + line->len + 1 : f->text_len;
	if (line->cut || line->len > IO_INFILE_LINE_MAX) {
		line->cut = 1;
		line->len = IO_INFILE_LINE_MAX;
	}
	if (line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	line->number = ++f->number;
	return 1;
}
