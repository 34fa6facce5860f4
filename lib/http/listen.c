/* SPDX-License-Identifier: ISC */
/*
 * Sockets to accept connections on: handed over by a supervisor, or made from
 * a list of places.
 *
 * A list of places is read before anything is opened, so that a mistake in it
 * leaves nothing behind; then the places are opened in order, and the first
 * that fails closes those before.  All IPv6 sockets take IPv4, too, as one
 * place then is one socket, whatever the system's default is.
 *
 * A socket in the file system outlives its process.  If nobody answers at one
 * that is in the way, it is removed; if somebody does, the place is taken.
 * Two processes that start at the same moment may both find it dead, but only
 * one can bind the name anew, and the other fails as it should.  At the end a
 * file is removed only if it is still the one that was made: by then another
 * process may have bound the same name, as in a restart without a gap.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "http/listen.h"

#define BACKLOG		1024
#define FIRST_FD	3	/* of LISTEN_FDS */
#define UNIX_MODE	0660
#define BLANKS		" \t"

/* One place to listen at, as text. */
struct place {
	char		 host[256];
	char		 port[8];
	char		 path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	mode_t		 mode;
};

/*
 * Handed over.
 */

static int
get_option(int fd, int option)
{
	socklen_t len = sizeof(int);
	int v = -1;

	return getsockopt(fd, SOL_SOCKET, option, &v, &len) == 0 ? v : -1;
}

int
http_listen_is(int fd)
{
	return get_option(fd, SO_ACCEPTCONN) == 1 &&
	    get_option(fd, SO_TYPE) == SOCK_STREAM;
}

/* Has FD a peer on the Internet?  Local sockets may be anything. */
static int
is_connection(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    (ss.ss_family == AF_INET || ss.ss_family == AF_INET6);
}

static void
add_socket(struct http_listen *l, int fd)
{
	l->at[l->n++] = (struct http_listen_socket){ .fd = fd };
}

/*
 * LISTEN_PID names the process that the descriptors are for: without this
 * check a child of that process would take them for its own.
 */
int
http_listen_inherited(struct http_listen *l)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int64_t i, n = 0;

	l->n = 0;
	if (fds == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid())) {
		if (http_listen_is(STDIN_FILENO))
			add_socket(l, STDIN_FILENO);
		else if (is_connection(STDIN_FILENO)) {
			warnx("descriptor 0 is a connection, not a socket to "
			    "accept them from");
			return -1;
		}
		return 0;
	}
	if (!base_num_i64(fds, strlen(fds), &n) || n < 1 ||
	    n > HTTP_LISTEN_MAX) {
		warnx("LISTEN_FDS is %s: expected 1 to %d", fds,
		    HTTP_LISTEN_MAX);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (!http_listen_is(FIRST_FD + (int)i)) {
			warnx("LISTEN_FDS: descriptor %d is no listening "
			    "stream socket", FIRST_FD + (int)i);
			return -1;
		}
		fcntl(FIRST_FD + (int)i, F_SETFD, FD_CLOEXEC);
		add_socket(l, FIRST_FD + (int)i);
	}
	return 0;
}

/*
 * Reading where.
 */

static int
copy_bounded(char *out, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return -1;
	memcpy(out, from, len);
	out[len] = '\0';
	return 0;
}

static int
parse_path(struct place *p, const char *text, size_t len)
{
	static const char query[] = "?mode=";
	const char *q = memchr(text, '?', len);
	size_t pathlen = q == NULL ? len : (size_t)(q - text), i;

	p->mode = UNIX_MODE;
	if (q != NULL) {
		if (len - pathlen < sizeof(query) || len - pathlen >
		    sizeof(query) + 3 || strncmp(q, query, sizeof(query) - 1)
		    != 0)
			return -1;
		p->mode = 0;
		for (i = pathlen + sizeof(query) - 1; i < len; i++) {
			if (text[i] < '0' || text[i] > '7')
				return -1;
			p->mode = p->mode * 8 + (mode_t)(text[i] - '0');
		}
		p->mode &= 0777;
	}
	return copy_bounded(p->path, sizeof(p->path), text, pathlen);
}

/*
 * ADDRESS:PORT.  Brackets tell the colons of an IPv6 address from that before
 * the port, so without them there may be only one.
 */
static int
parse_host_port(struct place *p, const char *text, size_t len)
{
	const char *colon = memrchr(text, ':', len);
	size_t hostlen;
	int64_t port;

	if (colon == NULL)
		return -1;
	hostlen = (size_t)(colon - text);
	if (copy_bounded(p->port, sizeof(p->port), colon + 1,
	    len - hostlen - 1) ==
	    -1 || !base_num_i64(p->port, strlen(p->port), &port) ||
	    port < 0 || port > 65535)
		return -1;
	if (hostlen > 0 && *text == '[') {
		if (hostlen < 2 || text[hostlen - 1] != ']')
			return -1;
		text++;
		hostlen -= 2;
	} else if (memchr(text, ':', hostlen) != NULL)
		return -1;
	if (hostlen == 0)
		return copy_bounded(p->host, sizeof(p->host), "*", 1);
	return copy_bounded(p->host, sizeof(p->host), text, hostlen);
}

