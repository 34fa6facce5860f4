/* SPDX-License-Identifier: ISC */
/*
 * All tiles, zoom after zoom.  A zoom is divided into parts of some hundred
 * keys, which the threads take in the order of the curve; each has a picture
 * and an encoder of its own.
 *
 * Files of a directory are written as their tiles are made.  An archive wants
 * its tiles in order: a thread gathers those of its part, and waits until the
 * parts before it were written.  Parts are begun in their order, so somebody
 * is always at work on the one that the others wait for.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "io/signals.h"
#include "map/key.h"
#include "map/png.h"
#include "map/raster.h"
#include "map/walk.h"

#include "mapgen.h"

#define PART_MIN	64		/* keys */
#define PART_MAX	2048

/* A tile that waits to go into the archive. */
struct waiting {
	unsigned	 z;
	uint32_t	 x, y;
	size_t		 len;
};

/* What a thread has of its own. */
struct painter {
	struct render		*render;
	struct map_raster	*raster;
	struct map_png		*png;
	struct mapgen_tree	 tree;
	struct base_buf		 data;		/* for the archive */
	struct base_buf		 list;		/* struct waiting, of data */
};

struct render {
	struct mapgen		*m;
	struct mapgen_archive	*archive;	/* or NULL */
	struct base_buf		 overview;	/* beside it */
	struct painter		*painter;	/* m->threads */
	unsigned		 z;
	struct map_walk_tile	*part;
	size_t			 nparts, cap;
	/* whose turn it is with the archive */
	pthread_mutex_t		 lock;
	pthread_cond_t		 turned;
	size_t			 turn;
	int			 failed;
};

/*
 * Descriptors are set before anything can fail: they were zeros, and
 * end_painter() would close the standard input.  0, or -1 after a warning; what
 * was begun is for end_painter().
 */
static int
begin_painter(struct painter *p, struct render *r, unsigned size)
{
	p->render = r;
	p->tree.dir = p->tree.column = -1;
	base_buf_init(&p->data);
	base_buf_init(&p->list);
	p->raster = map_raster_new(size);
	p->png = map_png_new(size);
	if (p->raster == NULL || p->png == NULL) {
		warn(NULL);
		return -1;
	}
	p->raster->least = r->m->even ? MAP_RASTER_LEAST : 0;
	return r->m->dir != NULL ? mapgen_tree_open(&p->tree, r->m) : 0;
}

/* Also of one that begin_painter() gave up. */
static void
end_painter(struct painter *p)
{
	map_raster_free(p->raster);
	map_png_free(p->png);
	mapgen_tree_end(&p->tree);
	base_buf_done(&p->data);
	base_buf_done(&p->list);
}

/*
 * Make tile T and give it to whoever wants it.  A directory takes it at once;
 * for an archive it is copied, as the encoder's bytes last until the next tile
 * only.  The overview, which is larger than a tile, does not go into it: an
 * archive has one picture of a tile.
 */
static int
paint_tile(void *arg, const struct map_walk_tile *t)
{
	struct painter *p = arg;
	struct mapgen *m = p->render->m;
	const struct waiting w = { t->z, t->x, t->y, 0 };
	struct waiting *last;
	const uint8_t *data;
	size_t len;

	if (io_signals_stop)
		return -1;
	map_raster_draw(p->raster, m->keys, m->n, t);
	data = map_png_encode(p->png, p->raster, &len);
	atomic_fetch_add(&m->tiles, 1);
	if (p->raster->size > MAP_RASTER_SIZE)
		base_buf_add(&p->render->overview, data, len);
	else if (p->render->archive != NULL) {
		base_buf_add(&p->data, data, len);
		base_buf_add(&p->list, &w, sizeof(w));
		if (!base_buf_ok(&p->data) || !base_buf_ok(&p->list)) {
			warnx("out of memory");
			return -1;
		}
		last = (struct waiting *)(void *)(p->list.data +
		    p->list.len - sizeof(w));
		last->len = len;
	}
	return m->dir == NULL ? 0 : mapgen_tree_put(&p->tree, m, t,
	    p->raster->size > MAP_RASTER_SIZE, data, len);
}

/*
 * What P has gathered goes into the archive, which only the thread whose turn
 * it is may touch.
 */
static int
empty_painter(struct painter *p)
{
	const struct waiting *w = (const void *)p->list.data;
	size_t i, n = p->list.len / sizeof(*w);
	const char *data = p->data.data;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; data += w[i++].len)
		rc = mapgen_archive_put(p->render->archive, w[i].z, w[i].x,
		    w[i].y, data, w[i].len);
	base_buf_reset(&p->data);
	base_buf_reset(&p->list);
	return rc;
}

/*
 * Wait for the parts before PART, and then write what P has gathered.  OK is 0
 * if P failed to make its part: then all others fail as well, without waiting,
 * for a turn that never comes.  Everybody is woken each time, as only the one
 * with the next part knows that it is meant.
 */
