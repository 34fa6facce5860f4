/* SPDX-License-Identifier: ISC */
/*
 * Rows of one kind go into a sorter as items: the mixed key, eight bytes of it
 * first, and the record.  At the end of the kind it is known how many there
 * are at most, hence how many bits the directory has; records are written as
 * they come out of the sorter, and the directory, which is made meanwhile,
 * behind them.
 *
 * Whole records of addresses, and places of cells, are as long as they are, so
 * that they travel with their items and are put into a file of their own on
 * the way out; that becomes the next section.  So what an index holds depends
 * on its rows alone and not on the order in which they came.
 */
#include <assert.h>
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/civil.h"
#include "base/crc32c.h"
#include "base/sha256.h"
#include "geo/region.h"
#include "index/mix.h"
#include "index/record.h"
#include "index/sorter.h"
#include "index/writer.h"
#include "io/outfile.h"
#include "io/scratch.h"
#include "locate/weigh.h"

#define MEMORY		(128 << 20)
#define BUFFER		(256 << 10)
#define MAX_LOAD	32	/* records of MACs in a bucket, about */
#define FEW_LOAD	2	/* of others */
#define MAX_BITS	28
#define STOP_EACH	4096	/* records, between looks whether to stop */
#define HASH		8	/* bytes of a key, in front of an item */

/* A section that is being written. */
struct section {
	uint32_t	kind, record, bits, marks, crc;
	uint64_t	at, len, count;
};

/* What goes to a file without a name until it becomes a section. */
struct heap {
	int		 fd;		/* -1: nothing yet */
	uint64_t	 len;		/* with what is in the buffer */
	size_t		 used;
	uint8_t		*buf;
};

struct index_writer {
	struct index_writer_options o;
	struct io_outfile	 file;
	uint64_t		 at;		/* bytes written, or in buf */
	size_t			 used;
	uint8_t			*buf;
	struct section		 section[INDEX_FORMAT_SECTIONS];
	size_t			 n;
	int			 failed;
	int			 is_other;	/* than what ends say */
	/* of the kind that is being added, or 0: */
	int			 kind;
	struct index_sorter	*sort;
	uint32_t		*dir;
	uint64_t		 bucket;	/* the next that has no start */
	size_t			 marks;		/* the most that a row has */
	struct heap		 heap;
	struct heap		 keytext;	/* of API keys */
	struct heap		 dropped, ends;	/* of a delta */
	struct base_sha256_sum	 sha;		/* of what was flushed */
	uint64_t		 flushed;
	char			 key_before[INDEX_FORMAT_KEY_NAME + 1];
};

/* Bytes of a sorter's key. */
static size_t
key_len(int kind)
{
	return index_format_is_mac(kind) ? HASH : HASH +
	    (kind == INDEX_FORMAT_CELL ? RADIO_CELL_KEY_MAX :
	    RADIO_CELL_AREA_MAX);
}

static int
fail(struct index_writer *w)
{
	if (!w->failed)
		warn("%s", w->o.path);
	w->failed = 1;
	return -1;
}

static int
flush(struct index_writer *w)
{
	size_t head = w->flushed == 0 ? INDEX_FORMAT_HEAD : 0;

	if (w->used == 0)
		return 0;
	if (io_outfile_add(&w->file, w->buf, w->used) == -1)
		return fail(w);
	base_sha256_add(&w->sha, w->buf + head, w->used - head);
	w->flushed += w->used;
	w->used = 0;
	return 0;
}

/* Write LEN bytes, at most a buffer, of the last section. */
static int
put(struct index_writer *w, const void *data, size_t len)
{
	struct section *s = &w->section[w->n - 1];

	assert(w->n > 0 && len <= BUFFER);
	if (w->used + len > BUFFER && flush(w) == -1)
		return -1;
	memcpy(w->buf + w->used, data, len);
	w->used += len;
	w->at += len;
	s->len += len;
	s->crc = base_crc32c(s->crc, data, len);
	return 0;
}

