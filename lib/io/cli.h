/* SPDX-License-Identifier: ISC */
/* What every program does alike: -h, -V, numbers and names of things. */
#ifndef IO_CLI_H
#define IO_CLI_H

#include <stddef.h>

/*
 * SYNOPSIS is the text after "usage: NAME ", continuation lines separated by
 * '\n'.  Prints it to stdout and exits 0 when ASKED (-h), else to stderr and
 * exits 64.
 */
void	io_cli_usage(const char *synopsis, int asked)
	    __attribute__((noreturn));

/* "NAME VERSION" on stdout, exit 0. */
void	io_cli_version(void) __attribute__((noreturn));

/* ARG of option -OPT as a number in [MIN, MAX]; else a message, exit 64. */
long long io_cli_num(int opt, const char *arg, long long min, long long max);

/*
 * Which of N structs of SIZE bytes, beginning with a name (const char *), is
 * called WORD; else a message that names them all, exit 64.
 */
const void *io_cli_find(const char *word, const void *table, size_t n,
	    size_t size);

/* Flush stdout; exits 74 with a message if anything was lost. */
void	io_cli_flush(void);

#endif
