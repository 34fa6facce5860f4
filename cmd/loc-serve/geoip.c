/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <err.h>
#include <pthread.h>
#include <stdlib.h>

#include "geoip/db.h"

#include "geoip.h"

struct geoip {
	pthread_rwlock_t lock;		/* for: */
	struct geoip_db	*db;		/* or NULL */
};

struct geoip *
geoip_new(void)
{
	struct geoip *g;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_rwlock_init(&g->lock, NULL);
	return g;
}

void
geoip_free(struct geoip *g)
{
	if (g == NULL)
		return;
	geoip_db_free(g->db);
	pthread_rwlock_destroy(&g->lock);
	free(g);
}

int
geoip_open(struct geoip *g, const char *path)
{
	struct geoip_db *db = NULL, *old;

	if (path != NULL && (db = geoip_db_new(path)) == NULL)
		return -1;
	pthread_rwlock_wrlock(&g->lock);
	old = g->db;
	g->db = db;
	pthread_rwlock_unlock(&g->lock);
	geoip_db_free(old);
	return 0;
}

int
geoip_find(struct geoip *g, const char *client, struct locate_ip *ip)
{
	struct sockaddr_storage ss;
	int found;

	if (!geoip_db_parse(&ss, client))
		return -1;
	pthread_rwlock_rdlock(&g->lock);
	found = g->db != NULL &&
	    geoip_db_find(g->db, (struct sockaddr *)&ss, ip);
	pthread_rwlock_unlock(&g->lock);
	return found;
}

int64_t
geoip_built_s(struct geoip *g)
{
	int64_t s;

	pthread_rwlock_rdlock(&g->lock);
	s = g->db != NULL ? geoip_db_built_s(g->db) : -1;
	pthread_rwlock_unlock(&g->lock);
	return s;
}
