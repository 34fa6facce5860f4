/* SPDX-License-Identifier: ISC */
/*
 * What every program does alike on its command line and standard output:
 * options and their help, numbers, words, and what happens when output is
 * lost.  All of it is for the main thread of a program and may end it.  Reading
 * the command line also makes stderr one that is written line by line.
 */
#ifndef IO_CLI_H
#define IO_CLI_H

#include <stddef.h>

struct base_buf;

/* What a command line has; all of it is borrowed from ARGV. */
struct io_cli {
	const char	*arg[128];	/* of each option the last one given, ""
					 * if it takes none; NULL: not given */
	char *const	*word;		/* operands, up to a NULL */
	int		 words;
};

/*
 * Read all of ARGV into CLI: options as in getopt()'s OPTIONS, which need not
 * name h and V.  A letter, and its colon, may be followed by a long name in
 * brackets: "z:(tz)" takes --tz as well.  These two, --help, --version, and
 * options that there are not, end the program; see io_cli_usage() for SYNOPSIS.
 */
void	io_cli_read(struct io_cli *cli, int argc, char *argv[],
	    const char *options, const char *synopsis);

/* The operands of CLI are files: without any it is "-", standard input. */
void	io_cli_files(struct io_cli *cli);

/*
 * As io_cli_read(), an option at a time, for those whose order or number
 * counts: the next one, or -1 behind the last.
 */
int	io_cli_next(int argc, char *argv[], const char *options,
	    const char *synopsis);

/*
 * SYNOPSIS is the text after "usage: NAME ", continuation lines separated by
 * '\n'.  Prints it to stdout and exits 0 when ASKED (-h), else to stderr and
 * exits 64.
 */
void	io_cli_usage(const char *synopsis, int asked)
	    __attribute__((noreturn));

/* ARG of option -OPT as a number in [MIN, MAX]; else a message, exit 64. */
long long io_cli_num(int opt, const char *arg, long long min, long long max);

/* The same of what CLI has for OPT, or OTHERWISE if that is not given. */
long long io_cli_num_or(const struct io_cli *cli, int opt, long long min,
	    long long max, long long otherwise);

/*
 * Which of N structs of SIZE bytes, beginning with a name (const char *), is
 * called WORD; else a message that names them all, exit 64.
 */
const void *io_cli_find(const char *word, const void *table, size_t n,
	    size_t size);

/* The same for an array of known length. */
#define IO_CLI_FIND(word, table) \
	io_cli_find(word, table, sizeof(table) / sizeof((table)[0]), \
	    sizeof((table)[0]))

/*
 * Write LEN bytes to stdout, or flush it.  If anything was lost the program
 * ends: with a message and status 74, or, if whoever read from a pipe has
 * gone, silently by SIGPIPE, as other filters do.
 */
void	io_cli_put(const void *data, size_t len);
void	io_cli_flush(void);

/*
 * Write what is in B, and a newline, and empty it.  Ends the program, also
 * with 71 if B was short of memory.
 */
void	io_cli_line(struct base_buf *b);

/* The same for a line that is the last one of B, whose memory is freed. */
void	io_cli_last(struct base_buf *b);

#endif
