/* SPDX-License-Identifier: ISC */
/* Sockets to accept connections on. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stddef.h>

/*
 * The listening socket a supervisor handed over: descriptor 0 (inetd
 * "wait"), or 3 with LISTEN_FDS=1 and our LISTEN_PID (systemd).  -1 if there
 * is none.
 */
int	net_listen_inherited(void);

/*
 * A socket that listens on ADDRESS:PORT; an IPv6 address stands in brackets,
 * none or * means all, port 0 a free one.  Returns -1 after a warning.
 */
int	net_listen_open(const char *where);

/* Enough for any name of net_listen_name(). */
#define NET_LISTEN_NAME_LEN	128

/* Where FD listens, as net_listen_open() reads it. */
void	net_listen_name(int fd, char name[NET_LISTEN_NAME_LEN]);

#endif
