/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "queue/caller.h"

#define NETWORK_V4	15	/* bytes of an address that are kept */
#define NETWORK_V6	7

/*
 * The bits behind the network are cleared so that callers of one network have
 * the same text, which is a part of a name in Redis.
 */
void
queue_caller_set(struct queue_caller *c, const struct base_addr *a)
{
	struct base_addr network = *a;
	size_t kept = base_addr_is_v4(a) ? NETWORK_V4 : NETWORK_V6;

	if (a->is_known)
		base_addr_format(c->address, a);
	else
		strcpy(c->address, "127.0.0.1");
	memset(network.byte + kept, 0, sizeof(network.byte) - kept);
	base_addr_format(c->network, &network);
}
