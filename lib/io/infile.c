/* SPDX-License-Identifier: ISC */
/*
 * Bytes travel through two buffers: RAW holds what read() gave, TEXT what
 * that means once it is decompressed.  The next line begins at text_at; what
 * lies before is used up, and is dropped when more text is needed.  TEXT
 * grows with the longest line, up to two of the greatest length, so that a
 * line that is longer is recognized, its beginning kept and its rest passed
 * over, and memory stays bounded whatever the file holds.
 *
 * A line ends with LF, CRLF or CR alone, as files of any system have it.
 * Looking for LF anew for every line of a file that has CR only would scan
 * the buffer again and again, so the place of the next LF is remembered.
 */
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "io/infile.h"

#define RAW_LEN		(128 * 1024)
#define TEXT_LEN	(256 * 1024)	/* of the text buffer, at first */

#define MAGIC_LEN	4	/* bytes that tell the form of a file */

enum form { PLAIN, GZIP, ZSTD, ALIEN };

/* What people hand in that cannot be read line by line, by its first bytes. */
static const struct {
	const char	*magic;
	size_t		 len;
	const char	*what;
} aliens[] = {
	{ "PK\3\4", 4, "a zip archive" },
	{ "PK\5\6", 4, "a zip archive" },
	{ "\xfd" "7zX", 4, "compressed by xz" },
	{ "BZh", 3, "compressed by bzip2" },
	{ "7z\xbc\xaf", 4, "a 7z archive" },
	{ "\x04\x22\x4d\x18", 4, "compressed by lz4" },
	{ "\x1f\x9d", 2, "compressed by compress" },
	{ "\xd0\xcf\x11\xe0", 4, "a document of Microsoft Office" },
	{ "%PDF", 4, "a PDF document" },
	{ "SQLi", 4, "a database of SQLite" },
};

struct io_infile {
	const char	*name;
	int		 fd;
	enum form	 form;
	const char	*alien;		/* what it is, if ALIEN */
	int		 raw_end;	/* end of file seen */
	int		 mid_frame;	/* compressed data is incomplete */
	int		 frames;	/* a member of gzip has ended */
	int		 failed;	/* ... or damaged, which was told */
	off_t		 size, bytes;	/* of the file, read of it */
	const atomic_int *stop;		/* or NULL */
	ssize_t		(*source)(void *arg, void *buf, size_t len);
	void		*source_arg;	/* of SOURCE, or both NULL: FD */
	z_stream	 z;
	ZSTD_DStream	*zstd;
	size_t		 raw_at, raw_len;	/* unused bytes in raw */
	size_t		 text_at, text_len;	/* unused bytes in text */
	size_t		 lf_at;		/* the next LF in text, or text_len */
	int		 lf_known;	/* lf_at holds */
	int		 skip_lf;	/* an LF next belongs to a CR before */
	uint64_t	 number;
	size_t		 line_max;	/* what is longer is cut */
	char		*text;
	size_t		 text_cap;
	unsigned char	 raw[RAW_LEN];
};

void
io_infile_stop_on(struct io_infile *f, const atomic_int *stop)
{
	f->stop = stop;
}

/* Did a signal come that is to end the input? */
static int
is_input_stopped(const struct io_infile *f)
{
	return f->stop != NULL && *f->stop;
}

/* As read(), from what F reads of; -1 after a warning, or by a signal. */
static ssize_t
read_raw(struct io_infile *f, void *buf, size_t len)
{
	ssize_t n;

	if (f->source != NULL)
		return f->source(f->source_arg, buf, len);
	if ((n = read(f->fd, buf, len)) == -1 && errno != EINTR)
		warn("%s", f->name);
	return n;
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
	/* We may wait now, and who asks may wait for the last answer. */
	if (f->fd == STDIN_FILENO)
		fflush(stdout);
	while ((n = read_raw(f, f->raw, RAW_LEN)) == -1 && errno == EINTR &&
	    !is_input_stopped(f))
		;
	/* A signal that ends the waiting ends the file: see the header. */
	if (n == -1 && errno == EINTR)
		n = 0;
	if (n == -1)
		return -1;
	f->raw_end = n == 0;
	f->raw_len = (size_t)n;
	f->bytes += n;
	return n > 0;
}

/*
 * Is it something that cannot be read?  io_infile_next() will say so, as only
 * who reads lines minds: others take its bytes as they are.
 */
static void
find_alien(struct io_infile *f)
{
	size_t i;

	for (i = 0; i < sizeof(aliens) / sizeof(aliens[0]); i++)
		if (f->raw_len >= aliens[i].len &&
		    memcmp(f->raw, aliens[i].magic, aliens[i].len) == 0) {
			f->form = ALIEN;
			f->alien = aliens[i].what;
			return;
		}
}

