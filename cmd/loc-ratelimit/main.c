/* SPDX-License-Identifier: ISC */
/*
 * loc-ratelimit - what clients may do: their calls, and the share of their
 * queries that is stored.
 *
 * Reads and writes what servers keep in Redis, and reads the limits of keys
 * in MySQL.  Every command changes everything it has to at once, so that
 * one that is killed, or runs twice, does no harm.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "check/cli.h"
#include "check/database.h"
#include "check/redis.h"
#include "io/cli.h"
#include "queue/redis.h"
#include "ratelimit.h"
#include "store/key.h"

#define SYNOPSIS \
	"[-hjV] [-c config] check key path\n" \
	"[-hjV] [-c config] get [name]\n" \
	"[-hjV] [-c config] past [key]\n" \
	"[-hV] [-c config] reset key [path]\n" \
	"[-hjnvV] [-c config] run\n" \
	"[-hV] [-c config] set name=value ...\n" \
	"[-hjV] [-c config] show [key]\n" \
	CHECK_CLI_SYNOPSIS
#define REDIS_MS	5000

/* These judge one operand each: 1, or 0 after a warning. */
static int
is_key(const char *text)
{
	if (store_key_check(text))
		return 1;
	warnx("%s: expected " STORE_KEY_SYNTAX, text);
	return 0;
}

/*
 * Only the form is judged here; whether calls to the path are counted is for
 * usage.c to say, which knows how to name it.
 */
static int
is_path(const char *text)
{
	if (*text != '\0' && strlen(text) < 100 && text[strspn(text,
	    "/.-_0123456789abcdefghijklmnopqrstuvwxyz")] == '\0')
		return 1;
	warnx("%s: expected a path like v1.geolocate", text);
	return 0;
}

/*
 * The commands.  IS holds the judge of the first operand and that of all
 * others.
 */
static const struct command {
	const char	*name;
	int		 min, max;	/* operands */
	int		(*is[2])(const char *);	/* the last: all further */
	int		(*run)(struct ratelimit *, char *const *);
} commands[] = {
	{ "check", 2, 2, { is_key, is_path }, ratelimit_usage_check },
	{ "get", 0, 1, { ratelimit_control_is_name, NULL },
	    ratelimit_control_get },
	{ "past", 0, 1, { is_key, NULL }, ratelimit_past_show },
	{ "reset", 1, 2, { is_key, is_path }, ratelimit_usage_reset },
	{ "run", 0, 0, { NULL, NULL }, ratelimit_control_run },
	{ "set", 1, 100, { ratelimit_control_is_assignment,
	    ratelimit_control_is_assignment }, ratelimit_control_set },
	{ "show", 0, 1, { is_key, NULL }, ratelimit_usage_show }
};

/* The command that the operands name; without one the program ends. */
static const struct command *
find_ratelimit_command(int argc, char *const *argv)
{
	const struct command *c;
	int i;

	if (argc == 0)
		io_cli_usage(SYNOPSIS, 0);
	c = IO_CLI_FIND(argv[0], commands);
	if (argc - 1 < c->min || argc - 1 > c->max) {
		if (c->min == c->max)
			warnx("%s: expected %d operands", c->name, c->min);
		else
			warnx("%s: expected %d to %d operands", c->name,
			    c->min, c->max);
		io_cli_usage(SYNOPSIS, 0);
	}
	for (i = 1; i < argc; i++)
		if (!c->is[i > 1](argv[i]))
			exit(EX_USAGE);
	return c;
}

static const struct check_cli checked = {
	.options = "+c:jnv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_REDIS | CHECK_CLI_IF(CHECK_CLI_RW),
	.database = check_database,
	.redis = check_redis
};

/* Redis is connected to before any command runs: all of them need it. */
int
main(int argc, char *argv[])
{
	const struct command *command;
	struct ratelimit r = { 0 };
	struct io_cli cli;
	int rc;

	check_cli(&cli, argc, argv, &checked);
	r.json = cli.arg['j'] != NULL;
	r.dry = cli.arg['n'] != NULL;
	r.verbose = cli.arg['v'] != NULL;
	command = find_ratelimit_command(cli.words, cli.word);
	if (r.dry && command->run != ratelimit_control_run)
		errx(EX_USAGE, "-n: goes with run only");
	if (conf_file_open(&r.cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	if (conf_file_need(&r.cf, &r.cf.cache_url) == -1 || (r.redis =
	    queue_redis_new(r.cf.cache_url, REDIS_MS)) == NULL)
		rc = EX_CONFIG;
	else if (queue_redis_connect(r.redis) == 0)
		rc = command->run(&r, cli.word + 1);
	else
		rc = queue_redis_status(r.redis);
	io_cli_flush();
	queue_redis_free(r.redis);
	conf_file_end(&r.cf);
	return rc;
}
