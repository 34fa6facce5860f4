/* SPDX-License-Identifier: ISC */
/*
 * One file with all tiles, after the PMTiles specification, and beside it a
 * description of it, after TileJSON 3.0.
 *
 * A reader wants the header and the first directory within the first bytes;
 * so room for these is left free, tiles follow one after another as they
 * come, and what is known only in the end is put behind them and into that
 * room.  Tiles with the same bytes stand there once.  They are recognised by
 * half of their SHA-256, which is more than enough to tell them apart.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "io/outfile.h"
#include "json/write.h"
#include "map/key.h"
#include "map/pmtiles.h"

#include "mapgen.h"

#define BLOCK		(1024 * 1024)	/* bytes written at once */
#define SAME_BYTES	16		/* of a hash */

/* Bytes that are in the archive. */
struct content {
	uint8_t		hash[SAME_BYTES];
	uint64_t	at;
	uint32_t	len;		/* 0: no content */
};

struct mapgen_archive {
	struct io_outfile	 of;
	struct base_buf		 out;		/* not written yet */
	uint64_t		 len;		/* of all tiles */
	struct map_pmtiles_entry *entry;
	size_t			 nentry, cap;
	struct content		*content;	/* a hash table */
	size_t			 ncontent, slots;
	uint64_t		 addressed;
};

/*
 * The room for header and root directory is written as zeros, like any bytes,
 * and overwritten when they are known.  Until then the file has another name,
 * so that nobody takes it for an archive.
 */
struct mapgen_archive *
mapgen_archive_open(const struct mapgen *m)
{
	static const char room[MAP_PMTILES_START];
	struct mapgen_archive *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		warn(NULL);
		return NULL;
	}
	base_buf_init(&a->out);
	if (io_outfile_begin(&a->of, m->archive, MAPGEN_PUBLIC) == -1) {
		warn("%s", m->archive);
		free(a);
		return NULL;
	}
	base_buf_add(&a->out, room, sizeof(room));
	return a;
}

/*
 * Where the content of HASH is, or would be, in N slots, a power of two.  A
 * hash is even in all its bits, so its first bytes are as good as any as the
 * place to begin at, and neighbours are tried from there.  The search ends,
 * since half of the slots are free.
 */
static struct content *
find_content(struct content *c, size_t n, const uint8_t *hash)
{
	size_t i;

	assert(n > 0 && (n & (n - 1)) == 0);
	memcpy(&i, hash, sizeof(i));
	for (i &= n - 1; c[i].len != 0 &&
	    memcmp(c[i].hash, hash, SAME_BYTES) != 0; i = (i + 1) & (n - 1))
		;
	return &c[i];
}

/*
 * Have room for one more content: half of the slots stay free, which keeps the
 * rows of taken ones short.  All that find_content() returned before is invalid
 * after that.
 */
static int
grow_contents(struct mapgen_archive *a)
{
	size_t i, slots = a->slots == 0 ? 4096 : 2 * a->slots;
	struct content *grown;

	if (2 * a->ncontent < a->slots)
		return 0;
	if ((grown = calloc(slots, sizeof(*grown))) == NULL)
		return -1;
	for (i = 0; i < a->slots; i++)
		if (a->content[i].len != 0)
			*find_content(grown, slots, a->content[i].hash) =
			    a->content[i];
	free(a->content);
	a->content = grown;
	a->slots = slots;
	return 0;
}

/* Have room for one more entry. */
static int
grow_entries(struct mapgen_archive *a)
{
	size_t cap = 2 * a->cap + 4096;
	struct map_pmtiles_entry *grown;

	if (a->nentry < a->cap)
		return 0;
	if ((grown = reallocarray(a->entry, cap, sizeof(*grown))) == NULL)
		return -1;
	a->entry = grown;
	a->cap = cap;
	return 0;
}

/*
 * Write what has gathered.  A buffer that ran out of memory lacks bytes that
 * have a place in the directory already, so nothing of it may be written.  0,
 * or -1 with errno set.
 */
