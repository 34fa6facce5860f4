/* SPDX-License-Identifier: ISC */
/*
 * What every program does alike on its command line and standard output:
 * options and their help, numbers, words, and what happens when output is
 * lost.  All of it is for the main thread of a program and may end it.
 */
#ifndef IO_CLI_H
#define IO_CLI_H

#include <stddef.h>

struct base_buf;

/*
 * The next option of ARGV, or -1 behind the last: getopt() with OPTIONS,
 * which need not name h and V.  These two, --help, --version, and options
 * that there are not, end the program; see io_cli_usage() for SYNOPSIS.
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

/*
 * Which of N structs of SIZE bytes, beginning with a name (const char *), is
 * called WORD; else a message that names them all, exit 64.
 */
const void *io_cli_find(const char *word, const void *table, size_t n,
	    size_t size);

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

#endif
