/* SPDX-License-Identifier: ISC */
/*
 * Lists of trusted proxies, and what X-Forwarded-For says: the first line is
 * a list, each further one a header.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "http/peer.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
forward(const struct http_peer_list *l, char *line)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char out[BASE_ADDR_LEN], *header;
	struct base_addr again;
	struct http_peer p;

	sa.sin_addr.s_addr = htonl(0x7f000001);
	http_peer_begin(&p, l, (const struct sockaddr *)&sa);
	while ((header = strsep(&line, "\n")) != NULL)
		http_peer_forwarded(&p, header);
	base_addr_format(out, &p.addr);
	assert(base_addr_parse(&again, out) == p.addr.is_known);
	assert(!p.addr.is_known || memcmp(again.byte, p.addr.byte,
	    sizeof(again.byte)) == 0);
	assert(p.addr.is_known || !p.trusted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len), *copy, *line = text;
	struct http_peer_list l;
	const char *at, *list = strsep(&line, "\n");

	if (http_peer_list_open(&l, list, &at) == NULL && line != NULL) {
		copy = strdup(line);
		forward(&l, copy);
		free(copy);
		l.leftmost = 1;
		forward(&l, line);
	}
	http_peer_list_end(&l);
	free(text);
	return 0;
}