static int
take_archive_turn(struct render *r, struct painter *p, size_t part, int ok)
{
	int rc;

	pthread_mutex_lock(&r->lock);
	while (ok && r->turn != part && !r->failed)
		pthread_cond_wait(&r->turned, &r->lock);
	if (!ok || r->failed || empty_painter(p) == -1)
		r->failed = 1;
	r->turn++;
	rc = r->failed ? -1 : 0;
	pthread_cond_broadcast(&r->turned);
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/*
 * Without an archive nobody waits for anybody.  Progress is shown by one
 * thread, the caller's, as it writes to the terminal without a lock.
 */
static int
paint_part(void *arg, unsigned thread, size_t part)
{
	struct render *r = arg;
	struct painter *p = &r->painter[thread];
	struct mapgen *m = r->m;
	int rc;

	assert(thread < m->threads && part < r->nparts);
	rc = map_walk_zoom(m->keys, &r->part[part], r->z, paint_tile, p);
	if (r->archive != NULL)
		rc = take_archive_turn(r, p, part, rc == 0);
	if (thread == 0)
		io_progress_show(&m->progress, m->tiles, -1);
	return rc;
}

/*
 * Parts are listed before they are painted, since threads take them by their
 * numbers.
 */
static int
add_zoom_part(void *arg, const struct map_walk_tile *t)
{
	struct render *r = arg;
	struct map_walk_tile *grown;
	size_t cap = 2 * r->cap + 1024;

	if (r->nparts == r->cap) {
		grown = reallocarray(r->part, cap, sizeof(*grown));
		if (grown == NULL) {
			warn(NULL);
			return -1;
		}
		r->part = grown;
		r->cap = cap;
	}
	r->part[r->nparts++] = *t;
	return 0;
}

/*
 * There are some 64 parts for each thread, so that all end at about the same
 * time although parts are unequal; but none is so small that taking it costs
 * more than painting it, nor so large that a thread gathers many tiles while it
 * waits for its turn.  Zooms follow one another, as an archive has its tiles in
 * that order.  0, or -1 after a warning or when stopped.
 */
static int
render_zoom(struct render *r, unsigned z)
{
	const struct mapgen *m = r->m;
	struct map_walk_tile world = map_walk_world(m->n);
	size_t max = m->n / m->threads / 64;

	max = max < PART_MIN ? PART_MIN : max > PART_MAX ? PART_MAX : max;
	r->z = z;
	r->nparts = r->turn = 0;
	if (map_walk_parts(m->keys, &world, z, max, add_zoom_part, r) == -1)
		return -1;
	return base_parallel_run(m->threads, r->nparts, paint_part, r);
}

/*
 * The whole world once more, in twice as many pixels each way, for screens that
 * have them: it is what everybody sees first.
 */
static int
render_overview(struct render *r)
{
	struct map_walk_tile world = map_walk_world(r->m->n);
	struct painter p = { .render = r };
	int rc;

	rc = begin_painter(&p, r, 2 * MAP_RASTER_SIZE);
	if (rc == 0)
		rc = paint_tile(&p, &world);
	end_painter(&p);
	return rc;
}

/*
 * Painters live for all zooms: a new picture would have to be cleared as a
 * whole, while the next tile of an old one clears what was lit.  0, or -1 after
 * a warning or when stopped.
 */
static int
render_all(struct render *r)
{
	unsigned i, z;
	int rc = 0;

	for (i = 0; i < r->m->threads; i++)
		if (begin_painter(&r->painter[i], r, MAP_RASTER_SIZE) == -1)
			rc = -1;
	for (z = 0; rc == 0 && z <= r->m->zoom; z++)
		rc = render_zoom(r, z);
	if (rc == 0)
		rc = render_overview(r);
	for (i = 0; i < r->m->threads; i++)
		end_painter(&r->painter[i]);
	return rc;
}

/*
 * Tiles are removed from a directory only after all others were made: if
 * anything fails before that, no tile is missing that was there.  The archive
 * is ended in any case, for its file to go.
 */
int
mapgen_render(struct mapgen *m)
{
	struct render r = { .m = m };
	int rc = -1;

	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.turned, NULL);
	base_buf_init(&r.overview);
	io_progress_init(&m->progress, "tiles", m->quiet);
	r.painter = calloc(m->threads, sizeof(*r.painter));
	if (r.painter == NULL)
		warn(NULL);
	else if (m->archive == NULL ||
	    (r.archive = mapgen_archive_open(m)) != NULL)
		rc = render_all(&r);
	if (rc == 0 && m->dir != NULL)
		rc = mapgen_tree_finish(m);
	if (r.archive != NULL &&
	    mapgen_archive_end(r.archive, m, rc == 0 ? &r.overview : NULL) ==
	    -1)
		rc = -1;
	io_progress_done(&m->progress);
	base_buf_done(&r.overview);
	free(r.painter);
	free(r.part);
	pthread_cond_destroy(&r.turned);
	pthread_mutex_destroy(&r.lock);
	return rc == 0 ? EX_OK : io_signals_stop ? EX_TEMPFAIL :
	    EX_CANTCREAT;
}
