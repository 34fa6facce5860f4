/* SPDX-License-Identifier: ISC */
/*
 * Two ways to the same database.  geoip_db_new() copies the file into memory
 * that has no name, so that nobody can change it, and tries nodes all over it
 * before the first question: that takes a while and is right for services.
 * geoip_db_map() maps the file as it lies there, which costs nothing, and is
 * right for a process that answers one question.  A file that was written to
 * just now cannot be told from one that is written to again, so it is copied.
 *
 * In either way the file is checked against its own size before libmaxminddb
 * sees it (geoip/check.c), and everything that reads it runs under
 * io_mapped_guard().  After an answer from a map the identity of the file is
 * compared once more: what was read from a file that has changed is no answer.
 *
 * A database never changes once it is open, so any number of threads may ask
 * it at once.  Many addresses share a record, and to read one takes ten times
 * as long as to find it: so of a service's the last ones that were read are
 * kept, each in the one place that the offset of its record has for it.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/addr.h"
#include "geo/ip.h"
#include "geoip/check.h"
#include "geoip/db.h"
#include "geoip/file.h"
#include "geoip/record.h"
#include "io/mapped.h"

#define SETTLED_S	2	/* no file system's times are coarser */
#define KEPT		4096	/* records; the rest of an offset is below */
#define LOCKS		64	/* for those whose places differ by as many */

/* A record that was read. */
struct kept {
	uint32_t	offset;
	int		is_set;
	int		is_usable;	/* and what it says is IP */
	struct geo_ip	ip;
};

struct kept_list {
	pthread_mutex_t	lock[LOCKS];
	struct kept	at[KEPT];
};

struct geoip_db {
	MMDB_s			mmdb;
	struct kept_list	*kept;		/* or NULL */
	int			mapped;		/* descriptor, or -1 */
	struct geoip_file_id	id;		/* of what is mapped */
};

/* A file being opened. */
struct opening {
	struct geoip_db	*db;
	int		 fd;
	int		 rc;		/* of the library */
	int		 whole;		/* check it, too */
};

/*
 * Open and check the file in O, under io_mapped_guard(): somebody may cut
 * it meanwhile.
 */
static void
open_fd(void *arg)
{
	struct opening *o = arg;
	char path[32];

	if ((o->rc = geoip_check_size(o->fd)) != MMDB_SUCCESS)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", o->fd);
	o->rc = MMDB_open(path, MMDB_MODE_MMAP, &o->db->mmdb);
	if (o->rc != MMDB_SUCCESS || !o->whole)
		return;
	if ((o->rc = geoip_check(&o->db->mmdb)) != MMDB_SUCCESS)
		MMDB_close(&o->db->mmdb);
}

/* The database in FD, which is that of PATH; NULL after a warning. */
static struct geoip_db *
new_db(const char *path, int fd, int whole)
{
	struct opening o = { .fd = fd, .whole = whole,
	    .rc = MMDB_IO_ERROR };
	const char *type;

	if ((o.db = calloc(1, sizeof(*o.db))) == NULL) {
		warn("%s", path);
		return NULL;
	}
	o.db->mapped = -1;
	if (io_mapped_guard(open_fd, &o) == -1 || o.rc != MMDB_SUCCESS) {
		warnx("%s: %s", path, MMDB_strerror(o.rc));
		free(o.db);
		return NULL;
	}
	type = o.db->mmdb.metadata.database_type;
	if (strcasestr(type, "city") == NULL) {
		warnx("%s: expected a city database, this is \"%.40s\"", path,
		    type);
		geoip_db_free(o.db);
		return NULL;
	}
	return o.db;
}

/* Without memory for it every record is read whenever it is asked for. */
static struct kept_list *
new_kept(void)
{
	struct kept_list *k;
	size_t i;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	for (i = 0; i < LOCKS; i++)
		pthread_mutex_init(&k->lock[i], NULL);
	return k;
}

static void
free_kept(struct kept_list *k)
{
	size_t i;

	for (i = 0; k != NULL && i < LOCKS; i++)
		pthread_mutex_destroy(&k->lock[i]);
	free(k);
}

