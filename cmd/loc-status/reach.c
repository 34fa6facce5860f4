/* SPDX-License-Identifier: ISC */
/*
 * Who has to be reachable: our own server, statsd, Sentry, and buckets.  Each
 * is asked the least that shows that it is there, and nothing is written.
 * Without our own server the service is broken.  Without statsd or Sentry it is
 * degraded, as these only tell operators something.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/url.h"
#include "net/client.h"
#include "object/store.h"
#include "store/db.h"
#include "store/export.h"

#include "status.h"

#define CONNECT_S	3
#define TOTAL_S		10
#define HEARD_MS	100	/* for a host to say that nobody listens */

/* GET URL.  Returns the HTTP status, or 0 with the reason in WHY. */
static long
ask(const char *url, char why[NET_CLIENT_WHY_LEN])
{
	struct net_client_answer answer = { 0 };
	struct net_client *c = net_client_new();
	long status = 0;

	*why = '\0';
	if (c == NULL)
		return 0;
	net_client_limits(c, CONNECT_S, TOTAL_S, TOTAL_S);
	status = net_client_send(c, "GET", url, NULL, 0, &answer);
	strlcpy(why, answer.why, NET_CLIENT_WHY_LEN);
	net_client_free(c);
	return status;
}

/*
 * The first address of [http] listen that is one: sockets in the file system
 * are the proxy's business.  An empty host, or '*', is this one.
 */
static int
find_address(const char *listen, char url[256])
{
	size_t len;

	for (; *listen != '\0'; listen += len) {
		listen += strspn(listen, " \t\n");
		len = strcspn(listen, " \t\n");
		if (len == 0 || *listen == '/' ||
		    strncmp(listen, "unix:", 5) == 0)
			continue;
		if (*listen == ':' || *listen == '*')
			snprintf(url, 256, "http://127.0.0.1%.*s/__heartbeat__",
			    (int)(len - (*listen == '*')),
			    listen + (*listen == '*'));
		else
			snprintf(url, 256, "http://%.*s/__heartbeat__",
			    (int)len, listen);
		return 1;
	}
	return 0;
}

/* A host without loc-serve has its spool filled by others, or none. */
void
check_serve(struct status *s)
{
	char url[256], why[NET_CLIENT_WHY_LEN];
	long status;

	if (s->cf.ro_url == NULL || !find_address(s->cf.http_listen, url))
		return;
	switch (status = ask(url, why)) {
	case 200:
		tell(s, "serve", FINE, NULL, "%s: 200", url);
		break;
	case 0:
		tell(s, "serve", BROKEN, "start loc-serve", "%s: %s", url, why);
		break;
	default:
		tell(s, "serve", DEGRADED, "see what it says", "%s: %ld", url,
		    status);
	}
}

/*
 * Nothing is ever heard of what was sent by UDP, but that no program takes it:
 * a host says that of its ports, if no firewall is between.
 */
static const char *
try_datagram(const struct addrinfo *ai)
{
	const char *why = NULL;
	struct pollfd p;
	int error = 0;
	socklen_t len = sizeof(error);

	p.fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	p.events = POLLIN;
	if (p.fd == -1 || connect(p.fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    send(p.fd, "", 0, 0) == -1)
		why = strerror(errno);
	else if (poll(&p, 1, HEARD_MS) == 1 && getsockopt(p.fd, SOL_SOCKET,
	    SO_ERROR, &error, &len) == 0 && error != 0)
		why = strerror(error);
	close(p.fd);
	return why;
}

void
check_statsd(struct status *s)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;
	const char *why;
	char port[16];
	int rc;

	if (s->cf.statsd_host == NULL)
		return;
	snprintf(port, sizeof(port), "%lld", (long long)s->cf.statsd_port);
	if ((rc = getaddrinfo(s->cf.statsd_host, port, &hints, &ai)) != 0) {
		tell(s, "statsd", DEGRADED, "see [statsd] host", "%s: %s",
		    s->cf.statsd_host, gai_strerror(rc));
		return;
	}
	if ((why = try_datagram(ai)) != NULL)
		tell(s, "statsd", DEGRADED, "is the statsd server up?",
		    "%s:%s: %s", s->cf.statsd_host, port, why);
	else
		tell(s, "statsd", FINE, NULL, "%s:%s", s->cf.statsd_host,
		    port);
	freeaddrinfo(ai);
}

/* Any answer will do: no event is made up for this. */
void
check_sentry(struct status *s)
{
	char text[512], why[NET_CLIENT_WHY_LEN];
	const struct conf_url_host *h;
	struct conf_url u;

	if (s->cf.sentry_dsn == NULL ||
	    conf_url_parse(&u, CONF_URL_DSN, s->cf.sentry_dsn) != NULL)
		return;
	h = &u.host[0];
	snprintf(text, sizeof(text), strchr(h->name, ':') == NULL ?
	    "http%s://%s:%u/" : "http%s://[%s]:%u/", u.secure ? "s" : "",
	    h->name, h->port != 0 ? h->port : u.secure ? 443 : 80);
	if (ask(text, why) == 0)
		tell(s, "sentry", DEGRADED, "see [sentry] dsn", "%s: %s", text,
		    why);
	else
		tell(s, "sentry", FINE, NULL, "%s", text);
	conf_url_done(&u);
}

/* One name is enough to know that the account may look. */
static int
on_object(void *arg, const char *key, const struct object_info *info)
{
	(void)arg;
	(void)key;
	(void)info;
	return -1;
}

/* URL may have placeholders, before which the place of all ends. */
static void
check_place(struct status *s, const char *url)
{
	const struct object_tuning once = { .once = 1 };
	struct object_store *o;
	enum object_verdict v;
	size_t len = strcspn(url, "{");
	char place[1600];

	snprintf(place, sizeof(place), "%.*s", (int)len, url);
	/* Other targets and places may have been warned of. */
	said(s);
	if ((o = object_store_open(&s->cf, place)) == NULL) {
		tell(s, "objects", BROKEN, "see [s3]", "%s", said(s));
		return;
	}
	object_store_tune(o, &once);
	v = object_store_list(o, "", on_object, NULL);
	/* A directory is made when it is needed, and a bucket never is. */
	if (v == OBJECT_NONE && object_store_dir(o) == NULL)
		v = OBJECT_WRONG;
	if (v == OBJECT_LATER)
		tell(s, "objects", DEGRADED, "is its server up? See [s3]",
		    "%s: %s", object_store_name(o), object_store_why(o));
	else if (v == OBJECT_WRONG)
		tell(s, "objects", BROKEN, "see [s3]", "%s: %s",
		    object_store_name(o), object_store_why(o));
	else
		tell(s, "objects", FINE, NULL, "%s", object_store_name(o));
	object_store_end(o);
}

/* Where reports go, and what everybody is shown. */
void
check_s3(struct status *s)
{
	struct store_export_list l;
	size_t i;

	if (s->cf.assets_bucket != NULL)
		check_place(s, "assets:");
	if (s->rw == NULL)
		return;
	store_export_init(&l);
	if (store_export_load(s->rw, &l) == 0)
		for (i = 0; i < l.n; i++)
			if (l.row[i].usable &&
			    l.row[i].schema == STORE_EXPORT_S3)
				check_place(s, l.row[i].url);
	store_export_done(&l);
}
