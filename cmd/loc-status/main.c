/* SPDX-License-Identifier: ISC */
/*
 * loc-status - is everything all right?
 *
 * Looks at all that the service consists of, as far as location.ini names it:
 * files, servers, queues, and what was last done when.  Each check is one
 * small function of the table below; what it finds is a line with a state, and
 * if that is not fine, what to do about it.
 *
 * Nothing is changed and nothing is waited for long, so that it can be run at
 * any time; only -e hands in a report, and removes what became of it.  What
 * cannot be asked is broken, and does not keep the others from being asked.
 */
#include <err.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/cli.h"
#include "check/database.h"
#include "io/cli.h"
#include "queue/redis.h"
#include "store/db.h"

#include "status.h"

#define OPTIONS		"c:ejNW:w:"
#define SYNOPSIS \
	"[-ehjNV] [-c config] [-W name=number] [-w name=number] [check ...]\n" \
	CHECK_CLI_SYNOPSIS

/* In the order in which a report passes what they look at. */
static const struct check {
	const char	*name;
	void		(*run)(struct status *s);
} checks[] = {
	{ "conf", check_conf },
	{ "serve", check_serve },
	{ "geoip", check_geoip },
	{ "web", check_web },
	{ "files", check_spool_files },
	{ "spool", check_spool },
	{ "redis", check_redis },
	{ "groups", check_groups },
	{ "workers", check_workers },
	{ "dead", check_dead },
	{ "rw", check_rw },
	{ "ro", check_ro },
	{ "schema", check_schema },
	{ "counted", check_counted },
	{ "marks", check_marks },
	{ "jobs", check_runs },
	{ "statsd", check_statsd },
	{ "sentry", check_sentry },
	{ "s3", check_s3 }
};
#define CHECKS	(sizeof(checks) / sizeof(checks[0]))

static struct finding *
add_finding(struct status *s, const char *check, const char *fmt, va_list ap)
{
	struct finding *f;

	f = reallocarray(s->found, s->n + 1, sizeof(*f));
	if (f == NULL)
		err(EX_OSERR, NULL);
	s->found = f;
	f = &f[s->n++];
	*f = (struct finding){ .check = check };
	strlcpy(f->about, s->about == NULL ? "" : s->about, sizeof(f->about));
	if (vasprintf(&f->text, fmt, ap) == -1)
		err(EX_OSERR, NULL);
	return f;
}

void
tell(struct status *s, const char *check, enum level level,
    const char *remedy, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add_finding(s, check, fmt, ap);
	va_end(ap);
	f->level = level;
	f->remedy = remedy;
}

void
measure(struct status *s, const char *check, int64_t value, const char *fmt,
    ...)
{
	const struct limit *l = limit_find(check);
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add_finding(s, check, fmt, ap);
	va_end(ap);
	f->limit = l;
	f->value = value;
	f->remedy = l->remedy;
	if (l->warn != -1 && value >= l->warn)
		f->level = DEGRADED;
	if (l->broken != -1 && value >= l->broken)
		f->level = BROKEN;
}

/*
 * Standard error is a piece of memory while checks are run.  Of several
 * warnings the first says what is wrong, and the others what follows.
 */
const char *
said(struct status *s)
{
	static char line[1024];
	size_t skip = strlen(getprogname()) + 2;

	fflush(stderr);
	*line = '\0';
	if (s->said != NULL && strlen(s->said) > skip)
		strlcpy(line, s->said + skip, sizeof(line));
	line[strcspn(line, "\n")] = '\0';
	rewind(stderr);
	return line;
}

/* What no check can do without; what cannot be opened they find missing. */
static void
open_servers(struct status *s)
{
	s->now_s = base_clock_now_s();
	if (s->cf.rw_url != NULL)
		s->rw = store_db_new("rw_url", s->cf.rw_url, STORE_DB_CAUSAL);
	if (s->cf.ro_url != NULL)
		s->ro = store_db_new("ro_url", s->cf.ro_url, STORE_DB_STALE);
	if (s->cf.cache_url != NULL)
		s->redis = queue_redis_new(s->cf.cache_url, 5000);
	if (s->rw != NULL)
		store_db_fail_fast(s->rw);
	if (s->ro != NULL)
		store_db_fail_fast(s->ro);
}

static const struct check *
find_check(const char *name)
{
	return IO_CLI_FIND(name, checks);
}

/* All checks, or the N that are named.  Without settings there is but one. */
static void
run_checks(struct status *s, char *const *name, int n, int end)
{
	FILE *direct = stderr;
	int i;

	if ((stderr = open_memstream(&s->said, &s->saidlen)) == NULL) {
		stderr = direct;
		err(EX_OSERR, NULL);
	}
	check_conf(s);
	if (s->has_conf) {
		open_servers(s);
		said(s);
		for (i = 0; i < (n > 0 ? n : (int)CHECKS); i++) {
			const struct check *c = n > 0 ? find_check(name[i]) :
			    &checks[i];

			if (c->run != check_conf)
				c->run(s);
			said(s);
		}
		if (end)
			check_end(s);
	}
	fclose(stderr);
	stderr = direct;
	free(s->said);
}

static void
release(struct status *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->found[i].text);
	free(s->found);
	store_db_free(s->rw);
	store_db_free(s->ro);
	queue_redis_free(s->redis);
	conf_file_end(&s->cf);
}

/* Only a test from end to end needs anything to be there. */
static int
check_status_options(struct check_cli_asked *a)
{
	char *const *word;

	for (word = a->word; *word != NULL; word++)
		find_check(*word);
	if (a->arg['e'] != NULL)
		a->needs = CHECK_CLI_SPOOL | CHECK_CLI_RW;
	return EX_OK;
}

static const struct check_cli checked = {
	.options = OPTIONS,
	.synopsis = SYNOPSIS,
	.needs = CHECK_CLI_WORDS,
	.database = check_database,
	.given = check_status_options
};

/*
 * -c is the configuration here as everywhere, so that what monitoring plugins
 * call -c is -W.
 */
int
main(int argc, char *argv[])
{
	struct status s = { 0 };
	const char *conf = NULL;
	enum level worst = FINE;
	enum form form = TEXT;
	int ch, end = 0, i;
	size_t k;

	check_cli(NULL, argc, argv, &checked);
	while ((ch = io_cli_next(argc, argv, OPTIONS, SYNOPSIS)) != -1)
		switch (ch) {
		case 'c':
			conf = optarg;
			break;
		case 'e':
			end = 1;
			break;
		case 'j':
			form = JSON;
			break;
		case 'N':
			form = NAGIOS;
			break;
		case 'W':
			limit_set(ch, optarg, BROKEN);
			break;
		case 'w':
			limit_set(ch, optarg, DEGRADED);
			break;
		}
	for (i = optind; i < argc; i++)
		find_check(argv[i]);
	signal(SIGPIPE, SIG_IGN);
	if (conf != NULL)
		setenv("LOC_CONF", conf, 1);
	run_checks(&s, argv + optind, argc - optind, end);
	for (k = 0; k < s.n; k++)
		if (s.found[k].level > worst)
			worst = s.found[k].level;
	signal(SIGPIPE, SIG_DFL);
	report(&s, form, worst);
	release(&s);
	return (int)worst;
}
