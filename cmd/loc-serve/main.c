/* SPDX-License-Identifier: ISC */
/*
 * loc-serve - the HTTP interface of the location service.
 *
 * Answers from the read-only database, or an index, and the GeoIP file; writes
 * accepted reports to the spool and nothing else.  TERM and INT finish the
 * requests under way; HUP reads the configuration and the GeoIP file anew and
 * forgets the API keys.  With -1 it serves one connection on stdin and stdout.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "check/cli.h"
#include "check/database.h"
#include "check/geoip.h"
#include "check/index.h"
#include "check/redis.h"
#include "conf/file.h"
#include "http/listen.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#include "run.h"
#include "serve.h"

#define SYNOPSIS	"[-1hvV] [-c config] [-i index] [-l address] [-r fd] " \
			"[-u user[:group]]\n" CHECK_CLI_SYNOPSIS

/*
 * inetd makes the connection, or the socket to accept them from, our stderr,
 * too: then warnings go to syslog, each write being a message.
 */
static void
syslog_stderr(void)
{
	const struct sockaddr_un un = { AF_UNIX, _PATH_LOG };
	struct stat err, in;
	int fd;

	if (fstat(STDIN_FILENO, &in) == -1 ||
	    fstat(STDERR_FILENO, &err) == -1 || !S_ISSOCK(in.st_mode) ||
	    in.st_dev != err.st_dev || in.st_ino != err.st_ino)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&un,
	    sizeof(un)) == -1) {
		close(fd);
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	dup2(fd, STDERR_FILENO);
	close(fd);
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

static void
check_listen(const char *where)
{
	const char *at, *why;

	if ((why = http_listen_check(where, &at)) != NULL)
		errx(EX_USAGE, "-l %s: expected %s", at, why);
}

static void
check_user(const char *user)
{
	struct io_privs p;
	const char *why;

	if ((why = io_privs_find(&p, user)) != NULL)
		errx(EX_USAGE, "-u %s: %s", user, why);
}

/*
 * With an index the database is only asked for keys, if it is configured.  All
 * that is looked at from here on is with the rights that requests will have.
 */
static int
check_serve_options(struct check_cli_asked *a)
{
	const struct serve_run_options o = { .user = a->arg['u'], .once = 1 };

	if (a->arg['l'] != NULL)
		check_listen(a->arg['l']);
	if (a->arg['u'] != NULL)
		check_user(a->arg['u']);
	if (serve_run_drop(&o, a->cf) == -1)
		return EX_CONFIG;
	if (a->arg['i'] == NULL)
		return EX_OK;
	a->needs &= ~(unsigned)CHECK_CLI_RO;
	a->needs |= CHECK_CLI_IF(CHECK_CLI_RO);
	return check_index(a->arg['i'], serve_is_as_ichnaea(a->cf));
}

static const struct check_cli checked = {
	.options = "1c:i:l:r:u:v",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RO | CHECK_CLI_SPOOL |
	    CHECK_CLI_IF(CHECK_CLI_GEOIP) | CHECK_CLI_IF(CHECK_CLI_REDIS),
	.database = check_database,
	.redis = check_redis,
	.geoip = check_geoip,
	.settings = serve_check,
	.given = check_serve_options
};

/*
 * Signals are held, and cores switched off, before anything else: a
 * supervisor may send the first as soon as there is a process.
 */
int
main(int argc, char *argv[])
{
	struct serve_run_options o = { 0 };
	struct conf_file cf;
	sigset_t set;
	struct io_cli cli;
	int status;

	check_cli(NULL, argc, argv, &checked);
	/* They are waited for later, by one thread. */
	io_signals_hold(&set);
	signal(SIGPIPE, SIG_IGN);
	io_privs_no_cores();
	syslog_stderr();
	io_cli_read(&cli, argc, argv, checked.options, SYNOPSIS);
	o.once = cli.arg['1'] != NULL;
	o.conf = cli.arg['c'];
	o.index = cli.arg['i'];
	if ((o.listen = cli.arg['l']) != NULL)
		check_listen(o.listen);
	o.ready = (int)io_cli_num_or(&cli, 'r', 1, 1023, -1);
	if (o.ready != -1 && fcntl(o.ready, F_SETFD, FD_CLOEXEC) == -1)
		err(EX_USAGE, "-r %d", o.ready);
	if ((o.user = cli.arg['u']) != NULL)
		check_user(o.user);
	o.verbose = cli.arg['v'] != NULL;
	if (cli.words > 0 || (o.once && (o.listen != NULL || o.ready != -1)))
		io_cli_usage(SYNOPSIS, 0);
	if (serve_run_load(&o, &cf) == -1)
		return EX_CONFIG;
	status = (o.once ? serve_once : serve_run)(&o, &cf, &set);
	conf_file_end(&cf);
	return status;
}
