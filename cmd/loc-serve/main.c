/* SPDX-License-Identifier: ISC */
/*
 * loc-serve - the HTTP interface of the location service.
 *
 * Answers from the read-only database and the GeoIP file; writes accepted
 * reports to the spool and nothing else.  TERM and INT finish the requests
 * under way; HUP reads the configuration and the GeoIP file anew and forgets
 * the API keys.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/file.h"
#include "io/cli.h"

#include "run.h"

#define SYNOPSIS	"[-ChvV] [-c config] [-l address] [-r fd] [-u user[:group]]"

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
			err(EX_OSFILE, "/dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
}

int
main(int argc, char *argv[])
{
	struct run_options o = { .ready = -1 };
	struct conf_file cf;
	int ch, check = 0, status = EX_OK;

	fill_descriptors();
	while ((ch = getopt(argc, argv, "c:Chl:r:u:vV")) != -1)
		switch (ch) {
		case 'c':
			o.conf = optarg;
			break;
		case 'C':
			check = 1;
			break;
		case 'l':
			o.listen = optarg;
			break;
		case 'r':
			o.ready = (int)io_cli_num('r', optarg, 1, 1023);
			if (fcntl(o.ready, F_SETFD, FD_CLOEXEC) == -1)
				err(EX_USAGE, "-r %d", o.ready);
			break;
		case 'u':
			o.user = optarg;
			break;
		case 'v':
			o.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	if (argc != optind)
		io_cli_usage(SYNOPSIS, 0);
	if (run_load(&o, &cf) == -1)
		return EX_CONFIG;
	if (check) {
		conf_file_print(&cf, stdout);
		io_cli_flush();
	} else
		status = run(&o, &cf);
	conf_file_end(&cf);
	return status;
}
