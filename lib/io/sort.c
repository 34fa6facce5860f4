/* SPDX-License-Identifier: ISC */
/*
 * Numbers gather in memory; half of the bound is for them, half for the radix
 * sort, which moves them to and fro.  When that half is full, it is sorted and
 * appended to a file as a run.  In the end all runs are merged into a second
 * file, which is mapped: so the result looks the same to its reader as if it
 * had been in memory all the time, and the system keeps as much of it there
 * as there is room for.
 */
#include <sys/mman.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/scratch.h"
#include "io/sort.h"

#define DIGIT_BITS	11
#define DIGIT		(1U << DIGIT_BITS)
#define DIGITS		((64 + DIGIT_BITS - 1) / DIGIT_BITS)
#define FIRST		(64 * 1024)	/* numbers to have room for, at first */
#define BLOCK_MIN	512		/* numbers read or written at once */

/* A sorted part of the file. */
struct run {
	off_t		 at;		/* of what was not read yet */
	size_t		 left;		/* numbers from there on */
	uint64_t	*block;		/* read last */
	size_t		 next, n;	/* in it */
};

struct io_sort {
	pthread_mutex_t	 lock;
	const char	*dir;
	int		 duplicates;
	uint64_t	*v, *spare;	/* "spare" is as large as v is full */
	size_t		 n, cap, max;
	int		 fd;		/* of the runs, or -1 */
	off_t		 len;		/* of that file */
	struct run	*run;
	size_t		 nrun;
	void		*map;		/* of the merged file, or NULL */
	size_t		 maplen;
};

/*
 * Memory is taken as it is needed, up to the bound: most lists are much
 * shorter.
 */
struct io_sort *
io_sort_new(size_t bytes, const char *dir, int duplicates)
{
	struct io_sort *s;

	assert(bytes >= IO_SORT_MIN);
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		warn(NULL);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->dir = dir;
	s->duplicates = duplicates;
	s->max = bytes / sizeof(*s->v) / 2;
	s->fd = -1;
	return s;
}

void
io_sort_free(struct io_sort *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->v);
	free(s->spare);
	free(s->run);
	if (s->fd != -1)
		close(s->fd);
	if (s->map != NULL)
		munmap(s->map, s->maplen);
	free(s);
}

/*
 * One pass: from V to TO by the digit at SHIFT, whose places are in AT.  The
 * order among equal digits is kept, which is what makes a sort of the passes
 * together.
 */
static void
move_by_digit(const uint64_t *v, size_t n, uint64_t *to, unsigned shift,
    size_t at[DIGIT])
{
	size_t i;

	for (i = 0; i < n; i++)
		to[at[v[i] >> shift & (DIGIT - 1)]++] = v[i];
}

/*
 * A radix sort from the lowest digit on.  One that is the same in all numbers
 * costs nothing, so short numbers take fewer passes.  What is sorted is in
 * s->v again.
 */
static void
sort_digits(struct io_sort *s)
{
	static_assert(DIGITS * DIGIT_BITS >= 64, "all bits are in a digit");
	size_t count[DIGIT], i, sum, was;
	uint64_t *swap;
	unsigned d, shift;

	for (d = 0; d < DIGITS; d++) {
		shift = d * DIGIT_BITS;
		memset(count, 0, sizeof(count));
		for (i = 0; i < s->n; i++)
			count[s->v[i] >> shift & (DIGIT - 1)]++;
		if (count[s->v[0] >> shift & (DIGIT - 1)] == s->n)
			continue;
		for (i = sum = 0; i < DIGIT; i++) {
			was = count[i];
			count[i] = sum;
			sum += was;
		}
		move_by_digit(s->v, s->n, s->spare, shift, count);
		swap = s->v;
		s->v = s->spare;
		s->spare = swap;
	}
}

/*
 * Sort what is in memory.  Equal numbers go here already, and not only when
 * runs are merged, so that fewer of them are written.  The second half of the
 * memory is taken with the first sort, when it is known how much that is: a
 * short list needs little.  0, or -1 after a warning.
 */
static int
sort_memory(struct io_sort *s)
{
	size_t i, kept = 0;

	if (s->n == 0)
		return 0;
	if (s->spare == NULL &&
	    (s->spare = reallocarray(NULL, s->cap, sizeof(*s->v))) == NULL) {
		warn(NULL);
		return -1;
	}
	sort_digits(s);
	for (i = 0; i < s->n && !s->duplicates; i++)
		if (i == 0 || s->v[i] != s->v[kept - 1])
			s->v[kept++] = s->v[i];
	if (!s->duplicates)
		s->n = kept;
	return 0;
}

/* Memory is full: make a run of it. */
static int
spill(struct io_sort *s)
{
	struct run *run;

	if (sort_memory(s) == -1 ||
	    (s->fd == -1 && (s->fd = io_scratch_open(s->dir)) == -1))
		return -1;
	run = reallocarray(s->run, s->nrun + 1, sizeof(*run));
	if (run == NULL) {
		warn(NULL);
		return -1;
	}
	s->run = run;
	s->run[s->nrun++] = (struct run){ .at = s->len, .left = s->n };
	if (io_scratch_add(s->fd, s->dir, s->v,
	    s->n * sizeof(*s->v)) == -1)
		return -1;
	s->len += (off_t)(s->n * sizeof(*s->v));
	s->n = 0;
	return 0;
}

/*
 * Room for one more at least.  While there is memory left it grows, and only at
 * the bound it is spilled.  0, or -1 after a warning.
 */
