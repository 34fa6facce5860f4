/* SPDX-License-Identifier: ISC */
/* What the files of loc-mapgen share. */
#ifndef MAPGEN_H
#define MAPGEN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "io/progress.h"

struct base_buf;
struct conf_file;
struct io_sort;
struct map_walk_tile;

struct mapgen {
	/* what is asked for */
	const struct conf_file	*cf;		/* NULL: a file is read */
	const char	*file;
	const struct mapgen_layer *layer;	/* -l; NULL: the data map */
	int64_t		 days;			/* -a; -1: all */
	const char	*dir;			/* -o, or NULL */
	const char	*archive;		/* -p, or NULL */
	unsigned	 zoom;			/* the last */
	unsigned	 threads;
	size_t		 memory;		/* bytes, for sorting */
	const char	*tmp;			/* directory */
	int		 even;			/* -e */
	int		 update, quiet, verbose;
	struct mapgen_external *external;	/* -x, or NULL */

	/* what is under way */
	struct io_sort	*sort;
	const uint64_t	*keys;			/* sorted, each once */
	size_t		 n;
	struct io_progress progress;

	/* what came of it */
	atomic_ullong	 rows;			/* points */
	unsigned	 sources;		/* with any point */
	size_t		 intermediate;		/* when memory was full */
	uint64_t	 bad, outside;		/* lines of the file */
	atomic_ullong	 tiles;
	atomic_ullong	 added, changed, unchanged, deleted;
	double		 export_s, sort_s, merge_s, render_s;
};

/*
 * Hand the points to m->sort: those of the file, or of the database.  Return
 * an exit status; bad lines are only counted.
 */
int	mapgen_input(struct mapgen *m);
int	mapgen_tables(struct mapgen *m);

/* The layer called NAME; another name ends the program. */
const struct mapgen_layer *mapgen_tables_layer(const char *name);

/*
 * The programs of datamaps.  Points are handed to them in addition to m->sort:
 * as LEN bytes of TEXT, from any thread.  _open() returns NULL, and _add() -1,
 * after a warning; _render() makes all tiles of them, and returns an exit
 * status.
 */
struct mapgen_external *mapgen_external_open(const struct mapgen *m);
int	mapgen_external_add(struct mapgen_external *x, double lat, double lon,
	    const char *text, size_t len);
int	mapgen_external_render(struct mapgen_external *x, struct mapgen *m);
void	mapgen_external_end(struct mapgen_external *x);

/* Make all tiles of m->keys, of which there are some.  An exit status. */
int	mapgen_render(struct mapgen *m);

/*
 * Write what is in B to PATH, for everybody to read.  Returns 0, or -1 after
 * a warning.
 */
#define MAPGEN_PUBLIC	0644
int	mapgen_publish(const char *path, const struct base_buf *b);

/* Write data.json, and print the same line.  An exit status. */
int	mapgen_report(const struct mapgen *m);

/*
 * The directory of tiles.  A struct mapgen_tree is one thread's view of it.
 */
struct mapgen_tree {
	int		 dir;			/* of all, or -1 */
	int		 column;		/* z/x, or -1 */
	unsigned	 z;			/* of that column */
	uint32_t	 x;
	char		*old;			/* a tile that is there */
	size_t		 cap;
};

/*
 * Look at m->dir, which is made if it is missing; without m->update it must
 * have no tiles.  Returns an exit status.
 */
int	mapgen_tree_check(const struct mapgen *m);

/* Open M's directory for a thread.  Returns 0, or -1 after a warning. */
int	mapgen_tree_open(struct mapgen_tree *t, const struct mapgen *m);
void	mapgen_tree_end(struct mapgen_tree *t);

/*
 * Write LEN bytes of tile T, or with DOUBLED of its larger picture, unless
 * they are there already.  Counts.  Returns 0, or -1 after a warning.
 */
int	mapgen_tree_put(struct mapgen_tree *t, struct mapgen *m,
	    const struct map_walk_tile *tile, int doubled, const void *data,
	    size_t len);

/*
 * Remove tiles that m->keys do not have, and what an earlier run left when it
 * was killed; then see that all is on the disk.  Returns 0, or -1 after a
 * warning.
 */
int	mapgen_tree_finish(struct mapgen *m);

/*
 * The archive; its tiles come in the order of the curve, zoom after zoom.
 */
struct mapgen_archive;

/* Begin m->archive.  Returns NULL after a warning. */
struct mapgen_archive *mapgen_archive_open(const struct mapgen *m);

/* Returns 0, or -1 after a warning. */
int	mapgen_archive_put(struct mapgen_archive *a, unsigned z, uint32_t x,
	    uint32_t y, const void *data, size_t len);

/*
 * End it: with an OVERVIEW, a picture of the world, complete it and put it in
 * its place, with a description and that picture beside it; release A in any
 * case.  Returns 0, or -1 after a warning with what was there before untouched.
 */
int	mapgen_archive_end(struct mapgen_archive *a, const struct mapgen *m,
	    const struct base_buf *overview);

#endif