/* Begin a section of KIND, with records of RECORD bytes. */
static struct section *
begin_section(struct index_writer *w, uint32_t kind, size_t record)
{
	static const uint8_t zero[INDEX_FORMAT_ALIGN];
	size_t pad = (size_t)(-w->at & (INDEX_FORMAT_ALIGN - 1));
	struct section *s;

	assert(w->n < INDEX_FORMAT_SECTIONS);
	if (w->used + pad > BUFFER && flush(w) == -1)
		return NULL;
	memcpy(w->buf + w->used, zero, pad);
	w->used += pad;
	w->at += pad;
	s = &w->section[w->n++];
	*s = (struct section){ .kind = kind, .record = (uint32_t)record,
	    .at = w->at };
	return s;
}

/* Add LEN bytes to H. */
static int
heap_add(struct index_writer *w, struct heap *h, const void *data, size_t len)
{
	if (h->buf == NULL && (h->buf = malloc(BUFFER)) == NULL)
		return fail(w);
	if (h->used + len > BUFFER) {
		if ((h->fd == -1 &&
		    (h->fd = io_scratch_open(w->o.tmpdir)) == -1) ||
		    io_scratch_add(h->fd, w->o.tmpdir, h->buf, h->used) == -1) {
			w->failed = 1;
			return -1;
		}
		h->used = 0;
	}
	memcpy(h->buf + h->used, data, len);
	h->used += len;
	h->len += len;
	return 0;
}

static void
heap_done(struct heap *h)
{
	if (h->fd != -1)
		close(h->fd);
	free(h->buf);
	*h = (struct heap){ .fd = -1 };
}

/* Write all of H as a section. */
static int
put_heap(struct index_writer *w, struct heap *h, uint32_t kind, size_t record)
{
	struct section *s;
	uint8_t *copy = NULL;
	off_t at = 0;
	ssize_t n;
	int rc = -1;

	if ((s = begin_section(w, kind, record)) == NULL)
		return -1;
	if (h->fd != -1 && (copy = malloc(BUFFER)) == NULL)
		return fail(w);
	while (h->fd != -1 && (uint64_t)at < h->len - h->used) {
		if ((n = pread(h->fd, copy, BUFFER, at)) <= 0) {
			fail(w);
			goto out;
		}
		if (put(w, copy, (size_t)n) == -1)
			goto out;
		at += n;
	}
	if (h->used > 0 && put(w, h->buf, h->used) == -1)
		goto out;
	s->count = s->len / record;
	rc = 0;
out:
	free(copy);
	heap_done(h);
	return rc;
}

struct index_writer *
index_writer_new(const struct index_writer_options *o)
{
	struct index_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->buf = malloc(BUFFER)) == NULL) {
		warn("%s", o->path);
		free(w);
		return NULL;
	}
	w->o = *o;
	if (w->o.memory == 0)
		w->o.memory = MEMORY;
	w->heap.fd = w->keytext.fd = w->dropped.fd = w->ends.fd = -1;
	base_sha256_init(&w->sha);
	if (io_outfile_begin(&w->file, o->path, o->mode) == -1) {
		warn("%s", o->path);
		free(w->buf);
		free(w);
		return NULL;
	}
	memset(w->buf, 0, INDEX_FORMAT_HEAD);	/* it is written at the end */
	w->used = w->at = INDEX_FORMAT_HEAD;
	return w;
}

/* Put the mixed key and the key itself into an item. */
static uint8_t *
item_key(int kind, uint8_t *p, const uint8_t *key)
{
	switch (kind) {
	case INDEX_FORMAT_CELL:
		p = base_bytes_put_be(p, index_mix_cell(key), HASH);
		memcpy(p, key, RADIO_CELL_KEY_MAX);
		return p + RADIO_CELL_KEY_MAX;
	case INDEX_FORMAT_AREA:
		p = base_bytes_put_be(p, index_mix_area(key), HASH);
		memcpy(p, key, RADIO_CELL_AREA_MAX);
		return p + RADIO_CELL_AREA_MAX;
	default:
		return base_bytes_put_be(p, index_mix_mac(key) <<
		    (64 - INDEX_MIX_MAC_BITS), HASH);
	}
}

