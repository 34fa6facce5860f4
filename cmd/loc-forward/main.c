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
#include "queue/redis.h"
#include "store/db.h"

#define SYNOPSIS	"[-1hvV] [-c config] [name ...]"
#define REDIS_MS	10000
#define CONNECT_S	5		/* to the database */
#define ANSWER_S	10

volatile sig_atomic_t forward_stopping, forward_asked, forward_reread;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		forward_asked = 1;
	else if (sig == SIGHUP)
		forward_reread = 1;
	else
		forward_stopping = 1;
}

/* A second signal to stop does not wait. */
void
forward_signals(int is_child)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_flags = is_child ? (int)SA_RESETHAND : 0;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* See whether Redis may be trusted with the stream. */
static int
check_redis(const struct forward_parent *p)
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
serve_rows(struct forward_parent *p)
{
	const char *key = p->cf.ro_url != NULL ? "ro_url" : "rw_url";
	const char *url = p->cf.ro_url != NULL ? p->cf.ro_url : p->cf.rw_url;
	struct forward_child *c;
	int rc = EX_CONFIG;

	store_export_init(&p->rows);
	if (check_redis(p) == 0 && (p->db = store_db_new(key, url)) != NULL) {
		store_db_timeouts(p->db, CONNECT_S, ANSWER_S);
		forward_signals(0);
		rc = forward_parent(p);
	}
	while ((c = p->children) != NULL) {
		p->children = c->next;
		forward_child_free(c);
	}
	store_export_done(&p->rows);
	store_db_free(p->db);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct forward_parent p = { .once = 0 };
	const char *conf = NULL;
	int ch, rc;

	while ((ch = io_cli_next(argc, argv, "1c:v", SYNOPSIS)) != -1)
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
		}
	p.name = argv + optind;
	p.nnames = argc - optind;
	if (conf_file_open(&p.cf, conf) == -1 ||
	    conf_file_need(&p.cf, &p.cf.cache_url) == -1 ||
	    (p.cf.ro_url == NULL &&
	    conf_file_need(&p.cf, &p.cf.rw_url) == -1))
		return EX_CONFIG;
	rc = serve_rows(&p);
	conf_file_end(&p.cf);
	return rc;
}
