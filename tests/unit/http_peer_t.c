/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

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
	const char	*peer, *forwarded, *want;
} clients[] = {
	{ "127.0.0.1", NULL, "127.0.0.1" },
	{ "::1", NULL, "::1" },
	{ "127.0.0.1", "81.2.69.192", "81.2.69.192" },
	{ "127.0.0.1", " 81.2.69.192\t, 10.0.0.1", "81.2.69.192" },
	{ "127.0.0.1", "junk", "junk" },
	{ "127.0.0.1", "", "" },
	{ "127.0.0.1", ", 81.2.69.192", "" },
	{ "127.0.0.1", "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789", "" },
	{ "9.9.9.9", "81.2.69.192", "9.9.9.9" },
	{ "2001:db8::1", "81.2.69.192", "2001:db8::1" },
	{ "a local socket", "81.2.69.192", "81.2.69.192" },
	{ "a local socket", NULL, "" },
};

int
main(void)
{
	struct sockaddr_storage ss;
	struct http_peer_list l;
	char out[HTTP_PEER_TEXT_LEN], name[160];
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(name, sizeof(name), "%s in %s", members[i].peer,
		    members[i].list);
		ok(http_peer_list_open(&l, members[i].list, &at) == NULL, "%s", name);
		is_int(http_peer_list_has(&l, address(&ss, members[i].peer)),
		    members[i].in, name);
		http_peer_list_end(&l);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(http_peer_list_open(&l, bad[i], &at) != NULL, "%s", bad[i]);
	ok(http_peer_list_open(&l, NULL, &at) == NULL && l.n == 0, "none");
	ok(http_peer_list_open(&l, "127.0.0.1 ::1", &at) == NULL, "two");
	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		http_peer_client(out, &l, address(&ss, clients[i].peer),
		    clients[i].forwarded);
		snprintf(name, sizeof(name), "%s via %s",
		    clients[i].forwarded, clients[i].peer);
		is_str(out, clients[i].want, name);
	}
	http_peer_list_end(&l);
	return tap_done();
}
