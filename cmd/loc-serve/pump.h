/* SPDX-License-Identifier: ISC */
/*
 * A client whose requests and replies go through two descriptors of any
 * kind, while the HTTP server needs a socket.
 */
#ifndef PUMP_H
#define PUMP_H

struct pump;

/*
 * Copy what can be read from IN to the socket *SOCK, which is for the
 * server, and what it sends to OUT, in a thread, which closes IN and OUT at
 * the end.  Returns NULL after a warning.
 */
struct pump *pump_new(int in, int out, int *sock);

/*
 * When the server has closed its socket: copy what it has sent, as long as
 * OUT takes it, and release P.
 */
void	pump_free(struct pump *p);

#endif
