/* SPDX-License-Identifier: ISC */
/*
 * spool_put dir number [first [segment-bytes [max-bytes]]] - append NUMBER
 * records, {"n":FIRST} and so on; print each number when it is on disk.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "spool/record.h"
#include "spool/writer.h"

int
main(int argc, char *argv[])
{
	struct spool_record r = { .count = 1, .key = "test", .keylen = 4 };
	struct spool_writer *w;
	long long first, i, n;
	char line[64];
	int rc = 0;

	if (argc < 3)
		errx(64, "usage: spool_put dir number [first [segment-bytes "
		    "[max-bytes]]]");
	n = atoll(argv[2]);
	first = argc > 3 ? atoll(argv[3]) : 1;
	if ((w = spool_writer_open(argv[1],
	    argc > 5 ? atoll(argv[5]) : 1LL << 40,
	    argc > 4 ? atoll(argv[4]) : 1LL << 26)) == NULL)
		return 73;
	for (i = first; i < first + n; i++) {
		r.time_ms = base_clock_now_ms();
		base_uuid_v7(r.id, r.time_ms);
		r.len = (size_t)snprintf(line, sizeof(line), "{\"n\":%lld}\n",
		    i);
		r.payload = line;
		if (spool_writer_append(w, &r) == -1) {
			warn("%lld", i);
			rc = 75;
			break;
		}
		printf("%lld\n", i);
	}
	spool_writer_end(w);
	return fflush(stdout) == 0 ? rc : 74;
}
