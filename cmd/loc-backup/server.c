/* SPDX-License-Identifier: ISC */
/*
 * Between us and the server there is a keeper, a process that does nothing but
 * hold the reading end of a pipe.  When the writing end has gone, because we
 * have closed it or have ended in whatever way, it kills the server and removes
 * the directory.  If somebody kills the keeper, the server goes with it
 * (PR_SET_PDEATHSIG), and the directory stays.
 *
 * The server has no tables of its own: with --skip-grant-tables it needs none,
 * and is there within a second.  Nobody else reaches it, as the directory is
 * closed to them.  What it has is worth nothing after a crash, so that it never
 * waits for the disk.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/outside.h"
#include "io/signals.h"
#include "store/db.h"

#include "server.h"

/*
 * The address of a socket has 108 bytes with its NUL, and the name of the
 * socket comes behind the directory's.
 */
#define SOCKET_MAX	100	/* bytes of the path, of 107 */
#define START_MS	60000
#define LOOK_MS		100
#define PLAIN		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789/._-"

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	remove(path);
	return 0;
}

/*
 * Links are not followed.  It may be run by the keeper and by us: what is gone
 * already is no fault.
 */
static void
remove_tree(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * Become the server, in DIR.
 *
 * It has to be run as whoever owns the directory; root has to be named by
 * itself, which is what --user is for.  Everything that makes a database safe
 * against a crash is switched off, as is what makes it known to others.
 */
static void __attribute__((noreturn))
exec_server(const char *dir)
{
	const struct passwd *pw = getpwuid(geteuid());
	char data[PATH_MAX + 32], pid[PATH_MAX + 32], sock[PATH_MAX + 32];
	char path[PATH_MAX], tmp[PATH_MAX + 32], user[128];
	const char *old = getenv("PATH");

	snprintf(data, sizeof(data), "--datadir=%s/data", dir);
	snprintf(pid, sizeof(pid), "--pid-file=%s/pid", dir);
	snprintf(sock, sizeof(sock), "--socket=%s/sock", dir);
	snprintf(tmp, sizeof(tmp), "--tmpdir=%s", dir);
	snprintf(user, sizeof(user), "--user=%s",
	    pw != NULL ? pw->pw_name : "mysql");
	snprintf(path, sizeof(path), "%s:/usr/local/sbin:/usr/sbin:/sbin",
	    old != NULL ? old : "/usr/bin:/bin");
	setenv("PATH", path, 1);
	conf_outside_forget();
	execlp("mariadbd", "mariadbd", "--no-defaults", "--skip-grant-tables",
	    data, pid, sock, tmp, user, "--skip-networking", "--skip-log-bin",
	    "--innodb-stats-persistent=0", "--innodb-doublewrite=0",
	    "--innodb-flush-log-at-trx-commit=0",
	    "--innodb-flush-method=nosync", "--innodb-use-native-aio=0",
	    "--innodb-log-file-size=64M", "--innodb-buffer-pool-size=128M",
	    "--performance-schema=0", "--local-infile=1",
	    "--character-set-server=utf8",
	    "--collation-server=utf8_general_ci",
	    "--default-time-zone=+00:00", "--max-allowed-packet=1G",
	    (char *)NULL);
	warn("mariadbd");
	_exit(127);
}

/*
 * Descriptors of ours are nobody else's: others may wait for their end.
 *
 * The log is in the directory, where tell_log() finds it, and goes with it.
 */
static void
leave_descriptors(const char *dir, int *lifeline)
{
	char log[PATH_MAX + 8];
	int fd;

	snprintf(log, sizeof(log), "%s/log", dir);
	if ((fd = open("/dev/null", O_RDWR)) != -1)
		dup2(fd, STDIN_FILENO);
	if ((fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600)) != -1) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	*lifeline = dup2(*lifeline, STDERR_FILENO + 1);
	closefrom(STDERR_FILENO + 2);
}

/*
 * The keeper.  A server that ends by itself ends it, too; the directory is
 * then for server_start() to look at.
 *
 * It is in a session of its own and ignores what a terminal sends, so that it
 * outlives us by the moment it needs to clean up.  The server asks to be killed
 * with it, and looks afterwards whether it was too late for that.
 */
static void __attribute__((noreturn))
keep_server(const char *dir, int lifeline)
{
	struct pollfd p = { .events = POLLIN };
	pid_t self = getpid(), server;

	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	leave_descriptors(dir, &lifeline);
	p.fd = lifeline;
	if ((server = fork()) == 0) {
		closefrom(STDERR_FILENO + 1);
		signal(SIGHUP, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == self)
			exec_server(dir);
		_exit(127);
	}
	while (server != -1 && poll(&p, 1, LOOK_MS) <= 0)
		if (waitpid(server, NULL, WNOHANG) == server)
			_exit(1);
	if (server != -1) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	remove_tree(dir);
	_exit(0);
}

