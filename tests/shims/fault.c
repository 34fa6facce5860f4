/* SPDX-License-Identifier: ISC */
/*
 * Preloaded into a program under test (LD_PRELOAD), it makes it fail:
 *
 *	FAULT_KILL_AT=N	the program is killed in place of the N-th step that
 *			others could see: bytes to a file or socket, a sync,
 *			a name made, changed or removed; or of the first that
 *			is noted with the word N in it
 *	FAULT_STOP_AT=WORD	the program is stopped (SIGSTOP) before the
 *			first step that is noted with WORD in it; if it is
 *			"mmap", before the first mmap(2) of a file
 *	FAULT_DO=COMMAND	it is not stopped there, but a shell's COMMAND
 *			is run
 *	FAULT_STEPS=FILE	such steps are noted there, a line each: the
 *			function, and how what is sent begins
 *	FAULT_SYNC=FILE	while FILE exists, fdatasync(2) fails with EIO and
 *			what was written since the last one is lost.  As with
 *			Linux, it fails once: the next finds nothing to do.
 *	FAULT_EIO=FILE	pread(2) fails with EIO for the bytes that FILE says, a
 *			line "NAME FROM TO": of each file whose name ends in
 *			NAME, from byte FROM on and before TO
 *	FAULT_HUP=1	SIGHUP comes before every getopt_long(3), so almost as
 *			early as it can
 *	FAULT_CLOCK=FILE	the time of day is as many seconds ahead as
 *			FILE says, or behind if it says -
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_FD	1024

static atomic_long steps;
static const char *kill_at, *stop_at;
static atomic_int stopped;
static int note_fd = -1;
static off_t synced[MAX_FD];	/* bytes of a file that are on disk */

static void __attribute__((constructor))
begin(void)
{
	const char *file = getenv("FAULT_STEPS");

	kill_at = getenv("FAULT_KILL_AT");
	stop_at = getenv("FAULT_STOP_AT");
	if (file != NULL)
		note_fd = open(file, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND |
		    O_CLOEXEC, 0600);
}

/* Is this, the N-th and noted as LINE, the last step? */
static int
is_last(long n, const char *line)
{
	if (kill_at == NULL)
		return 0;
	return isdigit((unsigned char)*kill_at) ? n == atol(kill_at) :
	    strstr(line, kill_at) != NULL;
}

/* Stop, the first time, and be continued; or have the command run. */
static void
stop(void)
{
	const char *command = getenv("FAULT_DO");

	if (atomic_fetch_add(&stopped, 1) != 0)
		return;
	if (command == NULL)
		kill(getpid(), SIGSTOP);
	else {
		unsetenv("LD_PRELOAD");
		if (system(command) != 0)
			abort();
	}
}

static void
step(const char *what, const void *data, size_t n)
{
	long number = atomic_fetch_add(&steps, 1) + 1;
	const char *p = data;
	char line[128];
	size_t i, len;

	len = (size_t)snprintf(line, sizeof(line), "%s ", what);
	for (i = 0; i < n && len < sizeof(line) - 2; i++)
		line[len++] = p[i] > ' ' && p[i] <= '~' ? p[i] : '.';
	line[len] = '\0';
	if (is_last(number, line))
		kill(getpid(), SIGKILL);
	if (stop_at != NULL && strstr(line, stop_at) != NULL)
		stop();
	line[len++] = '\n';
	if (note_fd != -1)
		syscall(SYS_write, note_fd, line, len);
}

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The function NAME of libc, one step earlier; N bytes at P are sent. */
#define STEP_SEND(type, name, params, args, p, n)		\
type	name params;						\
type								\
name params							\
{								\
	static type (*f) params;				\
								\
	if (f == NULL)						\
		*(void **)&f = real(#name);			\
	step(#name, p, n);					\
	return f args;						\
}
#define STEP(type, name, params, args)				\
	STEP_SEND(type, name, params, args, NULL, 0)

STEP_SEND(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), p, n)
STEP(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
STEP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
STEP(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at),
    (fd, v, n, at))
STEP_SEND(ssize_t, send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags), p, n)
STEP_SEND(ssize_t, sendto, (int fd, const void *p, size_t n, int flags,
    const struct sockaddr *to, socklen_t len), (fd, p, n, flags, to, len),
    p, n)
