/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <stddef.h>
#include <sysexits.h>

#include "check/index.h"
#include "index/file.h"

int
check_index(const char *path, int whole)
{
	struct index_file_about about;
	struct index_file *f;

	if ((f = index_file_open(path)) == NULL)
		return EX_NOINPUT;	/* it has warned */
	index_file_about(f, &about);
	index_file_free(f);
	if (!whole || about.flags & INDEX_FORMAT_WHOLE)
		return EX_OK;
	warnx("%s: was built without -s, so it has no answers as Ichnaea's",
	    path);
	return EX_CONFIG;
}