static int
make_sort_room(struct io_sort *s)
{
	size_t cap = s->cap == 0 ? FIRST : 2 * s->cap;
	uint64_t *v;

	if (s->n < s->cap)
		return 0;
	if (s->cap == s->max)
		return spill(s);
	if (cap > s->max)
		cap = s->max;
	if ((v = reallocarray(s->v, cap, sizeof(*v))) == NULL) {
		warn(NULL);
		return -1;
	}
	assert(s->spare == NULL);
	s->v = v;
	s->cap = cap;
	return 0;
}

/* Others wait while a run is written, as all would need its memory. */
int
io_sort_add(struct io_sort *s, const uint64_t *v, size_t n)
{
	size_t some;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	assert(s->map == NULL);
	while (n > 0 && (rc = make_sort_room(s)) == 0) {
		some = s->cap - s->n < n ? s->cap - s->n : n;
		memcpy(s->v + s->n, v, some * sizeof(*v));
		s->n += some;
		v += some;
		n -= some;
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* See to it that R has a number at hand.  1, 0 at its end, -1 warned. */
static int
fill_run(struct io_sort *s, struct run *r, size_t block)
{
	size_t want;
	ssize_t got;

	if (r->next < r->n)
		return 1;
	if (r->left == 0)
		return 0;
	r->n = r->left < block ? r->left : block;
	r->next = 0;
	want = r->n * sizeof(*r->block);
	/* A file that was written whole gives what is asked for. */
	if ((got = pread(s->fd, r->block, want, r->at)) != (ssize_t)want) {
		if (got != -1)
			errno = EIO;
		warn("temporary file in %s", s->dir);
		return -1;
	}
	r->at += got;
	r->left -= r->n;
	return 1;
}

/* The number that R has at hand. */
static uint64_t
head_of(const struct run *r)
{
	return r->block[r->next];
}

/* Let the run at I of N find its place: a heap with the least on top. */
static void
sink(struct run *heap, size_t n, size_t i)
{
	struct run r = heap[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n &&
		    head_of(&heap[child + 1]) < head_of(&heap[child]))
			child++;
		if (head_of(&r) <= head_of(&heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = r;
}

/*
 * Take from the heap until it is empty, a block of OUT at a time to FD.
 * Returns how many numbers that were, or -1 after a warning.
 */
static int64_t
drain_heap(struct io_sort *s, int fd, uint64_t *out, size_t block)
{
	size_t n = s->nrun, at = 0;
	uint64_t v, last = 0;
	int64_t total = 0;
	int more;

	while (n > 0) {
		v = head_of(&s->run[0]);
		s->run[0].next++;
		if (total == 0 || v != last || s->duplicates) {
			out[at++] = last = v;
			total++;
		}
		if (at == block) {
			if (io_scratch_add(fd, s->dir, out,
			    at * sizeof(*out)) == -1)
				return -1;
			at = 0;
		}
		if ((more = fill_run(s, &s->run[0], block)) == -1)
			return -1;
		if (more == 0)
			s->run[0] = s->run[--n];
		if (n > 0)
			sink(s->run, n, 0);
	}
	return io_scratch_add(fd, s->dir, out, at * sizeof(*out)) == -1 ?
	    -1 : total;
}

/*
 * Merge the runs into FD; the memory is divided among them and the output.  If
 * there are so many that blocks would be small, more memory is taken than was
 * allowed: reading each number by itself would take for ever.
 */
static int64_t
merge_runs(struct io_sort *s, int fd)
{
	size_t block = s->cap / (s->nrun + 1), i;
	uint64_t *memory = s->v;
	int64_t total = -1;

	if (block < BLOCK_MIN) {
		block = BLOCK_MIN;
		memory = reallocarray(NULL, (s->nrun + 1) * block,
		    sizeof(*memory));
		if (memory == NULL) {
			warn(NULL);
			return -1;
		}
	}
	for (i = 0; i < s->nrun; i++) {
		s->run[i].block = memory + i * block;
		if (fill_run(s, &s->run[i], block) != 1)
			goto out;
	}
	for (i = s->nrun / 2; i-- > 0;)
		sink(s->run, s->nrun, i);
	total = drain_heap(s, fd, memory + s->nrun * block, block);
out:
	if (memory != s->v)
		free(memory);
	return total;
}

/*
 * Several runs become one file, which is mapped.  A mapping needs no
 * descriptor, and the runs are not needed any more, so both files are closed
 * here.
 */
static int
end_with_file(struct io_sort *s, const uint64_t **v, size_t *n)
{
	int64_t total = -1;
	int fd;

	if ((s->n > 0 && spill(s) == -1) ||
	    (fd = io_scratch_open(s->dir)) == -1)
		return -1;
	if ((total = merge_runs(s, fd)) != -1) {
		s->maplen = (size_t)total * sizeof(**v);
		s->map = mmap(NULL, s->maplen, PROT_READ, MAP_SHARED, fd, 0);
		if (s->map == MAP_FAILED) {
			warn("temporary file in %s", s->dir);
			s->map = NULL;
		}
	}
	close(fd);
	close(s->fd);
	s->fd = -1;
	free(s->v);
	s->v = NULL;
	if (s->map == NULL)
		return -1;
	*v = s->map;
	*n = (size_t)total;
	return 0;
}

int
io_sort_end(struct io_sort *s, const uint64_t **v, size_t *n)
{
	int rc;

	if (s->nrun > 0)
		rc = end_with_file(s, v, n);
	else if ((rc = sort_memory(s)) == 0) {
		*v = s->v;
		*n = s->n;
	}
	free(s->spare);
	s->spare = NULL;
	return rc;
}

size_t
io_sort_spills(const struct io_sort *s)
{
	return s->nrun;
}
