/* SPDX-License-Identifier: ISC */
#include "io/infile.h"

#include "tap.h"

static void
put(const char *path, const char *text, size_t len)
{
	FILE *fp = fopen(path, "w");

	fwrite(text, 1, len, fp);
	fclose(fp);
}

/* The lines of PATH joined by '|', "!" after an error. */
static const char *
lines(const char *path)
{
	static char out[1024];
	struct io_infile_line l;
	struct io_infile *f;
	int rc;

	out[0] = '\0';
	if ((f = io_infile_open(path)) == NULL)
		return "no file";
	while ((rc = io_infile_next(f, &l)) == 1)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%.*s%s|", (int)(l.len > 20 ? 20 : l.len), l.text,
		    l.cut ? "..." : "");
	if (rc == -1)
		strcat(out, "!");
	io_infile_end(f);
	return out;
}

int
main(void)
{
	char *big;
	size_t i, n = 3 * IO_INFILE_LINE_MAX;

	tap_scratch();
	put("a", "one\ntwo\r\n\nlast", 14);
	is_str(lines("a"), "one|two||last|", "LF, CRLF, empty, no LF");
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
	is_str(lines("."), "no file", "a directory");
	is_str(lines("missing"), "no file", "no such file");

	big = malloc(n + 8);
	for (i = 0; i < n; i++)
		big[i] = 'x';
	memcpy(big + n, "\nafter\n", 7);
	put("big", big, n + 7);
	is_str(lines("big"), "xxxxxxxxxxxxxxxxxxxx...|after|",
	    "a line too long costs only itself");
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
