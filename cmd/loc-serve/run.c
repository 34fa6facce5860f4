/* SPDX-License-Identifier: ISC */
/*
 * loc-serve as a service: from the sockets to the last request.
 *
 * The order of the start is that of rights and promises.  Sockets are opened
 * first, as low ports need root; then the process becomes its user; then all
 * is opened that requests need, with the rights that it will have later, so
 * that a HUP can do it again; and only when a request could be answered is
 * readiness told.
 *
 * The main thread then does nothing but wait for signals and, once a second,
 * look after what changes by itself: the GeoIP file, the index, and
 * configurations that
 * no request uses any more.  A HUP makes a whole new struct serve.  If any
 * part of it fails, the old one stays in use and nothing has changed; if not,
 * requests that begin from then on use the new one, and the old one is freed
 * when the last request that began with it has ended: http_server_change()
 * tells of that in some thread, which only sets a flag.
 */
#include <assert.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "http/listen.h"
#include "http/server.h"
#include "io/logger.h"
#include "io/notify.h"
#include "io/privs.h"
#include "queue/limit.h"
#include "queue/local.h"

#include "geoip.h"
#include "index.h"
#include "metrics.h"
#include "run.h"
#include "serve.h"

#define TICK_S		1	/* between looks for what there is to do */

struct server {
	const struct serve_run_options *o;
	struct http_listen	 sockets;
	struct http_server		*http;
	struct io_logger	*log;
	struct serve_geoip		*geoip;
	struct serve_index		*index;		/* or NULL */
	struct queue_local	*local;		/* calls, over all HUPs */
	struct serve		*serve;		/* older ones follow it */
};

/*
 * The start, -C and each HUP read the configuration by this, so what -C finds
 * right will be taken.
 */
int
serve_run_load(const struct serve_run_options *o, struct conf_file *cf)
{
	if (conf_file_open(cf, o->conf) == -1)
		return -1;
	if ((o->index != NULL || conf_file_need(cf, &cf->ro_url) == 0) &&
	    serve_check(cf) == 0)
		return 0;
	conf_file_end(cf);
	return -1;
}

/* The sockets of -l, else those handed over, else of the configuration. */
static int
open_sockets(struct server *v, const char *where)
{
	struct http_listen *l = &v->sockets;
	char name[HTTP_LISTEN_NAME_LEN];
	size_t i;

	if (v->o->listen == NULL && http_listen_inherited(l) == -1)
		return -1;
	if (l->n == 0 && http_listen_open(l, v->o->listen != NULL ?
	    v->o->listen : where) == -1)
		return -1;
	for (i = 0; i < l->n && v->o->verbose; i++) {
		http_listen_name(l->at[i].fd, name);
		warnx("listening on %s", name);
	}
	return 0;
}

/*
 * Whom to become: -u, [http] user, or for root the owner of the spool, to
 * whom root's segments would be of no use.  Returns 1, 0 for nobody, or -1
 * after a warning.
 */
static int
find_run_user(const struct serve_run_options *o, const struct conf_file *cf,
    struct io_privs *p)
{
	const char *user = o->user != NULL ? o->user : cf->http_user;
	const char *why;
	int rc;

	if (user != NULL) {
		if ((why = io_privs_find(p, user)) == NULL)
			return 1;
		warnx("%s: %s", user, why);
		return -1;
	}
	if (geteuid() != 0)
		return 0;
	if ((rc = io_privs_owner(p, cf->spool_dir)) == 1)
		rc = p->uid != 0;
	if (rc == 0 && !o->once)
		warnx("running as root: set [http] user");
	return rc;
}

/*
 * What root has made so far is given to the user first.  The configuration is
 * read once more afterwards: a HUP will have to, and it is better to be told
 * now that the user may not.
 */
int
serve_run_become(const struct serve_run_options *o, const struct conf_file *cf,
    const struct http_listen *sockets)
{
	struct conf_file again;
	struct io_privs p;
	int rc;

	if ((rc = find_run_user(o, cf, &p)) != 1)
		return rc == 0 ? EX_OK : EX_CONFIG;
	if (geteuid() != 0) {
		if (geteuid() != p.uid)
			warnx("not root: cannot become user %s", p.name);
		return EX_OK;
	}
	if ((sockets != NULL &&
	    http_listen_chown(sockets, p.uid, p.gid) == -1) ||
	    io_privs_make_dir(&p, cf->spool_dir) == -1 ||
	    io_privs_drop(&p) == -1)
		return EX_OSERR;
	if (o->once)
		return EX_OK;
	if (serve_run_load(o, &again) == -1)
		warnx("the configuration cannot be read again as user %s",
		    p.name);
	else
		conf_file_end(&again);
	return EX_OK;
}

int
serve_run_drop(const struct serve_run_options *o, const struct conf_file *cf)
{
	struct io_privs p;
	int rc;

	if ((rc = find_run_user(o, cf, &p)) != 1 || geteuid() != 0)
		return rc == -1 ? -1 : 0;
	return io_privs_drop(&p);
}

/*
 * Tell whoever waits that requests are answered: systemd, and a newline to the
 * descriptor of -r.  Neither is a reason to stop if it fails.
 */
static void
tell_ready(int fd)
{
	io_notify_ready();
	if (fd == -1)
		return;
	if (write(fd, "\n", 1) != 1)
		warn("-r %d", fd);
	if (fd > STDERR_FILENO)
		close(fd);
}

/*
 * RC is of opening the GeoIP file that is configured, or a new version.  A
 * server without one works, only less well, so the operators are told and
 * nothing else.
 */