static int
add_item(struct index_writer *w, const uint8_t *item, const uint8_t *end)
{
	if (index_sorter_add(w->sort, item, (size_t)(end - item)) == 0)
		return 0;
	w->failed = 1;
	return -1;
}

int
index_writer_drop(struct index_writer *w, const uint8_t *key)
{
	uint8_t item[INDEX_SORTER_MAX];

	assert(w->kind != 0);
	return add_item(w, item, item_key(w->kind, item, key));
}

/*
 * Behind the key of an item of MACs is its short record, with marks, or a whole
 * one, which is told by the length.
 */
static uint8_t *
item_mac(struct index_writer *w, uint8_t *p, const struct station_row *r,
    int64_t today)
{
	enum obs_kind kind = w->kind == INDEX_FORMAT_BLUE ? OBS_BLUE :
	    OBS_WIFI;
	size_t marks;

	if (!(w->o.flags & INDEX_FORMAT_WHOLE) &&
	    index_record_mac_pack(p, r, kind, today, w->o.round)) {
		p += INDEX_FORMAT_MAC_LEN;
		marks = index_record_marks_pack(p, r, kind);
		if (marks > w->marks)
			w->marks = marks;
		return p + marks * INDEX_FORMAT_MARK_LEN;
	}
	index_record_whole_pack(p, r, kind);
	return p + INDEX_FORMAT_WHOLE_LEN;
}

/*
 * May R be used in an answer on day TODAY?  Rows that are withheld are, where
 * answers are Ichnaea's.
 */
static int
is_of_use(const struct index_writer *w, const struct station_row *r,
    int64_t today)
{
	enum obs_kind kind = w->kind == INDEX_FORMAT_CELL ? OBS_CELL :
	    w->kind == INDEX_FORMAT_BLUE ? OBS_BLUE : OBS_WIFI;

	return w->o.flags & INDEX_FORMAT_WHOLE ?
	    locate_weigh_usable(r, today) :
	    locate_weigh_answers(r, kind, today);
}

int
index_writer_row(struct index_writer *w, const struct station_row *r)
{
	int64_t today = base_civil_day_of(w->o.built_s);
	uint8_t item[INDEX_SORTER_MAX], *p;
	size_t len;

	assert(w->kind != 0 && w->kind != INDEX_FORMAT_AREA);
	if (!is_of_use(w, r, today) &&
	    !is_of_use(w, r, today + INDEX_WRITER_DAYS))
		return index_writer_drop(w, r->key) == -1 ? -1 : 0;
	p = item_key(w->kind, item, r->key);
	if (index_format_is_mac(w->kind))
		p = item_mac(w, p, r, today);
	else {
		len = index_record_cell_pack(p, r);
		p += INDEX_FORMAT_CELL_LEN;
		memcpy(p, r->places.byte, len);
		p += len;
	}
	return add_item(w, item, p) == -1 ? -1 : 1;
}

int
index_writer_area(struct index_writer *w, const struct station_area *a,
    const struct station_centre *c)
{
	uint8_t item[INDEX_SORTER_MAX], *p;

	assert(w->kind == INDEX_FORMAT_AREA);
	if (!locate_weigh_placed(a->lat, a->lon))
		return index_writer_drop(w, a->key) == -1 ? -1 : 0;
	p = item_key(w->kind, item, a->key);
	index_record_area_pack(p, a, c);
	return add_item(w, item, p + INDEX_FORMAT_AREA_LEN) == -1 ? -1 : 1;
}

/*
 * How many bits the directory of N records has.  Of MACs those that make the
 * file smallest: one more saves a bit of each record, which counts only where
 * it saves a whole byte, and costs as many entries as there were.
 */
