/* SPDX-License-Identifier: ISC */
/*
 * Input files, plain, gzip or zstd: reading any comes to an end, no line is
 * longer than was promised or holds an end of a line, and those of plain
 * text are the ones that a plain loop over its bytes finds.  Input that
 * begins with L or l is repeated, so that short input makes long lines.
 */
#include <sys/mman.h>

#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/infile.h"

#define REPEATS		3000
#define LINES_MAX	2000000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The next line of *P as text editors see it; 0 at the end. */
static int
plain_next(const char **p, const char *end, const char **line, size_t *len)
{
	const char *at = *p;

	if (at == end)
		return 0;
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	*line = *p;
	*len = (size_t)(at - *p);
	while (*len >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
		*line += 3;
		*len -= 3;
	}
	if (at < end && *at == '\r' && at + 1 < end && at[1] == '\n')
		at++;
	*p = at < end ? at + 1 : at;
	return 1;
}

/* Is it read as it stands?  What else there is has other first bytes. */
static int
is_plain(const uint8_t *data, size_t len)
{
	return len > 0 && data[0] >= 'a' && data[0] <= 'z';
}

/* Read what LEN bytes at TEXT became in file FD. */
static void
check_lines(int fd, const uint8_t *data, const char *text, size_t len)
{
	const char *end = text + len, *want;
	struct io_infile_line line;
	struct io_infile *f;
	char path[64];
	uint64_t number = 0;
	size_t n;
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((f = io_infile_open(path)) == NULL)
		return;
	while (number < LINES_MAX && (rc = io_infile_next(f, &line)) == 1) {
		assert(line.len <= IO_INFILE_LINE_MAX);
		assert(line.number == ++number);
		assert(memchr(line.text, '\n', line.len) == NULL);
		assert(memchr(line.text, '\r', line.len) == NULL);
		if (!is_plain(data, len))
			continue;
		assert(plain_next(&text, end, &want, &n));
		assert(line.cut || (n == line.len &&
		    memcmp(want, line.text, n) == 0));
	}
	if (is_plain(data, len) && rc == 0)
		assert(text == end);
	io_infile_done(f);
	io_infile_end(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t i, n = len > 0 && (data[0] == 'L' || data[0] == 'l') ?
	    REPEATS : 1;
	char *text;
	int fd;

	if ((fd = memfd_create("in", 0)) == -1)
		err(1, "memfd_create");
	if ((text = malloc(n * len + 1)) == NULL)
		err(1, NULL);
	for (i = 0; i < n && len > 0; i++)
		memcpy(text + i * len, data, len);
	if (write(fd, text, n * len) != (ssize_t)(n * len))
		err(1, "write");
	check_lines(fd, data, text, n * len);
	free(text);
	close(fd);
	return 0;
}