/* The next of *WHERE, moved behind it.  1, 0 no more, -1 it is none. */
static int
next_place(const char **where, struct place *p)
{
	const char *text = *where + strspn(*where, BLANKS);
	size_t len = strcspn(text, BLANKS);
	int rc;

	*where = text + len;
	if (len == 0)
		return 0;
	memset(p, 0, sizeof(*p));
	if (strncmp(text, "unix:/", 6) == 0)
		rc = parse_path(p, text + 5, len - 5);
	else if (*text == '/')
		rc = parse_path(p, text, len);
	else
		rc = parse_host_port(p, text, len);
	return rc == 0 ? 1 : -1;
}

const char *
http_listen_check(const char *where, const char **at)
{
	struct place p;
	size_t n;
	int rc;

	for (n = 0;; n++) {
		where += strspn(where, BLANKS);
		*at = where;
		if ((rc = next_place(&where, &p)) != 1)
			break;
		if (n == HTTP_LISTEN_MAX)
			return "at most 16 addresses to listen on";
	}
	if (rc == -1)
		return "ADDRESS:PORT, or unix:/PATH under 108 bytes";
	return n > 0 ? NULL : "an address to listen on";
}

/*
 * Opening.
 */

/* A socket that listens on AI, or -1 with errno set. */
static int
open_one(const struct addrinfo *ai)
{
	int e, fd, off = 0, on = 1;

	if ((fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
	    ai->ai_protocol)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

/* All addresses are one IPv6 socket, unless there is no IPv6. */
static int
open_address(const struct place *p)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list, *v6;
	int all = strcmp(p->host, "*") == 0, fd = -1, rc;

	if ((rc = getaddrinfo(all ? NULL : p->host, p->port, &hints,
	    &list)) != 0) {
		warnx("%s:%s: %s", p->host, p->port, gai_strerror(rc));
		return -1;
	}
	v6 = all ? list : NULL;
	while (v6 != NULL && v6->ai_family != AF_INET6)
		v6 = v6->ai_next;
	if (v6 != NULL)
		fd = open_one(v6);
	if (v6 == NULL || (fd == -1 && (errno == EAFNOSUPPORT ||
	    errno == EADDRNOTAVAIL)))
		fd = open_one(list);
	if (fd == -1)
		warn(strchr(p->host, ':') != NULL ? "[%s]:%s" : "%s:%s",
		    p->host, p->port);
	freeaddrinfo(list);
	return fd;
}

/* 1 if nobody listens at UN any more, and it was removed. */
static int
remove_stale(const struct sockaddr_un *un)
{
	struct stat st;
	int fd, stale;

	if (lstat(un->sun_path, &st) == -1 || !S_ISSOCK(st.st_mode) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return 0;
	stale = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale && unlink(un->sun_path) == 0;
}

static int
bind_path(int fd, const struct sockaddr_un *un)
{
	const struct sockaddr *sa = (const struct sockaddr *)un;

	if (bind(fd, sa, sizeof(*un)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -1;
	if (!remove_stale(un)) {
		errno = EADDRINUSE;
		return -1;
	}
	return bind(fd, sa, sizeof(*un));
}

/* Nobody can connect before its mode is set: it does not listen yet. */
static int
open_path(struct http_listen_socket *s, const struct place *p)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;

	memcpy(un.sun_path, p->path, sizeof(un.sun_path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd == -1 || (s->path = strdup(p->path)) == NULL ||
	    bind_path(s->fd, &un) == -1 || chmod(p->path, p->mode) == -1 ||
	    lstat(p->path, &st) == -1 || listen(s->fd, BACKLOG) == -1) {
		warn("%s", p->path);
		return -1;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int
http_listen_open(struct http_listen *l, const char *where)
{
	struct http_listen_socket *s;
	struct place p;
	int rc = 0;

	l->n = 0;
	while (rc == 0 && next_place(&where, &p) == 1) {
		assert(l->n < HTTP_LISTEN_MAX);
		s = &l->at[l->n++];
		*s = (struct http_listen_socket){ .fd = -1 };
		if (*p.path != '\0')
			rc = open_path(s, &p);
		else
			rc = (s->fd = open_address(&p)) == -1 ? -1 : 0;
	}
	if (rc == -1)
		http_listen_end(l);
	return rc;
}

int
http_listen_chown(const struct http_listen *l, uid_t uid, gid_t gid)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->at[i].path != NULL &&
		    lchown(l->at[i].path, uid, gid) == -1) {
			warn("%s", l->at[i].path);
			return -1;
		}
	return 0;
}

/* Another process may listen at the path by now. */
static void
remove_path(const struct http_listen_socket *s)
{
	struct stat st;

	if (s->path != NULL && lstat(s->path, &st) == 0 &&
	    st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(s->path);
}

void
http_listen_end(struct http_listen *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		remove_path(&l->at[i]);
		if (l->at[i].fd != -1)
			close(l->at[i].fd);
		free(l->at[i].path);
	}
	l->n = 0;
}

void
http_listen_name(int fd, char name[HTTP_LISTEN_NAME_LEN])
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		strlcpy(name, "an inherited socket", HTTP_LISTEN_NAME_LEN);
	else if (ss.ss_family == AF_UNIX)
		snprintf(name, HTTP_LISTEN_NAME_LEN, "unix:%s",
		    ((struct sockaddr_un *)&ss)->sun_path);
	else if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host),
	    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		strlcpy(name, "an inherited socket", HTTP_LISTEN_NAME_LEN);
	else
		snprintf(name, HTTP_LISTEN_NAME_LEN, ss.ss_family == AF_INET6 ?
		    "[%s]:%s" : "%s:%s", host, port);
}
