/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "http/peer.h"

#define SEPARATORS	" \t,"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static int
parse(struct http_peer_network *w, const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t alen = slash == NULL ? len : (size_t)(slash - text);
	char tmp[HTTP_PEER_TEXT_LEN];
	int64_t bits, max = 128;

	if (alen >= sizeof(tmp))
		return 0;
	memcpy(tmp, text, alen);
	tmp[alen] = '\0';
	if (inet_pton(AF_INET, tmp, w->addr + sizeof(mapped)) == 1) {
		memcpy(w->addr, mapped, sizeof(mapped));
		max = 32;
	} else if (inet_pton(AF_INET6, tmp, w->addr) != 1)
		return 0;
	bits = max;
	if (slash != NULL && (!base_num_i64(slash + 1, len - alen - 1,
	    &bits) || bits < 0 || bits > max))
		return 0;
	w->bits = (unsigned)(bits + 128 - max);
	return 1;
}

const char *
http_peer_list_open(struct http_peer_list *l, const char *text,
    const char **at)
{
	struct http_peer_network *p;
	size_t len;

	l->at = NULL;
	l->n = 0;
	for (; text != NULL && *(text += strspn(text, SEPARATORS)) != '\0';
	    text += len) {
		*at = text;
		len = strcspn(text, SEPARATORS);
		if ((p = reallocarray(l->at, l->n + 1, sizeof(*p))) == NULL) {
			http_peer_list_end(l);
			return "more memory";
		}
		l->at = p;
		if (!parse(&l->at[l->n], text, len)) {
			http_peer_list_end(l);
			return "ADDRESS/BITS";
		}
		l->n++;
	}
	return NULL;
}

void
http_peer_list_end(struct http_peer_list *l)
{
	free(l->at);
	l->at = NULL;
	l->n = 0;
}

static int
within(const struct http_peer_network *w, const uint8_t addr[16])
{
	unsigned bytes = w->bits / 8, rest = w->bits % 8;

	return memcmp(w->addr, addr, bytes) == 0 && (rest == 0 ||
	    ((w->addr[bytes] ^ addr[bytes]) >> (8 - rest)) == 0);
}

int
http_peer_list_has(const struct http_peer_list *l, const struct sockaddr *sa)
{
	uint8_t addr[16];
	size_t i;

	switch (sa->sa_family) {
	case AF_UNIX:
		return 1;
	case AF_INET:
		memcpy(addr, mapped, sizeof(mapped));
		memcpy(addr + sizeof(mapped),
		    &((const struct sockaddr_in *)sa)->sin_addr, 4);
		break;
	case AF_INET6:
		memcpy(addr, &((const struct sockaddr_in6 *)sa)->sin6_addr,
		    sizeof(addr));
		break;
	default:
		return 0;
	}
	for (i = 0; i < l->n; i++)
		if (within(&l->at[i], addr))
			return 1;
	return 0;
}

void
http_peer_client(char out[HTTP_PEER_TEXT_LEN], const struct http_peer_list *l,
    const struct sockaddr *sa, const char *forwarded)
{
	size_t len;

	out[0] = '\0';
	if (forwarded != NULL && http_peer_list_has(l, sa)) {
		forwarded += strspn(forwarded, " \t");
		len = strcspn(forwarded, ",");
		while (len > 0 && strchr(" \t", forwarded[len - 1]) != NULL)
			len--;
		if (len < HTTP_PEER_TEXT_LEN) {
			memcpy(out, forwarded, len);
			out[len] = '\0';
		}
	} else if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr,
		    out, HTTP_PEER_TEXT_LEN);
	else if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)sa)->sin6_addr, out,
		    HTTP_PEER_TEXT_LEN);
}
