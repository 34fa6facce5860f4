/* SPDX-License-Identifier: ISC */
/* Reading one segment of a spool, for spool/reader.c. */
#ifndef SPOOL_SEGMENT_H
#define SPOOL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "spool/reader.h"

#define SPOOL_SEGMENT_NAME	64	/* bytes of a name, with its NUL */

struct spool_segment {
	char		 name[SPOOL_SEGMENT_NAME];
	uint64_t	 number;
	int		 ended;		/* all was read and nobody writes ... */
	int		 left;		/* ... but somebody may go on */
	int64_t		 read, sent, done;	/* bytes */
	int64_t		 end;		/* of the last record read */
	int64_t		 looked;	/* size when damage had no end yet */
};

/* The one segment that is open, and its bytes from bufoff on. */
struct spool_segment_file {
	const char	*dir;
	int		 dirfd;
	uint64_t	 open;		/* number, 0: none */
	int		 fd;
	int64_t		 bufoff;
	char		*buf;
	size_t		 len, cap;
	struct spool_reader_stats stats;
};

/* 1 a record, 0 none now in this segment, -1 after a warning. */
int	spool_segment_next(struct spool_segment_file *f,
	    struct spool_segment *s, struct spool_record *rec);

void	spool_segment_close(struct spool_segment_file *f);

#endif
