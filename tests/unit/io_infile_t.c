/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "io/infile.h"

#include "tap.h"

static void
put(const char *path, const char *text, size_t len)
{
	FILE *fp = fopen(path, "w");

	fwrite(text, 1, len, fp);
	fclose(fp);
}

/* The lines of F joined by '|', "!" after an error. */
static const char *
rest(struct io_infile *f)
{
	static char out[1024];
	struct io_infile_line l;
	int rc;

	out[0] = '\0';
	while ((rc = io_infile_next(f, &l)) == 1)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%.*s%s|", (int)(l.len > 20 ? 20 : l.len), l.text,
		    l.cut ? "..." : "");
	if (rc == -1)
		strcat(out, "!");
	return out;
}

/* The same of PATH. */
static const char *
lines(const char *path)
{
	struct io_infile *f;
	const char *out;

	if ((f = io_infile_open(path)) == NULL)
		return "no file";
	out = rest(f);
	io_infile_end(f);
	return out;
}

/* The end of a line at each place around the end of a buffer. */
static void
test_chunks(char *big)
{
	const size_t len = 128 * 1024;
	struct io_infile_line l;
	struct io_infile *f;
	int bad = 0;
	size_t i;

	memset(big, 'x', len);
	for (i = len - 3; i < len + 3; i++) {
		memset(big, 'x', i);
		memcpy(big + i, "\r\nafter\r\nlast", 13);
		put("chunk", big, i + 13);
		f = io_infile_open("chunk");
		bad += io_infile_next(f, &l) != 1 || l.len != i;
		bad += io_infile_next(f, &l) != 1 || l.len != 5;
		bad += io_infile_next(f, &l) != 1 || l.len != 4;
		bad += io_infile_next(f, &l) != 0;
		io_infile_end(f);
	}
	is_int(bad, 0, "CRLF across pieces");
}

/* A bound of the caller's, below and above the usual one. */
static void
test_long(const char *big, size_t n)
{
	struct io_infile_line l;
	struct io_infile *f;

	f = io_infile_take(io_infile_fd("big"), "big");
	io_infile_line_max(f, n);
	ok(io_infile_next(f, &l) == 1 && l.len == n && !l.cut &&
	    memcmp(l.text, big, n) == 0, "a line of %zu bytes", n);
	ok(io_infile_next(f, &l) == 1 && l.len == 5, "the next one");
	io_infile_end(f);
	f = io_infile_open("big");
	io_infile_line_max(f, 100);
	ok(io_infile_next(f, &l) == 1 && l.len == 100 && l.cut, "cut");
	ok(io_infile_next(f, &l) == 1 && l.len == 5 && !l.cut,
	    "the next one whole");
	io_infile_end(f);
}

/* All bytes of PATH, looked at first; "!" after an error. */
static const char *
bytes(const char *path)
{
	static char out[1024];
	const char *data;
	struct io_infile *f = io_infile_open(path);
	ssize_t n;

	snprintf(out, sizeof(out), "%zd:", io_infile_peek(f, &data));
	while ((n = io_infile_some(f, &data)) > 0)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%.*s",
		    (int)n, data);
	if (n == -1)
		strcat(out, "!");
	io_infile_end(f);
	return out;
}

/* A source that gives one byte at a time, and fails behind "bad". */
static ssize_t
drip(void *arg, void *buf, size_t len)
{
	const char **p = arg;

	(void)len;
	if (**p == '!')
		return -1;
	memcpy(buf, *p, 1);
	return **p == '\0' ? 0 : ((*p)++, 1);
}

/* Bytes instead of lines, and something else than a descriptor. */
static void
test_bytes(void)
{
	const char *data, *from = "one\ntwo", *bad = "one\n!";
	struct io_infile_line l;
	struct io_infile *f;

	put("plain", "one\r\ntwo", 8);
	is_str(bytes("plain"), "8:one\r\ntwo", "bytes of a text");
	is_str(bytes("zip"), "14:PK\3\4and so on\n", "... of an archive");
	is_str(bytes("a.gz"), "14:one\ntwo\r\n\nlast", "... of gzip");
	ok(strchr(bytes("cut.gz"), (int)'!') != NULL, "... of one cut short");
	is_str(bytes("empty"), "0:", "... of nothing");

	f = io_infile_open("plain");
	ok(io_infile_peek(f, &data) == 8 && io_infile_next(f, &l) == 1 &&
	    l.len == 3 && !l.open, "lines after a look");
	ok(io_infile_next(f, &l) == 1 && l.len == 3 && l.open,
	    "the last one has no end");
	io_infile_end(f);

	f = io_infile_from(drip, &from, "drip");
	ok(f != NULL && io_infile_next(f, &l) == 1 && l.len == 3 &&
	    io_infile_next(f, &l) == 1 && l.len == 3 &&
	    io_infile_next(f, &l) == 0, "lines of a source");
	io_infile_end(f);
	errno = 0;
	f = io_infile_from(drip, &bad, "bad");
	ok(f == NULL || (io_infile_next(f, &l) == 1 &&
	    io_infile_next(f, &l) == -1 && io_infile_next(f, &l) == -1),
	    "a source that fails");
	io_infile_end(f);
}

