/* SPDX-License-Identifier: ISC */
/*
 * Files that are mapped, though others may cut them or write to them at any
 * time.
 */
#ifndef IO_MAPPED_H
#define IO_MAPPED_H

#include <sys/stat.h>

#include <stddef.h>

struct io_mapped {
	const void		*data;
	size_t			 len;
	/* of io/mapped.c: */
	int			 fd;
	char			*name;
	struct stat		 st;	/* as it was opened */
	struct io_mapped	*next;
};

/*
 * Map the regular file that FD is open on, which is closed with the map.  NAME
 * is for warnings.  Returns NULL after a warning, FD being closed.
 *
 * If what is read of it is not there any more, as somebody has cut the file or
 * its disk fails, the program ends with a message and status 74, but for
 * io_mapped_guard().
 */
struct io_mapped *io_mapped_new(int fd, const char *name);
void	io_mapped_free(struct io_mapped *m);

/* 0, or -1 after a warning that the file was written to since it was mapped. */
int	io_mapped_check(const struct io_mapped *m);

/*
 * Call WORK(ARG), which reads a file that is mapped.  Returns 0; or -1 if
 * WORK came to no end, because the file was cut: what it had begun to do is
 * left as it is.  WORK must not call this itself.
 */
int	io_mapped_guard(void (*work)(void *arg), void *arg);

#endif
