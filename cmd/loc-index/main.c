/* SPDX-License-Identifier: ISC */
/*
 * loc-index - one file that answers questions without a database.
 *
 * Reads the read-only database, or another index; writes an index, which
 * appears whole or not at all.  HUP, INT and TERM leave what was
 * there.
 */
#include <assert.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/cli.h"
#include "check/database.h"
#include "check/path.h"
#include "geo/region.h"
#include "io/cli.h"
#include "io/signals.h"
#include "seal/sign.h"

#include "index.h"

#define SYNOPSIS \
	"[-ahkqsV] [-b box] [-c config] [-i old] [-m MiB] [-r region] " \
	"build file\n" \
	"[-hkqV] [-b box] [-c config] [-m MiB] [-r region] cut old file\n" \
	"[-hV] [-c config] [-m MiB] apply old delta file\n" \
	"[-hV] [-c config] [-m MiB] delta old new file\n" \
	"[-hvV] diff old new\n" \
	"[-hV] get file network ...\n" \
	"[-hV] keygen file\n" \
	"[-hV] list file [kind ...]\n" \
	"[-hjV] stat file\n" \
	"[-hV] [-c config] verify file\n" \
	CHECK_CLI_SYNOPSIS
#define MAX_MIB	65536

static int
is_stopping(void)
{
	return io_signals_stop;
}

struct index_file *
index_input(struct index_run *r, struct index_file *f)
{
	assert(r->in[1] == NULL);
	return r->in[r->in[0] != NULL] = f;
}

/* STATUS, or that of an input that is not what it was. */
static int
check_inputs(const struct index_run *r, int status)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (r->in[i] != NULL && index_file_check(r->in[i]) == -1)
			status = EX_IOERR;
	return status;
}

struct index_writer *
index_begin(const struct index_run *r, const char *path, int64_t built_s,
    int keys, const uint8_t *ends)
{
	struct index_writer_options o = {
		.path = path,
		.name = r->place.name,
		.built_s = built_s,
		.flags = (r->whole ? INDEX_FORMAT_WHOLE : 0u) |
		    (*r->place.name != '\0' ? INDEX_FORMAT_PART : 0u) |
		    (keys ? INDEX_FORMAT_KEYS : 0u),
		.mode = keys ? INDEX_KEYS_MODE : INDEX_MODE,
		.memory = r->memory,
		.round = r->round,
		.stop = is_stopping,
		.ends = ends,
		.sign = r->cf.index_sign_key != NULL ? index_sign : NULL,
		.sign_arg = (void *)(uintptr_t)r
	};

	return index_writer_new(&o);
}

int
index_end(const struct index_run *r, struct index_writer *w, int status)
{
	int rc;

	if (w == NULL)
		return EX_CANTCREAT;
	if (io_signals_stop) {
		warnx("stopped; nothing was stored");
		status = EX_TEMPFAIL;
	}
	if (status == EX_OK)
		status = check_inputs(r, status);
	if ((rc = index_writer_end(w, status == EX_OK)) == 0)
		return status;
	return rc == -2 ? EX_DATAERR : EX_IOERR;
}

/* The commands, by the order of the synopsis. */
static const struct command {
	const char	*name;
	int		(*run)(struct index_run *r, char *const *word);
	int		 min, max;	/* operands */
	int		 needs_conf;
	int		 inputs;	/* operands that are indexes */
	int		 output;	/* and a file to be written */
	int		 signs;		/* ... and signed */
} commands[] = {
	{ "build", index_build, 1, 1, 1, 0, 1, 1 },
	{ "cut", index_cut, 2, 2, 1, 1, 1, 1 },
	{ "apply", index_apply, 3, 3, 1, 2, 1, 0 },
	{ "delta", index_delta, 3, 3, 1, 2, 1, 1 },
	{ "diff", index_diff, 2, 2, 0, 2, 0, 0 },
	{ "get", index_get, 2, INT_MAX, 0, 1, 0, 0 },
	{ "keygen", index_keygen, 1, 1, 0, 0, 0, 0 },
	{ "list", index_list, 1, INT_MAX, 0, 1, 0, 0 },
	{ "stat", index_stat, 1, 1, 0, 1, 0, 0 },
	{ "verify", index_verify, 1, 1, 1, 1, 0, 0 }
};

