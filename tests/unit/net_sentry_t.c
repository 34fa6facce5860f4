/* SPDX-License-Identifier: ISC */
#include "net/sentry.h"

#include "tap.h"

static const struct {
	const char	*text, *public, *secret, *url;	/* url NULL: refused */
} dsns[] = {
	{ "https://abc123@sentry.example.com/42", "abc123", "",
	    "https://sentry.example.com/api/42/envelope/" },
	{ "https://abc123:def456@sentry.example.com/42", "abc123", "def456",
	    "https://sentry.example.com/api/42/envelope/" },
	{ "http://a:b@127.0.0.1:9000/2", "a", "b",
	    "http://127.0.0.1:9000/api/2/envelope/" },
	{ "https://a@host/path/to/sentry/7", "a", "",
	    "https://host/path/to/sentry/api/7/envelope/" },
	{ "gevent+https://a:b@host/1?timeout=2&verify_ssl=0", "a", "b",
	    "https://host/api/1/envelope/" },
	{ "https://a@o1.ingest.us.sentry.io/4501", "a", "",
	    "https://o1.ingest.us.sentry.io/api/4501/envelope/" },
	{ "http://a@[::1]:9000/1", "a", "",
	    "http://[::1]:9000/api/1/envelope/" },
	{ "", NULL, NULL, NULL },
	{ "sentry", NULL, NULL, NULL },
	{ "ftp://a@host/1", NULL, NULL, NULL },
	{ "https://host/1", NULL, NULL, NULL },
	{ "https://@host/1", NULL, NULL, NULL },
	{ "https://a@/1", NULL, NULL, NULL },
	{ "https://a@host", NULL, NULL, NULL },
	{ "https://a@host/", NULL, NULL, NULL },
	{ "https://a@host/x", NULL, NULL, NULL },
	{ "https://a@host/1 2", NULL, NULL, NULL },
	{ "https://a@host/1\r\nX: y", NULL, NULL, NULL },
	{ "https://a b@host/1", NULL, NULL, NULL },
};

static const struct {
	const char	*value;
	long		 s;
} limits[] = {
	{ "", 0 },
	{ "60:error:organization", 60 },
	{ "60:transaction:key, 2700:default;error;security:organization",
	    2700 },
	{ "60:transaction;session:key", 0 },
	{ "60::organization", 60 },
	{ "30", 30 },
	{ "30,90:ERROR", 90 },
	{ " 10:error , 5:error", 10 },
	{ "99999999999999999999:error", 86400 },
	{ "x:error", 0 },
	{ ":::,,,;;", 0 },
};

int
main(void)
{
	struct net_sentry_options o = { .app = "t", .release = "1" };
	struct net_sentry_dsn d;
	char dsn[2000];
	size_t i;

	for (i = 0; i < sizeof(dsns) / sizeof(dsns[0]); i++) {
		if (dsns[i].url == NULL) {
			ok(net_sentry_dsn_parse(&d, dsns[i].text) == -1,
			    "no DSN, %zu", i);
			continue;
		}
		ok(net_sentry_dsn_parse(&d, dsns[i].text) == 0 &&
		    strcmp(d.public, dsns[i].public) == 0 &&
		    strcmp(d.secret, dsns[i].secret) == 0, "%s",
		    dsns[i].text);
		is_str(d.url, dsns[i].url, "its address");
	}
	snprintf(dsn, sizeof(dsn), "https://a%0100d@host/1", 1);
	ok(net_sentry_dsn_parse(&d, dsn) == -1, "a long key");
	snprintf(dsn, sizeof(dsn), "https://a:b%0100d@host/1", 1);
	ok(net_sentry_dsn_parse(&d, dsn) == -1, "a long secret");
	snprintf(dsn, sizeof(dsn), "https://a@host%01000d/1", 1);
	ok(net_sentry_dsn_parse(&d, dsn) == -1, "a long host");
	snprintf(dsn, sizeof(dsn), "https://a@host/%01000d", 1);
	ok(net_sentry_dsn_parse(&d, dsn) == -1, "a long path");

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		is_int(net_sentry_limits(limits[i].value,
		    strlen(limits[i].value)), limits[i].s, limits[i].value);

	ok(net_sentry_new(&o) == NULL, "no DSN, no client");
	net_sentry_report(NULL, "error", "x", NULL);
	net_sentry_free(NULL, 0);
	o.dsn = "https://host/1";
	ok(net_sentry_new(&o) == NULL, "a bad one, no client");
	return tap_done();
}
