/* SPDX-License-Identifier: ISC */
/*
 * Items go into one of 256 heaps by their first byte.  A heap is a block of
 * memory; one that is full goes to a temporary file, which remembers whose
 * blocks are where.  At the end one heap after the other is read back, sorted
 * and given away.  So each item is written once and read once, and there is
 * nothing to merge; memory is for a block of each heap, and then for one heap.
 *
 * In a block an item is its length, in two bytes, and its bytes; a length of
 * zero, or the end of the block, ends it.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "index/sorter.h"
#include "io/scratch.h"

#define HEAPS		256
#define LEAST_BLOCK	4096
#define LEN_BYTES	2

struct heap {
	size_t		 used;		/* of its block in memory */
	uint32_t	*block;		/* those in the file */
	size_t		 n, room;
};

struct index_sorter {
	size_t		 key;
	size_t		 size;		/* of a block */
	const char	*dir;
	int		 fd;		/* -1: nothing was written yet */
	uint32_t	 blocks;	/* in the file */
	uint64_t	 count;
	uint8_t		*mem;		/* HEAPS blocks */
	struct heap	 heap[HEAPS];
};

/* An item of the heap that is being sorted. */
struct item {
	uint64_t	 first;		/* 8 bytes of its key */
	const uint8_t	*at;		/* its length */
};

struct index_sorter *
index_sorter_new(size_t key, size_t bytes, const char *dir)
{
	struct index_sorter *s;

	assert(key >= 8 && key <= INDEX_SORTER_MAX);
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn(NULL);
		return NULL;
	}
	s->key = key;
	s->dir = dir;
	s->fd = -1;
	s->size = bytes / 2 / HEAPS;
	if (s->size < LEAST_BLOCK)
		s->size = LEAST_BLOCK;
	if ((s->mem = malloc(HEAPS * s->size)) == NULL) {
		warn(NULL);
		free(s);
		return NULL;
	}
	return s;
}

void
index_sorter_free(struct index_sorter *s)
{
	int i;

	if (s == NULL)
		return;
	for (i = 0; i < HEAPS; i++)
		free(s->heap[i].block);
	if (s->fd != -1)
		close(s->fd);
	free(s->mem);
	free(s);
}

uint64_t
index_sorter_count(const struct index_sorter *s)
{
	return s->count;
}

/* Remember that the next block in the file is one of H. */
static int
note_block(struct index_sorter *s, struct heap *h)
{
	uint32_t *more;

	if (h->n == h->room) {
		more = reallocarray(h->block, h->room + 64, sizeof(*more));
		if (more == NULL) {
			warn(NULL);
			return -1;
		}
		h->block = more;
		h->room += 64;
	}
	h->block[h->n++] = s->blocks++;
	return 0;
}

/* Write the block of heap I, which is full, to the file. */
static int
spill(struct index_sorter *s, int i)
{
	struct heap *h = &s->heap[i];
	uint8_t *block = s->mem + (size_t)i * s->size;

	if (s->fd == -1 && (s->fd = io_scratch_open(s->dir)) == -1)
		return -1;
	memset(block + h->used, 0, s->size - h->used);
	if (note_block(s, h) == -1 ||
	    io_scratch_add(s->fd, s->dir, block, s->size) == -1)
		return -1;
	h->used = 0;
	return 0;
}

int
index_sorter_add(struct index_sorter *s, const void *item, size_t len)
{
	int i = *(const uint8_t *)item;
	struct heap *h = &s->heap[i];
	uint8_t *to;

	assert(len >= s->key && len <= INDEX_SORTER_MAX);
	if (h->used + LEN_BYTES + len > s->size && spill(s, i) == -1)
		return -1;
	to = s->mem + (size_t)i * s->size + h->used;
	memcpy(base_bytes_put_le(to, len, LEN_BYTES), item, len);
	h->used += LEN_BYTES + len;
	s->count++;
	return 0;
}

/* Read LEN bytes of the file from AT on. */
static int
read_block(const struct index_sorter *s, uint8_t *to, size_t len, off_t at)
{
	ssize_t n;

	for (; len > 0; to += n, at += n, len -= (size_t)n)
		if ((n = pread(s->fd, to, len, at)) <= 0) {
			warn("temporary file in %s", s->dir != NULL ? s->dir :
			    io_scratch_dir());
			return -1;
		}
	return 0;
}

/*
 * All of heap I, in the order in which it was added, block by block; the last
 * is only as long as what was used of it.  *LEN bytes, to be freed.
 */