static uint32_t
choose_bits(int kind, uint64_t n)
{
	uint64_t load = index_format_is_mac(kind) ? MAX_LOAD : FEW_LOAD;
	uint64_t size, least = 0;
	uint32_t bits = 0, best = 0;

	for (; bits <= MAX_BITS; bits++) {
		if (n >> bits > load)
			continue;
		if (!index_format_is_mac(kind))
			return bits;
		size = (INDEX_MIX_MAC_BITS - bits + 7) / 8 * n +
		    (UINT64_C(4) << bits);
		if (least == 0 || size < least) {
			least = size;
			best = bits;
		}
	}
	return least == 0 ? MAX_BITS : best;
}

/* Note that the next record begins all buckets up to that of KEY. */
static void
note_buckets(struct index_writer *w, uint64_t hash)
{
	struct section *s = &w->section[w->n - 1];
	uint64_t b = s->bits == 0 ? 0 : hash >> (64 - s->bits);

	for (; w->bucket <= b; w->bucket++)
		w->dir[w->bucket] = (uint32_t)s->count;
}

/* Write a record of MACs, LEN bytes without its key. */
static int
put_mac(struct index_writer *w, uint64_t hash, const uint8_t *rec, size_t len)
{
	uint8_t out[HASH + INDEX_FORMAT_WHOLE_LEN +
	    INDEX_FORMAT_MARKS * INDEX_FORMAT_MARK_LEN] = { 0 };
	struct section *s = &w->section[w->n - 1];
	size_t rest = (INDEX_MIX_MAC_BITS - s->bits + 7) / 8;

	base_bytes_put_le(out, hash << s->bits >> s->bits >>
	    (64 - INDEX_MIX_MAC_BITS), rest);
	if (len != INDEX_FORMAT_WHOLE_LEN || w->o.flags & INDEX_FORMAT_WHOLE)
		memcpy(out + rest, rec, len);
	else {
		index_record_odd(out + rest,
		    (uint32_t)(w->heap.len / INDEX_FORMAT_WHOLE_LEN));
		if (heap_add(w, &w->heap, rec, len) == -1)
			return -1;
	}
	return put(w, out, s->record);
}

/* Write the record of an item as the sorter gives it. */
static int
put_item(void *arg, const uint8_t *item, size_t len)
{
	struct index_writer *w = arg;
	uint64_t hash = base_bytes_get_be(item, HASH);
	uint8_t cell[INDEX_FORMAT_CELL_LEN];
	size_t key = key_len(w->kind);
	const uint8_t *rec = item + key;
	int rc;

	if (w->o.stop != NULL && w->section[w->n - 1].count % STOP_EACH == 0 &&
	    w->o.stop())
		return -1;
	if (len == key)			/* dropped */
		return 0;
	note_buckets(w, hash);
	if (index_format_is_mac(w->kind))
		rc = put_mac(w, hash, rec, len - key);
	else if (w->kind == INDEX_FORMAT_AREA)
		rc = put(w, rec, INDEX_FORMAT_AREA_LEN);
	else {
		memcpy(cell, rec, sizeof(cell));
		if (len - key > sizeof(cell))
			index_record_cell_places(cell, w->heap.len);
		rc = put(w, cell, sizeof(cell));
		if (rc == 0 && len - key > sizeof(cell))
			rc = heap_add(w, &w->heap, rec + sizeof(cell),
			    len - key - sizeof(cell));
	}
	w->section[w->n - 1].count++;
	return rc;
}

/* Write the directory of the section of KIND, which is the last one. */
static int
put_dir(struct index_writer *w, uint32_t kind)
{
	uint64_t entries = (UINT64_C(1) << w->section[w->n - 1].bits) + 1, i;
	uint32_t count = (uint32_t)w->section[w->n - 1].count;
	struct section *s;
	uint8_t entry[4];

	for (; w->bucket < entries; w->bucket++)
		w->dir[w->bucket] = count;
	if ((s = begin_section(w, kind, sizeof(entry))) == NULL)
		return -1;
	for (i = 0; i < entries; i++) {
		base_bytes_put_le(entry, w->dir[i], sizeof(entry));
		if (put(w, entry, sizeof(entry)) == -1)
			return -1;
	}
	s->count = entries;
	return 0;
}

