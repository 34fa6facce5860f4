/* SPDX-License-Identifier: ISC */
/*
 * How an address is taken apart: the scheme first, then every '@' is tried
 * as the end of user and password, the last one first, and at last none at
 * all; the first try that leaves an address without a fault is it.  Decoded
 * parts go one after the other into one block of memory, each with a NUL.
 * Every part but the last is followed by a byte of the text that goes nowhere
 * (a separator), so what a try writes is never longer than the text and two.
 */
#include <arpa/inet.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "conf/url.h"

#define MAX_DB	(1 << 20)

/* Where the next decoded part goes, within conf_url.text. */
struct place {
	char	*next, *end;
};

static const char no_memory[] = "more memory";

/* What is expected instead of an address whose scheme is not known. */
static const char *const shape[] = {
	[CONF_URL_DATABASE] = "mysql://USER:PASSWORD@HOST:PORT/NAME",
	[CONF_URL_REDIS] = ("redis://USER:PASSWORD@HOST:PORT/DB, or an "
	    "address with rediss, redis+sentinel or unix before the ://"),
	[CONF_URL_WEB] = "https://HOST:PORT/PATH",
	[CONF_URL_DSN] = "https://KEY@HOST/PROJECT"
};

/*
 * Decode LEN bytes.  NULL if one of them is %00.  A '%' that begins no such
 * byte stands for itself, as in a password that nobody encoded.
 */
static const char *
decode_part(struct place *to, const char *s, size_t len)
{
	char *start = to->next, *p = start;
	size_t i;

	for (i = 0; i < len; i++, p++) {
		assert(p < to->end);
		*p = s[i];
		if (s[i] != '%' || len - i <= 2 ||
		    !base_num_unhex(p, 1, s + i + 1))
			continue;
		if (*p == '\0')
			return NULL;
		i += 2;
	}
	assert(p < to->end);
	*p++ = '\0';
	to->next = p;
	return start;
}

/* A port in digits, without a sign, which base_num_i64() would take. */
static int
parse_port(struct conf_url_host *h, const char *s, size_t len)
{
	int64_t port;

	if (!base_num_i64(s, len, &port) || *s == '+' || port < 1 ||
	    port > 65535)
		return 0;
	h->port = (unsigned)port;
	return 1;
}

/*
 * Is it a name of DNS, or an IPv4 address?  Whether there is such a host is
 * for the resolver to find out; here it matters that no blank, slash or quote
 * gets through to where names are put into other texts.
 */
static int
is_host_name(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")] == '\0';
}

/* An IPv6 address, perhaps with a zone (fe80::1%eth0). */
static int
is_ipv6(const char *s)
{
	char addr[INET6_ADDRSTRLEN];
	unsigned char out[16];
	size_t len = strcspn(s, "%");

	if (len >= sizeof(addr))
		return 0;
	memcpy(addr, s, len);
	addr[len] = '\0';
	return inet_pton(AF_INET6, addr, out) == 1 &&
	    (s[len] == '\0' || is_host_name(s + len + 1));
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT, all of LEN bytes. */
static const char *
parse_host(struct conf_url *u, struct place *to, const char *s, size_t len)
{
	struct conf_url_host *h = &u->host[u->nhosts];
	const char *end = s + len, *sep;

	h->port = 0;
	if (len > 0 && *s == '[') {
		if ((sep = memchr(s, ']', len)) == NULL)
			return "a ] behind the IPv6 address";
		h->name = decode_part(to, s + 1, (size_t)(sep - s - 1));
		if (h->name == NULL || !is_ipv6(h->name))
			return "an IPv6 address in the brackets";
		sep++;
	} else {
		if ((sep = memchr(s, ':', len)) == NULL)
			sep = end;
		h->name = decode_part(to, s, (size_t)(sep - s));
		if (h->name == NULL || !is_host_name(h->name))
			return "the name or address of a host";
	}
	u->nhosts++;
	if (sep == end)
		return NULL;
	return *sep == ':' && parse_port(h, sep + 1, (size_t)(end - sep - 1)) ?
	    NULL : "a port from 1 to 65535 behind the host";
}

/*
 * The user, and behind the first ':' the password.  Without a ':' there is no
 * password, as opposed to an empty one.  Either may be empty, as
 * "redis://:PASSWORD@HOST" has no user.
 */
static const char *
parse_user(struct conf_url *u, struct place *to, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t user = colon == NULL ? len : (size_t)(colon - s);

	if ((u->user = decode_part(to, s, user)) == NULL || (colon != NULL &&
	    (u->password = decode_part(to, colon + 1, len - user - 1)) ==
	    NULL))
		return "a user and a password without %00";
	return NULL;
}

/* If the option S of LEN bytes is NAME, where its value begins; else NULL. */
static const char *
option_value(const char *s, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && strncmp(s, name, n) == 0 && s[n] == '=' ?
	    s + n + 1 : NULL;
}

/*
 * One of the options behind '?' that say how the connection is encrypted.
 * Returns NULL when it was one, "" when it is none of them, or else what was
 * expected.  They are named as SQLAlchemy hands them to PyMySQL.
 */
static const char *
parse_tls(struct conf_url *u, struct place *to, const char *s, size_t len)
{
	const struct {
		const char	 *name, **path;
	} files[] = { { "ssl_ca", &u->ca }, { "ssl_cert", &u->cert },
	    { "ssl_key", &u->cert_key } };
	const char *v;
	size_t i, left;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if ((v = option_value(s, len, files[i].name)) == NULL)
			continue;
		*files[i].path = decode_part(to, v, len - (size_t)(v - s));
		return *files[i].path != NULL && **files[i].path == '/' ?
		    NULL : "the path of a file, from / on, behind ssl_ca=, "
		    "ssl_cert= or ssl_key=";
	}
	if ((v = option_value(s, len, "ssl_check_hostname")) == NULL)
		return "";
	left = len - (size_t)(v - s);
	u->any_name = left == 5 && strncmp(v, "false", 5) == 0;
	return u->any_name || (left == 4 && strncmp(v, "true", 4) == 0) ?
	    NULL : "true or false behind ssl_check_hostname=";
}

