/* SPDX-License-Identifier: ISC */
/*
 * The GeoIP database that requests use, while the file it came from changes.
 *
 * Requests hold a lock for reading during a lookup of some microseconds; a
 * new database is read without the lock and put in place under it, so they
 * wait for an exchange of pointers and never for a disk.
 *
 * Only one thread opens and looks (run.c), so the path and what is remembered
 * of the file need no lock.  A file is read when it differs from the one that
 * was read last and was the same at two looks in a row: whoever writes it in
 * place has finished then.  A file that was refused is remembered like one
 * that was read, so that it is tried, and warned of, once.
 *
 * With -1 there is one connection, which may never ask: the file is mapped
 * when it does.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "geo/ip.h"
#include "geoip/db.h"
#include "geoip/file.h"

#include "geoip.h"

struct serve_geoip {
	pthread_rwlock_t	 lock;		/* for: */
	struct geoip_db		*db;		/* or NULL */
	int			 brief;		/* ... and not opened yet */
	/* of the thread that opens */
	char			*path;		/* or NULL */
	struct geoip_file_id	 tried;		/* what was read, or refused */
	struct geoip_file_id	 seen;		/* at the last look */
};

struct serve_geoip *
serve_geoip_new(int brief)
{
	struct serve_geoip *g;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn(NULL);
		return NULL;
	}
	g->brief = brief;
	pthread_rwlock_init(&g->lock, NULL);
	return g;
}

void
serve_geoip_free(struct serve_geoip *g)
{
	if (g == NULL)
		return;
	geoip_db_free(g->db);
	pthread_rwlock_destroy(&g->lock);
	free(g->path);
	free(g);
}

/*
 * Put DB in place, or nothing.  When the lock is released no request has the
 * old one any more, so it is freed outside of it: that may take time.
 */
static void
replace_db(struct serve_geoip *g, struct geoip_db *db)
{
	struct geoip_db *old;

	pthread_rwlock_wrlock(&g->lock);
	old = g->db;
	g->db = db;
	pthread_rwlock_unlock(&g->lock);
	geoip_db_free(old);
}

/*
 * Read what is at the path now.  Returns 0, or -1 if it is not used.  The file
 * is looked at before it is read: if it is replaced in between, the next look
 * finds another one and reads again, while the other order would miss that.
 */
static int
read_file_anew(struct serve_geoip *g)
{
	struct geoip_db *db;

	assert(g->path != NULL);
	if (geoip_file_look(&g->tried, g->path) == -1)
		memset(&g->tried, 0, sizeof(g->tried));
	if ((db = geoip_db_new(g->path)) == NULL) {
		if (g->db != NULL)
			warnx("going on with the old GeoIP data");
		return -1;
	}
	replace_db(g, db);
	return 0;
}

int
serve_geoip_open(struct serve_geoip *g, const char *path)
{
	free(g->path);
	g->path = NULL;
	if (path == NULL) {
		replace_db(g, NULL);
		return 0;
	}
	if ((g->path = strdup(path)) == NULL) {
		warn("%s", path);
		return -1;
	}
	return g->brief ? 0 : read_file_anew(g);
}

int
serve_geoip_look(struct serve_geoip *g)
{
	struct geoip_file_id id;
	int rc = 0;

	if (g->path == NULL || geoip_file_look(&id, g->path) == -1)
		return 0;
	if (!geoip_file_same(&id, &g->tried) &&
	    geoip_file_same(&id, &g->seen) && (rc = read_file_anew(g)) == 0)
		warnx("%s: read anew", g->path);
	g->seen = id;
	return rc;
}

/*
 * With -1, map the file when it is asked for first.  BRIEF is tested once more
 * under the lock, and cleared whether this succeeds or not: there is no second
 * attempt in so short a life.
 */
static void
open_brief(struct serve_geoip *g)
{
	pthread_rwlock_wrlock(&g->lock);
	if (g->brief && g->path != NULL)
		g->db = geoip_db_map(g->path);
	g->brief = 0;
	pthread_rwlock_unlock(&g->lock);
}

/*
 * All threads call this.  A file that is mapped, as with -1, finds nothing any
 * more once somebody has written to it; then it is read anew in this thread,
 * the only one that asks, and the question is asked again.
 */
int
serve_geoip_find(struct serve_geoip *g, const struct base_addr *client,
    struct geo_ip *ip)
{
	int found = 0, stale = 0;

	if (!client->is_known)
		return -1;
	if (g->brief)
		open_brief(g);
	pthread_rwlock_rdlock(&g->lock);
	if (g->db != NULL) {
		found = geoip_db_find(g->db, client, ip);
		stale = !found && geoip_db_stale(g->db);
	}
	pthread_rwlock_unlock(&g->lock);
	if (stale && read_file_anew(g) == 0)
		return serve_geoip_find(g, client, ip);
	return found;
}

int64_t
serve_geoip_built_s(struct serve_geoip *g)
{
	int64_t s;

	if (g->brief)
		open_brief(g);
	pthread_rwlock_rdlock(&g->lock);
	s = g->db != NULL ? geoip_db_built_s(g->db) : -1;
	pthread_rwlock_unlock(&g->lock);
	return s;
}
