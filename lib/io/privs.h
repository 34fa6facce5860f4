/* SPDX-License-Identifier: ISC */
/* Giving up the rights of root. */
#ifndef IO_PRIVS_H
#define IO_PRIVS_H

#include <sys/types.h>

struct io_privs {
	char	name[64];	/* of the user */
	uid_t	uid;
	gid_t	gid;
};

/*
 * Find the user and group of TEXT, USER or USER:GROUP; without a group it is
 * that of the user.  Returns NULL, or what is wrong.
 */
const char *io_privs_find(struct io_privs *p, const char *text);

/*
 * Become P with all groups of its user, for good; also no program that is
 * run gets any rights from its file.  Before there are threads.  Returns 0,
 * or -1 after a warning.
 */
int	io_privs_drop(const struct io_privs *p);

#endif
