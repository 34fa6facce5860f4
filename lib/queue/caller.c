/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "queue/caller.h"

#define NETWORK_V4	15	/* bytes of an IPv6 address that are kept */
#define NETWORK_V6	7

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/*
 * Addresses are kept as IPv6, with those of IPv4 mapped into it, and are
 * written as people know them.
 */
static void
format_address(char out[QUEUE_CALLER_LEN], const uint8_t addr[16], int v6)
{
	static_assert(QUEUE_CALLER_LEN >= INET6_ADDRSTRLEN, "addresses fit");

	if (v6)
		inet_ntop(AF_INET6, addr, out, QUEUE_CALLER_LEN);
	else
		base_num_quad(out, addr + sizeof(mapped));
}

/*
 * A text that is no address, which a proxy may have made, counts as this host;
 * that it is not known is noted, so that such callers are not limited as if
 * they were one.  The bits behind the network are cleared so that callers of
 * one network have the same text, which is a part of a name in Redis.
 */
void
queue_caller_parse(struct queue_caller *c, const char *text)
{
	static const uint8_t nobody[4] = { 127, 0, 0, 1 };
	uint8_t a[16];
	size_t kept;
	int v6;

	memcpy(a, mapped, sizeof(mapped));
	c->known = text != NULL &&
	    (inet_pton(AF_INET, text, a + sizeof(mapped)) == 1 ||
	    inet_pton(AF_INET6, text, a) == 1);
	if (!c->known) {
		memcpy(a, mapped, sizeof(mapped));
		memcpy(a + sizeof(mapped), nobody, sizeof(nobody));
	}
	v6 = memcmp(a, mapped, sizeof(mapped)) != 0;
	format_address(c->address, a, v6);
	kept = v6 ? NETWORK_V6 : NETWORK_V4;
	memset(a + kept, 0, sizeof(a) - kept);
	format_address(c->network, a, v6);
}
