/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
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

/* Begin PATH with mode 0644 and write TEXT. */
static int
begin(struct io_outfile *of, const char *path, const char *text)
{
	return io_outfile_begin(of, path, 0644) == 0 &&
	    io_outfile_add(of, text, strlen(text)) == 0;
}

/* What others write at the same time, and what they have left. */
static void
other_writers(void)
{
	struct io_outfile one, two;
	char name[256];
	struct stat st;
	int fd;

	ok(begin(&one, "p", "one") && begin(&two, "p", "second") &&
	    strcmp(one.tmp, two.tmp) != 0 && access("p", F_OK) == -1,
	    "two writers");
	ok(io_outfile_end(&one, 1) == 0 && holds("p", "one") &&
	    io_outfile_end(&two, 1) == 0 && holds("p", "second"),
	    "both write all of it");
	ok(begin(&one, "p", "third") && io_outfile_end(&one, 0) == 0 &&
	    holds("p", "second") && access(".p", F_OK) == -1, "given up");
	fd = open(".p", O_CREAT | O_WRONLY, 0600);
	ok(write(fd, "what a crash left", 17) == 17 && close(fd) == 0 &&
	    begin(&one, "p", "4") && strcmp(one.tmp, ".p") == 0 &&
	    io_outfile_end(&one, 1) == 0 && holds("p", "4") &&
	    access(".p", F_OK) == -1, "what a crash left is taken over");
	ok(stat("p", &st) == 0 && (st.st_mode & 07777) == 0644 &&
	    begin(&one, "r/s", "x") && io_outfile_end(&one, 1) == 0 &&
	    stat("r", &st) == 0 && (st.st_mode & 07777) == 0755,
	    "everybody may read it");
	ok(symlink("p", ".q") == 0 && begin(&one, "q", "5") &&
	    io_outfile_end(&one, 1) == 0 && holds("q", "5") &&
	    holds("p", "4"), "a link in the way is not followed");
	memset(name, 'n', 255);
	name[255] = '\0';
	ok(begin(&one, name, "x") && io_outfile_end(&one, 1) == 0 &&
	    holds(name, "x"), "the longest name");
}

/* A file as its owner and group may read it.  0 or -1. */
static int
write_whole(const char *path, const void *data, size_t len)
{
	struct io_outfile of;

	if (io_outfile_begin(&of, path, 0640) == -1)
		return -1;
	if (io_outfile_add(&of, data, len) == 0)
		return io_outfile_end(&of, 1);
	io_outfile_end(&of, 0);
	return -1;
}

/* What is no file is not to be lost because a file was to have its name. */
static void
no_files(void)
{
	struct io_outfile of;
	struct stat st;

	ok(mkfifo("fifo", 0600) == 0 && !begin(&of, "fifo", "x") &&
	    errno == ENOTSUP && lstat("fifo", &st) == 0 &&
	    S_ISFIFO(st.st_mode), "a pipe stays");
	ok(symlink("fifo", "to-fifo") == 0 && !begin(&of, "to-fifo", "x") &&
	    symlink("/proc/self/fd/1", "out") == 0 && !begin(&of, "out", "x") &&
	    lstat("out", &st) == 0 && S_ISLNK(st.st_mode),
	    "links to what is no file");
	ok(mkdir("dir", 0700) == 0 && !begin(&of, "dir", "x") &&
	    errno == EISDIR && access(".dir", F_OK) == -1, "a directory");
	ok(symlink("nowhere", "loose") == 0 && begin(&of, "loose", "x") &&
	    io_outfile_end(&of, 1) == 0 && holds("loose", "x"),
	    "a link that leads nowhere gives way");
}

int
main(void)
{
	char name[300];
	struct stat st;

	tap_scratch();
	if (getcwd(top, sizeof(top)) == NULL)
		return 1;
	ok(write_whole(in("a"), "one", 3) == 0 && holds("a", "one"),
	    "a file");
	ok(write_whole(in("a"), "two!", 4) == 0 && holds("a", "two!"),
	    "replaced");
	ok(write_whole(in("b/c//d/e"), "", 0) == 0 &&
	    holds("b/c/d/e", ""), "directories are made");
	ok(write_whole(in("b/c/f"), "x", 1) == 0 && holds("b/c/f", "x"),
	    "directories that are there");
	ok(access("b/c/.f", F_OK) == -1 && access(".a", F_OK) == -1,
	    "nothing else is left");
	ok(write_whole(in("a/b"), "x", 1) == -1 && holds("a", "two!"),
	    "a file is no directory");
	no_files();
	umask(0);
	ok(write_whole(in("m/f"), "x", 1) == 0 &&
	    stat("m", &st) == 0 && (st.st_mode & 07777) == 0750 &&
	    stat("m/f", &st) == 0 && (st.st_mode & 07777) == 0640,
	    "nobody else may read it");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(write_whole(in(name), "x", 1) == -1, "a name too long");
	mkdir("g", 0700);
	ok(write_whole(in("g"), "x", 1) == -1 &&
	    access(".g", F_OK) == -1, "a directory is in the way");
	other_writers();
	return tap_done();
}