struct geoip_db *
geoip_db_new(const char *path)
{
	struct geoip_db *db;
	int fd;

	if ((fd = geoip_file_copy(path)) == -1)
		return NULL;
	if ((db = new_db(path, fd, 1)) != NULL)
		db->kept = new_kept();
	close(fd);
	return db;
}

/*
 * Times are coarse: of a file that was written to just now it cannot be told
 * whether it is written to again.
 */
static int
has_settled(const struct geoip_file_id *id)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - id->ctime.tv_sec >= SETTLED_S;
}

struct geoip_db *
geoip_db_map(const char *path)
{
	struct geoip_file_id id;
	struct geoip_db *db;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    geoip_file_look_fd(&id, fd) == -1) {
		warn("%s", path);
		if (fd != -1)
			close(fd);
		return NULL;
	}
	if (!has_settled(&id)) {
		close(fd);
		return geoip_db_new(path);
	}
	if ((db = new_db(path, fd, 0)) == NULL) {
		close(fd);
		return NULL;
	}
	db->mapped = fd;
	db->id = id;
	return db;
}

void
geoip_db_free(struct geoip_db *db)
{
	if (db == NULL)
		return;
	MMDB_close(&db->mmdb);
	if (db->mapped != -1)
		close(db->mapped);
	free_kept(db->kept);
	free(db);
}

int64_t
geoip_db_built_s(const struct geoip_db *db)
{
	return (int64_t)db->mmdb.metadata.build_epoch;
}

int
geoip_db_stale(const struct geoip_db *db)
{
	struct geoip_file_id id;

	return db->mapped != -1 && (geoip_file_look_fd(&id, db->mapped) ==
	    -1 || !geoip_file_same(&id, &db->id));
}

/* A question and its answer, for look_up_address() under the guard. */
struct finding {
	const struct geoip_db	*db;
	const struct sockaddr	*sa;
	struct geo_ip	*ip;
	int			 found;
};

/*
 * Read the record E into IP, or recall it.  Returns 1 if it can be used.  No
 * lock is held while it is read, as the guard may end that at any point.
 */
static int
read_or_recall(struct kept_list *k, MMDB_entry_s *e, struct geo_ip *ip)
{
	struct kept got = { .offset = e->offset, .is_set = 1 }, *one;
	pthread_mutex_t *lock;

	if (k == NULL)
		return geoip_record_read(e, ip);
	one = &k->at[e->offset % KEPT];
	lock = &k->lock[e->offset % LOCKS];
	pthread_mutex_lock(lock);
	if (one->is_set && one->offset == e->offset) {
		got = *one;
		pthread_mutex_unlock(lock);
	} else {
		pthread_mutex_unlock(lock);
		got.is_usable = geoip_record_read(e, &got.ip);
		pthread_mutex_lock(lock);
		*one = got;
		pthread_mutex_unlock(lock);
	}
	if (got.is_usable)
		*ip = got.ip;
	return got.is_usable;
}

static void
look_up_address(void *arg)
{
	struct finding *f = arg;
	MMDB_lookup_result_s hit;
	int rc = MMDB_SUCCESS;

	hit = MMDB_lookup_sockaddr(&f->db->mmdb, f->sa, &rc);
	f->found = rc == MMDB_SUCCESS && hit.found_entry &&
	    read_or_recall(f->db->kept, &hit.entry, f->ip);
}

/* The library takes addresses of IPv4 as what they are. */
static void
set_sockaddr(struct sockaddr_storage *ss, const struct base_addr *a)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (base_addr_is_v4(a)) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, a->byte + BASE_ADDR_V4, 4);
	} else {
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, a->byte, sizeof(a->byte));
	}
}

int
geoip_db_find(const struct geoip_db *db, const struct base_addr *a,
    struct geo_ip *ip)
{
	struct sockaddr_storage ss;
	struct finding f = { db, (struct sockaddr *)&ss, ip, 0 };

	assert(a->is_known);
	set_sockaddr(&ss, a);
	if (io_mapped_guard(look_up_address, &f) == -1)
		return 0;
	return f.found && !geoip_db_stale(db);
}
