/* SPDX-License-Identifier: ISC */
/*
 * Telling the service manager how a server is, as sd_notify(3) does: a
 * datagram to $NOTIFY_SOCKET.  Without that nothing is done.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

/* It serves, also after a reload; it ends. */
void	io_notify_ready(void);
void	io_notify_stopping(void);

/* It reads its configuration anew; io_notify_ready() follows. */
void	io_notify_reloading(void);

#endif
