/* SPDX-License-Identifier: ISC */
/*
 * A log that nobody waits for: a thread writes what it is given to a
 * descriptor, some milliseconds later at most, every line with one write(2).
 * While the descriptor takes none, as a pipe whose reader is stuck, lines
 * gather; when there is no room for more they are lost, and the log says how
 * many.
 */
#ifndef IO_LOGGER_H
#define IO_LOGGER_H

#include <stddef.h>
#include <stdio.h>

struct io_logger;

/* Write to FD, which stays the caller's.  Returns NULL after a warning. */
struct io_logger *io_logger_new(int fd);

/*
 * Write what is left, for WAIT_MS at most, and release it.  Without SIGPIPE
 * ignored a closed pipe ends the program.
 */
void	io_logger_free(struct io_logger *l, int wait_ms);

/* Log LEN bytes, which end in '\n'.  From any thread; never waits. */
void	io_logger_line(struct io_logger *l, const char *line, size_t len);

/*
 * What is printed here is logged, line by line: a server sets stderr to it,
 * so that no warning can hold it up, until it frees L.
 */
FILE	*io_logger_stream(struct io_logger *l);

#endif
