/* SPDX-License-Identifier: ISC */
/*
 * One table says what there is to check, and each check is a function: a
 * program names what it needs, and no program has checks of its own that
 * another one would want as well.
 *
 * The first fault decides the status, but all are told: whoever mends a
 * configuration wants to know of them at once.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/cli.h"
#include "conf/file.h"
#include "io/cli.h"
#include "io/signals.h"

#define OPTIONS_LEN	64

static int
look_at_ro(const struct check_cli *c, const struct conf_file *cf)
{
	assert(c->database != NULL);
	return c->database(cf, CHECK_CLI_RO);
}

static int
look_at_rw(const struct check_cli *c, const struct conf_file *cf)
{
	assert(c->database != NULL);
	return c->database(cf, CHECK_CLI_RW);
}

static int
look_at_ddl(const struct check_cli *c, const struct conf_file *cf)
{
	assert(c->database != NULL);
	return c->database(cf, CHECK_CLI_DDL);
}

static int
look_at_redis(const struct check_cli *c, const struct conf_file *cf)
{
	assert(c->redis != NULL);
	return c->redis(cf);
}

static int
look_at_geoip(const struct check_cli *c, const struct conf_file *cf)
{
	assert(c->geoip != NULL);
	return c->geoip(cf->geoip_path);
}

/* One that is missing is made by the first who writes to it. */
static int
look_at_spool(const struct check_cli *c, const struct conf_file *cf)
{
	(void)c;
	if (access(cf->spool_dir, R_OK | W_OK | X_OK) == 0 || errno == ENOENT)
		return EX_OK;
	conf_file_warn(cf, &cf->spool_dir, NULL, "%s: %s", cf->spool_dir,
	    strerror(errno));
	return EX_CANTCREAT;
}

static int
look_at_statsd(const struct check_cli *c, const struct conf_file *cf)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;
	int rc;

	(void)c;
	if ((rc = getaddrinfo(cf->statsd_host, NULL, &hints, &ai)) != 0) {
		conf_file_warn(cf, &cf->statsd_host, NULL, "%s: %s",
		    cf->statsd_host, gai_strerror(rc));
		return EX_UNAVAILABLE;
	}
	freeaddrinfo(ai);
	return EX_OK;
}

/* The member of the settings that each is configured by, and its check. */
static const struct check {
	unsigned	what;
	size_t		offset;		/* of a text */
	int		(*run)(const struct check_cli *c,
			    const struct conf_file *cf);
	int		is_file;	/* and no server */
} checks[] = {
#define AT(member)	offsetof(struct conf_file, member)
	{ CHECK_CLI_SPOOL, AT(spool_dir), look_at_spool, 1 },
	{ CHECK_CLI_GEOIP, AT(geoip_path), look_at_geoip, 1 },
	{ CHECK_CLI_DDL, AT(ddl_url), look_at_ddl, 0 },
	{ CHECK_CLI_RW, AT(rw_url), look_at_rw, 0 },
	{ CHECK_CLI_RO, AT(ro_url), look_at_ro, 0 },
	{ CHECK_CLI_REDIS, AT(cache_url), look_at_redis, 0 },
	{ CHECK_CLI_STATSD, AT(statsd_host), look_at_statsd, 0 }
#undef AT
};

/* Returns the status of the first that fails, or EX_OK. */
static int
run_checks(const struct check_cli *of, const struct conf_file *cf,
    unsigned needs, int only_files)
{
	const struct check *c;
	char *const *value;
	int one, rc = EX_OK;

	for (c = checks; c < checks + sizeof(checks) / sizeof(checks[0]);
	    c++) {
		if ((needs & (c->what | CHECK_CLI_IF(c->what))) == 0 ||
		    (only_files && !c->is_file))
			continue;
		value = (char *const *)(const void *)((const char *)cf +
		    c->offset);
		one = EX_OK;
		if (*value != NULL)
			one = c->run(of, cf);
		else if ((needs & c->what) != 0 &&
		    conf_file_need(cf, value) == -1)
			one = EX_CONFIG;
		if (rc == EX_OK)
			rc = one;
	}
	return rc;
}

