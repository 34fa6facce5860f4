/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/addr.h"
#include "http/peer.h"
#include "tap.h"

static const struct sockaddr *
address(struct sockaddr_storage *ss, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		ss->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		ss->ss_family = AF_INET6;
	else
		ss->ss_family = AF_UNIX;
	return (const struct sockaddr *)ss;
}

static const struct {
	const char	*list, *peer;
	int		 in;
} members[] = {
	{ "127.0.0.0/8 ::1/128", "127.1.2.3", 1 },
	{ "127.0.0.0/8 ::1/128", "::1", 1 },
	{ "127.0.0.0/8 ::1/128", "::2", 0 },
	{ "127.0.0.0/8 ::1/128", "128.0.0.1", 0 },
	{ "127.0.0.0/8", "::ffff:127.0.0.1", 1 },
	{ "10.1.2.3", "10.1.2.3", 1 },
	{ "10.1.2.3", "10.1.2.2", 0 },
	{ "10.1.2.4/30", "10.1.2.7", 1 },
	{ "10.1.2.4/30", "10.1.2.8", 0 },
	{ "2001:db8::/33,0.0.0.0/0", "2001:db8:7fff::1", 1 },
	{ "2001:db8::/33,0.0.0.0/0", "2001:db8:8000::1", 0 },
	{ "2001:db8::/33,0.0.0.0/0", "8.8.8.8", 1 },
	{ "::/0", "8.8.8.8", 1 },
	{ "", "127.0.0.1", 0 },
	{ "", "a local socket", 1 },
};

static const char *const bad[] = {
	"localhost", "127.0.0.1/33", "::1/129", "127.0.0.1/", "127.0.0.1/-1",
	"/8", "1.2.3.4/8x", "1.2.3", "::1 x",
	"1111111111222222222233333333334444444444555555555566666666667777"
};

static const struct {
	const char	*peer, *forwarded, *want, *strict;
	int		 trusted;	/* the client is a proxy */
} clients[] = {
	{ "127.0.0.1", NULL, "127.0.0.1", "127.0.0.1", 1 },
	{ "::1", NULL, "::1", "::1", 1 },
	{ "127.0.0.1", "81.2.69.192", "81.2.69.192", "81.2.69.192", 0 },
	{ "127.0.0.1", " 81.2.69.192\t, 10.0.0.1", "81.2.69.192",
	    "81.2.69.192", 0 },
	/* What the client wrote is of no use to it. */
	{ "127.0.0.1", "1.2.3.4, 81.2.69.192", "81.2.69.192", "1.2.3.4", 0 },
	{ "127.0.0.1", "1.2.3.4,81.2.69.192, 10.0.0.1 ,10.0.0.2",
	    "81.2.69.192", "1.2.3.4", 0 },
	{ "127.0.0.1", "127.0.0.1, 81.2.69.192", "81.2.69.192",
	    "127.0.0.1", 0 },
	{ "127.0.0.1", "junk, 81.2.69.192", "81.2.69.192", "", 0 },
	{ "127.0.0.1", "10.0.0.7, 10.0.0.1", "10.0.0.7", "10.0.0.7", 1 },
	/* Ports and brackets. */
	{ "127.0.0.1", "81.2.69.192:51008", "81.2.69.192", "", 0 },
	{ "127.0.0.1", "[2a02:ffc0::]:443", "2a02:ffc0::", "", 0 },
	{ "127.0.0.1", "[2a02:ffc0::]", "2a02:ffc0::", "", 0 },
	{ "127.0.0.1", "2a02:FFC0::0", "2a02:ffc0::", "2a02:ffc0::", 0 },
	{ "127.0.0.1", "::ffff:81.2.69.192", "81.2.69.192", "81.2.69.192",
	    0 },
	{ "127.0.0.1", "81.2.69.192, [::ffff:10.0.0.1]:80", "81.2.69.192",
	    "81.2.69.192", 0 },
	/* What is no address names nobody. */
	{ "127.0.0.1", "junk", "", "", 0 },
	{ "127.0.0.1", "1.2.3.4, unknown", "", "1.2.3.4", 0 },
	{ "127.0.0.1", "1.2.3.4, unknown, 10.0.0.1", "", "1.2.3.4", 0 },
	{ "127.0.0.1", "81.2.69.192:", "", "", 0 },
	{ "127.0.0.1", "81.2.69.192:65536", "", "", 0 },
	{ "127.0.0.1", "81.2.69.192:80:80", "", "", 0 },
	{ "127.0.0.1", "067.043.156.1", "", "", 0 },
	{ "127.0.0.1", "[::1", "", "", 0 },
	{ "127.0.0.1", "[]", "", "", 0 },
	{ "127.0.0.1", "[::2]x", "", "", 0 },
	{ "127.0.0.1", "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789", "", "", 0 },
	/* Empty elements, and local sockets, are nobody. */
	{ "127.0.0.1", "", "127.0.0.1", "", 1 },
	{ "127.0.0.1", ", 81.2.69.192,,", "81.2.69.192", "", 0 },
	{ "127.0.0.1", "81.2.69.192, unix:", "81.2.69.192", "81.2.69.192",
	    0 },
	/* Strangers are not believed. */
	{ "9.9.9.9", "81.2.69.192", "9.9.9.9", "9.9.9.9", 0 },
	{ "2001:db8::1", "81.2.69.192", "2001:db8::1", "2001:db8::1", 0 },
	{ "a local socket", "81.2.69.192", "81.2.69.192", "81.2.69.192", 0 },
	{ "a local socket", NULL, "", "", 1 },
};

