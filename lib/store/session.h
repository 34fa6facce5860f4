/* SPDX-License-Identifier: ISC */
/* How a fresh connection is set up, and what there is to know of its server. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include <stddef.h>

#include <mysql.h>

#include "store/breaker.h"

/* Servers that take smaller packets are not used. */
#define STORE_SESSION_PACKET_MIN	(16 * 1024)

/* The longest wait for a lock: all transactions are short. */
#define STORE_SESSION_LOCK_S	10

struct store_session {
	size_t	packet;			/* max_allowed_packet, bytes */
	int	logs_statements;	/* hence REPEATABLE READ */
	int	is_node;		/* of a Galera cluster */
	int	takes_arrays;		/* of parameters, for many rows */
	char	server[STORE_BREAKER_NAME]; /* the same behind any proxy */
};

/* What to go by before there is a connection. */
void	store_session_init(struct store_session *s);

/*
 * Look at the server of MY, just connected, and set the session up: UTC, a
 * strict mode, short waits for locks, READ COMMITTED or else REPEATABLE READ;
 * and if CAUSAL, on a node of a cluster, no look before it has all that others
 * have committed.
 * Returns 0, or -1 with SIZE bytes of WHY saying what is wrong with the
 * server, or "" for the error of MY.
 */
int	store_session_begin(struct store_session *s, MYSQL *my, int causal,
	    char *why, size_t size);

#endif
