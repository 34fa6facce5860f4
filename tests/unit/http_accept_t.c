/* SPDX-License-Identifier: ISC */
#include "http/accept.h"
#include "tap.h"

#define HTML	"text/html"

static const struct {
	const char	*list, *name;
	int		 want;
} lists[] = {
	{ NULL, HTML, 0 }, { "", HTML, 0 }, { " ,, ", HTML, 0 },
	{ "text/html", HTML, 1000 }, { "TEXT/Html;q=0.5", HTML, 500 },
	{ "text/html ; level=1 ;\tQ=0.25", HTML, 250 },
	{ "text/*;q=0.125", HTML, 125 }, { "*/*", HTML, 1000 },
	{ "*", HTML, 0 }, { "text/htm", HTML, 0 }, { "text/html5", HTML, 0 },
	{ "application/*", HTML, 0 }, { "text/", HTML, 0 },
	{ "text/html;q=0, */*", HTML, 0 }, { "*/*, text/html;q=0.0", HTML, 0 },
	{ "*/*;q=0.9,text/*;q=0.1", HTML, 100 },
	{ "text/html;q=0.1,text/html;q=0.2", HTML, 200 },
	{ "text/plain;q=0.3, */*;q=0.2", HTML, 200 },
	{ "text/html;q=0.0001", HTML, 0 }, { "text/html;q=0.001", HTML, 1 },
	{ "text/html;q=1.000", HTML, 1000 }, { "text/html;q=", HTML, 1000 },
	{ "text/html;q=x", HTML, 1000 }, { "text/html;q", HTML, 1000 },
	{ "text/html;q=0,", HTML, 0 },
	{ "gzip", "gzip", 1000 }, { "gzip;q=0", "gzip", 0 },
	{ "gzip; q=0", "gzip", 0 }, { "gzip ; Q=0.00, br;q=1", "gzip", 0 },
	{ "br;q=0, gzip;q=0.010", "gzip", 10 }, { "*", "gzip", 1000 },
	{ "*;q=0.1, gzip;q=0", "gzip", 0 }, { "*/*", "gzip", 0 },
	{ "identity;q=0, *;q=0.5", "gzip", 500 }, { "xgzip", "gzip", 0 },
	{ "gzipped", "gzip", 0 },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		ok(http_accept_weight(lists[i].list, lists[i].name) ==
		    lists[i].want, "%s in %s", lists[i].name,
		    lists[i].list == NULL ? "none" : lists[i].list);
	return tap_done();
}