/* Do the options of TLS go together? */
static const char *
check_tls(const struct conf_url *u)
{
	if ((u->cert == NULL) != (u->cert_key == NULL))
		return "ssl_cert= and ssl_key= together";
	return (u->cert != NULL || u->any_name || u->ca != NULL) &&
	    !u->secure ? "ssl_ca=PATH with the other ssl options" : NULL;
}

/* The number of a database in Redis; nothing is number 0. */
static const char *
parse_db(struct conf_url *u, const char *s, size_t len)
{
	int64_t v = 0;

	if (len > 0 && (!base_num_i64(s, len, &v) || v < 0 || v > MAX_DB))
		return "the number of a Redis database";
	u->db = (unsigned)v;
	return NULL;
}

/* HOST:PORT,HOST:PORT up to END. */
static const char *
parse_hosts(struct conf_url *u, struct place *to, const char *s,
    const char *end)
{
	const char *why;
	size_t len;

	for (;; s += len + 1) {
		if (u->nhosts == CONF_URL_HOSTS)
			return "at most 16 hosts";
		len = (size_t)(end - s);
		if (memchr(s, ',', len) != NULL)
			len = strcspn(s, ",");
		if ((why = parse_host(u, to, s, len)) != NULL)
			return why;
		if (s + len == end)
			return NULL;
	}
}

/* The options of Redis that begin at S: each is behind a "?" or "&". */
static const char *
parse_redis_options(struct conf_url *u, struct place *to, const char *s)
{
	const char *v, *why;
	size_t len;

	for (; *s != '\0'; s += len) {
		len = strcspn(++s, "&");
		v = len >= 3 && strncmp(s, "db=", 3) == 0 ? s + 3 : NULL;
		why = v != NULL ? parse_db(u, v, len - 3) :
		    parse_tls(u, to, s, len);
		if (why != NULL)
			return *why != '\0' ? why : "?db=DB, or another "
			    "option of location.ini(5)";
	}
	return !u->secure && (u->ca != NULL || u->cert != NULL ||
	    u->cert_key != NULL || u->any_name) ?
	    "rediss:// with ssl options" : check_tls(u);
}

/* What may stand behind the hosts: /DB, and options. */
static const char *
parse_redis_rest(struct conf_url *u, struct place *to, const char *s)
{
	const char *why;
	size_t len;

	if (*s == '/') {
		len = strcspn(s + 1, "?");
		if ((why = parse_db(u, s + 1, len)) != NULL)
			return why;
		s += 1 + len;
	}
	return parse_redis_options(u, to, s);
}

/* Sentinels, SERVICE and the database: HOST:PORT,HOST:PORT/SERVICE/DB. */
static const char *
parse_sentinel(struct conf_url *u, struct place *to, const char *s)
{
	size_t len = strcspn(s, "/?");
	const char *why;

	if ((why = parse_hosts(u, to, s, s + len)) != NULL)
		return why;
	s += len;
	len = *s == '/' ? strcspn(s + 1, "/?") : 0;
	if (len == 0 || (u->service = decode_part(to, s + 1, len)) == NULL)
		return "the name of a primary that Sentinels know: "
		    "redis+sentinel://HOST,HOST/NAME/DB";
	return parse_redis_rest(u, to, s + 1 + len);
}