/* Frames without text, with sizes for readers in parallel, may come first. */
static int
is_zstd(const unsigned char *raw, size_t len)
{
	return len >= 4 && (memcmp(raw, "\x28\xb5\x2f\xfd", 4) == 0 ||
	    ((raw[0] & 0xf0) == 0x50 && memcmp(raw + 1, "\x2a\x4d\x18",
	    3) == 0));
}

/* Tell the form by the first bytes.  Returns 0, or -1 after a warning. */
static int
open_form(struct io_infile *f)
{
	ssize_t n;

	/* Enough to tell, even from a pipe that trickles. */
	while (f->raw_len < MAGIC_LEN && !f->raw_end) {
		n = read_raw(f, f->raw + f->raw_len, RAW_LEN - f->raw_len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
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
	} else if (is_zstd(f->raw, f->raw_len)) {
		if ((f->zstd = ZSTD_createDStream()) == NULL) {
			warnx("%s: out of memory", f->name);
			return -1;
		}
		f->form = ZSTD;
	} else
		find_alien(f);
	return 0;
}

int
io_infile_fd(const char *path)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		warn("%s", path);
	return fd;
}

struct io_infile *
io_infile_open(const char *path)
{
	int fd = io_infile_fd(path);

	return fd == -1 ? NULL : io_infile_take(fd, path);
}

