/* SPDX-License-Identifier: ISC */
/*
 * Statuses are those of sysexits.h so that scripts can tell a wrong call (64)
 * from lost output (74).  Nothing here returns after an error: a program that
 * has printed half of its answer has no better way to tell than to end.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/cli.h"
#include "io/version.h"

/* For -V: what was built, and of which commit where that is known. */
static void __attribute__((noreturn))
print_version(void)
{
	printf("%s %s", getprogname(), LOC_VERSION);
	if (*io_version_commit != '\0')
		printf(" (%s)", io_version_commit);
	putchar('\n');
	io_cli_flush();
	exit(EX_OK);
}

/*
 * getopt_long() also takes abbreviations, moves options before operands unless
 * OPTIONS begins with '+', and has told what was wrong when it returns '?'.
 */
int
io_cli_next(int argc, char *argv[], const char *options, const char *synopsis)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	char letters[80];
	int ch;

	assert(strlen(options) + 2 < sizeof(letters));
	snprintf(letters, sizeof(letters), "%shV", options);
	ch = getopt_long(argc, argv, letters, names, NULL);
	if (ch == 'V')
		print_version();
	if (ch == 'h' || ch == '?')
		io_cli_usage(synopsis, ch == 'h');
	return ch;
}

/*
 * What was asked for is output and goes to stdout; anything else is a
 * complaint.
 */
void
io_cli_usage(const char *synopsis, int asked)
{
	FILE *out = asked ? stdout : stderr;
	const char *p;

	fprintf(out, "usage: %s ", getprogname());
	for (p = synopsis; *p != '\0'; p++) {
		fputc(*p, out);
		if (*p == '\n')
			fprintf(out, "       %s ", getprogname());
	}
	fputc('\n', out);
	if (asked)
		io_cli_flush();
	exit(asked ? EX_OK : EX_USAGE);
}

/*
 * strtonum() takes no blanks behind the number, no hexadecimal and no suffix,
 * and tells what is wrong in two words.
 */
long long
io_cli_num(int opt, const char *arg, long long min, long long max)
{
	const char *why;
	long long v;

	v = strtonum(arg, min, max, &why);
	if (why != NULL)
		errx(EX_USAGE, "-%c %s: %s (expected %lld to %lld)", opt, arg,
		    why, min, max);
	return v;
}

/* Tables differ in the size of their structs, whose first member is a name. */
static const char *
name_in_table(const void *table, size_t i, size_t size)
{
	const char *name;

	memcpy(&name, (const char *)table + i * size, sizeof(name));
	return name;
}

/* All words are named, as who mistyped one may not know the others. */
const void *
io_cli_find(const char *word, const void *table, size_t n, size_t size)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(word, name_in_table(table, i, size)) == 0)
			return (const char *)table + i * size;
	fprintf(stderr, "%s: %s: expected ", getprogname(), word);
	for (i = 0; i < n; i++)
		fprintf(stderr, "%s%s", name_in_table(table, i, size),
		    i + 1 == n ? "\n" : i + 2 == n ? " or " : ", ");
	exit(EX_USAGE);
}

/*
 * Output was lost for REASON, an errno.  Libraries may have SIGPIPE ignored,
 * and stdio does not keep the reason, so a pipe is asked whether anybody
 * still reads it.
 */
static void __attribute__((noreturn))
end_for_lost_output(int reason)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (reason == EPIPE ||
	    (poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0)) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	errno = reason;
	warn("stdout");
	_exit(EX_IOERR);
}

/*
 * ferror() is asked, too, since an earlier write may have failed without being
 * looked at.
 */
void
io_cli_put(const void *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) != len || ferror(stdout))
		end_for_lost_output(errno);
}

void
io_cli_flush(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		end_for_lost_output(errno);
}

void
io_cli_line(struct base_buf *b)
{
	base_buf_chr(b, '\n');
	if (!base_buf_ok(b))
		errx(EX_OSERR, "out of memory");
	io_cli_put(b->data, b->len);
	base_buf_reset(b);
}