size_t
index_writer_place(enum index_format_kind kind)
{
	switch (kind) {
	case INDEX_FORMAT_BLUE:
		return 0;
	case INDEX_FORMAT_WIFI:
		return 1;
	case INDEX_FORMAT_CELL:
		return 2;
	default:
		assert(kind == INDEX_FORMAT_AREA);
		return 3;
	}
}

/* How many bits the directory has; and how many marks a record, in W. */
static uint32_t
shape_of(struct index_writer *w)
{
	const uint8_t *p = w->o.ends;

	if (p == NULL)
		return choose_bits(w->kind, index_sorter_count(w->sort));
	p += INDEX_FORMAT_ENDS_SHAPE + 2 *
	    index_writer_place((enum index_format_kind)w->kind);
	if (w->marks < p[1] && p[1] <= INDEX_FORMAT_MARKS)
		w->marks = p[1];
	return p[0] <= MAX_BITS ? p[0] : MAX_BITS;
}

/* Write the kind that is being added: its records, directory and heap. */
static int
put_table(struct index_writer *w)
{
	static const struct {
		uint32_t	dir, heap;
		size_t		record, heap_record;
	} of[INDEX_FORMAT_KINDS] = {
		[INDEX_FORMAT_BLUE] = { INDEX_FORMAT_BLUE_DIR,
		    INDEX_FORMAT_ODD_BLUE, INDEX_FORMAT_MAC_LEN,
		    INDEX_FORMAT_WHOLE_LEN },
		[INDEX_FORMAT_WIFI] = { INDEX_FORMAT_WIFI_DIR,
		    INDEX_FORMAT_ODD_WIFI, INDEX_FORMAT_MAC_LEN,
		    INDEX_FORMAT_WHOLE_LEN },
		[INDEX_FORMAT_CELL] = { INDEX_FORMAT_CELL_DIR,
		    INDEX_FORMAT_PLACES, INDEX_FORMAT_CELL_LEN, 1 },
		[INDEX_FORMAT_AREA] = { INDEX_FORMAT_AREA_DIR, 0,
		    INDEX_FORMAT_AREA_LEN, 0 }
	};
	uint32_t bits = shape_of(w);
	size_t record = of[w->kind].record;
	struct section *s;

	if (w->o.flags & INDEX_FORMAT_WHOLE && index_format_is_mac(w->kind))
		record = INDEX_FORMAT_WHOLE_LEN;
	if (index_format_is_mac(w->kind))
		record += (INDEX_MIX_MAC_BITS - bits + 7) / 8 +
		    w->marks * INDEX_FORMAT_MARK_LEN;
	if (index_sorter_count(w->sort) > UINT32_MAX) {
		warnx("%s: more than 4294967295 rows of a kind", w->o.path);
		w->failed = 1;
		return -1;
	}
	if ((s = begin_section(w, (uint32_t)w->kind, record)) == NULL)
		return -1;
	s->bits = bits;
	s->marks = (uint32_t)w->marks;
	w->bucket = 0;
	free(w->dir);
	if ((w->dir = calloc((UINT64_C(1) << bits) + 1, sizeof(*w->dir))) ==
	    NULL)
		return fail(w);
	if (index_sorter_each(w->sort, put_item, w) == -1) {
		w->failed = 1;
		return -1;
	}
	if (put_dir(w, of[w->kind].dir) == -1)
		return -1;
	return w->heap.len == 0 ? 0 :
	    put_heap(w, &w->heap, of[w->kind].heap, of[w->kind].heap_record);
}

/* Write what has been added of the kind before, if there was one. */
static int
end_kind(struct index_writer *w)
{
	int rc = 0;

	if (w->kind != 0 && index_sorter_count(w->sort) > 0 && !w->failed)
		rc = put_table(w);
	index_sorter_free(w->sort);
	w->sort = NULL;
	heap_done(&w->heap);
	free(w->dir);
	w->dir = NULL;
	w->kind = 0;
	return w->failed ? -1 : rc;
}

