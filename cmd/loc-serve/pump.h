/* SPDX-License-Identifier: ISC */
/*
 * A client whose requests and replies go through two descriptors of any
 * kind, while the HTTP server needs a socket.
 */
#ifndef SERVE_PUMP_H
#define SERVE_PUMP_H

struct serve_pump;

/*
 * Copy what can be read from IN to the socket *SOCK, which is for the
 * server, and what it sends to OUT, in a thread, which closes IN and OUT at
 * the end.  Returns NULL after a warning.
 */
struct serve_pump *serve_pump_new(int in, int out, int *sock);

/*
 * When the server has closed its socket: copy what it has sent, as long as
 * OUT takes it, and release P.
 */
void	serve_pump_free(struct serve_pump *p);

#endif