STEP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
STEP(int, ftruncate, (int fd, off_t len), (fd, len))
STEP(int, rename, (const char *from, const char *to), (from, to))
STEP(int, unlink, (const char *name), (name))
STEP(int, mkdir, (const char *name, mode_t mode), (name, mode))
STEP(int, renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
STEP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
    (a, from, b, to, flags))
STEP(int, unlinkat, (int fd, const char *name, int flags), (fd, name, flags))
STEP(int, mkdirat, (int fd, const char *name, mode_t mode), (fd, name, mode))

/* Lose what of FD is not on disk: zeros are there instead. */
static int
lose(int fd)
{
	static const char zero;
	struct stat st;
	off_t at = synced[fd];
	int n = 0;

	if (fstat(fd, &st) == -1)
		return 0;
	for (; at < st.st_size; at++)
		n += pwrite(fd, &zero, 1, at) == 1;
	synced[fd] = st.st_size;
	return n;
}

/* What is in FD now is on disk. */
static void
note_synced(int fd)
{
	struct stat st;

	if (fd >= 0 && fd < MAX_FD && fstat(fd, &st) == 0)
		synced[fd] = st.st_size;
}

/* A segment that another process has left is synced before it is taken up. */
int
fsync(int fd)
{
	static int (*f)(int);
	int rc;

	if (f == NULL)
		*(void **)&f = real("fsync");
	step("fsync", NULL, 0);
	if ((rc = f(fd)) == 0)
		note_synced(fd);
	return rc;
}

int
fdatasync(int fd)
{
	static int (*f)(int);
	const char *file = getenv("FAULT_SYNC");

	if (f == NULL)
		*(void **)&f = real("fdatasync");
	step("fdatasync", NULL, 0);
	if (fd >= MAX_FD)
		return f(fd);
	if (file != NULL && access(file, F_OK) == 0 && lose(fd) > 0) {
		errno = EIO;
		return -1;
	}
	note_synced(fd);
	return f(fd);
}

int
close(int fd)
{
	static int (*f)(int);

	if (f == NULL)
		*(void **)&f = real("close");
	if (fd >= 0 && fd < MAX_FD)
		synced[fd] = 0;
	return f(fd);
}

/* Is any of LEN bytes at AT of FD on a block that the disk cannot read? */
static int
is_bad(int fd, size_t len, off_t at)
{
	const char *file = getenv("FAULT_EIO");
	char link[64], name[256], path[4096];
	long long from, to;
	FILE *fp;
	ssize_t n;
	int said;

	if (file == NULL || (fp = fopen(file, "re")) == NULL)
		return 0;
	said = fscanf(fp, "%255s %lld %lld", name, &from, &to);
	fclose(fp);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (said != 3 || at >= to || at + (off_t)len <= from ||
	    (n = readlink(link, path, sizeof(path) - 1)) == -1)
		return 0;
	path[n] = '\0';
	return (size_t)n >= strlen(name) &&
	    strcmp(path + n - strlen(name), name) == 0;
}

void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t from)
{
	static void *(*f)(void *, size_t, int, int, int, off_t);

	if (f == NULL)
		*(void **)&f = real("mmap");
	if (fd != -1 && stop_at != NULL && strcmp(stop_at, "mmap") == 0)
		stop();
	return f(at, n, prot, flags, fd, from);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	static ssize_t (*f)(int, void *, size_t, off_t);

	if (f == NULL)
		*(void **)&f = real("pread");
	if (is_bad(fd, n, at)) {
		errno = EIO;
		return -1;
	}
	return f(fd, p, n, at);
}

int
getopt_long(int argc, char *const argv[], const char *letters,
    const struct option *names, int *index)
{
	static int (*f)(int, char *const [], const char *,
	    const struct option *, int *);

	if (f == NULL)
		*(void **)&f = real("getopt_long");
	if (getenv("FAULT_HUP") != NULL)
		raise(SIGHUP);
	return f(argc, argv, letters, names, index);
}

static time_t
ahead(void)
{
	const char *file = getenv("FAULT_CLOCK");
	char text[32];
	ssize_t n = -1;
	int fd;

	if (file != NULL && (fd = open(file, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return (time_t)strtoll(text, NULL, 10);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	static int (*f)(clockid_t, struct timespec *);
	int rc;

	if (f == NULL)
		*(void **)&f = real("clock_gettime");
	rc = f(clock, ts);
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		ts->tv_sec += ahead();
	return rc;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = (suseconds_t)(ts.tv_nsec / 1000);
	return 0;
}

time_t
time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