static uint8_t *
load(const struct index_sorter *s, int i, size_t *len)
{
	const struct heap *h = &s->heap[i];
	uint8_t *all;
	size_t k;

	*len = h->n * s->size + h->used;
	if ((all = malloc(*len + 1)) == NULL) {
		warn(NULL);
		return NULL;
	}
	for (k = 0; k < h->n; k++)
		if (read_block(s, all + k * s->size, s->size,
		    (off_t)h->block[k] * (off_t)s->size) == -1) {
			free(all);
			return NULL;
		}
	memcpy(all + h->n * s->size, s->mem + (size_t)i * s->size, h->used);
	return all;
}

/* The length of the item at AT, of LEN bytes all together; 0: no more here. */
static size_t
item_len(const struct index_sorter *s, const uint8_t *all, size_t at,
    size_t len)
{
	size_t left = s->size - at % s->size;

	if (left > len - at)
		left = len - at;
	return left < LEN_BYTES ? 0 : base_bytes_get_le(all + at, LEN_BYTES);
}

/*
 * The items of a heap; *N of them, to be freed.  They are counted first, so
 * that the list has the right size.
 */
static struct item *
list_items(const struct index_sorter *s, const uint8_t *all, size_t len,
    size_t *n)
{
	struct item *list = NULL;
	size_t at, one;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		*n = 0;
		for (at = 0; at < len;) {
			if ((one = item_len(s, all, at, len)) == 0) {
				at += s->size - at % s->size;
				continue;
			}
			if (list != NULL)
				list[*n] = (struct item){ base_bytes_get_be(
				    all + at + LEN_BYTES, 8), all + at };
			++*n;
			at += LEN_BYTES + one;
		}
		if (list == NULL && (list = reallocarray(NULL, *n + 1,
		    sizeof(*list))) == NULL) {
			warn(NULL);
			return NULL;
		}
	}
	return list;
}

/* By key; of one key in the order in which they were added. */
static int
by_item(const void *a, const void *b, void *arg)
{
	const struct index_sorter *s = arg;
	const struct item *x = a, *y = b;
	int d;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	d = memcmp(x->at + LEN_BYTES, y->at + LEN_BYTES, s->key);
	return d != 0 ? d : (x->at > y->at) - (x->at < y->at);
}

/* Where in N parts an item is, by the bits behind those of its heap. */
static size_t
part_of(const struct item *x, size_t n)
{
	return (size_t)((x->first << 8 >> 32) * n >> 32);
}

/*
 * Sort the N items of LIST into OUT, which has as much room: as they are spread
 * evenly each goes near its place at once, and what is together there is few.
 * However they are spread, no part takes longer than qsort(3) does.
 */
static int
sort_items(struct index_sorter *s, const struct item *list, struct item *out,
    size_t n)
{
	size_t parts = n / 4 + 1, i, *end;

	if ((end = calloc(parts + 1, sizeof(*end))) == NULL) {
		warn(NULL);
		return -1;
	}
	for (i = 0; i < n; i++)
		end[part_of(&list[i], parts) + 1]++;
	for (i = 1; i <= parts; i++)
		end[i] += end[i - 1];
	for (i = 0; i < n; i++)		/* a start becomes an end */
		out[end[part_of(&list[i], parts)]++] = list[i];
	for (i = 0; i < parts; i++)
		qsort_r(out + (i == 0 ? 0 : end[i - 1]),
		    end[i] - (i == 0 ? 0 : end[i - 1]), sizeof(*out), by_item,
		    s);
	free(end);
	return 0;
}

static int
is_same(const struct index_sorter *s, const struct item *x,
    const struct item *y)
{
	return x->first == y->first &&
	    memcmp(x->at + LEN_BYTES, y->at + LEN_BYTES, s->key) == 0;
}

/* Sort heap I and give its items away. */
static int
give_heap(struct index_sorter *s, int i,
    int (*each)(void *arg, const uint8_t *item, size_t len), void *arg)
{
	struct item *list = NULL, *raw = NULL;
	size_t len, n, k;
	uint8_t *all;
	int rc = -1;

	if ((all = load(s, i, &len)) == NULL ||
	    (raw = list_items(s, all, len, &n)) == NULL)
		goto out;
	if ((list = reallocarray(NULL, n + 1, sizeof(*list))) == NULL) {
		warn(NULL);
		goto out;
	}
	if (sort_items(s, raw, list, n) == -1)
		goto out;
	for (k = 0; k < n; k++) {
		if (k + 1 < n && is_same(s, &list[k], &list[k + 1]))
			continue;
		if (each(arg, list[k].at + LEN_BYTES,
		    base_bytes_get_le(list[k].at, LEN_BYTES)) != 0)
			goto out;
	}
	rc = 0;
out:
	free(raw);
	free(list);
	free(all);
	return rc;
}

int
index_sorter_each(struct index_sorter *s,
    int (*each)(void *arg, const uint8_t *item, size_t len), void *arg)
{
	int i;

	for (i = 0; i < HEAPS; i++)
		if (give_heap(s, i, each, arg) == -1)
			return -1;
	return 0;
}
