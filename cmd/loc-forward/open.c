/* SPDX-License-Identifier: ISC */
/*
 * What the parent makes of the configuration, at the start and whenever it is
 * read anew: all of it or nothing.  Children have the configuration that was
 * there when they were started, so a new one means new children.
 */
#include <err.h>
#include <sysexits.h>

#include "forward.h"
#include "queue/redis.h"
#include "store/db.h"
#include "store/version.h"

#define REDIS_MS	10000
#define CONNECT_S	5		/* to the database */
#define ANSWER_S	10

/*
 * See whether Redis may be trusted with the stream; one that is away may be
 * the right one.  Says what was found if asked to.
 */
static int
check_servers(const struct forward_parent *p)
{
	struct queue_redis *r;
	enum queue_verdict v;

	if ((r = queue_redis_new(p->cf.cache_url, REDIS_MS)) == NULL)
		return -1;
	v = queue_redis_check(r, p->cf.queue_allow_eviction);
	if (v == QUEUE_REFUSED ||
	    store_version_check(p->db) == STORE_VERSION_WRONG) {
		queue_redis_free(r);
		return -1;
	}
	if (p->verbose)
		warnx("%s, %s, %s, stream %s: ready", p->cf.path,
		    store_db_where(p->db), queue_redis_where(r),
		    p->cf.queue_stream);
	queue_redis_free(r);
	/* Children must not have a part in the connection. */
	store_db_disconnect(p->db);
	return 0;
}

/*
 * Of the database only the table of targets is read, so the account that may
 * only read is preferred.
 */
int
forward_open(struct forward_parent *p)
{
	const char *key, *url;

	store_export_init(&p->rows);
	if (conf_file_open(&p->cf, p->conf) == -1)
		return EX_CONFIG;
	if (conf_file_need(&p->cf, &p->cf.cache_url) == -1 ||
	    (p->cf.ro_url == NULL &&
	    conf_file_need(&p->cf, &p->cf.rw_url) == -1))
		return EX_CONFIG;
	key = p->cf.ro_url != NULL ? "ro_url" : "rw_url";
	url = p->cf.ro_url != NULL ? p->cf.ro_url : p->cf.rw_url;
	if ((p->db = store_db_new(key, url, p->cf.ro_url != NULL ?
	    STORE_DB_STALE : STORE_DB_CAUSAL)) == NULL)
		return EX_CONFIG;
	store_db_timeouts(p->db, CONNECT_S, ANSWER_S);
	return check_servers(p) == -1 ? EX_CONFIG : EX_OK;
}

/* All children have ended by now: forward_child_free() asserts it. */
void
forward_close(struct forward_parent *p)
{
	struct forward_child *c;

	while ((c = p->children) != NULL) {
		p->children = c->next;
		forward_child_free(c);
	}
	store_export_done(&p->rows);
	store_db_free(p->db);
	conf_file_end(&p->cf);
}

/*
 * The new configuration is opened beside the old one and replaces it only when
 * all of it is good.  One that says the same changes nothing but has the rows
 * read at once, so a HUP never interrupts deliveries for no reason.  Children
 * are not told: they are replaced, each when its last request is done.
 */
void
forward_reopen(struct forward_parent *p)
{
	struct forward_parent new = { .conf = p->conf, .verbose = p->verbose };

	forward_signals_reload = 0;
	if (forward_open(&new) != EX_OK) {
		warnx("going on with the old configuration");
		forward_close(&new);
		return;
	}
	p->read_ms = 0;			/* also look at the rows again */
	if (conf_file_same(&p->cf, &new.cf)) {
		forward_close(&new);
		return;
	}
	store_db_free(p->db);
	conf_file_end(&p->cf);
	p->db = new.db;
	p->cf = new.cf;
	p->changed = 1;
	store_export_done(&new.rows);
}
