/* SPDX-License-Identifier: ISC */
/*
 * Lines of a file that may be plain, gzip or zstd: told apart by its first
 * bytes, not by its name.  A line ends with LF, CRLF or CR.  A byte order
 * mark before a line is no part of it, nor are zeros behind gzip of the file.
 * Archives, other compressions and UTF-16 are told by their names, and are
 * errors.
 */
#ifndef IO_INFILE_H
#define IO_INFILE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer lines are cut to this and marked, unless another bound is set. */
#define IO_INFILE_LINE_MAX	(1024 * 1024)

struct io_infile;

struct io_infile_line {
	const char	*text;		/* borrowed until the next line */
	size_t		 len;		/* without LF, CRLF or CR */
	uint64_t	 number;	/* from 1 */
	int		 cut;		/* was longer than allowed */
	int		 open;		/* the file ended before its LF */
};

/*
 * Open PATH, "-" being standard input.  Returns NULL after a warning; the
 * caller owes an io_infile_end().  Before it waits for standard input it
 * flushes standard output, so that a filter's answers never lie behind.
 */
struct io_infile *io_infile_open(const char *path);
void	io_infile_end(struct io_infile *f);

/*
 * The same in two steps, for a program that may not open the file later: the
 * descriptor, or -1 after a warning, and then the file, which owns it.
 */
int	io_infile_fd(const char *path);
struct io_infile *io_infile_take(int fd, const char *path);

/*
 * What SOURCE gives, which is called with ARG as read(2) is and warns itself
 * when it fails; ARG and NAME must outlive the file.  NULL after a warning.
 */
struct io_infile *io_infile_from(ssize_t (*source)(void *arg, void *buf,
	    size_t len), void *arg, const char *name);

/* Let lines have MAX bytes; before the first is read. */
void	io_infile_line_max(struct io_infile *f, size_t max);

/*
 * Let a caught signal end the waiting for input: when *STOP is set, what was
 * read last is the end of the file.
 */
void	io_infile_stop_on(struct io_infile *f,
	    const atomic_int *stop);

/*
 * Before anything is read, whether all of a compressed file can be: for whoever
 * keeps what its lines say, as only a checksum at the end tells that a figure
 * is another one.  It takes the time of reading it.  Returns 0 after a warning,
 * and 1 also for what cannot be read twice, and after a signal.
 */
int	io_infile_is_whole(struct io_infile *f);

/* PATH, or "stdin". */
const char *io_infile_name(const struct io_infile *f);

/*
 * The next line; the last may lack its LF.  Returns 1, 0 at the end, or -1
 * after a warning when the file cannot be read or is damaged.
 */
int	io_infile_next(struct io_infile *f, struct io_infile_line *line);

/*
 * For files that are no lines, also archives and databases: decompressed, if
 * it is gzip or zstd, and as it is otherwise.  _peek() shows how the file
 * begins, which remains to be read: IO_INFILE_PEEK bytes or more, or all of
 * it; before anything is read.  _some() has the next bytes, borrowed until
 * anything else is asked.  Both return how many, 0 at the end, or -1 after a
 * warning.
 */
#define IO_INFILE_PEEK	65536
ssize_t	io_infile_peek(struct io_infile *f, const char **data);
ssize_t	io_infile_some(struct io_infile *f, const char **data);

/* How much was read, 0 to 1; negative if the size is not known. */
double	io_infile_done(const struct io_infile *f);

#endif
