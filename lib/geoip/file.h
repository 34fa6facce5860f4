/* SPDX-License-Identifier: ISC */
/*
 * A file that others may replace, overwrite or cut at any time: telling
 * whether they did, and reading it all the same.
 */
#ifndef GEOIP_FILE_H
#define GEOIP_FILE_H

#include <sys/types.h>

#include <time.h>

/* What a file was; when it was written to it is something else. */
struct geoip_file_id {
	dev_t		 dev;
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime, ctime;
};

/* Of the file at PATH, or of FD.  0, or -1 with errno set. */
int	geoip_file_look(struct geoip_file_id *id, const char *path);
int	geoip_file_look_fd(struct geoip_file_id *id, int fd);

int	geoip_file_same(const struct geoip_file_id *a,
	    const struct geoip_file_id *b);

/*
 * A copy of the file at PATH in memory, as a descriptor; -1 after a warning,
 * also if the file was written to meanwhile.
 */
int	geoip_file_copy(const char *path);

#endif