/* OPTIONS of the program and ours; -t has no argument here, if it is ours. */
static void
join_options(char out[OPTIONS_LEN], const char *options, int has_time)
{
	size_t n = 0;

	for (; *options == '+'; options++)
		;
	for (out[n++] = '+'; *options != '\0'; options++)
		if (!has_time || *options != 't')
			out[n++] = *options;
		else if (options[1] == ':')
			options++;
	assert(n + sizeof("Ct") <= OPTIONS_LEN);
	memcpy(out + n, "Ct", sizeof("Ct"));
}

/* Is the first argument ours, and no -t with a time of the program's own? */
static int
is_first(int argc, char *argv[])
{
	const char *rest;

	if (argc < 2 || argv[1][0] != '-')
		return 0;
	rest = argv[1] + 1 + strspn(argv[1] + 1, "Ct");
	if (rest == argv[1] + 1 || (*rest != '\0' && *rest != 'c'))
		return 0;
	return *rest == 'c' || argv[1][1] == 'C' || argc == 2 ||
	    argv[2][0] == '-';
}

/*
 * Look for our options in ARGV among OPTIONS.  Other mistakes are left to
 * whoever reads it next.  Returns 1 if there is one, and leaves everything as
 * if nothing had been read.
 */
static int
is_asked(int argc, char *argv[], const char *options)
{
	int asked = 0, ch;

	opterr = 0;
	while ((ch = getopt(argc, argv, options)) != -1)
		asked |= ch == 'C' || ch == 't';
	opterr = 1;
	optind = 0;		/* getopt() is to begin anew */
	return asked;
}

/*
 * What is given is looked at even if the settings are wrong elsewhere; of -C it
 * is only warned.
 */
static int
answer_asked(struct check_cli_asked *a, const struct check_cli *c,
    const struct conf_file *cf)
{
	int one, rc = EX_OK;

	if (c->settings != NULL && c->settings(cf) == -1)
		return EX_CONFIG;
	if (a->arg['C'] != NULL) {
		conf_file_print(cf, stdout);
		io_cli_flush();
	}
	if (c->given != NULL)
		rc = c->given(a);
	one = run_checks(c, cf, a->needs, a->only_files);
	if (a->only_files)
		return EX_OK;
	return rc != EX_OK ? rc : one;
}

/* Read the settings that CLI names, and look; returns an exit status. */
static int
look_with_settings(struct io_cli *cli, const struct check_cli *c)
{
	struct check_cli_asked a = { .arg = cli->arg, .word = cli->word,
	    .needs = c->needs, .only_files = cli->arg['t'] == NULL };
	struct conf_file cf;
	const char *at;
	int rc;

	for (at = c->alone; at != NULL && *at != '\0'; at++)
		if (cli->arg[(int)*at] != NULL && cli->arg['c'] == NULL)
			cli->arg['c'] = "/dev/null";
	if (conf_file_open(&cf, cli->arg['c']) == -1)
		return EX_CONFIG;
	a.cf = &cf;
	rc = answer_asked(&a, c, &cf);
	conf_file_end(&cf);
	return rc;
}

void
check_cli(struct io_cli *cli, int argc, char *argv[], const struct check_cli *c)
{
	const char *at = strchr(c->options, 't');
	int has_time = at != NULL && at[1] == ':';
	char options[OPTIONS_LEN];
	struct io_cli asked;

	join_options(options, c->options, has_time);
	if (has_time ? is_first(argc, argv) : is_asked(argc, argv, options)) {
		io_cli_read(&asked, argc, argv, options, c->synopsis);
		if (asked.words > 0 && (c->needs & CHECK_CLI_WORDS) == 0) {
			warnx("%s: unexpected with -%c", *asked.word,
			    asked.arg['C'] != NULL ? 'C' : 't');
			io_cli_usage(c->synopsis, 0);
		}
		io_signals_release();	/* whoever waits may end it */
		exit(look_with_settings(&asked, c));
	}
	if (cli != NULL)
		io_cli_read(cli, argc, argv, c->options, c->synopsis);
}