/* HOST:PORT, and the database as redis-py takes it: /DB, ?db=DB or /?db=DB. */
static const char *
parse_redis(struct conf_url *u, struct place *to, const char *s)
{
	size_t len = strcspn(s, "/?");
	const char *why;

	if ((why = parse_host(u, to, s, len)) != NULL)
		return why;
	return parse_redis_rest(u, to, s + len);
}

/*
 * The path of a socket.  It has to begin with '/', which also tells it from
 * what is left of a password that contains an '@'.
 */
static const char *
parse_unix(struct conf_url *u, struct place *to, const char *s)
{
	size_t len = strcspn(s, "?");

	if (*s != '/' || (u->socket = decode_part(to, s, len)) == NULL)
		return "the path of a socket, from / on";
	if (s[len] == '\0')
		return NULL;
	s += len + 4;
	return strncmp(s - 4, "?db=", 4) == 0 ? parse_db(u, s, strlen(s)) :
	    "?db=DB behind the path";
}

/* One of the options behind '?'. */
static const char *
parse_option(struct conf_url *u, struct place *to, const char *s, size_t len)
{
	const char *v, *why;

	if (len == 9 && strncmp(s, "arrays=no", len) == 0)
		u->no_arrays = 1;
	else if ((v = option_value(s, len, "unix_socket")) != NULL)
		return len == (size_t)(v - s) || (u->socket = decode_part(to,
		    v, len - (size_t)(v - s))) == NULL ?
		    "the path of a socket behind unix_socket=" : NULL;
	else if (len < 8 || strncmp(s, "charset=", 8) != 0) {
		why = parse_tls(u, to, s, len);
		return why == NULL || *why != '\0' ? why :
		    "?unix_socket=PATH, or another option of "
		    "location.ini(5), behind the name";
	}
	return NULL;
}

/*
 * HOST:PORT,HOST:PORT/NAME?option&option.  Hosts are tried in this order by
 * lib/store.  The name ends up between backquotes in statements, so it must
 * not contain one.
 */
static const char *
parse_database(struct conf_url *u, struct place *to, const char *s)
{
	const char *end = s + strcspn(s, "/?"), *why;

	if ((why = parse_hosts(u, to, s, end)) != NULL)
		return why;
	if (*end == '/') {
		s = end + 1;
		end = s + strcspn(s, "?");
		u->name = decode_part(to, s, (size_t)(end - s));
	}
	if (u->name == NULL || *u->name == '\0' ||
	    strpbrk(u->name, "`/") != NULL)
		return "the name of a database: mysql://HOST/NAME";
	while (*end != '\0') {
		s = end + 1;
		end = s + strcspn(s, "&");
		if ((why = parse_option(u, to, s, (size_t)(end - s))) != NULL)
			return why;
	}
	u->secure = u->ca != NULL;
	return check_tls(u);
}

/* HOST:PORT/PATH; what follows a '?' or '#' is of no use to anybody here. */
static const char *
parse_web(struct conf_url *u, struct place *to, const char *s)
{
	size_t len = strcspn(s, "/?#"), path;
	const char *why;

	if ((why = parse_host(u, to, s, len)) != NULL)
		return why;
	s += len;
	path = strcspn(s, "?#");
	if (path > 0) {
		s++;
		path--;
	}
	return (u->path = decode_part(to, s, path)) == NULL ?
	    "a path without %00" : NULL;
}

