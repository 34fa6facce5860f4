/* SPDX-License-Identifier: ISC */
/*
 * Statuses are those of sysexits.h so that scripts can tell a wrong call (64)
 * from lost output (74).  Nothing here returns after an error: a program that
 * has printed half of its answer has no better way to tell than to end.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
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

#define LETTERS_MAX	80	/* of the options of a program */
#define NAMES_MAX	8	/* of these that are long */

/*
 * Take OPTIONS apart: LETTERS as getopt() has them, and the long NAMES, whose
 * texts are in TEXT.
 */
static void
split_options(const char *options, char letters[LETTERS_MAX],
    struct option names[NAMES_MAX], char text[LETTERS_MAX])
{
	size_t len, n = 0;

	for (; *options != '\0'; options++) {
		if (*options != '(') {
			*letters++ = *options;
			continue;
		}
		len = strcspn(++options, ")");
		assert(n + 1 < NAMES_MAX && options[len] == ')');
		names[n++] = (struct option){ text, letters[-1] == ':' ?
		    required_argument : no_argument, NULL,
		    letters[-1] == ':' ? letters[-2] : letters[-1] };
		memcpy(text, options, len);
		text[len] = '\0';
		text += len + 1;
		options += len;
	}
	*letters = '\0';
	names[n] = (struct option){ NULL, 0, NULL, 0 };
}

/*
 * A descriptor up to that of stderr that is closed would become that of the
 * next file or connection, and output or warnings would be written into this.
 * What takes its place cannot be read or written any more than it could;
 * warnings are lost.
 */
static void
fill_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDWR };
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", modes[fd]) == -1)
			err(EX_OSERR, "/dev/null");
}

/*
 * A message is written as one line and not in pieces, between which those of
 * other threads and of processes with the same log would come.
 */
static void
buffer_messages(void)
{
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

/*
 * getopt_long() also takes abbreviations, moves options before operands unless
 * OPTIONS begins with '+', and has told what was wrong when it returns '?'.
 */
int
io_cli_next(int argc, char *argv[], const char *options, const char *synopsis)
{
	char all[LETTERS_MAX], letters[LETTERS_MAX], text[LETTERS_MAX];
	struct option names[NAMES_MAX];
	int ch, len;

	fill_descriptors();
	buffer_messages();
	len = snprintf(all, sizeof(all), "%sh(help)V(version)", options);
	assert(len < (int)sizeof(all));
	split_options(all, letters, names, text);
	ch = getopt_long(argc, argv, letters, names, NULL);
	if (ch == 'V')
		print_version();
	if (ch == 'h' || ch == '?')
		io_cli_usage(synopsis, ch == 'h');
	return ch;
}

void
io_cli_read(struct io_cli *cli, int argc, char *argv[], const char *options,
    const char *synopsis)
{
	int ch;

	*cli = (struct io_cli){ .words = 0 };
	while ((ch = io_cli_next(argc, argv, options, synopsis)) != -1) {
		assert(ch > 0 && ch < 128);
		cli->arg[ch] = optarg != NULL ? optarg : "";
	}
	cli->word = argv + optind;
	cli->words = argc - optind;
}

void
io_cli_files(struct io_cli *cli)
{
	static char *const from_stdin[] = { "-", NULL };

	if (cli->words == 0) {
		cli->word = from_stdin;
		cli->words = 1;
	}
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

long long
io_cli_num_or(const struct io_cli *cli, int opt, long long min, long long max,
    long long otherwise)
{
	assert(opt > 0 && opt < 128);
	return cli->arg[opt] == NULL ? otherwise :
	    io_cli_num(opt, cli->arg[opt], min, max);
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

void
io_cli_last(struct base_buf *b)
{
	io_cli_line(b);
	base_buf_done(b);
}