static void
report_geoip(struct server *v, int rc)
{
	const char *path = v->serve->conf->geoip_path;

	if (path == NULL)
		serve_metrics_fault(v->serve, "no GeoIP file is configured",
		    NULL);
	else if (rc == -1)
		serve_metrics_fault(v->serve, "the GeoIP file cannot be used",
		    path);
}

/*
 * Release what no request is answered with any more.  Only the main thread
 * calls this, once a second: the thread that ends the last request only sets a
 * flag, as the release may wait for the spool, and the thread has a client to
 * serve.
 */
static void
free_unused(struct server *v)
{
	struct serve **p = &v->serve->next, *s;

	assert(!atomic_load(&v->serve->unused));	/* it is in use */
	while ((s = *p) != NULL)
		if (atomic_load(&s->unused)) {
			*p = s->next;
			serve_free(s);
		} else
			p = &s->next;
}

/* Say what of the new configuration cannot take effect. */
static void
warn_restart_only(const struct conf_file *old, const struct conf_file *new)
{
	const char *was = old->http_user != NULL ? old->http_user : "";
	const char *is = new->http_user != NULL ? new->http_user : "";

	if (strcmp(old->http_listen, new->http_listen) != 0)
		conf_file_warn(new, &new->http_listen, NULL,
		    "changes with a restart only");
	if (strcmp(was, is) != 0)
		conf_file_warn(new, &new->http_user, NULL,
		    "changes with a restart only");
}

/* See serve_new(). */
static struct serve *
new_serve(const struct server *v, struct conf_file *cf, int *status)
{
	const struct serve_shared with = { .geoip = v->geoip,
	    .index = v->index, .log = v->log, .local = v->local };

	return serve_new(cf, &with, status);
}

/*
 * A new configuration for requests that begin from now on, if all of it is
 * good; and the files that are remembered.
 */
static void
reload_conf(struct server *v)
{
	struct serve *s = NULL;
	struct conf_file cf;
	int status;

	if (serve_run_load(v->o, &cf) == 0) {
		s = new_serve(v, &cf, &status);
		conf_file_end(&cf);
	}
	if (s == NULL) {
		warnx("going on with the old configuration");
		return;
	}
	warn_restart_only(v->serve->conf, s->conf);
	s->next = v->serve;
	v->serve = s;
	report_geoip(v, serve_geoip_open(v->geoip, v->serve->conf->geoip_path));
	http_server_change(v->http, &s->http);
	warnx("reloaded");
}

/*
 * The main thread from the start to the end.  Signals are blocked in all
 * threads and taken here, one at a time, so nothing is ever done in a handler.
 */
static void
wait_for_signals(struct server *v, const sigset_t *set)
{
	const struct timespec tick = { .tv_sec = TICK_S };
	int sig;

	for (;;) {
		sig = sigtimedwait(set, NULL, &tick);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (sig == SIGHUP) {
			io_notify_reloading();
			reload_conf(v);
			io_notify_ready();
		}
		free_unused(v);
		if (v->index != NULL)
			serve_index_look(v->index);
		if (serve_geoip_look(v->geoip) == -1)
			report_geoip(v, -1);
	}
}

/*
 * This is all of the start that needs the sockets, and the service itself.
 * What was made stays in V for serve_run() to release, also after a failure.
 */
static int
serve_until_stopped(struct server *v, struct conf_file *cf, const sigset_t *set)
{
	int status;

	if ((status = serve_run_become(v->o, cf, &v->sockets)) != EX_OK)
		return status;
	/* No warning is to hold up a request. */
	if ((v->log = io_logger_new(STDERR_FILENO)) == NULL)
		return EX_OSERR;
	stderr = io_logger_stream(v->log);
	if ((v->geoip = serve_geoip_new(0)) == NULL ||
	    (v->local = queue_local_new(QUEUE_LIMIT_LOCAL)) == NULL)
		return EX_OSERR;
	if (v->o->index != NULL &&
	    (v->index = serve_index_new(v->o->index)) == NULL)
		return EX_NOINPUT;
	if ((v->serve = new_serve(v, cf, &status)) == NULL)
		return status;
	report_geoip(v, serve_geoip_open(v->geoip, v->serve->conf->geoip_path));
	if ((v->http = http_server_open(&v->sockets, &v->serve->http)) == NULL)
		return EX_UNAVAILABLE;
	tell_ready(v->o->ready);
	wait_for_signals(v, set);
	io_notify_stopping();
	return EX_OK;
}

/*
 * The order at the end: no new connections and no more requests, then what
 * requests used, then what warnings go through.  Sockets of the file system
 * are removed only when nobody answers on them any more.
 */
int
serve_run(const struct serve_run_options *o, struct conf_file *cf,
    const sigset_t *set)
{
	struct server v = { .o = o };
	FILE *direct = stderr;
	int status = EX_UNAVAILABLE;
	struct serve *s;

	if (open_sockets(&v, cf->http_listen) == 0)
		status = serve_until_stopped(&v, cf, set);
	http_server_end(v.http, SERVE_RUN_STOP_S);
	http_listen_end(&v.sockets);
	while ((s = v.serve) != NULL) {
		v.serve = s->next;
		serve_free(s);
	}
	queue_local_free(v.local);
	serve_index_free(v.index);
	serve_geoip_free(v.geoip);
	stderr = direct;
	io_logger_free(v.log, SERVE_RUN_LOG_MS);
	return status;
}
