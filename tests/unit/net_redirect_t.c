/* SPDX-License-Identifier: ISC */
#include "net/redirect.h"

#include "tap.h"

static const struct {
	const char	*from, *to;
	int		 allowed;
} t[] = {
	{ "https://a.example/v1", "https://a.example/v2?key=x", 1 },
	{ "https://a.example/v1", "https://A.Example:443/v2", 1 },
	{ "http://a.example/v1", "http://a.example:80/v2", 1 },
	{ "http://a.example:8080/v1", "http://a.example:8080/v2", 1 },
	{ "http://a.example/v1", "https://a.example/v1", 1 },
	{ "http://a.example:8080/v1", "https://a.example:8443/v1", 1 },
	{ "http://[::1]:8080/v1", "http://[::1]:8080/v2", 1 },
	/* into clear text */
	{ "https://a.example/v1", "http://a.example/v1", 0 },
	{ "https://a.example/v1", "http://a.example:443/v1", 0 },
	/* to somebody else */
	{ "https://a.example/v1", "https://b.example/v1", 0 },
	{ "https://a.example/v1", "https://a.example.evil/v1", 0 },
	{ "https://a.example/v1", "https://evil.a.example/v1", 0 },
	{ "https://a.example/v1", "https://a.example@evil/v1", 0 },
	{ "http://a.example/v1", "http://127.0.0.1/v1", 0 },
	/* to another service of the host */
	{ "https://a.example/v1", "https://a.example:8443/v1", 0 },
	{ "http://a.example/v1", "http://a.example:6379/", 0 },
	/* to no web server at all */
	{ "http://a.example/v1", "ftp://a.example/v1", 0 },
	{ "https://a.example/v1", "file:///etc/passwd", 0 },
	{ "https://a.example/v1", "/v2", 0 },
	{ "https://a.example/v1", "", 0 },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ok(net_redirect_allowed(t[i].from, t[i].to) == t[i].allowed,
		    "%s to %s", t[i].from, t[i].to);
	return tap_done();
}
