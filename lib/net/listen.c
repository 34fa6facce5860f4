/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/listen.h"

#define BACKLOG		1024
#define SYSTEMD_FD	3

static int
is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on;
}

int
net_listen_inherited(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	if (fds != NULL && strcmp(fds, "1") == 0 &&
	    (pid == NULL || strtol(pid, NULL, 10) == getpid()) &&
	    is_listening(SYSTEMD_FD))
		return SYSTEMD_FD;
	return is_listening(STDIN_FILENO) ? STDIN_FILENO : -1;
}

/* Split WHERE into HOST and the port, which is returned, or NULL. */
static const char *
split(const char *where, char *host, size_t hostlen)
{
	const char *colon = strrchr(where, ':'), *from = where, *to = colon;

	if (colon == NULL || colon[1] == '\0')
		return NULL;
	if (*from == '[') {
		from++;
		if (--to < from || *to != ']')
			return NULL;
	} else if (memchr(from, ':', (size_t)(to - from)) != NULL)
		return NULL;
	if ((size_t)(to - from) >= hostlen)
		return NULL;
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';
	return colon + 1;
}

static int
open_one(const struct addrinfo *ai)
{
	int fd, off = 0, on = 1;

	if ((fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
	    ai->ai_protocol)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
net_listen_open(const char *where)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list;
	char host[256];
	const char *port;
	int fd, rc;

	if ((port = split(where, host, sizeof(host))) == NULL) {
		warnx("%s: expected ADDRESS:PORT", where);
		return -1;
	}
	rc = getaddrinfo(*host == '\0' || strcmp(host, "*") == 0 ? NULL :
	    host, port, &hints, &list);
	if (rc != 0) {
		warnx("%s: %s", where, gai_strerror(rc));
		return -1;
	}
	if ((fd = open_one(list)) == -1)
		warn("%s", where);
	freeaddrinfo(list);
	return fd;
}

void
net_listen_name(int fd, char name[NET_LISTEN_NAME_LEN])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		strlcpy(name, "an inherited socket", NET_LISTEN_NAME_LEN);
	else if (ss.ss_family == AF_UNIX)
		strlcpy(name, ((struct sockaddr_un *)&ss)->sun_path,
		    NET_LISTEN_NAME_LEN);
	else
		snprintf(name, NET_LISTEN_NAME_LEN, ss.ss_family == AF_INET6 ?
		    "[%s]:%s" : "%s:%s", host, port);
}
