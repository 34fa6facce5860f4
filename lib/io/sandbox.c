/* SPDX-License-Identifier: ISC */
/*
 * Programs that read files of others, with libraries of others, are best left
 * nothing to do harm with.  Two things of Linux do this together.  seccomp
 * knows system calls and their flags: those below are all there are, and others
 * do not exist (ENOSYS), which libraries are prepared for.  Landlock knows
 * files: only below one directory, or none, may there be new ones.  Where there
 * is no Landlock, a scratch directory lets new files be made anywhere, but
 * still none be written to that is there.
 *
 * What is forbidden fails, rather than ends the program: a library that tries
 * something of no importance must not cost an input.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <unistd.h>

#include "io/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define LEN(array)	(sizeof(array) / sizeof((array)[0]))

/* Descriptors that are there, memory, threads, time, and looking at files. */
static const int common[] = {
	SCMP_SYS(access), SCMP_SYS(brk), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(fadvise64), SCMP_SYS(fallocate),
	SCMP_SYS(fcntl), SCMP_SYS(fdatasync), SCMP_SYS(flock),
	SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(fsync),
	SCMP_SYS(ftruncate), SCMP_SYS(futex), SCMP_SYS(getcwd),
	SCMP_SYS(getdents64), SCMP_SYS(getegid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getitimer), SCMP_SYS(getpid),
	SCMP_SYS(getppid), SCMP_SYS(getrandom), SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage), SCMP_SYS(gettid), SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid), SCMP_SYS(ioctl), SCMP_SYS(lseek), SCMP_SYS(lstat),
	SCMP_SYS(madvise), SCMP_SYS(membarrier), SCMP_SYS(mmap),
	SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(msync),
	SCMP_SYS(munmap), SCMP_SYS(nanosleep), SCMP_SYS(newfstatat),
	SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(prlimit64),
	SCMP_SYS(pselect6), SCMP_SYS(pwrite64), SCMP_SYS(read),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(readv),
	SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigsuspend),
	SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield), SCMP_SYS(select), SCMP_SYS(set_robust_list),
	SCMP_SYS(setitimer), SCMP_SYS(sigaltstack), SCMP_SYS(stat),
	SCMP_SYS(statfs), SCMP_SYS(statx), SCMP_SYS(sysinfo),
	SCMP_SYS(timer_create), SCMP_SYS(timer_delete),
	SCMP_SYS(timer_settime), SCMP_SYS(umask), SCMP_SYS(uname),
	SCMP_SYS(write), SCMP_SYS(writev)
};

/* Connections; the resolver binds a socket, but nobody is accepted. */
static const int network[] = {
	SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(sendto), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	SCMP_SYS(socket), SCMP_SYS(socketpair)
};

/* What goes with files of our own. */
static const int making[] = { SCMP_SYS(unlink), SCMP_SYS(unlinkat) };

static int
allow_all(scmp_filter_ctx ctx, const int *call, size_t n)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call[i], 0);
	return rc;
}

/* Let a file be opened if the bits MASK of the flags are FLAGS. */
static int
allow_open(scmp_filter_ctx ctx, int mask, int flags)
{
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, (scmp_datum_t)mask,
	    (scmp_datum_t)flags));

	return rc != 0 ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
	    SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ,
	    (scmp_datum_t)mask, (scmp_datum_t)flags));
}

/*
 * Threads, but no processes; signals to this process alone, as abort() sends
 * one.
 */
static int
allow_threads(scmp_filter_ctx ctx)
{
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	return rc != 0 ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
	    SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ,
	    (scmp_datum_t)getpid(), 0));
}

/* Only the calls above, in all threads.  1, or 0 if there is no seccomp. */
static int
forbid_calls(int may, int scratch)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc;

	if (ctx == NULL)
		return 0;
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = allow_all(ctx, common, LEN(common));
	if (rc == 0 && (may & IO_SANDBOX_NET) != 0)
		rc = allow_all(ctx, network, LEN(network));
	if (rc == 0 && (may & IO_SANDBOX_FILES) != 0)
		rc = allow_open(ctx, 0, 0);
	if (rc == 0 && (scratch || (may & IO_SANDBOX_FILES) != 0))
		rc = allow_all(ctx, making, LEN(making));
	if (rc == 0)
		rc = allow_open(ctx, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
	if (rc == 0 && scratch)
		rc = allow_open(ctx, O_CREAT | O_EXCL, O_CREAT | O_EXCL);
	if (rc == 0 && scratch)
		rc = allow_open(ctx, O_TMPFILE, O_TMPFILE);
	if (rc == 0)
		rc = allow_threads(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0;
}

/*
 * No file is written to or removed, but new ones below SCRATCH.  It is for
 * threads that begin later as well, but not for those that are there.
 */
static void
forbid_files(const char *scratch)
{
	const struct landlock_ruleset_attr ruleset = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_MAKE_CHAR |
		    LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_MAKE_REG |
		    LANDLOCK_ACCESS_FS_MAKE_SOCK |
		    LANDLOCK_ACCESS_FS_MAKE_FIFO |
		    LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		    LANDLOCK_ACCESS_FS_MAKE_SYM
	};
	struct landlock_path_beneath_attr below = {
		.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_MAKE_REG, .parent_fd = -1
	};
	int fd;

	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
	    sizeof(ruleset.handled_access_fs), 0);
	if (fd == -1)
		return;
	if (scratch != NULL)
		below.parent_fd = open(scratch, O_PATH | O_CLOEXEC);
	if (below.parent_fd != -1)
		syscall(SYS_landlock_add_rule, fd,
		    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		syscall(SYS_landlock_restrict_self, fd, 0);
	if (below.parent_fd != -1)
		close(below.parent_fd);
	close(fd);
}

int
io_sandbox_enter(int may, const char *scratch)
{
	if (SANITIZED)
		return 0;
	if ((may & IO_SANDBOX_FILES) == 0)
		forbid_files(scratch);
	return forbid_calls(may, scratch != NULL);
}