static int
flush_out(struct mapgen_archive *a)
{
	if (!base_buf_ok(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	if (a->out.len > 0 &&
	    io_outfile_add(&a->of, a->out.data, a->out.len) == -1)
		return -1;
	base_buf_reset(&a->out);
	return 0;
}

/*
 * See that DATA is there.  It has its place in the file once it is in the
 * buffer, whether it was written or not, since bytes only ever follow one
 * another.  Returns its place, valid until the next call, or NULL with errno
 * set.
 */
static const struct content *
keep_content(struct mapgen_archive *a, const void *data, size_t len)
{
	unsigned char hash[BASE_SHA256_BYTES];
	struct content *c;

	base_sha256(hash, data, len);
	if (grow_contents(a) == -1)
		return NULL;
	c = find_content(a->content, a->slots, hash);
	if (c->len != 0)
		return c;
	memcpy(c->hash, hash, SAME_BYTES);
	c->at = a->len;
	c->len = (uint32_t)len;
	a->ncontent++;
	a->len += len;
	base_buf_add(&a->out, data, len);
	return a->out.len > BLOCK && flush_out(a) == -1 ? NULL : c;
}

/*
 * A tile with the bytes of the one before on the curve makes that one's entry
 * longer instead of a new one, which keeps directories small.  What is made of
 * entries relies on their order, which is the order of the calls.
 */
int
mapgen_archive_put(struct mapgen_archive *a, unsigned z, uint32_t x,
    uint32_t y, const void *data, size_t len)
{
	uint64_t id = map_pmtiles_id(z, x, y);
	struct map_pmtiles_entry *last;
	const struct content *c;

	assert(len > 0 && len <= UINT32_MAX);
	if ((c = keep_content(a, data, len)) == NULL ||
	    grow_entries(a) == -1) {
		warn("%s", a->of.path);
		return -1;
	}
	a->addressed++;
	last = a->nentry > 0 ? &a->entry[a->nentry - 1] : NULL;
	assert(last == NULL || last->id + last->run <= id);
	if (last != NULL && last->id + last->run == id && last->at == c->at)
		last->run++;
	else
		a->entry[a->nentry++] = (struct map_pmtiles_entry){ .id = id,
		    .at = c->at, .len = c->len, .run = 1 };
	return 0;
}

/*
 * The least rectangle around all points, by which viewers place the map when it
 * is opened.  A key names its north-west corner, so the other side is that of
 * the next one.
 */
static void
find_bounds(const struct mapgen *m, struct map_pmtiles_head *h)
{
	uint32_t x, y, west = UINT32_MAX, east = 0, north = UINT32_MAX;
	uint32_t south = 0;
	size_t i;

	for (i = 0; i < m->n; i++) {
		map_key_split(m->keys[i], &x, &y);
		west = x < west ? x : west;
		east = x > east ? x : east;
		north = y < north ? y : north;
		south = y > south ? y : south;
	}
	assert(west <= east && north <= south);
	h->min_lon = map_key_lon_deg(west);
	h->max_lon = map_key_lon_deg(east + 1);
	h->max_lat = map_key_lat_deg(north);
	h->min_lat = map_key_lat_deg(south + 1);
}

/*
 * What both the archive and its description say.  Viewers show these words to
 * people, and put an overlay above the map that they have.
 */
static void
write_metadata(struct json_write *w, const struct mapgen *m)
{
	json_write_text(w, "name", "loc");
	json_write_text(w, "description", m->layer == NULL ?
	    "Where reports came from" : "Where stations are");
	json_write_text(w, "type", "overlay");
}

/*
 * Put what is in B behind the tiles, and note where.  There may be nothing in
 * it: then the place is an empty one, as the specification wants for leaves
 * that there are none of.
 */
static int
add_behind(struct mapgen_archive *a, struct map_pmtiles_place *p, uint64_t *at,
    const struct base_buf *b)
{
	*p = (struct map_pmtiles_place){ *at, b->len };
	*at += b->len;
	return b->len > 0 ? io_outfile_add(&a->of, b->data, b->len) : 0;
}

/*
 * Directories, metadata and header.  Tiles have to be out first, as all the
 * rest stands behind them; leaves and metadata follow, and what points to them
 * goes to the front last.  None of it is seen before the file is renamed, so a
 * crash in the middle harms nobody.  errno is set for the steps that can only
 * fail for memory and do not say so.  0, or -1 with errno set.
 */
static int
complete(struct mapgen_archive *a, const struct mapgen *m,
    struct map_pmtiles_head *h, struct base_buf *root, struct base_buf *other,
    struct base_buf *text)
{
	uint8_t head[MAP_PMTILES_HEAD];
	uint64_t at = MAP_PMTILES_START + a->len;
	struct json_write w;

	h->tiles = (struct map_pmtiles_place){ MAP_PMTILES_START, a->len };
	h->addressed = a->addressed;
	h->entries = a->nentry;
	h->contents = a->ncontent;
	h->max_zoom = m->zoom;
	find_bounds(m, h);
	if (flush_out(a) == -1)
		return -1;
	errno = ENOMEM;
	if (map_pmtiles_directories(a->entry, a->nentry, root, other) == -1)
		return -1;
	if (add_behind(a, &h->leaves, &at, other) == -1)
		return -1;
	json_write_begin(&w, text);
	write_metadata(&w, m);
	json_write_end(&w);
	base_buf_reset(other);
	errno = ENOMEM;
	if (!base_buf_ok(text) ||
	    map_pmtiles_gzip(other, text->data, text->len) == -1 ||
	    add_behind(a, &h->metadata, &at, other) == -1)
		return -1;
	assert(sizeof(head) + root->len <= MAP_PMTILES_START);
	h->root = (struct map_pmtiles_place){ MAP_PMTILES_HEAD, root->len };
	map_pmtiles_header(head, h);
	return pwrite(a->of.fd, head, sizeof(head), 0) ==
	    (ssize_t)sizeof(head) && pwrite(a->of.fd, root->data, root->len,
	    sizeof(head)) == (ssize_t)root->len ? 0 : -1;
}

/* Seven places are a centimetre, which is finer than any key. */
static void
write_bound_numbers(struct json_write *w, const char *name, const double *v,
    size_t n)
{
	size_t i;

	json_write_array(w, name);
	for (i = 0; i < n; i++)
		json_write_f7(w, NULL, v[i]);
	json_write_end(w);
}

/* Put B beside the archive FILE.pmtiles, as FILE with END. */
static int
publish_beside(const struct mapgen *m, const char *end,
    const struct base_buf *b)
{
	const char *dot = strrchr(m->archive, '.');
	struct base_buf path;
	int rc = -1;

	if (dot == NULL || strcmp(dot, ".pmtiles") != 0)
		dot = m->archive + strlen(m->archive);
	base_buf_init(&path);
	base_buf_fmt(&path, "%.*s%s", (int)(dot - m->archive), m->archive, end);
	if (base_buf_ok(&path))
		rc = mapgen_publish(path.data, b);
	else
		warnx("%s: out of memory", m->archive);
	base_buf_done(&path);
	return rc;
}

/*
 * The description: FILE.json for FILE.pmtiles.  Its address of tiles is the one
 * that readers of archives in browsers understand, and has no directory in it,
 * so that both files can be moved together.
 */
static int
describe(const struct mapgen *m, const struct map_pmtiles_head *h)
{
	const double bounds[] = { h->min_lon, h->min_lat, h->max_lon,
	    h->max_lat };
	const char *name = strrchr(m->archive, '/');
	struct base_buf b, tiles;
	struct json_write w;
	int rc = -1;

	base_buf_init(&b);
	base_buf_init(&tiles);
	name = name == NULL ? m->archive : name + 1;
	base_buf_fmt(&tiles, "pmtiles://%s/{z}/{x}/{y}", name);
	json_write_begin(&w, &b);
	json_write_text(&w, "tilejson", "3.0.0");
	write_metadata(&w, m);
	json_write_text(&w, "scheme", "xyz");
	json_write_array(&w, "tiles");
	json_write_text(&w, NULL, base_buf_ok(&tiles) ? tiles.data : "");
	json_write_end(&w);
	json_write_i64(&w, "minzoom", h->min_zoom);
	json_write_i64(&w, "maxzoom", h->max_zoom);
	write_bound_numbers(&w, "bounds", bounds, 4);
	json_write_end(&w);
	base_buf_chr(&b, '\n');
	if (base_buf_ok(&tiles))
		rc = publish_beside(m, ".json", &b);
	else
		warnx("%s: out of memory", m->archive);
	base_buf_done(&b);
	base_buf_done(&tiles);
	return rc;
}

/*
 * What is beside the archive is written when that has its name, so that it
 * never tells of one that is not there.  An archive that could not be completed
 * goes away, and the old one stays.
 */
int
mapgen_archive_end(struct mapgen_archive *a, const struct mapgen *m,
    const struct base_buf *overview)
{
	struct map_pmtiles_head h = { .min_zoom = 0 };
	struct base_buf root, other, text;
	int keep = overview != NULL, rc = keep ? -1 : 0;

	base_buf_init(&root);
	base_buf_init(&other);
	base_buf_init(&text);
	if (keep && complete(a, m, &h, &root, &other, &text) == -1) {
		warn("%s", m->archive);
		io_outfile_end(&a->of, 0);
	} else if ((rc = io_outfile_end(&a->of, keep)) == -1)
		warn("%s", m->archive);
	base_buf_done(&root);
	base_buf_done(&other);
	base_buf_done(&text);
	base_buf_done(&a->out);
	free(a->entry);
	free(a->content);
	free(a);
	if (rc == 0 && keep && (describe(m, &h) == -1 ||
	    publish_beside(m, "@2x.png", overview) == -1))
		rc = -1;
	return rc;
}
