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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "forward.h"
#include "io/cli.h"
#include "io/progress.h"
#include "queue/redis.h"
#include "store/db.h"

#define SYNOPSIS	"[-1hvV] [-c config] [name ...]"
#define ROWS_MS		30000		/* between looks at the rows */
#define AGAIN_MS	10000		/* ... when the last one failed */
#define TRIES		3		/* of -1, to read them */
#define TICK_MS		100
#define REDIS_MS	10000
#define CONNECT_S	5		/* to the database */
#define ANSWER_S	10
#define BACK_OFF_MS	1000		/* before a child starts again; */
#define MAX_BACK_OFF_MS	60000		/* ... doubles up to this */

struct child {
	struct child		*next;
	struct store_export	 row;
	struct forward_stats	*stats;
	pid_t			 pid;		/* 0: none */
	int			 gone;		/* it is not wanted any more */
	int			 told;		/* to stop */
	int			 deaths;	/* in a row */
	int64_t			 started_ms, due_ms;
	int			 status;	/* of the last exit, with -1 */
};

struct parent {
	struct conf_file	 cf;
	struct store_db		*db;
	struct store_export_list rows;
	struct child		*children;
	char *const		*name;		/* operands */
	int			 nnames, once, verbose;
	int64_t			 read_ms;	/* the rows; 0: never */
};

volatile sig_atomic_t forward_stopping;
static volatile sig_atomic_t asked, reread;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		asked = 1;
	else if (sig == SIGHUP)
		reread = 1;
	else
		forward_stopping = 1;
}

/* A second signal to stop does not wait. */
static void
catch_signals(int is_child)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_flags = is_child ? (int)SA_RESETHAND : 0;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Become the child that delivers to C's target. */
static void __attribute__((noreturn))
be_child(struct parent *p, struct child *c, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(EX_TEMPFAIL);
	catch_signals(1);
	exit(forward_target(&p->cf, &c->row, c->stats, p->once, p->verbose));
}

static void
start(struct parent *p, struct child *c)
{
	pid_t parent = getpid();

	c->started_ms = base_clock_mono_ms();
	c->told = 0;
	c->stats->in_hand = 0;
	c->stats->failing = 0;
	if ((c->pid = fork()) == 0)
		be_child(p, c, parent);
	if (c->pid == -1) {
		warn("fork");
		c->pid = 0;
		c->due_ms = c->started_ms + BACK_OFF_MS;
	}
}

static void
stop(struct child *c)
{
	if (c->pid > 0 && !c->told)
		kill(c->pid, SIGTERM);
	c->told = 1;
}

/* C has ended: say so if it should not have, and when it is to start again. */
static void
bury(struct parent *p, struct child *c, int status)
{
	int64_t ms = BACK_OFF_MS, now = base_clock_mono_ms();

	c->pid = 0;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	if (WIFSIGNALED(status))
		warnx("%s: its process was ended by signal %d", c->row.name,
		    WTERMSIG(status));
	if (c->told || p->once) {
		c->due_ms = now;
		return;
	}
	if (now - c->started_ms > MAX_BACK_OFF_MS)
		c->deaths = 0;
	if (c->deaths < 6)
		ms <<= c->deaths++;
	else
		ms = MAX_BACK_OFF_MS;
	c->due_ms = now + ms;
}

static void
reap(struct parent *p)
{
	struct child *c;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (c = p->children; c != NULL; c = c->next)
			if (c->pid == pid)
				bury(p, c, status);
}

/* 1 if the row is of a target that we deliver to. */
static int
is_ours(const struct parent *p, const struct store_export *row)
{
	int i;

	if (!row->usable || row->schema == STORE_EXPORT_INTERNAL)
		return 0;
	for (i = 0; i < p->nnames; i++)
		if (strcmp(p->name[i], row->name) == 0)
			return 1;
	return p->nnames == 0;
}

static struct child *
new_child(const struct store_export *row)
{
	struct child *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		warn("%s", row->name);
		return NULL;
	}
	c->stats = mmap(NULL, sizeof(*c->stats), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->stats == MAP_FAILED) {
		warn("%s", row->name);
		free(c);
		return NULL;
	}
	c->row = *row;
	return c;
}

/* Make children follow the rows: a changed row is an old and a new one. */
static void
follow(struct parent *p)
{
	const struct store_export *row;
	struct child **at, *c;
	size_t i;

	for (c = p->children; c != NULL; c = c->next) {
		row = store_export_find(&p->rows, c->row.name);
		if (row == NULL || !is_ours(p, row) ||
		    memcmp(row, &c->row, sizeof(*row)) != 0)
			c->gone = 1;
	}
	for (i = 0; i < p->rows.n; i++) {
		row = &p->rows.row[i];
		for (at = &p->children; (c = *at) != NULL; at = &c->next)
			if (!c->gone && strcmp(c->row.name, row->name) == 0)
				break;
		if (c == NULL && is_ours(p, row))
			*at = new_child(row);
	}
}

static void
free_child(struct child *c)
{
	munmap(c->stats, sizeof(*c->stats));
	free(c);
}

/* 1 if an earlier child still delivers to the target of C. */
static int
is_taken(const struct parent *p, const struct child *c)
{
	const struct child *o;

	for (o = p->children; o != c; o = o->next)
		if (strcmp(o->row.name, c->row.name) == 0)
			return 1;
	return 0;
}