int
index_writer_begin(struct index_writer *w, enum index_format_kind which)
{
	int kind = (int)which;

	assert(index_format_is_mac(kind) || kind == INDEX_FORMAT_CELL ||
	    kind == INDEX_FORMAT_AREA);
	assert(w->kind != INDEX_FORMAT_KEY);
	if (end_kind(w) == -1)
		return -1;
	if ((w->sort = index_sorter_new(key_len(kind), w->o.memory,
	    w->o.tmpdir)) == NULL) {
		w->failed = 1;
		return -1;
	}
	w->kind = kind;
	w->marks = 0;
	return 0;
}

/* Keys are few, so they stay in memory: the heap is of their records. */
int
index_writer_key(struct index_writer *w, const char *name, const char *text,
    size_t len)
{
	uint8_t rec[INDEX_FORMAT_KEY_LEN] = { 0 }, *p;
	size_t n = strlen(name);

	assert(w->o.flags & INDEX_FORMAT_KEYS);
	assert(n <= INDEX_FORMAT_KEY_NAME);
	if (strcmp(w->key_before, name) >= 0) {
		warnx("%s: API keys that are not in order", w->o.path);
		return -1;
	}
	if (w->kind != INDEX_FORMAT_KEY) {
		if (end_kind(w) == -1)
			return -1;
		w->kind = INDEX_FORMAT_KEY;
	}
	strlcpy(w->key_before, name, sizeof(w->key_before));
	memcpy(rec, name, n);
	p = base_bytes_put_le(rec + INDEX_FORMAT_KEY_NAME, w->keytext.len, 4);
	base_bytes_put_le(p, len, 4);
	if (heap_add(w, &w->heap, rec, sizeof(rec)) == -1)
		return -1;
	return heap_add(w, &w->keytext, text, len);
}

int
index_writer_dropped(struct index_writer *w, enum index_format_kind kind,
    const uint8_t key[RADIO_CELL_KEY_MAX])
{
	uint8_t rec[INDEX_FORMAT_DROPPED_LEN];

	rec[0] = (uint8_t)kind;
	memcpy(rec + 1, key, RADIO_CELL_KEY_MAX);
	return heap_add(w, &w->dropped, rec, sizeof(rec));
}

int
index_writer_ends(struct index_writer *w,
    const uint8_t ends[INDEX_FORMAT_ENDS_LEN])
{
	w->o.flags |= INDEX_FORMAT_DELTA;
	return heap_add(w, &w->ends, ends, INDEX_FORMAT_ENDS_LEN);
}

/* The codes that records mean by the numbers of regions. */
static int
put_regions(struct index_writer *w)
{
	struct section *s = begin_section(w, INDEX_FORMAT_REGIONS,
	    INDEX_FORMAT_REGION_LEN);
	int r;

	if (s == NULL)
		return -1;
	for (r = 0; r < geo_region_count(); r++, s->count++)
		if (put(w, geo_region_code(r), INDEX_FORMAT_REGION_LEN) == -1)
			return -1;
	return 0;
}

/*
 * Sign the header H, which has no checksum yet; or, of what comes of a delta,
 * see whether it is that, and take the signature that it had.
 */
static int
sign_head(struct index_writer *w, uint8_t h[INDEX_FORMAT_HEAD])
{
	uint8_t id[BASE_SHA256_BYTES];

	base_sha256(id, h, INDEX_FORMAT_HEAD);
	if (w->o.ends == NULL)
		return w->o.sign == NULL ? 0 : w->o.sign(w->o.sign_arg, id,
		    h + INDEX_FORMAT_AT_SIGNER,
		    h + INDEX_FORMAT_AT_SIGNATURE);
	if (memcmp(id, w->o.ends + INDEX_FORMAT_ENDS_TO, sizeof(id)) != 0) {
		warnx("%s: something else than was said came of it",
		    w->o.path);
		w->is_other = 1;
		return -1;
	}
	memcpy(h + INDEX_FORMAT_AT_SIGNER,
	    w->o.ends + INDEX_FORMAT_ENDS_SIGNER, INDEX_FORMAT_SIGNER_LEN +
	    INDEX_FORMAT_SIGNATURE_LEN);
	return 0;
}

