/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "conf/url.h"
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
	struct conf_url u;
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(dsns) / sizeof(dsns[0]); i++) {
		if (dsns[i].url == NULL) {
			ok(conf_url_parse(&u, CONF_URL_DSN, dsns[i].text) !=
			    NULL, "no DSN, %zu", i);
			continue;
		}
		ok(conf_url_parse(&u, CONF_URL_DSN, dsns[i].text) == NULL &&
		    strcmp(u.user, dsns[i].public) == 0 &&
		    strcmp(u.password == NULL ? "" : u.password,
		    dsns[i].secret) == 0, "%s", dsns[i].text);
		base_buf_reset(&b);
		net_sentry_endpoint(&b, &u);
		is_str(b.data, dsns[i].url, "its address");
		conf_url_done(&u);
	}
	base_buf_done(&b);

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
