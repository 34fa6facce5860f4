/* SPDX-License-Identifier: ISC */
/*
 * Blocks go round a ring.  The caller fills the one at HEAD and hands it over;
 * threads take full blocks at NEXT, in order, and compress them; the caller
 * passes on what is done from TAIL, in order again.  It does so whenever it
 * hands over a block, and waits only when the ring is full, so that it reads
 * and formats while others compress.  The sink runs in the caller's thread and
 * without the lock: it may block, and needs no lock of its own.
 *
 *	TAIL ... done ... NEXT ... full ... HEAD (being filled) ... free
 *
 * libdeflate is twice as fast as zlib and compresses better, but knows only
 * whole pieces: hence a member for each block.  Where no thread can be made
 * the caller compresses by itself.
 */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libdeflate.h>

#include "io/gzout.h"

/* One to be filled and one to be passed on, beside those in the works. */
#define SPARE_BLOCKS	2
#define BLOCKS_MAX	(IO_GZOUT_THREADS_MAX + SPARE_BLOCKS)

enum block_state { BLOCK_FREE, BLOCK_FULL, BLOCK_TAKEN, BLOCK_DONE };

/* Only its state is for the lock; the bytes are for one thread at a time. */
struct gz_block {
	enum block_state state;
	char		*in, *out;
	size_t		 in_len, out_len;
};

struct gz_thread {
	struct io_gzout			*g;
	struct libdeflate_compressor	*c;
	pthread_t			 id;
};

struct io_gzout {
	int		(*sink)(void *arg, const void *data, size_t len);
	void		*arg;
	size_t		 out_cap;
	int		 failed;	/* nothing more goes to the sink */
	int		 any;		/* a block was handed over */
	size_t		 nblocks;
	size_t		 head, tail;	/* the caller's */
	struct gz_thread thread[IO_GZOUT_THREADS_MAX];
	unsigned	 nthreads;	/* that run */
	/* what the lock is for, with the states of the blocks */
	pthread_mutex_t	 lock;
	pthread_cond_t	 full, done;
	size_t		 next;
	int		 stopping;
	struct gz_block	 block[BLOCKS_MAX];
};

/* The bound was asked for, so that there is always room. */
static void
compress_block(struct libdeflate_compressor *c, struct gz_block *b,
    size_t cap)
{
	b->out_len = libdeflate_gzip_compress(c, b->in, b->in_len, b->out,
	    cap);
	assert(b->out_len > 0);
}

/*
 * What each thread does.  Blocks are taken in order, so that the oldest, which
 * the caller may wait for, is never behind others.
 */
static void *
compress_blocks(void *arg)
{
	struct gz_thread *t = arg;
	struct io_gzout *g = t->g;
	struct gz_block *b;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		while (!g->stopping && g->block[g->next].state != BLOCK_FULL)
			pthread_cond_wait(&g->full, &g->lock);
		if (g->stopping)
			break;
		b = &g->block[g->next];
		b->state = BLOCK_TAKEN;	/* NEXT may come round to it */
		g->next = (g->next + 1) % g->nblocks;
		pthread_mutex_unlock(&g->lock);
		compress_block(t->c, b, g->out_cap);
		pthread_mutex_lock(&g->lock);
		b->state = BLOCK_DONE;
		pthread_cond_signal(&g->done);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

/*
 * Make as many of N threads as can be had.  Signals stay with the caller,
 * which knows what they mean.
 */
static void
start_threads(struct io_gzout *g, unsigned n)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (g->nthreads < n && pthread_create(&g->thread[g->nthreads].id,
	    NULL, compress_blocks, &g->thread[g->nthreads]) == 0)
		g->nthreads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* All threads have ended, or never began. */
static void
free_gzout(struct io_gzout *g)
{
	size_t i;

	for (i = 0; i < IO_GZOUT_THREADS_MAX; i++)
		libdeflate_free_compressor(g->thread[i].c);
	for (i = 0; i < g->nblocks; i++) {
		free(g->block[i].in);
		free(g->block[i].out);
	}
	pthread_cond_destroy(&g->full);
	pthread_cond_destroy(&g->done);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/*
 * What N threads need.  All of it is there before the first byte, so that
 * nothing fails for memory later.  0, or -1: memory is short.
 */
static int
make_gz_blocks(struct io_gzout *g, unsigned n, int level)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		g->thread[i].g = g;
		g->thread[i].c = libdeflate_alloc_compressor(level);
		if (g->thread[i].c == NULL)
			return -1;
	}
	g->out_cap = libdeflate_gzip_compress_bound(g->thread[0].c,
	    IO_GZOUT_BLOCK);
	while (g->nblocks < n + SPARE_BLOCKS) {
		g->block[g->nblocks].in = malloc(IO_GZOUT_BLOCK);
		g->block[g->nblocks].out = malloc(g->out_cap);
		g->nblocks++;
		if (g->block[g->nblocks - 1].in == NULL ||
		    g->block[g->nblocks - 1].out == NULL)
			return -1;
	}
	return 0;
}

