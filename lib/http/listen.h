/* SPDX-License-Identifier: ISC */
/* Sockets to accept connections on. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <sys/types.h>

#include <stddef.h>

#define HTTP_LISTEN_MAX	16

struct http_listen {
	size_t	 n;
	struct http_listen_socket {
		int	 fd;
		char	*path;		/* of a file we made, or NULL */
		dev_t	 dev;
		ino_t	 ino;		/* what PATH was then */
	}	 at[HTTP_LISTEN_MAX];
};

/*
 * The listening sockets a supervisor handed over: descriptor 0 (inetd
 * "wait"), or those from 3 on that LISTEN_FDS counts, if LISTEN_PID is ours
 * (systemd).  L is empty if there are none.  Returns 0, or -1 after a
 * warning if what was handed over is something else.
 */
int	http_listen_inherited(struct http_listen *l);

/* Is FD a socket to accept connections of streams from? */
int	http_listen_is(int fd);

/*
 * Listen on all of WHERE, separated by blanks: ADDRESS:PORT, where an IPv6
 * address stands in brackets, none or * means all, and port 0 a free one; or
 * unix:/PATH, or /PATH, optionally with ?mode=OCTAL (660).  A socket that a
 * dead process left at PATH makes room.  Returns 0, or -1 after a warning.
 */
int	http_listen_open(struct http_listen *l, const char *where);

/*
 * See whether WHERE can be read, which http_listen_open() relies on.  Returns
 * NULL, or what was expected instead of the place that begins at *AT.
 */
const char *http_listen_check(const char *where, const char **at);

/* Give the files made to user UID and group GID.  0, or -1 after a warning. */
int	http_listen_chown(const struct http_listen *l, uid_t uid, gid_t gid);

/* Close all, and remove the files made. */
void	http_listen_end(struct http_listen *l);

/* Enough for any name of http_listen_name(). */
#define HTTP_LISTEN_NAME_LEN	136

/* Where FD listens, as http_listen_open() reads it. */
void	http_listen_name(int fd, char name[HTTP_LISTEN_NAME_LEN]);

#endif
