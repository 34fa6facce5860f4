/* SPDX-License-Identifier: ISC */
/*
 * The list of the segments in a spool's directory, which one reader keeps.  A
 * pointer to a segment is good until the next add or scan; its number is good
 * for ever.
 */
#ifndef SPOOL_DIR_H
#define SPOOL_DIR_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct spool_segment;

struct spool_dir {
	const char	*path;		/* borrowed */
	int		 fd;		/* the caller opens it; -1: not yet */
	int		 is_mine;	/* the caller holds the reader's lock:
					 * a scan may delete leftovers */
	struct spool_segment *seg;	/* sorted by name */
	size_t		 nseg, capseg;
	size_t		 at;		/* index of the one being read */
	/* Of dir.c; times are of the monotonic clock. */
	uint64_t	 numbers;	/* the last one given to a segment */
	int64_t		 scanned_ms;	/* the last scan */
	struct timespec	 time;		/* st_mtim of the directory then */
	int64_t		 time_ms;	/* when that value was seen first */
	int		 settled;	/* no need to scan until it changes */
	int64_t		 blind_ms;	/* the last warning of a failed scan */
};

/*
 * Begin an empty list for the directory PATH, which the caller opens as D->fd.
 * The caller owes a spool_dir_done(), which closes it.
 */
void	spool_dir_init(struct spool_dir *d, const char *path);
void	spool_dir_done(struct spool_dir *d);

/* 1 if NAME, of LEN bytes, is the name of a segment. */
int	spool_dir_is_segment(const char *name, size_t len);

/*
 * Add the segment NAME to the list, unless it is there.  All before SENT was
 * passed on, and all before DONE is done with.  Returns 0, or -1 after a
 * warning.
 */
int	spool_dir_add(struct spool_dir *d, const char *name, int64_t sent,
	    int64_t done);

/*
 * Add segments that are new, and reopen those in which a writer went on.
 * Segments that are gone stay in the list; the reader takes them out.  Returns
 * 0, or -1 if the directory cannot be read, which is warned of once a minute.
 */
int	spool_dir_scan(struct spool_dir *d);

/* The segment with this NUMBER, or NULL. */
struct spool_segment *spool_dir_find(const struct spool_dir *d,
	    uint64_t number);

/* Bytes in all segments, or (UNREAD) behind what was read of them. */
int64_t	spool_dir_bytes(const struct spool_dir *d, int unread);

/*
 * Delete the files in bad/ that are older than KEEP_S seconds, and count the
 * others and their bytes.  With INT64_MAX nothing is deleted.
 */
void	spool_dir_look_at_bad(const struct spool_dir *d, int64_t keep_s,
	    int64_t *files, int64_t *bytes);

#endif
