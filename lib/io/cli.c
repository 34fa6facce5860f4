/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
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

void
io_cli_flush(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		err(EX_IOERR, "stdout");
}
