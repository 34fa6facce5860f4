/* SPDX-License-Identifier: ISC */
/*
 * X-Forwarded-For is a list to which every proxy appends whom it saw, in one
 * header or in a further one, which is the same.  Its elements are read from
 * left to right, as they come: each that is no trusted proxy's is the client,
 * until another one stands further right.  That is the same as to go from the
 * right over the trusted ones, but needs no list in memory.
 *
 * An element that is no address ("unknown", a name, a port that is none) is
 * nobody: it hides what is left of it, which its proxy has not seen, and all
 * such clients have no address rather than a common one.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "http/peer.h"

#define BLANKS		" \t"
#define SEPARATORS	BLANKS ","

/* Read LEN bytes of TEXT, an address.  Returns 1; or 0, with A not known. */
static int
parse_address(struct base_addr *a, const char *text, size_t len)
{
	char tmp[BASE_ADDR_LEN] = "";

	if (len < sizeof(tmp)) {
		memcpy(tmp, text, len);
		tmp[len] = '\0';
	}
	return base_addr_parse(a, tmp);
}

/* ADDRESS or ADDRESS/BITS, of LEN bytes. */
static int
parse_network(struct http_peer_network *w, const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t alen = slash == NULL ? len : (size_t)(slash - text);
	int max = memchr(text, ':', alen) == NULL ? 32 : 128;
	int64_t bits = max;

	if (!parse_address(&w->addr, text, alen) ||
	    (slash != NULL && (!base_num_i64(slash + 1, len - alen - 1,
	    &bits) || bits < 0 || bits > max)))
		return 0;
	w->bits = (unsigned)(bits + 128 - max);
	return 1;
}

/* On failure the list is empty again, so that the caller owes nothing. */
const char *
http_peer_list_open(struct http_peer_list *l, const char *text,
    const char **at)
{
	struct http_peer_network *p;
	size_t len;

	*l = (struct http_peer_list){ .n = 0 };
	for (; text != NULL && *(text += strspn(text, SEPARATORS)) != '\0';
	    text += len) {
		*at = text;
		len = strcspn(text, SEPARATORS);
		if ((p = reallocarray(l->at, l->n + 1, sizeof(*p))) == NULL) {
			http_peer_list_end(l);
			return "more memory";
		}
		l->at = p;
		if (!parse_network(&l->at[l->n], text, len)) {
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
is_in_network(const struct http_peer_network *w, const struct base_addr *a)
{
	unsigned bytes = w->bits / 8, rest = w->bits % 8;

	return memcmp(w->addr.byte, a->byte, bytes) == 0 && (rest == 0 ||
	    ((w->addr.byte[bytes] ^ a->byte[bytes]) >> (8 - rest)) == 0);
}

/* Is A known, and in one of the networks? */
static int
is_trusted(const struct http_peer_list *l, const struct base_addr *a)
{
	size_t i;

	for (i = 0; a->is_known && i < l->n; i++)
		if (is_in_network(&l->at[i], a))
			return 1;
	return 0;
}

void
http_peer_begin(struct http_peer *p, const struct http_peer_list *l,
    const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

	*p = (struct http_peer){ .list = l };
	if (sa->sa_family == AF_INET)
		base_addr_set_v4(&p->addr, &in->sin_addr);
	else if (sa->sa_family == AF_INET6) {
		memcpy(p->addr.byte, &in6->sin6_addr, sizeof(p->addr.byte));
		p->addr.is_known = 1;
	}
	p->trusted = sa->sa_family == AF_UNIX || is_trusted(l, &p->addr);
	p->believed = p->trusted;	/* a stranger may say what it likes */
}

/*
 * The bytes of *TEXT that are an address, of LEN bytes "A.B.C.D",
 * "A.B.C.D:PORT", "A:B::C", "[A:B::C]" or "[A:B::C]:PORT".  Returns how many
 * they are, 0 if there is something else behind them.
 */
static size_t
strip_port(const char **text, size_t len)
{
	const char *end = *text + len, *p;
	size_t n;
	int64_t port;

	if (**text == '[') {
		if ((p = memchr(*text, ']', len)) == NULL)
			return 0;
		n = (size_t)(p - ++*text);
		p++;
	} else {
		p = memchr(*text, ':', len);
		/* Several colons are those of an IPv6 address. */
		if (p == NULL || memchr(p + 1, ':', (size_t)(end - p - 1)) !=
		    NULL)
			return len;
		n = (size_t)(p - *text);
	}
	if (p == end)
		return n;
	return *p == ':' && base_num_i64(p + 1, (size_t)(end - p - 1),
	    &port) && port >= 0 && port <= 65535 ? n : 0;
}

/*
 * One element of the header, LEN bytes without blanks around them.  Elements
 * come from left to right, so the last one that is no proxy's is the client.
 */
static void
add_element(struct http_peer *p, const char *text, size_t len)
{
	static const char local[] = "unix:";	/* nginx, of a local socket */
	struct base_addr addr;
	int trusted;

	if (len == 0 || (len == sizeof(local) - 1 &&
	    memcmp(text, local, len) == 0))
		return;
	len = strip_port(&text, len);
	parse_address(&addr, text, len);
	trusted = is_trusted(p->list, &addr);
	if (trusted && p->named)
		return;
	p->named = 1;
	p->trusted = trusted;
	p->addr = addr;
}

/* The whole value, element by element; strictly only the first one ever. */
void
http_peer_forwarded(struct http_peer *p, const char *value)
{
	size_t len, next;

	if (!p->believed || (p->list->leftmost && p->named))
		return;
	for (;; value += next + 1) {
		value += strspn(value, BLANKS);
		len = next = strcspn(value, ",");
		while (len > 0 && strchr(BLANKS, value[len - 1]) != NULL)
			len--;
		if (p->list->leftmost) {
			p->named = 1;
			p->trusted = 0;
			parse_address(&p->addr, value, len);
			return;
		}
		add_element(p, value, len);
		if (value[next] == '\0')
			return;
	}
}