/* The raw buffer is large and not cleared: raw_at and raw_len bound it. */
static struct io_infile *
new_file(int fd, const char *name)
{
	struct io_infile *f;

	if ((f = malloc(sizeof(*f))) == NULL)
		return NULL;
	memset(f, 0, offsetof(struct io_infile, raw));
	f->name = name;
	f->fd = fd;
	f->line_max = IO_INFILE_LINE_MAX;
	f->text_cap = TEXT_LEN;
	if ((f->text = malloc(TEXT_LEN)) == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

struct io_infile *
io_infile_from(ssize_t (*source)(void *arg, void *buf, size_t len), void *arg,
    const char *name)
{
	struct io_infile *f;

	if ((f = new_file(-1, name)) == NULL) {
		warn("%s", name);
		return NULL;
	}
	f->source = source;
	f->source_arg = arg;
	f->size = -1;
	if (open_form(f) == 0)
		return f;
	io_infile_end(f);
	return NULL;
}

struct io_infile *
io_infile_take(int fd, const char *path)
{
	struct io_infile *f;
	struct stat st;

	f = new_file(fd, strcmp(path, "-") == 0 ? "stdin" : path);
	if (f == NULL) {
		warn("%s", path);
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	if (fstat(f->fd, &st) == -1) {
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

/* Standard input is left open, since it belongs to the program. */
void
io_infile_end(struct io_infile *f)
{
	if (f == NULL)
		return;
	if (f->form == GZIP)
		inflateEnd(&f->z);
	ZSTD_freeDStream(f->zstd);
	free(f->text);
	if (f->fd > STDIN_FILENO)
		close(f->fd);
	free(f);
}

/* Only before the first line, when no line was cut by another bound. */
void
io_infile_line_max(struct io_infile *f, size_t max)
{
	assert(f->number == 0 && max > 0);
	f->line_max = max;
}

const char *
io_infile_name(const struct io_infile *f)
{
	return f->name;
}

/*
 * It counts bytes as they are in the file, so it is right for compressed ones,
 * too.
 */
double
io_infile_done(const struct io_infile *f)
{
	return f->size <= 0 ? -1 : (double)f->bytes / (double)f->size;
}

/* Say up to which byte of the file its text is known.  Returns -1. */
static int
tell_damage(const struct io_infile *f, const char *why)
{
	warnx("%s: expected %s behind byte %jd: %s", f->name,
	    f->form == GZIP ? "gzip" : "zstd",
	    (intmax_t)f->bytes - (intmax_t)(f->raw_len - f->raw_at), why);
	return -1;
}

/*
 * What stands between members is another one, or zeros, with which tapes and
 * devices are filled up.  Returns 1 if there may be one in what was read.
 */
static int
find_member(struct io_infile *f)
{
	while (f->frames && f->raw_at < f->raw_len && f->raw[f->raw_at] == 0)
		f->raw_at++;
	return f->raw_at < f->raw_len;
}

/*
 * Members follow one another, as cat(1) of two files makes them, and are one
 * text.  Returns the bytes, perhaps none yet, or -1 after a warning.
 */
static ssize_t
inflate_some(struct io_infile *f, char *out, size_t len)
{
	int rc;

	/* Between members, and before the first one, it begins anew. */
	if (!f->mid_frame) {
		if (!find_member(f))
			return 0;
		inflateReset(&f->z);
	}
	f->z.next_in = f->raw + f->raw_at;
	f->z.avail_in = (uInt)(f->raw_len - f->raw_at);
	f->z.next_out = (Bytef *)out;
	f->z.avail_out = (uInt)len;
	rc = inflate(&f->z, Z_NO_FLUSH);
	assert(f->z.avail_in <= f->raw_len && f->z.avail_out <= len);
	f->raw_at = f->raw_len - f->z.avail_in;
	/* Z_BUF_ERROR is no error: it wants more input, or more room. */
	f->mid_frame = rc != Z_STREAM_END;
	f->frames |= rc == Z_STREAM_END;
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return tell_damage(f, f->z.msg != NULL ? f->z.msg :
		    zError(rc));
	return (ssize_t)(len - f->z.avail_out);
}

/* The same; zstd goes on with the next frame by itself. */
static ssize_t
unzstd_some(struct io_infile *f, char *out, size_t len)
{
	ZSTD_inBuffer in = { f->raw, f->raw_len, f->raw_at };
	ZSTD_outBuffer to = { out, len, 0 };
	size_t rc;

	rc = ZSTD_decompressStream(f->zstd, &to, &in);
	f->raw_at = in.pos;
	if (ZSTD_isError(rc))
		return tell_damage(f, ZSTD_getErrorName(rc));
	f->mid_frame = rc != 0;
	return (ssize_t)to.pos;
}

/* More text at OUT, as read_more_text() before it remembers a failure. */
static ssize_t
decode_text(struct io_infile *f, char *out, size_t len)
{
	ssize_t n;
	int rc;

	for (;;) {
		if ((rc = fill_raw(f)) == -1)
			return -1;
		if (rc == 0 && f->mid_frame && !is_input_stopped(f)) {
			warnx("%s: compressed data ends early", f->name);
			return -1;
		}
		if (rc == 0)
			return 0;
		if (f->form == PLAIN || f->form == ALIEN) {
			n = (ssize_t)(f->raw_len - f->raw_at);
			if ((size_t)n > len)
				n = (ssize_t)len;
			memcpy(out, f->raw + f->raw_at, (size_t)n);
			f->raw_at += (size_t)n;
		} else if (f->form == GZIP)
			n = inflate_some(f, out, len);
		else
			n = unzstd_some(f, out, len);
		/* A header, or the end of a frame, is no text yet. */
		if (n != 0)
			return n;
	}
}

/* More text at OUT.  Returns the bytes, 0 at the end, -1 after a warning. */
static ssize_t
read_more_text(struct io_infile *f, char *out, size_t len)
{
	ssize_t n;

	if (f->failed)
		return -1;
	n = decode_text(f, out, len);
	f->failed = n == -1;
	return n;
}

/* Begin anew with the byte that was at AT of the descriptor. */
static int
rewind_input(struct io_infile *f, off_t at)
{
	if (lseek(f->fd, at, SEEK_SET) == -1) {
		warn("%s", f->name);
		return -1;
	}
	f->raw_at = f->raw_len = 0;
	f->bytes = 0;
	f->raw_end = f->mid_frame = f->frames = 0;
	if (f->form == ZSTD)
		ZSTD_initDStream(f->zstd);
	return 0;
}

/* Only checksums at its end know of some damage, so all of it is read. */
int
io_infile_is_whole(struct io_infile *f)
{
	ssize_t n = 1;
	off_t at;

	assert(f->number == 0 && f->text_len == 0);
	if (f->size == -1 || (f->form != GZIP && f->form != ZSTD))
		return 1;
	if ((at = lseek(f->fd, 0, SEEK_CUR)) == -1) {
		warn("%s", f->name);
		return 0;
	}
	at -= f->bytes;
	while (n > 0 && !is_input_stopped(f))
		n = read_more_text(f, f->text, f->text_cap);
	return n != -1 && rewind_input(f, at) == 0;
}

/*
 * The end of the line that begins at text_at: a CR or LF in the buffer, or
 * NULL.  The first SEEN bytes of the line are known to have none.
 */
static char *
find_line_end(struct io_infile *f, size_t seen)
{
	char *cr, *from = f->text + f->text_at + seen, *lf;

	assert(f->text_at + seen <= f->text_len && f->text_len <= f->text_cap);
	if (!f->lf_known || f->lf_at < f->text_at) {
		lf = memchr(from, '\n', f->text_len - f->text_at - seen);
		f->lf_at = lf == NULL ? f->text_len : (size_t)(lf - f->text);
		f->lf_known = 1;
	}
	assert(f->lf_at >= f->text_at + seen);
	lf = f->text + f->lf_at;
	if ((cr = memchr(from, '\r', (size_t)(lf - from))) != NULL)
		return cr;
	return f->lf_at == f->text_len ? NULL : lf;
}

/*
 * Room for more text behind the line that begins at text_at and has no end
 * yet.  Of one that is too long its beginning is kept.  Returns how many
 * bytes of it are held.
 */
static size_t
shift_text(struct io_infile *f, struct io_infile_line *line)
{
	size_t have = f->text_len - f->text_at;

	if (have > f->line_max)
		line->cut = 1;
	if (line->cut)
		have = f->line_max;
	memmove(f->text, f->text + f->text_at, have);
	f->text_at = 0;
	f->text_len = have;
	f->lf_known = 0;
	return have;
}

/* Let the text buffer grow, if it is full.  0, or -1 after a warning. */
static int
grow_text(struct io_infile *f)
{
	char *text;

	if (f->text_len < f->text_cap)
		return 0;
	if ((text = realloc(f->text, 2 * f->text_cap)) == NULL) {
		warn("%s", f->name);
		return -1;
	}
	f->text = text;
	f->text_cap *= 2;
	return 0;
}

/* Pass over the LF of a CRLF of which only the CR was there before. */
static void
skip_lf(struct io_infile *f)
{
	if (!f->skip_lf || f->text_at == f->text_len)
		return;
	f->skip_lf = 0;
	f->text_at += f->text[f->text_at] == '\n';
}

/* What can be read as bytes, but has no lines. */
static int
refuse_alien(const struct io_infile *f)
{
	warnx("%s: expected text, gzip or zstd, but it is %s", f->name,
	    f->alien);
	return -1;
}

/* The line at text_at has END behind it, or is the last one if that is NULL. */
static void
hand_out_line(struct io_infile *f, struct io_infile_line *line, const char *end)
{
	static const char bom[] = "\xef\xbb\xbf";

	line->text = f->text + f->text_at;
	line->open = end == NULL;
	if (end == NULL) {
		line->len = f->text_len - f->text_at;
		f->text_at = f->text_len;
	} else {
		line->len = (size_t)(end - line->text);
		f->text_at += line->len + 1;
		f->skip_lf = *end == '\r';
		skip_lf(f);
	}
	if (line->cut || line->len > f->line_max) {
		line->cut = 1;
		line->len = f->line_max;
	}
	/* Files that were joined have one where each of them began. */
	while (line->len >= 3 && memcmp(line->text, bom, 3) == 0) {
		line->text += 3;
		line->len -= 3;
	}
	assert(line->text + line->len <= f->text + f->text_len);
	line->number = ++f->number;
}

/*
 * A line is sought in what is there; as long as it has no end, more is read
 * behind it.  SEEN bytes of it need not be looked at again.
 */
int
io_infile_next(struct io_infile *f, struct io_infile_line *line)
{
	char *end;
	ssize_t n = 1;
	size_t seen = 0;

	line->cut = 0;
	if (f->form == ALIEN)
		return refuse_alien(f);
	for (;;) {
		skip_lf(f);
		if ((end = find_line_end(f, seen)) != NULL)
			break;
		seen = shift_text(f, line);
		if (n > 0 && grow_text(f) == -1)
			return -1;
		if (n <= 0 || (n = read_more_text(f, f->text + f->text_len,
		    f->text_cap - f->text_len)) <= 0)
			break;
		f->text_len += (size_t)n;
	}
	if (n == -1)
		return -1;
	if (end == NULL && f->text_len == f->text_at)
		return 0;
	hand_out_line(f, line, end);
	if (line->number == 1 && line->len >= 2 &&
	    (memcmp(line->text, "\xff\xfe", 2) == 0 ||
	    memcmp(line->text, "\xfe\xff", 2) == 0)) {
		warnx("%s: expected UTF-8, but it is UTF-16: "
		    "iconv -f UTF-16 -t UTF-8 makes it readable", f->name);
		return -1;
	}
	return 1;
}

/*
 * The buffer always has room: it is at least twice as long as what is looked
 * at.
 */
ssize_t
io_infile_peek(struct io_infile *f, const char **data)
{
	ssize_t n;

	assert(f->number == 0 && f->text_at == 0);
	while (f->text_len < IO_INFILE_PEEK) {
		n = read_more_text(f, f->text + f->text_len,
		    f->text_cap - f->text_len);
		if (n == -1 && f->text_len == 0)
			return -1;
		if (n <= 0)
			break;
		f->text_len += (size_t)n;
	}
	*data = f->text;
	return (ssize_t)f->text_len;
}

ssize_t
io_infile_some(struct io_infile *f, const char **data)
{
	ssize_t n;

	if (f->text_at == f->text_len) {
		f->text_at = f->text_len = 0;
		f->lf_known = 0;
		if ((n = read_more_text(f, f->text, f->text_cap)) <= 0)
			return n;
		f->text_len = (size_t)n;
	}
	*data = f->text + f->text_at;
	n = (ssize_t)(f->text_len - f->text_at);
	f->text_at = f->text_len;
	return n;
}