/* The command called NAME, or NULL. */
static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; name != NULL &&
	    i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/* 0 if CF makes sense, or -1 after a warning. */
static int
check_settings(const struct conf_file *cf)
{
	const char *at = NULL, *why;

	if (cf->index_verify_key == NULL ||
	    (why = seal_sign_check(cf->index_verify_key, &at)) == NULL)
		return 0;
	conf_file_warn(cf, &cf->index_verify_key, at, "expected %s", why);
	return -1;
}

static void
take_index_options(struct index_run *r, const struct io_cli *cli)
{
	r->round = cli->arg['a'] != NULL;
	if (cli->arg['b'] != NULL)
		index_place_box(&r->place, cli->arg['b']);
	r->old = cli->arg['i'];
	r->json = cli->arg['j'] != NULL;
	r->keys = cli->arg['k'] != NULL;
	r->memory = (size_t)io_cli_num_or(cli, 'm', 2, MAX_MIB, 0) << 20;
	r->quiet = cli->arg['q'] != NULL;
	if (cli->arg['r'] != NULL)
		index_place_region(&r->place, cli->arg['r']);
	r->whole = cli->arg['s'] != NULL;
	r->verbose = cli->arg['v'] != NULL;
}

/* Only build asks the database. */
static int
check_index_command(struct check_cli_asked *a)
{
	const struct command *c = find_command(*a->word);
	int i, one, rc = check_path_input(a->arg['i']);

	if (c == NULL)
		return rc;
	if (c->run != index_build)
		a->needs = 0;
	for (i = 1; i <= c->inputs && a->word[i] != NULL; i++)
		if ((one = check_path_input(a->word[i])) != EX_OK)
			rc = one;
	if (c->output && i == c->inputs + 1 &&
	    (one = check_path_output(a->word[i])) != EX_OK)
		rc = one;
	return c->signs && !index_can_sign(a->cf) ? EX_CONFIG : rc;
}

static const struct check_cli checked = {
	.options = "ab:c:i:jkm:qr:sv",
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_RO | CHECK_CLI_WORDS,
	.database = check_database,
	.settings = check_settings,
	.given = check_index_command
};

/* Who only looks at a file needs no configuration. */
int
main(int argc, char *argv[])
{
	struct index_run r = { .place.region = GEO_REGION_NONE };
	const struct command *c;
	struct io_cli cli;
	int rc;

	io_signals_hold(NULL);
	check_cli(&cli, argc, argv, &checked);
	take_index_options(&r, &cli);
	if (r.place.has_box && r.place.region != GEO_REGION_NONE)
		errx(EX_USAGE, "-b and -r exclude each other");
	if (r.round && r.whole)
		errx(EX_USAGE, "-a and -s exclude each other");
	if ((c = find_command(cli.word[0])) == NULL ||
	    cli.words - 1 < c->min || cli.words - 1 > c->max)
		io_cli_usage(SYNOPSIS, 0);
	if ((r.place.has_box || r.place.region != GEO_REGION_NONE) &&
	    c->run != index_build && c->run != index_cut)
		errx(EX_USAGE, "-b and -r go with build and cut only");
	io_signals_until_stop(0);
	if (c->needs_conf && conf_file_open(&r.cf, cli.arg['c']) == -1)
		return EX_CONFIG;
	/* Hours may pass until something is signed. */
	if (c->needs_conf && (check_settings(&r.cf) == -1 ||
	    (c->signs && !index_can_sign(&r.cf))))
		rc = EX_CONFIG;
	else
		rc = c->run(&r, cli.word + 1);
	/* What writes a file has checked before that got its name. */
	if (!c->output && (rc == EX_OK || rc == 1))
		rc = check_inputs(&r, rc);
	index_file_free(r.in[0]);
	index_file_free(r.in[1]);
	if (c->needs_conf)
		conf_file_end(&r.cf);
	io_cli_flush();
	return rc;
}
