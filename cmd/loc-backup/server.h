/* SPDX-License-Identifier: ISC */
/* A MariaDB of our own, which ends with us. */
#ifndef SERVER_H
#define SERVER_H

#include <limits.h>
#include <sys/types.h>

struct server {
	char	dir[PATH_MAX];		/* for files; goes with it */
	char	url[PATH_MAX + 128];	/* of the database "drill" in it */
	/* private */
	int	lifeline;
	pid_t	keeper;
};

/*
 * Start one in a new directory below TMP, where it answers on a socket only
 * and keeps nothing for long.  Before there are threads.  Returns EX_OK, and
 * the caller owes server_end(); or an exit status after a warning.  However
 * the program ends, also by SIGKILL, server and directory go.
 */
int	server_start(struct server *s, const char *tmp);
void	server_end(struct server *s);

#endif