static void
lists(void)
{
	struct sockaddr_storage ss;
	struct http_peer_list l;
	struct http_peer p;
	const char *at;
	char name[160];
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(name, sizeof(name), "%s in %s", members[i].peer,
		    members[i].list);
		ok(http_peer_list_open(&l, members[i].list, &at) == NULL,
		    "%s", name);
		http_peer_begin(&p, &l, address(&ss, members[i].peer));
		is_int(p.trusted, members[i].in, name);
		http_peer_list_end(&l);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(http_peer_list_open(&l, bad[i], &at) != NULL, "%s", bad[i]);
	ok(http_peer_list_open(&l, NULL, &at) == NULL && l.n == 0, "none");
}

static void
one_client(struct http_peer_list *l, size_t i)
{
	struct sockaddr_storage ss;
	struct http_peer p;
	char out[BASE_ADDR_LEN], name[160];

	snprintf(name, sizeof(name), "%s via %s%s", clients[i].forwarded,
	    clients[i].peer, l->leftmost ? ", strictly" : "");
	http_peer_begin(&p, l, address(&ss, clients[i].peer));
	if (clients[i].forwarded != NULL)
		http_peer_forwarded(&p, clients[i].forwarded);
	base_addr_format(out, &p.addr);
	is_str(out, l->leftmost ? clients[i].strict : clients[i].want, name);
	if (!l->leftmost)
		is_int(p.trusted, clients[i].trusted, name);
}

/* Each proxy may add a header of its own, behind those that are there. */
static void
several_headers(struct http_peer_list *l)
{
	char out[BASE_ADDR_LEN];
	struct sockaddr_storage ss;
	struct http_peer p;

	http_peer_begin(&p, l, address(&ss, "127.0.0.1"));
	http_peer_forwarded(&p, "1.2.3.4, 5.6.7.8");
	http_peer_forwarded(&p, "81.2.69.192");
	http_peer_forwarded(&p, "10.0.0.1");
	base_addr_format(out, &p.addr);
	is_str(out, l->leftmost ? "1.2.3.4" : "81.2.69.192",
	    "several headers are one list");
}

int
main(void)
{
	struct http_peer_list l;
	const char *at;
	size_t i;

	lists();
	ok(http_peer_list_open(&l, "127.0.0.1 ::1 10.0.0.0/24", &at) == NULL,
	    "three");
	do {
		for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
			one_client(&l, i);
		several_headers(&l);
	} while (l.leftmost++ == 0);
	http_peer_list_end(&l);
	return tap_done();
}