/*
 * Show why the server has ended.
 *
 * The first line with an error tells what went wrong, those after it what came
 * of that, and the last one no more than "Aborting".  Without any it is the
 * first line: there are dozens of notes.
 */
static void
tell_log(const char *dir)
{
	char line[512], log[PATH_MAX + 8], why[512] = "";
	FILE *fp;
	int found = 0;

	snprintf(log, sizeof(log), "%s/log", dir);
	if ((fp = fopen(log, "r")) != NULL) {
		while (!found && fgets(line, sizeof(line), fp) != NULL) {
			found = strstr(line, "ERROR") != NULL;
			if (found || *why == '\0')
				strlcpy(why, line, sizeof(why));
		}
		fclose(fp);
	}
	why[strcspn(why, "\n")] = '\0';
	warnx("mariadbd does not start: %s", why);
}

/*
 * Wait until it answers.
 *
 * Refused connections are what is expected meanwhile, so they are not warned
 * of.  A keeper that has ended was reaped here, and must not be waited for
 * again.
 */
static int
await_server(struct server *s)
{
	int64_t due_ms = base_clock_mono_ms() + START_MS;
	struct store_db *db = store_db_new("drill", s->url, STORE_DB_CAUSAL);
	int rc = EX_UNAVAILABLE;

	if (db == NULL)
		return EX_OSERR;
	store_db_no_default(db, 1);
	while (rc != EX_OK && !io_signals_stop &&
	    base_clock_mono_ms() < due_ms) {
		if (store_db_connect(db, 1) == 0)
			rc = EX_OK;
		else if (waitpid(s->keeper, NULL, WNOHANG) == s->keeper) {
			s->keeper = -1;
			break;
		} else
			base_clock_nap(LOOK_MS / 2, &io_signals_stop);
	}
	store_db_free(db);
	if (rc != EX_OK && io_signals_stop)
		rc = EX_TEMPFAIL;
	else if (rc != EX_OK)
		tell_log(s->dir);
	return rc;
}

/*
 * The directory, with an empty one for the data; or -1 after a warning.
 *
 * Characters are restricted since the path becomes a part of a URL and of
 * options of the server, in which others would have to be escaped.
 */
static int
make_dirs(struct server *s, const char *tmp)
{
	char data[PATH_MAX + 8];

	if (snprintf(s->dir, sizeof(s->dir), "%s/loc-drill.XXXXXX", tmp) >=
	    SOCKET_MAX || strspn(s->dir, PLAIN) != strlen(s->dir) ||
	    *tmp != '/') {
		warnx("%s: expected a short absolute path of letters, digits "
		    "and ._-", tmp);
		return -1;
	}
	if (mkdtemp(s->dir) == NULL) {
		warn("%s", s->dir);
		return -1;
	}
	snprintf(data, sizeof(data), "%s/data", s->dir);
	if (mkdir(data, 0700) == 0)
		return 0;
	warn("%s", data);
	rmdir(s->dir);
	return -1;
}

/*
 * Both ends of the pipe are closed on exec, so that programs which are run
 * later do not hold the lifeline, and the keeper gives up the writing end at
 * once.
 */
int
server_start(struct server *s, const char *tmp)
{
	int end[2], rc;

	if (make_dirs(s, tmp) == -1)
		return EX_CANTCREAT;
	snprintf(s->url, sizeof(s->url),
	    "mysql://root@localhost/drill?unix_socket=%s/sock", s->dir);
	if (pipe2(end, O_CLOEXEC) == -1) {
		warn("pipe");
		remove_tree(s->dir);
		return EX_OSERR;
	}
	s->lifeline = end[1];
	if ((s->keeper = fork()) == 0) {
		close(end[1]);
		keep_server(s->dir, end[0]);
	}
	close(end[0]);
	if (s->keeper == -1) {
		warn("fork");
		close(s->lifeline);
		remove_tree(s->dir);
		return EX_OSERR;
	}
	if ((rc = await_server(s)) != EX_OK)
		server_end(s);
	return rc;
}

/*
 * The directory is removed here as well, for the case that the keeper was
 * killed.
 */
void
server_end(struct server *s)
{
	close(s->lifeline);
	if (s->keeper != -1)
		while (waitpid(s->keeper, NULL, 0) == -1 && errno == EINTR)
			;
	remove_tree(s->dir);
}
