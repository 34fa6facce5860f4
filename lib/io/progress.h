/* SPDX-License-Identifier: ISC */
/*
 * One line on a terminal that shows how far a long job is: nothing when
 * stderr is none, a few redraws a second, erased at the end.
 */
#ifndef IO_PROGRESS_H
#define IO_PROGRESS_H

#include <stdint.h>

struct io_progress {
	const char	*what;		/* "rows" */
	int		 on;
	int64_t		 start_ms, last_ms;
};

/* Begin; silent when QUIET or when stderr is no terminal. */
void	io_progress_init(struct io_progress *p, const char *what, int quiet);

/* COUNT so far; DONE is the part of the whole, 0 to 1, negative if unknown. */
void	io_progress_show(struct io_progress *p, uint64_t count, double done);

/* Erase the line. */
void	io_progress_done(struct io_progress *p);

#endif