/* Words that are safe in a header, as Sentry makes them. */
static int
is_word(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

/* A web address with a key, whose path ends with the project's number. */
static const char *
parse_dsn(struct conf_url *u, struct place *to, const char *s)
{
	const char *why = parse_web(u, to, s);
	const char *slash;

	if (why != NULL)
		return why;
	if (u->user == NULL || !is_word(u->user) || (u->password != NULL &&
	    *u->password != '\0' && !is_word(u->password)))
		return "a key before the host: https://KEY@HOST/PROJECT";
	if (u->path[strspn(u->path, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-")] != '\0')
		return "a path of letters and digits: https://KEY@HOST/PROJECT";
	slash = strrchr(u->path, '/');
	u->name = slash == NULL ? u->path : slash + 1;
	return *u->name != '\0' && u->name[strspn(u->name, "0123456789")] ==
	    '\0' ? NULL : "the number of a project at the end: "
	    "https://KEY@HOST/PROJECT";
}

/* What stands before "://", and says how the rest is written. */
struct scheme {
	const char		*name;
	enum conf_url_kind	 kind;
	int			 secure;
	const char		*(*parse)(struct conf_url *, struct place *,
				    const char *);
};

/* Take S apart; AT, unless NULL, is the '@' behind user and password. */
static const char *
try_parse(struct conf_url *u, const struct scheme *scheme, const char *s,
    const char *at)
{
	struct place to = { u->text, u->text + u->size };
	struct conf_url fresh = { .text = u->text, .size = u->size,
	    .secure = scheme->secure };
	const char *why;

	*u = fresh;
	if (at != NULL) {
		why = parse_user(u, &to, s, (size_t)(at - s));
		if (why != NULL)
			return why;
		if (scheme->kind == CONF_URL_REDIS && u->password == NULL)
			return "a : before the password";
		s = at + 1;
	}
	return scheme->parse(u, &to, s);
}

/* The '@' before AT in what begins at S, or NULL. */
static const char *
at_before(const char *s, const char *at)
{
	return memrchr(s, '@', (size_t)(at - s));
}

/*
 * Where in S an option with a path begins, or its end.  Paths may have an '@',
 * and are behind that of the password.
 */
static const char *
find_paths(const char *s)
{
	static const char *const option[] = { "unix_socket=", "ssl_ca=/",
	    "ssl_cert=/", "ssl_key=/" };
	const char *end = s + strlen(s), *p;
	size_t i;

	for (i = 0; i < sizeof(option) / sizeof(option[0]); i++)
		if ((p = strstr(s, option[i])) != NULL && p < end)
			end = p;
	return end;
}

/*
 * Take what follows the scheme apart.  All faults but that of the first try
 * are consequences of having taken part of the password for something else,
 * so the first one is told.
 */
static const char *
parse_rest(struct conf_url *u, const struct scheme *scheme, const char *s)
{
	const char *at, *end = s + strlen(s), *first, *why;

	if (scheme->kind == CONF_URL_DATABASE ||
	    scheme->kind == CONF_URL_REDIS)
		end = find_paths(s);
	at = scheme->parse == parse_unix && *s == '/' ? NULL :
	    at_before(s, end);
	u->size = strlen(s) + 2;
	if ((u->text = malloc(u->size)) == NULL)
		return no_memory;
	first = why = try_parse(u, scheme, s, at);
	while (why != NULL && at != NULL) {
		at = at_before(s, at);
		why = try_parse(u, scheme, s, at);
	}
	return why == NULL ? NULL : first;
}

/*
 * Clients of Sentry once put how to send into the scheme: "gevent+https".
 * Returns where the rest of the scheme begins.
 */
static const char *
skip_transport(const char *text)
{
	const char *p, *colon = strstr(text, "://");

	p = colon == NULL ? NULL : memrchr(text, '+', (size_t)(colon - text));
	return p == NULL ? text : p + 1;
}

/*
 * U is all zeros, and owns nothing, whenever something was expected instead:
 * callers need not tell one failure from another.
 */
const char *
conf_url_parse(struct conf_url *u, enum conf_url_kind kind, const char *text)
{
	static const struct scheme known[] = {
		{ "mysql://", CONF_URL_DATABASE, 0, parse_database },
		{ "mysql+pymysql://", CONF_URL_DATABASE, 0, parse_database },
		{ "redis://", CONF_URL_REDIS, 0, parse_redis },
		{ "rediss://", CONF_URL_REDIS, 1, parse_redis },
		{ "redis+sentinel://", CONF_URL_REDIS, 0, parse_sentinel },
		{ "rediss+sentinel://", CONF_URL_REDIS, 1, parse_sentinel },
		{ "unix://", CONF_URL_REDIS, 0, parse_unix },
		{ "http://", CONF_URL_WEB, 0, parse_web },
		{ "https://", CONF_URL_WEB, 1, parse_web },
		{ "http://", CONF_URL_DSN, 0, parse_dsn },
		{ "https://", CONF_URL_DSN, 1, parse_dsn }
	};
	const char *why = shape[kind];
	size_t i, len;

	memset(u, 0, sizeof(*u));
	if (kind == CONF_URL_DSN)
		text = skip_transport(text);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		len = strlen(known[i].name);
		if (known[i].kind == kind &&
		    strncmp(text, known[i].name, len) == 0)
			why = parse_rest(u, &known[i], text + len);
	}
	if (why != NULL)
		conf_url_done(u);
	assert(why != NULL || u->nhosts > 0 || u->socket != NULL);
	return why;
}

/* Decoded passwords are in the text. */
void
conf_url_done(struct conf_url *u)
{
	if (u->text != NULL)
		explicit_bzero(u->text, u->size);
	free(u->text);
	memset(u, 0, sizeof(*u));
}

/*
 * This looks at the last '@' of all and is not parsing, so that it hides too
 * much rather than too little, also of an address that is wrong.
 */
const char *
conf_url_hidden(const char *text, size_t *len)
{
	const char *at, *start = strstr(text, "://");

	if (start == NULL || (at = strrchr(start, '@')) == NULL)
		return NULL;
	start += 3;
	*len = at > start ? (size_t)(at - start) : 0;
	return *len > 0 ? start : NULL;
}
