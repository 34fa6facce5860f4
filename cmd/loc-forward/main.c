/* SPDX-License-Identifier: ISC */
/*
 * loc-forward - deliver reports to the targets of export_config.
 *
 * Every target has a process of its own, so that one that is slow or down
 * delays nobody else.  The parent reads the rows of the table again and
 * again, starts and stops children as they come, change and go, and starts
 * again those that died.  A child acknowledges entries of the stream when
 * they were delivered; killed before that, another delivers them once more.
 */
#include <sysexits.h>
#include <unistd.h>

#include "forward.h"
#include "io/cli.h"
#include "io/privs.h"
#include "io/signals.h"

#define SYNOPSIS	"[-1hjqvV] [-c config] [name ...]"

/* Signals are held from the first moment: none may kill by surprise. */
int
main(int argc, char *argv[])
{
	struct forward_parent p = { .once = 0 };
	int ch, rc;

	io_signals_hold(NULL);
	io_privs_no_cores();
	setproctitle_init(argc, argv, environ);
	while ((ch = io_cli_next(argc, argv, "1c:jqv", SYNOPSIS)) != -1)
		switch (ch) {
		case '1':
			p.once = 1;
			break;
		case 'c':
			p.conf = optarg;
			break;
		case 'j':
			p.json = 1;
			break;
		case 'q':
			p.quiet = 1;
			break;
		case 'v':
			p.verbose = 1;
			break;
		}
	p.name = argv + optind;
	p.nnames = argc - optind;
	forward_signals_parent();
	if ((rc = forward_open(&p)) == EX_OK)
		rc = forward_parent(&p);
	forward_close(&p);
	io_cli_flush();
	return rc;
}
