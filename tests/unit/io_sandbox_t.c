/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "io/scratch.h"
#include "io/sandbox.h"

#include "tap.h"

static void *
nothing(void *arg)
{
	return arg;
}

/* Bits of what may be done. */
enum {
	CAN_READ = 1, CAN_CREATE = 2, CAN_TEMP = 4, CAN_CHANGE = 8,
	CAN_REMOVE = 16, CAN_CONNECT = 32, CAN_THREAD = 64, CAN_FORK = 128,
	CAN_RUN = 256, CAN_KILL = 512, CAN_LISTEN = 1024
};

/* Open PATH; 1 if that can be done. */
static int
opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

/* Try everything, with new files in DIR. */
static int
try_all(const char *dir)
{
	char path[256];
	pthread_t t;
	pid_t pid;
	int can = 0, fd;

	snprintf(path, sizeof(path), "%s/new", dir);
	can |= opens("old", O_RDONLY) ? CAN_READ : 0;
	can |= opens(path, O_WRONLY | O_CREAT | O_EXCL) ? CAN_CREATE : 0;
	can |= unlink(path) == 0 ? CAN_REMOVE : 0;
	can |= opens(dir, O_TMPFILE | O_RDWR) ? CAN_TEMP : 0;
	can |= opens("old", O_WRONLY) || opens("old", O_RDONLY | O_TRUNC) ||
	    unlink("old") == 0 || chmod("old", 0644) == 0 ||
	    rename("old", "older") == 0 || mkdir("dir", 0700) == 0 ||
	    symlink("a", "b") == 0 ? CAN_CHANGE : 0;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	can |= fd != -1 ? CAN_CONNECT : 0;
	can |= fd != -1 && listen(fd, 1) == 0 ? CAN_LISTEN : 0;
	if (pthread_create(&t, NULL, nothing, NULL) == 0 &&
	    pthread_join(t, NULL) == 0)
		can |= CAN_THREAD;
	can |= kill(getppid(), 0) == 0 ? CAN_KILL : 0;
	if ((pid = fork()) == 0)
		_exit(0);
	can |= pid != -1 ? CAN_FORK : 0;
	can |= execl("/bin/true", "true", (char *)NULL) == 0 ? CAN_RUN : 0;
	return can;
}

/* What a process can do in such a sandbox; -1: there is none here. */
static int
tried(int may, const char *scratch, const char *dir)
{
	int can = -1, fd[2], status;
	pid_t pid;

	if (pipe(fd) == -1 || (pid = fork()) == -1)
		return -2;
	if (pid == 0) {
		if (io_sandbox_enter(may, scratch))
			can = try_all(dir);
		_exit(write(fd[1], &can, sizeof(can)) != sizeof(can));
	}
	close(fd[1]);
	if (read(fd[0], &can, sizeof(can)) != sizeof(can))
		can = -3;
	close(fd[0]);
	return waitpid(pid, &status, 0) == pid && status == 0 ? can : -4;
}

/* A call that crashes must end the process, and not go on for ever. */
static int
ends_by_abort(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		io_sandbox_enter(0, NULL);
		abort();
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGABRT;
}

int
main(void)
{
	FILE *fp;
	int can;

	tap_scratch();
	mkdir("scratch", 0700);
	fp = fopen("old", "w");
	fclose(fp);
	if ((can = tried(0, NULL, ".")) == -1) {
		ok(1, "no sandbox here # SKIP");
		return tap_done();
	}
	is_int(can, CAN_READ | CAN_THREAD, "nothing but to read");
	is_int(tried(IO_SANDBOX_NET, NULL, "."), CAN_READ | CAN_THREAD |
	    CAN_CONNECT, "and to connect");
	is_int(tried(0, "scratch", "scratch"), CAN_READ | CAN_THREAD |
	    CAN_CREATE | CAN_REMOVE | CAN_TEMP, "and new files in a directory");
	can = tried(0, "scratch", ".");
	ok((can & (CAN_CHANGE | CAN_FORK | CAN_RUN | CAN_KILL |
	    CAN_CONNECT)) == 0, "but no others");
	can = tried(IO_SANDBOX_FILES, NULL, ".");
	ok((can & CAN_CREATE) != 0 && (can & (CAN_FORK | CAN_RUN | CAN_KILL |
	    CAN_CONNECT)) == 0, "and files, but no others");
	ok(ends_by_abort(), "what crashes ends");
	return tap_done();
}
