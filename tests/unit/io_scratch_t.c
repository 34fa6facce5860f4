/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/scratch.h"
#include "tap.h"

int
main(void)
{
	char got[8] = "";
	struct stat st;
	int fd;

	tap_scratch();
	setenv("TMPDIR", "", 1);
	ok(strcmp(io_scratch_dir(), "/var/tmp") == 0, "on a disk");
	setenv("TMPDIR", ".", 1);
	ok(strcmp(io_scratch_dir(), ".") == 0, "or where TMPDIR says");
	ok((fd = io_scratch_open(NULL)) != -1 && fstat(fd, &st) == 0 &&
	    st.st_nlink == 0 && (st.st_mode & 0777) == 0600,
	    "a file without a name, for us alone");
	ok(io_scratch_add(fd, NULL, "one", 3) == 0 &&
	    pread(fd, got, 2, 0) == 2 && io_scratch_add(fd, NULL, "two", 3) ==
	    0 && pread(fd, got, 7, 0) == 6 && strcmp(got, "onetwo") == 0,
	    "written at its end, read anywhere");
	close(fd);
	ok(io_scratch_open("none") == -1, "no such directory");
	ok(io_scratch_add(fd, NULL, "x", 1) == -1, "what fails is told");
	return tap_done();
}
