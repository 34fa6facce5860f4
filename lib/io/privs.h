/* SPDX-License-Identifier: ISC */
/* Giving up the rights of root. */
#ifndef IO_PRIVS_H
#define IO_PRIVS_H

#include <sys/types.h>

struct io_privs {
	char	name[64];	/* of the user; "": it has none */
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

/*
 * Leave no core and be read by no debugger: what daemons have in memory is
 * where people are, and passwords.  io_privs_drop() does it again, as to
 * become another user undoes it.  The first thing in main().
 */
void	io_privs_no_cores(void);

/*
 * For root alone; anybody else is left as it is.  A program that puts files
 * into DIR becomes its owner first, so that whoever works there can read
 * them: it does what io_privs_drop() does, unless the owner is root.  If DIR
 * is missing it is made as by io_privs_make_dir(), for USER, which is as
 * io_privs_find() takes it, or NULL.  Returns 0, or -1 after a warning.
 */
int	io_privs_enter(const char *dir, const char *user);

/* Make DIR, if it is missing, for P alone and its group to read. */
int	io_privs_make_dir(const struct io_privs *p, const char *dir);

/*
 * Find the owner of DIR.  Returns 1, 0 if there is no such directory, or -1
 * after a warning.  One that is not in the password file has no name, and
 * the group of DIR.
 */
int	io_privs_owner(struct io_privs *p, const char *dir);

#endif
