/* SPDX-License-Identifier: ISC */
/* The segments of a spool's directory, as its reader knows them. */
#ifndef SPOOL_DIR_H
#define SPOOL_DIR_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct spool_segment;

struct spool_dir {
	const char	*path;		/* borrowed */
	int		 fd;		/* the caller opens it; -1: not yet */
	int		 is_mine;	/* what was left half done may go */
	struct spool_segment *seg;	/* by name */
	size_t		 nseg, capseg;
	size_t		 at;		/* the one that is being read */
	/* of dir.c */
	uint64_t	 numbers;	/* given to segments */
	int64_t		 scanned_ms;
	struct timespec	 time;		/* of its change, when scanned */
	int64_t		 time_ms;	/* when that was seen first */
	int		 settled;	/* it was scanned again later */
	int64_t		 blind_ms;	/* when it told that it cannot scan */
};

/* A directory that is not open.  The caller owes a spool_dir_done(). */
void	spool_dir_init(struct spool_dir *d, const char *path);
void	spool_dir_done(struct spool_dir *d);

/* 1 if NAME, of LEN bytes, is that of a segment. */
int	spool_dir_is_segment(const char *name, size_t len);

/*
 * Add the segment NAME, which was passed on and done up to these places,
 * unless it is known.  Returns 0, or -1 after a warning.
 */
int	spool_dir_add(struct spool_dir *d, const char *name, int64_t sent,
	    int64_t done);

/*
 * Learn of new segments, and of those in which a writer went on.  Returns 0,
 * or -1 if that is not possible, which is warned of once a minute.
 */
int	spool_dir_scan(struct spool_dir *d);

/* The segment with this NUMBER, or NULL. */
struct spool_segment *spool_dir_find(const struct spool_dir *d,
	    uint64_t number);

/* Bytes in all segments, or (UNREAD) behind what was read of them. */
int64_t	spool_dir_bytes(const struct spool_dir *d, int unread);

/*
 * How many files with how many bytes were put aside as damaged; those that
 * are older than KEEP_S are removed.
 */
void	spool_dir_look_at_bad(const struct spool_dir *d, int64_t keep_s,
	    int64_t *files, int64_t *bytes);

#endif
