/* SPDX-License-Identifier: ISC */
/*
 * spool_cat DIR - print what is in a spool: for each record a line with its
 * key and the number of its reports, then the reports.  Changes the reading
 * state of the spool: for tests only.
 */
#include <err.h>
#include <stdio.h>
#include <sysexits.h>

#include "io/cli.h"
#include "spool/reader.h"

int
main(int argc, char *argv[])
{
	struct spool_reader *r;
	struct spool_record rec;
	struct spool_place place;
	int busy, rc;

	if (argc != 2)
		io_cli_usage("dir", 0);
	if ((r = spool_reader_open(argv[1], &busy)) == NULL)
		return EX_NOINPUT;
	while ((rc = spool_reader_next(r, &rec, &place)) == 1)
		printf("# %.*s %u\n%.*s", (int)rec.keylen, rec.key, rec.count,
		    (int)rec.len, rec.payload);
	spool_reader_end(r);
	io_cli_flush();
	return rc == -1 ? EX_IOERR : EX_OK;
}
