/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>

#include "io/outfile.h"
#include "tap.h"

static char top[PATH_MAX / 2];

static const char *
in(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static int
holds(const char *name, const char *want)
{
	char got[64] = "";
	FILE *fp = fopen(name, "r");

	if (fp == NULL)
		return 0;
	got[fread(got, 1, sizeof(got) - 1, fp)] = '\0';
	fclose(fp);
	return strcmp(got, want) == 0;
}

int
main(void)
{
	char name[300];
	struct stat st;

	tap_scratch();
	if (getcwd(top, sizeof(top)) == NULL)
		return 1;
	ok(io_outfile_write(in("a"), "one", 3) == 0 && holds("a", "one"),
	    "a file");
	ok(io_outfile_write(in("a"), "two!", 4) == 0 && holds("a", "two!"),
	    "replaced");
	ok(io_outfile_write(in("b/c//d/e"), "", 0) == 0 &&
	    holds("b/c/d/e", ""), "directories are made");
	ok(io_outfile_write(in("b/c/f"), "x", 1) == 0 && holds("b/c/f", "x"),
	    "directories that are there");
	ok(access("b/c/.f", F_OK) == -1 && access(".a", F_OK) == -1,
	    "nothing else is left");
	ok(io_outfile_write(in("a/b"), "x", 1) == -1 && holds("a", "two!"),
	    "a file is no directory");
	umask(0);
	ok(io_outfile_write(in("m/f"), "x", 1) == 0 &&
	    stat("m", &st) == 0 && (st.st_mode & 07777) == 0750 &&
	    stat("m/f", &st) == 0 && (st.st_mode & 07777) == 0640,
	    "nobody else may read it");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(io_outfile_write(in(name), "x", 1) == -1, "a name too long");
	mkdir("g", 0700);
	ok(io_outfile_write(in("g"), "x", 1) == -1 &&
	    access(".g", F_OK) == -1, "a directory is in the way");
	return tap_done();
}