/*
 * More threads than processors would only take memory, so 0 means as many as
 * there are.
 */
struct io_gzout *
io_gzout_open(unsigned threads, int level,
    int (*sink)(void *arg, const void *data, size_t len), void *arg)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct io_gzout *g;

	assert(level >= 1 && level <= IO_GZOUT_LEVEL_MAX);
	if (threads == 0)
		threads = cpus < 1 ? 1 : (unsigned)cpus;
	if (threads > IO_GZOUT_THREADS_MAX)
		threads = IO_GZOUT_THREADS_MAX;
	if ((g = calloc(1, sizeof(*g))) == NULL) {
		warn("gzip");
		return NULL;
	}
	g->sink = sink;
	g->arg = arg;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->full, NULL);
	pthread_cond_init(&g->done, NULL);
	if (make_gz_blocks(g, threads, level) == -1) {
		warnx("gzip: out of memory");
		free_gzout(g);
		return NULL;
	}
	start_threads(g, threads);
	return g;
}

/*
 * Pass on blocks from TAIL while they are done; the first LEAST of them are
 * waited for.
 */
static void
pass_on(struct io_gzout *g, size_t least)
{
	struct gz_block *b;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		b = &g->block[g->tail];
		while (least > 0 && (b->state == BLOCK_FULL ||
		    b->state == BLOCK_TAKEN))
			pthread_cond_wait(&g->done, &g->lock);
		if (b->state != BLOCK_DONE)
			break;
		pthread_mutex_unlock(&g->lock);
		if (!g->failed && g->sink(g->arg, b->out, b->out_len) != 0)
			g->failed = 1;
		g->tail = (g->tail + 1) % g->nblocks;
		least -= least > 0;
		pthread_mutex_lock(&g->lock);
		b->in_len = 0;
		b->state = BLOCK_FREE;
	}
	pthread_mutex_unlock(&g->lock);
}

/*
 * The block at HEAD is complete.  The one behind it has to be free before it
 * can be filled, which it is at once unless the ring is full.
 */
static void
hand_block_over(struct io_gzout *g)
{
	struct gz_block *b = &g->block[g->head];

	assert(b->state == BLOCK_FREE);
	g->any = 1;
	if (g->nthreads == 0)
		compress_block(g->thread[0].c, b, g->out_cap);
	pthread_mutex_lock(&g->lock);
	b->state = g->nthreads == 0 ? BLOCK_DONE : BLOCK_FULL;
	pthread_cond_signal(&g->full);
	pthread_mutex_unlock(&g->lock);
	g->head = (g->head + 1) % g->nblocks;
	pass_on(g, g->head == g->tail);
	assert(g->block[g->head].state == BLOCK_FREE);
}

/* After a failure nothing is compressed any more: nobody wants it. */
int
io_gzout_write(struct io_gzout *g, const void *data, size_t len)
{
	const char *p = data;
	struct gz_block *b;
	size_t n;

	while (len > 0 && !g->failed) {
		b = &g->block[g->head];
		n = IO_GZOUT_BLOCK - b->in_len;
		if (n > len)
			n = len;
		memcpy(b->in + b->in_len, p, n);
		b->in_len += n;
		p += n;
		len -= n;
		if (b->in_len == IO_GZOUT_BLOCK)
			hand_block_over(g);
	}
	return g->failed ? -1 : 0;
}

/* Threads that are in the middle of a block finish it. */
int
io_gzout_end(struct io_gzout *g, int keep)
{
	int rc;
	unsigned i;

	if (keep && !g->failed) {
		if (g->block[g->head].in_len > 0 || !g->any)
			hand_block_over(g);
		pass_on(g, g->nblocks);
	}
	pthread_mutex_lock(&g->lock);
	g->stopping = 1;
	pthread_cond_broadcast(&g->full);
	pthread_mutex_unlock(&g->lock);
	for (i = 0; i < g->nthreads; i++)
		pthread_join(g->thread[i].id, NULL);
	rc = keep && !g->failed ? 0 : -1;
	free_gzout(g);
	return rc;
}
