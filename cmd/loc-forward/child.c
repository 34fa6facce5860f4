/* SPDX-License-Identifier: ISC */
/*
 * Children: one for each target that the table has and that is ours.
 *
 * A child goes through these states, looked at ten times a second:
 *
 *	due	pid 0; it is started when due_ms is past and no other child of
 *		the same name runs
 *	running	pid set
 *	told	it was sent the signal to stop, as it is not wanted any more
 *		(gone) or all are to stop
 *	ended	pid 0 again: a gone one is freed, any other is due again, later
 *		each time if it ends by itself
 *
 * A row that has changed makes its child gone and another one due, so that no
 * two processes deliver to one target with different settings.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "forward.h"

#define BACK_OFF_MS	1000		/* before a child starts again; */
#define MAX_BACK_OFF_MS	60000		/* ... doubles up to this */

/*
 * Become the child that delivers to C's target.  The signal of the parent's
 * death is asked for first and the parent looked for afterwards: if it died
 * before that, it is noticed here.  Signals are released last, when all of
 * them have the child's handlers.
 */
static void __attribute__((noreturn))
become_child(struct forward_parent *p, struct forward_child *c, pid_t parent)
{
	forward_signals_child();
	prctl(PR_SET_PDEATHSIG, FORWARD_SIGNALS_STOP);
	if (getppid() != parent)
		exit(EX_TEMPFAIL);
	forward_signals_release();
	setproctitle("%s", c->row.name);
	exit(forward_target(&p->cf, &c->row, c->stats, p->once, p->verbose));
}

/* Start C; signals are held around the fork, see signals.c. */
static void
start_child(struct forward_parent *p, struct forward_child *c)
{
	pid_t parent = getpid();

	assert(c->pid == 0 && !c->gone);
	c->started_ms = base_clock_mono_ms();
	c->told = 0;
	c->stats->in_flight = 0;
	c->stats->failing = 0;
	forward_signals_hold();
	if ((c->pid = fork()) == 0)
		become_child(p, c, parent);
	forward_signals_release();
	if (c->pid == -1) {
		warn("fork");
		c->pid = 0;
		c->due_ms = c->started_ms + BACK_OFF_MS;
	}
}

/* Tell C to stop, once more for each signal that we get. */
static void
stop_child(struct forward_child *c)
{
	int told = c->gone && !forward_signals_stop ? 1 :
	    forward_signals_stop;

	if (c->pid > 0 && c->told < told)
		kill(c->pid, FORWARD_SIGNALS_STOP);
	c->told = told;
}

/*
 * C has ended: say so if it should not have, and when it is to start again.
 * The wait doubles with each death in a row, from a second to a minute, so
 * that a target that kills its process at once does not keep the host busy.
 * One that ran for more than a minute begins anew.  One that was told to stop
 * has no death on its account.
 */
static void
note_end(struct forward_parent *p, struct forward_child *c, int status)
{
	int64_t ms = BACK_OFF_MS, now = base_clock_mono_ms();

	c->pid = 0;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : EX_TEMPFAIL;
	if (WIFSIGNALED(status) && c->told < 2)
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

/*
 * Bury the children that have ended.  A pid that is not in the list is none of
 * ours: we may have been started by a process that left us its children.
 */
static void
reap_children(struct forward_parent *p)
{
	struct forward_child *c;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (c = p->children; c != NULL; c = c->next)
			if (c->pid == pid)
				note_end(p, c, status);
}

/* 1 if the row is of a target that we deliver to. */
static int
is_ours(const struct forward_parent *p, const struct store_export *row)
{
	int i;

	if (!row->usable || row->schema == STORE_EXPORT_INTERNAL)
		return 0;
	for (i = 0; i < p->nnames; i++)
		if (strcmp(p->name[i], row->name) == 0)
			return 1;
	return p->nnames == 0;
}

/*
 * A child for ROW, due at once; or NULL after a warning.  The statistics are
 * in memory that is shared over the fork, and are the parent's to free, so
 * they outlive every process that writes them.
 */
static struct forward_child *
new_child(const struct store_export *row)
{
	struct forward_child *c;

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

/*
 * Make children follow the rows: a changed row is an old and a new one.  Rows
 * are compared byte by byte, so they must hold no padding that is not set:
 * store_export_load() clears them.  A child without memory is left out, and
 * made at the next look.
 */
void
forward_child_follow(struct forward_parent *p)
{
	const struct store_export *row;
	struct forward_child **at, *c;
	size_t i;

	for (c = p->children; c != NULL; c = c->next) {
		row = store_export_find(&p->rows, c->row.name);
		if (row == NULL || !is_ours(p, row) ||
		    memcmp(row, &c->row, sizeof(*row)) != 0 || p->changed)
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

void
forward_child_free(struct forward_child *c)
{
	assert(c->pid == 0);
	munmap(c->stats, sizeof(*c->stats));
	free(c);
}

/*
 * 1 if an earlier child still delivers to the target of C.  The list is in the
 * order of making, so only those before it can be.
 */
static int
is_taken(const struct forward_parent *p, const struct forward_child *c)
{
	const struct forward_child *o;

	for (o = p->children; o != c; o = o->next)
		if (strcmp(o->row.name, c->row.name) == 0)
			return 1;
	return 0;
}

/*
 * Start and stop what is to be.  Returns how many children there are.  Only
 * the parent calls this, ten times a second; it never waits.
 */
int
forward_child_tend(struct forward_parent *p)
{
	struct forward_child **at = &p->children, *c;
	int64_t now = base_clock_mono_ms();
	int n = 0;

	reap_children(p);
	while ((c = *at) != NULL) {
		if (c->gone || forward_signals_stop)
			stop_child(c);
		if (c->pid == 0 && c->gone) {
			*at = c->next;
			forward_child_free(c);
			continue;
		}
		if (c->pid == 0 && !forward_signals_stop && now >= c->due_ms &&
		    !(p->once && c->started_ms != 0) && !is_taken(p, c))
			start_child(p, c);
		n += c->pid != 0;
		at = &c->next;
	}
	return n;
}
