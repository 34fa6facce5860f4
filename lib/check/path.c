/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/path.h"

int
check_path_input(const char *path)
{
	if (path == NULL || strcmp(path, "-") == 0 || access(path, R_OK) == 0)
		return EX_OK;
	warn("%s", path);
	return EX_NOINPUT;
}

int
check_path_inputs(char *const *path)
{
	int one, rc = EX_OK;

	for (; *path != NULL; path++)
		if ((one = check_path_input(*path)) != EX_OK)
			rc = one;
	return rc;
}

/* A file is written beside itself and renamed, so its directory counts. */
int
check_path_output(const char *path)
{
	char dir[PATH_MAX];

	if (path == NULL || strcmp(path, "-") == 0)
		return EX_OK;
	if (strlcpy(dir, path, sizeof(dir)) >= sizeof(dir)) {
		warnx("%s: the name is too long", path);
		return EX_CANTCREAT;
	}
	if (access(dirname(dir), W_OK | X_OK) == 0)
		return EX_OK;
	warn("%s", path);
	return EX_CANTCREAT;
}

int
check_path_directory(const char *path)
{
	if (path == NULL || access(path, R_OK | W_OK | X_OK) == 0)
		return EX_OK;
	if (errno == ENOENT)
		return check_path_output(path);
	warn("%s", path);
	return EX_CANTCREAT;
}