/* The header goes in front when all else is known. */
static int
put_head(struct index_writer *w)
{
	uint8_t h[INDEX_FORMAT_HEAD] = { 0 }, *p;
	const struct section *s;
	size_t i;

	memcpy(h, INDEX_FORMAT_MAGIC, sizeof(INDEX_FORMAT_MAGIC) - 1);
	p = base_bytes_put_le(h + INDEX_FORMAT_AT_VERSION,
	    INDEX_FORMAT_VERSION, 4);
	p = base_bytes_put_le(p, INDEX_FORMAT_ORDER, 4);
	p = base_bytes_put_le(p, w->at, 8);
	p = base_bytes_put_le(p, (uint64_t)w->o.built_s, 8);
	p = base_bytes_put_le(p, w->n, 4);
	p = base_bytes_put_le(p, w->o.flags, 4);
	base_sha256_end(&w->sha, h + INDEX_FORMAT_AT_SHA);
	if (w->o.name != NULL)
		memcpy(p, w->o.name, strnlen(w->o.name,
		    INDEX_FORMAT_NAME_LEN));
	for (i = 0; i < w->n; i++) {
		s = &w->section[i];
		p = h + INDEX_FORMAT_FIRST + i * INDEX_FORMAT_SECTION;
		p = base_bytes_put_le(p, s->kind, 4);
		p = base_bytes_put_le(p, s->record, 4);
		p = base_bytes_put_le(p, s->at, 8);
		p = base_bytes_put_le(p, s->len, 8);
		p = base_bytes_put_le(p, s->count, 8);
		p = base_bytes_put_le(p, s->bits, 4);
		p = base_bytes_put_le(p, s->marks, 4);
		base_bytes_put_le(p, s->crc, 4);
	}
	if (sign_head(w, h) == -1) {
		w->failed = 1;
		return -1;
	}
	base_bytes_put_le(h + INDEX_FORMAT_AT_CRC,
	    base_crc32c(0, h, INDEX_FORMAT_AT_CRC), 4);
	return pwrite(w->file.fd, h, sizeof(h), 0) == (ssize_t)sizeof(h) ? 0 :
	    fail(w);
}

/* All that is still to be written. */
static int
finish(struct index_writer *w)
{
	if (w->kind == INDEX_FORMAT_KEY) {
		if (put_heap(w, &w->heap, INDEX_FORMAT_KEY,
		    INDEX_FORMAT_KEY_LEN) == -1 ||
		    (w->keytext.len > 0 && put_heap(w, &w->keytext,
		    INDEX_FORMAT_KEY_TEXT, 1) == -1))
			return -1;
	} else if (end_kind(w) == -1)
		return -1;
	if ((w->dropped.len > 0 && put_heap(w, &w->dropped,
	    INDEX_FORMAT_DROPPED, INDEX_FORMAT_DROPPED_LEN) == -1) ||
	    (w->ends.len > 0 && put_heap(w, &w->ends, INDEX_FORMAT_ENDS,
	    INDEX_FORMAT_ENDS_LEN) == -1))
		return -1;
	return put_regions(w) == -1 || flush(w) == -1 || put_head(w) == -1 ?
	    -1 : 0;
}

int
index_writer_end(struct index_writer *w, int keep)
{
	int rc = 0;

	if (w == NULL)
		return 0;
	if (keep)
		rc = w->failed || finish(w) == -1 ? -1 : 0;
	if (io_outfile_end(&w->file, keep && rc == 0) == -1 && keep &&
	    rc == 0) {
		warn("%s", w->o.path);
		rc = -1;
	}
	if (w->is_other)
		rc = -2;
	index_sorter_free(w->sort);
	heap_done(&w->heap);
	heap_done(&w->keytext);
	heap_done(&w->dropped);
	heap_done(&w->ends);
	free(w->dir);
	free(w->buf);
	free(w);
	return rc;
}