/* Start and stop what is to be.  Returns how many children there are. */
static int
tend(struct parent *p)
{
	struct child **at = &p->children, *c;
	int64_t now = base_clock_mono_ms();
	int n = 0;

	reap(p);
	while ((c = *at) != NULL) {
		if (c->gone || forward_stopping)
			stop(c);
		if (c->pid == 0 && c->gone) {
			*at = c->next;
			free_child(c);
			continue;
		}
		if (c->pid == 0 && !forward_stopping && now >= c->due_ms &&
		    !(p->once && c->started_ms != 0) && !is_taken(p, c))
			start(p, c);
		n += c->pid != 0;
		at = &c->next;
	}
	return n;
}

/* Read the rows if that is due.  0, or -1 if they cannot be read. */
static int
look(struct parent *p)
{
	int64_t now = base_clock_mono_ms();
	int i, rc;

	if (p->read_ms != 0 && !reread &&
	    (p->once || now - p->read_ms < ROWS_MS))
		return 0;
	reread = 0;
	rc = store_export_load(p->db, &p->rows);
	/* Children must not have a part in the connection. */
	store_db_disconnect(p->db);
	if (rc == -1)
		return -1;
	for (i = 0; p->read_ms == 0 && i < p->nnames; i++)
		if (store_export_find(&p->rows, p->name[i]) == NULL)
			warnx("%s: no such row in export_config that can be "
			    "used", p->name[i]);
	p->read_ms = now;
	follow(p);
	return 0;
}

static void
answer(const struct parent *p)
{
	const struct forward_stats *s;
	const struct child *c;

	asked = 0;
	for (c = p->children; c != NULL; c = c->next) {
		s = c->stats;
		warnx("%s: %llu reports delivered in %llu batches, "
		    "%llu in hand, %llu set aside%s", c->row.name,
		    (unsigned long long)s->reports,
		    (unsigned long long)s->batches,
		    (unsigned long long)s->in_hand,
		    (unsigned long long)s->dead,
		    s->failing ? ", trying again" : "");
	}
}

static void
show(const struct parent *p, struct io_progress *progress)
{
	const struct child *c;
	uint64_t n = 0;

	for (c = p->children; c != NULL; c = c->next)
		n += c->stats->reports;
	io_progress_show(progress, n, -1);
}

/* The exit status of -1: the worst of all children's. */
static int
worst(const struct parent *p)
{
	const struct child *c;
	int i, status = EX_OK;

	for (c = p->children; c != NULL; c = c->next)
		if (c->status > status)
			status = c->status;
	for (i = 0; i < p->nnames && status == EX_OK; i++)
		if (store_export_find(&p->rows, p->name[i]) == NULL)
			status = 1;
	return status;
}

static int
run(struct parent *p)
{
	struct timespec tick = { 0, TICK_MS * 1000000 };
	struct io_progress progress;
	int failed = 0, n;

	io_progress_init(&progress, "reports", !p->once);
	for (;;) {
		if (!forward_stopping && look(p) == -1) {
			if (p->once && ++failed == TRIES)
				return EX_TEMPFAIL;
			/* What runs goes on. */
			if (p->read_ms != 0)
				p->read_ms += AGAIN_MS;
			nanosleep(&(struct timespec){ 1, 0 }, NULL);
		}
		n = tend(p);
		if (asked)
			answer(p);
		show(p, &progress);
		if (n == 0 && (forward_stopping ||
		    (p->once && p->read_ms != 0)))
			break;
		nanosleep(&tick, NULL);
	}
	io_progress_done(&progress);
	return p->once ? worst(p) : EX_OK;
}

/* See whether Redis may be trusted with the stream. */
static int
check_redis(const struct parent *p)
{
	enum queue_verdict v;
	struct queue_redis *r;

	if ((r = queue_redis_new(p->cf.cache_url, REDIS_MS)) == NULL)
		return -1;
	v = queue_redis_check(r, p->cf.queue_allow_eviction);
	queue_redis_free(r);
	return v == QUEUE_REFUSED ? -1 : 0;
}

static int
forward(struct parent *p)
{
	const char *url = p->cf.ro_url != NULL ? p->cf.ro_url : p->cf.rw_url;
	struct child *c;
	int rc = EX_CONFIG;

	store_export_init(&p->rows);
	if (check_redis(p) == 0 && (p->db = store_db_new(url)) != NULL) {
		store_db_timeouts(p->db, CONNECT_S, ANSWER_S);
		catch_signals(0);
		rc = run(p);
	}
	while ((c = p->children) != NULL) {
		p->children = c->next;
		free_child(c);
	}
	store_export_done(&p->rows);
	store_db_free(p->db);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct parent p = { .once = 0 };
	const char *conf = NULL;
	int ch, rc;

	while ((ch = getopt(argc, argv, "1c:hvV")) != -1)
		switch (ch) {
		case '1':
			p.once = 1;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'v':
			p.verbose = 1;
			break;
		case 'V':
			io_cli_version();
		default:
			io_cli_usage(SYNOPSIS, ch == 'h');
		}
	p.name = argv + optind;
	p.nnames = argc - optind;
	if (conf_file_open(&p.cf, conf) == -1)
		return EX_CONFIG;
	rc = forward(&p);
	conf_file_end(&p.cf);
	return rc;
}
