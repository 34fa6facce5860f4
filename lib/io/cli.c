/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "io/cli.h"

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
	exit(asked ? EX_OK : EX_USAGE);
}

void
io_cli_version(void)
{
	printf("%s %s\n", getprogname(), LOC_VERSION);
	exit(EX_OK);
}

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

static const char *
name_of(const void *table, size_t i, size_t size)
{
	const char *name;

	memcpy(&name, (const char *)table + i * size, sizeof(name));
	return name;
}

const void *
io_cli_find(const char *word, const void *table, size_t n, size_t size)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(word, name_of(table, i, size)) == 0)
			return (const char *)table + i * size;
	fprintf(stderr, "%s: %s: expected ", getprogname(), word);
	for (i = 0; i < n; i++)
		fprintf(stderr, "%s%s", name_of(table, i, size), i + 1 == n ?
		    "\n" : i + 2 == n ? " or " : ", ");
	exit(EX_USAGE);
}

void
io_cli_flush(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		err(EX_IOERR, "stdout");
}
