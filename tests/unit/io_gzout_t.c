/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "io/gzout.h"
#include "io/infile.h"

#include "tap.h"

/* The file so far; SINK gives up when it would be longer than MAX. */
struct sink {
	FILE	*fp;
	size_t	 len, max;
};

static int
on_gz(void *arg, const void *data, size_t len)
{
	struct sink *s = arg;

	if (s->len + len > s->max)
		return -1;
	s->len += len;
	return fwrite(data, 1, len, s->fp) == len ? 0 : -1;
}

/* N lines of numbers through THREADS into the file "x.gz", PIECE at a time. */
static int
make_gz(unsigned threads, size_t lines, size_t piece, size_t max)
{
	struct sink s = { fopen("x.gz", "w"), 0, max };
	struct io_gzout *g = io_gzout_open(threads, IO_GZOUT_LEVEL, on_gz,
	    &s);
	struct base_buf b;
	int rc = 0;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < lines; i++)
		base_buf_fmt(&b, "%zu %zu\n", i, i * 2654435761u % 1000003);
	for (i = 0; i < b.len && rc == 0; i += piece)
		rc = io_gzout_write(g, b.data + i,
		    b.len - i < piece ? b.len - i : piece);
	if (io_gzout_end(g, 1) == -1)
		rc = -1;
	fclose(s.fp);
	base_buf_done(&b);
	return rc;
}

/* Are the lines of "x.gz" those of make_gz()? */
static int
is_whole(size_t lines)
{
	struct io_infile *f = io_infile_open("x.gz");
	struct io_infile_line l;
	char want[64];
	size_t i = 0;
	int rc;

	while ((rc = io_infile_next(f, &l)) == 1) {
		snprintf(want, sizeof(want), "%zu %zu", i,
		    i * 2654435761u % 1000003);
		if (l.len != strlen(want) || memcmp(l.text, want, l.len) != 0)
			break;
		i++;
	}
	io_infile_end(f);
	return rc == 0 && i == lines;
}

/* From no block at all to several times round the ring. */
static void
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 70000, 900000 };
	unsigned threads;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (threads = 1; threads <= 4; threads += 3) {
			ok(make_gz(threads, sizes[i], 77777, SIZE_MAX) == 0 &&
			    is_whole(sizes[i]), "%zu lines, %u threads",
			    sizes[i], threads);
			is_int(system("gzip -t x.gz"), 0, "gzip -t");
		}
	ok(make_gz(0, 70000, 1, SIZE_MAX) == 0 && is_whole(70000),
	    "single bytes");
	ok(make_gz(2, 700000, 1 << 24, SIZE_MAX) == 0 && is_whole(700000),
	    "all at once");
}

/* The sink gives up, or the caller does. */
static void
test_failures(void)
{
	struct sink s = { fopen("y", "w"), 0, SIZE_MAX };
	static char block[IO_GZOUT_BLOCK];
	struct io_gzout *g;

	is_int(make_gz(2, 700000, 4096, 100), -1, "a sink that gives up");
	is_int(make_gz(2, 70000, 4096, 100), -1, "at the very end");
	g = io_gzout_open(2, 1, on_gz, &s);
	io_gzout_write(g, block, sizeof(block));
	io_gzout_write(g, block, 10);
	is_int(io_gzout_end(g, 0), -1, "nothing is to be kept");
	fclose(s.fp);
}

int
main(void)
{
	tap_scratch();
	test_sizes();
	test_failures();
	return tap_done();
}
