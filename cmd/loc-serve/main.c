/* SPDX-License-Identifier: ISC */
/*
 * loc-serve - the HTTP interface of the location service.
 *
 * Answers from the read-only database and the GeoIP file; writes accepted
 * reports to the spool and nothing else.  TERM and INT finish the requests
 * under way; HUP reads the configuration and the GeoIP file anew and forgets
 * the API keys.  With -1 it serves one connection on stdin and stdout.
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

#include "conf/file.h"
#include "http/listen.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#include "run.h"
#include "serve.h"

#define SYNOPSIS	"[-1ChvV] [-c config] [-l address] [-r fd] " \
			"[-u user[:group]]"

/*
 * Descriptors up to that of stderr are never to be those of other things,
 * which warnings would be written to.
 */
static void
fill_descriptors(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			err(EX_OSERR, "/dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
}

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

/*
 * Signals are held, and cores switched off, before anything else: a
 * supervisor may send the first as soon as there is a process.
 */
int
main(int argc, char *argv[])
{
	struct serve_run_options o = { .ready = -1 };
	const char *at, *why;
	struct conf_file cf;
	struct io_privs p;
	sigset_t set;
	int ch, check = 0, status = EX_OK;

	/* They are waited for later, by one thread. */
	io_signals_hold(&set);
	signal(SIGPIPE, SIG_IGN);
	io_privs_no_cores();
	fill_descriptors();
	syslog_stderr();
	while ((ch = io_cli_next(argc, argv, "1c:Cl:r:u:v", SYNOPSIS)) != -1)
		switch (ch) {
		case '1':
			o.once = 1;
			break;
		case 'c':
			o.conf = optarg;
			break;
		case 'C':
			check = 1;
			break;
		case 'l':
			o.listen = optarg;
			if ((why = http_listen_check(optarg, &at)) != NULL)
				errx(EX_USAGE, "-l %s: expected %s", at, why);
			break;
		case 'r':
			o.ready = (int)io_cli_num('r', optarg, 1, 1023);
			if (fcntl(o.ready, F_SETFD, FD_CLOEXEC) == -1)
				err(EX_USAGE, "-r %d", o.ready);
			break;
		case 'u':
			o.user = optarg;
			if ((why = io_privs_find(&p, optarg)) != NULL)
				errx(EX_USAGE, "-u %s: %s", optarg, why);
			break;
		case 'v':
			o.verbose = 1;
			break;
		}
	if (argc != optind || (o.once && (o.listen != NULL || o.ready != -1)))
		io_cli_usage(SYNOPSIS, 0);
	if (serve_run_load(&o, &cf) == -1)
		return EX_CONFIG;
	if (check) {
		conf_file_print(&cf, stdout);
		io_cli_flush();
		serve_check_files(&cf);
	} else
		status = (o.once ? serve_once : serve_run)(&o, &cf, &set);
	conf_file_end(&cf);
	return status;
}