/* FILE is WHOLE or not; if it is, its lines are TEXT all the same. */
static void
is_whole(const char *file, int whole, const char *text)
{
	struct io_infile *f = io_infile_open(file);

	is_int(io_infile_is_whole(f), whole, file);
	if (whole)
		is_str(rest(f), text, file);
	io_infile_end(f);
}

/* What only the end of compressed data tells, and what may stand there. */
static void
test_ends(void)
{
	ok(system("gzip -c a >w.gz; zstd -qc --check a >w.zst; "
	    "for e in gz zst; do { head -c 20 w.$e; printf XXX; "
	    "tail -c +24 w.$e; } >d.$e; head -c 20 w.$e >e.$e; done; "
	    "{ cat w.gz; printf '\\0\\0\\0'; } >z.gz; "
	    "{ cat z.gz w.gz; } >zz.gz; "
	    "{ cat z.gz; printf junk; } >j.gz; "
	    "{ printf '\\120\\52\\115\\30\\2\\0\\0\\0ab'; cat w.zst; } "
	    ">s.zst") == 0, "files");
	is_whole("w.gz", 1, "one|two||last|");
	is_whole("w.zst", 1, "one|two||last|");
	is_whole("z.gz", 1, "one|two||last|");
	is_whole("zz.gz", 1, "one|two||lastone|two||last|");
	is_whole("s.zst", 1, "one|two||last|");
	is_whole("a", 1, "one|two||last|");
	is_whole("empty", 1, "");
	is_whole("d.gz", 0, NULL);
	is_whole("d.zst", 0, NULL);
	is_whole("e.gz", 0, NULL);
	is_whole("e.zst", 0, NULL);
	is_whole("j.gz", 0, NULL);
}

int
main(void)
{
	char *big;
	size_t i, n = 3 * IO_INFILE_LINE_MAX;

	tap_scratch();
	put("a", "one\ntwo\r\n\nlast", 14);
	is_str(lines("a"), "one|two||last|", "LF, CRLF, empty, no LF");
	put("cr", "one\rtwo\r\rlast", 13);
	is_str(lines("cr"), "one|two||last|", "CR alone");
	put("mixed", "a\rb\nc\r\nd\r\r\ne\n\rf\r", 16);
	is_str(lines("mixed"), "a|b|c|d||e||f|", "all ends in one file");
	put("bom", "\xef\xbb\xbfone\n\xef\xbb\xbf\xef\xbb\xbftwo\n"
	    "x\xef\xbb\xbf\n", 22);
	is_str(lines("bom"), "one|two|x\xef\xbb\xbf|",
	    "byte order marks before lines");
	put("marks", "\xef\xbb\xbf", 3);
	is_str(lines("marks"), "|", "nothing but a mark");
	put("nul", "a\0b\nc", 6);
	is_str(lines("nul"), "a|c|", "NUL");
	put("utf16", "\xff\xfeo\0n\0e\0\n\0", 10);
	is_str(lines("utf16"), "!", "UTF-16");
	put("zip", "PK\3\4and so on\n", 14);
	is_str(lines("zip"), "!", "a zip archive");
	put("empty", "", 0);
	is_str(lines("empty"), "", "empty file");
	put("nl", "\n", 1);
	is_str(lines("nl"), "|", "one empty line");
	ok(system("gzip -c a >a.gz; cat a.gz a.gz >b.gz; "
	    "head -c 20 a.gz >cut.gz") == 0, "gzip");
	is_str(lines("a.gz"), "one|two||last|", "gzip");
	is_str(lines("b.gz"), "one|two||lastone|two||last|",
	    "gzip of two members");
	ok(strchr(lines("cut.gz"), (int)'!') != NULL, "gzip cut short");
	put("bad.gz", "\x1f\x8b\x08\x00garbage that is none", 23);
	is_str(lines("bad.gz"), "!", "damaged gzip");
	test_bytes();
	test_ends();
	is_str(lines("."), "no file", "a directory");
	is_str(lines("missing"), "no file", "no such file");

	big = malloc(n + 8);
	for (i = 0; i < n; i++)
		big[i] = 'x';
	memcpy(big + n, "\nafter\n", 7);
	put("big", big, n + 7);
	is_str(lines("big"), "xxxxxxxxxxxxxxxxxxxx...|after|",
	    "a line too long costs only itself");
	test_long(big, n);
	test_chunks(big);
	for (i = 0; i < n; i++)
		big[i] = i % 7 == 6 ? '\n' : 'y';
	put("many", big, n);
	i = 0;
	{
		struct io_infile *f = io_infile_open("many");
		struct io_infile_line l;

		while (io_infile_next(f, &l) == 1)
			i += l.len == 6 || l.len == n % 7;
		ok(l.number == i, "every line whole");
		io_infile_end(f);
	}
	is_int((long long)i, (long long)(n / 7 + (n % 7 > 0)), "all lines");
	free(big);
	return tap_done();
}
