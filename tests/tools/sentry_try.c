/* SPDX-License-Identifier: ISC */
/*
 * sentry_try [-e environment] [-w wait_ms] dsn
 *
 * Reports each line of stdin, "LEVEL WHAT [| DETAIL]"; "sleep MS" waits.  On
 * stderr a line says how long the longest report took, and the end.
 */
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/cli.h"
#include "net/sentry.h"

int
main(int argc, char *argv[])
{
	struct net_sentry_options o = { .app = "loc-test",
	    .release = "1.2.3" };
	int64_t begun_ms, longest_ms = 0, ms;
	char level[16], line[4096], *detail, *what;
	struct net_sentry *s;
	int ch, wait_ms = 2000;

	while ((ch = getopt(argc, argv, "e:w:")) != -1)
		switch (ch) {
		case 'e':
			o.environment = optarg;
			break;
		case 'w':
			wait_ms = (int)io_cli_num(ch, optarg, 0, 60000);
			break;
		default:
			return 64;
		}
	signal(SIGPIPE, SIG_IGN);
	o.dsn = argv[optind];
	if ((s = net_sentry_new(&o)) == NULL)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "sleep %" SCNd64, &ms) == 1) {
			usleep((useconds_t)ms * 1000);
			continue;
		}
		if (sscanf(line, "%15s", level) != 1)
			errx(1, "%s", line);
		what = line + strlen(level) + 1;
		if ((detail = strstr(what, " | ")) != NULL) {
			*detail = '\0';
			detail += 3;
		}
		begun_ms = base_clock_mono_ms();
		net_sentry_report(s, level, what, detail);
		ms = base_clock_mono_ms() - begun_ms;
		longest_ms = ms > longest_ms ? ms : longest_ms;
	}
	begun_ms = base_clock_mono_ms();
	net_sentry_free(s, wait_ms);
	fprintf(stderr, "longest %" PRId64 " ms, end %" PRId64 " ms\n",
	    longest_ms, base_clock_mono_ms() - begun_ms);
	return 0;
}
