/* SPDX-License-Identifier: ISC */
/*
 * Databases of recordings.  SQLite has no checksums, so that mutations of a
 * good database reach the values, their types and the schema.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "convert/db.h"
#include "convert/format.h"

#include "convert.h"

/* SQLite opens a file by its name, and follows what /proc says of another. */
static char path[64];

static void
remove_file(void)
{
	unlink(path);
}

static int
make_file(const char *dir)
{
	int fd;

	snprintf(path, sizeof(path), "%s/fuzz_db.XXXXXX", dir);
	if ((fd = mkstemp(path)) != -1)
		atexit(remove_file);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	const struct convert_format *format;
	struct convert_sink s;
	struct convert_db *d;

	if (fd == -1 && (fd = make_file("/dev/shm")) == -1 &&
	    (fd = make_file("/var/tmp")) == -1)
		err(1, "%s", path);
	if (ftruncate(fd, 0) == -1 ||
	    pwrite(fd, data, len, 0) != (ssize_t)len)
		abort();
	if (fuzz_sink(&s, NULL) == -1)
		return 0;
	if ((d = convert_db_open(&s, path, NULL)) != NULL) {
		if ((format = convert_format_of_db(d)) != NULL)
			format->read_db(d);
		convert_db_end(d);
	}
	convert_sink_flush(&s);
	convert_sink_done(&s);
	return 0;
}
